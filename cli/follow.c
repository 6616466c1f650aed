/* follow: see follow.h. */
#include "cli/follow.h"

#include <string.h>
#include <time.h>

#include "cli/api.h"
#include "core/base/clock.h"

/* PATIENCE_MS: without a word of the server, until following is given up. SILENT_MAX: seconds after
 * which a connection is taken for broken; the server gives a sign of life every 15. */
enum { PATIENCE_MS = 30000, PAUSE_FIRST_MS = 100, PAUSE_MAX_MS = 3000, SILENT_MAX = 60 };

bool follow_heard(struct follow *follow, size_t len) {
    if (len == 0)
        return ++follow->silent_s < SILENT_MAX;
    *follow = (struct follow){.begun = true};
    return true;
}

static bool passes(enum error_kind kind) {
    return kind == ERROR_UNREACHABLE || kind == ERROR_TIMEOUT || kind == ERROR_ENGINE ||
           kind == ERROR_UNAVAILABLE;
}

bool follow_again(struct follow *follow, const struct cli *cli, const struct error *err) {
    if (!follow->broken_ms)
        follow->broken_ms = clock_ms();
    if (!follow->begun || !passes(err->kind) || api_timed_out(cli->api) ||
        clock_ms() - follow->broken_ms > PATIENCE_MS)
        return false;
    int64_t pause_ms = follow->pause_ms ? follow->pause_ms * 2 : PAUSE_FIRST_MS;
    follow->pause_ms = pause_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause_ms;
    follow->silent_s = 0;
    nanosleep(&(struct timespec){follow->pause_ms / 1000, follow->pause_ms % 1000 * 1000000}, NULL);
    return true;
}

bool follow_judge(const char *what, const char *why, struct error *err) {
    if (!why)
        return error_set(err, ERROR_ENGINE, "%s broke off.", what);
    if (strcmp(why, "done") == 0)
        return true;
    if (strcmp(why, "revoked") == 0)
        return error_set(err, ERROR_UNAUTHENTICATED, "The token is no longer valid: log in again.");
    if (strcmp(why, "drain") == 0)
        return error_set(err, ERROR_UNAVAILABLE, "The server is being restarted.");
    return error_set(err, ERROR_ENGINE, "%s broke off: %s", what,
                     why + strspn(why, "abcdefghijklmnopqrstuvwxyz: "));
}
