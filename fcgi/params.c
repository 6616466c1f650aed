/* params: see params.h. */
#include "fcgi/params.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/base/parse.h"
#include "core/base/strbuf.h"
#include "core/base/times.h"
#include "core/control/intent.h"
#include "core/control/states.h"

static const char check[] = "/api/cluster/info/check", events[] = "/api/events",
                  containers[] = "/api/containers", scale[] = "/api/containers/{id}/scale",
                  operations[] = "/api/operations", adopt[] = "/api/containers/{id}/adopt",
                  tokens[] = "/api/tokens";
static const char *const operation_states[] = {"running", "done", "failed", "cancelled", NULL};

static const char *const container_states[] = {CONTAINER_STATES(STATES_COMMA), NULL};

static const struct param params[] = {
    {"account", operations, PARAM_TEXT, 1, 128, .help = "whose: the account's name or id"},
    {"account", events, PARAM_TEXT, 1, 255, .help = "what this account did"},
    {"after", events, PARAM_TEXT, 1, 64,
     .help =
         "oldest first, after this cursor; or from oldest, or now, on. Of server-sent events the "
         "header Last-Event-ID goes before it"},
    {"container", check, PARAM_TEXT, 64, 64,
     .help = "tell also whether it is so only since this one and those made with it are there"},
    {"container", NULL, PARAM_TEXT, 1, 64, .help = "about it: its id, or the beginning of one"},
    {"cursor", events, PARAM_TEXT, 1, 64,
     .help = "go on where the last page ended: its X-Next-Cursor"},
    {"engine", events, PARAM_TEXT, 1, 64, .help = "about this engine: its id"},
    {"tag", NULL, PARAM_TEXT, 1, 64, .help = "with this tag, in either case"},
    {"type", events, PARAM_TEXT, 1, 64, .help = "of this type"},
    {"until", NULL, PARAM_TIME, .help = "before then"},
    {"cursor", containers, PARAM_TEXT, 1, 64,
     .help = "go on where the last page ended: its X-Next-Cursor"},
    {"cursor", "/api/events/verify", PARAM_INT, 0, 1e15, .help = "go on after this seal"},
    {"engine", containers, PARAM_TEXT, 1, 64, .repeat = true, .help = "on the engine with this id"},
    {"follow", NULL, PARAM_BOOL, .help = "go on with what comes"},
    {"group", NULL, PARAM_TEXT, 1, 64, .repeat = true, .help = "of this scale group"},
    {"head", NULL, PARAM_TEXT, 64, 64,
     .help = "a digest noted earlier, which the chain must contain"},
    {"image", NULL, PARAM_TEXT, 1, 512, .repeat = true,
     .help = "of this image; a name without tag means every tag"},
    {"limit", containers, PARAM_INT, 1, 1000, .help = "how many at most (all by default)"},
    {"name", NULL, PARAM_TEXT, 1, 255, .repeat = true, .help = "with this name"},
    {"state", containers, PARAM_WORD, .words = container_states, .repeat = true,
     .help = "in this state"},
    {"summary", NULL, PARAM_BOOL,
     .help = "what a line of a table needs only, not the whole specification"},
    {"account", tokens, PARAM_TEXT, 1, 64, .help = "whose: the account's name"},
    {"all", NULL, PARAM_BOOL, .help = "stopped ones too (true by default)"},
    {"count", events, PARAM_INT, 1, 10000, .help = "how many at most (100 by default)"},
    {"count", containers, PARAM_INT, 1, INTENT_COUNT_MAX, .help = "how many (1 by default)"},
    {"count", scale, PARAM_INT, 0, INTENT_COUNT_MAX, .help = "how many there are to be"},
    {"cpus", adopt, PARAM_DECIMAL, 0, 1024, .help = "the share to reserve, instead of what it has"},
    {"cursor", operations, PARAM_TEXT, 32, 32, .help = "go on after the operation with this id"},
    {"dry_run", NULL, PARAM_BOOL, .help = "tell only what would be done"},
    {"follow", NULL, PARAM_BOOL, .help = "go on with what comes, as long as it runs"},
    {"force", adopt, PARAM_BOOL, .help = "although it bears the label of another pool"},
    {"force", NULL, PARAM_BOOL, .help = "also when containers are on it, which are forgotten"},
    {"frames", NULL, PARAM_BOOL,
     .help =
         "in Docker's 8-byte frames; stream 3 carries signs of life and \"end: WHY\" as its last"},
    {"label", NULL, PARAM_TEXT, 1, 1024, .repeat = true,
     .help = "whose image specification has this label (several: any of them)"},
    {"limit", operations, PARAM_INT, 1, 500, .help = "how many at most (100 by default)"},
    {"managed", NULL, PARAM_BOOL, .help = "those of the pool only, or the others only"},
    {"memory", adopt, PARAM_INT, 0, 16777216, .help = "the MB to reserve, instead of its limit"},
    {"pull", NULL, PARAM_BOOL,
     .help = "fetch the image always, or never; only if it is missing by default"},
    {"since", NULL, PARAM_TIME, .help = "from then on"},
    {"state", operations, PARAM_WORD, .words = operation_states, .help = "what became of them"},
    {"stderr", NULL, PARAM_BOOL, .help = "the standard error stream"},
    {"stdout", NULL, PARAM_BOOL, .help = "the standard output stream"},
    {"tail", NULL, PARAM_INT, 0, 1000000,
     .help = "the last lines only, so many of both streams together"},
    {"timestamps", NULL, PARAM_BOOL, .help = "begin each line with its time"},
    {"type", operations, PARAM_TEXT, 1, 64, .help = "of this kind only, as in run-container"},
    {"until", NULL, PARAM_TIME, .help = "until then"},
    {"wait", NULL, PARAM_DECIMAL, 0, 50, .help = "seconds to wait for its end"},
};

const struct param *param_find(const char *pattern, const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(params); i++)
        if (strcmp(params[i].name, name) == 0 &&
            (!params[i].pattern || strcmp(params[i].pattern, pattern) == 0))
            return &params[i];
    return NULL;
}

static bool check_words(const struct param *param, const char *value, struct error *err) {
    CLEANUP(strbuf_release) struct strbuf list = {0};
    for (const char *const *word = param->words; *word; word++) {
        if (strcmp(*word, value) == 0)
            return true;
        strbuf_addf(&list, "%s%s", list.len ? ", " : "", *word);
    }
    return error_field(err, param->name, "%s must be one of %s.", param->name, strbuf_text(&list));
}

static bool check_text(const struct param *param, const char *value, struct error *err) {
    size_t len = strlen(value), min = param->min > 0 ? (size_t)param->min : 1;
    if (len >= min && len <= (size_t)param->max)
        return true;
    if ((double)min >= param->max)
        return error_field(err, param->name, "%s must have %zu bytes.", param->name, min);
    return error_field(err, param->name, "%s must have %zu to %.0f bytes.", param->name, min,
                       param->max);
}

bool param_check(const struct param *param, const char *value, struct error *err) {
    int64_t number;
    double decimal;
    bool flag;
    switch (param->type) {
    case PARAM_INT:
        return parse_int(value, (int64_t)param->min, (int64_t)param->max, &number) ||
               error_field(err, param->name, "%s must be a whole number from %.0f to %.0f.",
                           param->name, param->min, param->max);
    case PARAM_DECIMAL:
        return parse_decimal(value, param->min, param->max, &decimal) ||
               error_field(err, param->name, "%s must be a number from %g to %g.", param->name,
                           param->min, param->max);
    case PARAM_BOOL:
        return !*value || parse_bool(value, &flag) ||
               error_field(err, param->name, "%s must be true or false.", param->name);
    case PARAM_TIME:
        return time_parse(value, time(NULL), &number) ||
               error_field(err, param->name,
                           "%s must be a time as in 2026-01-31T12:00:00Z, seconds since 1970, or "
                           "how long ago as in 30s, 10m, 2h, 7d.",
                           param->name);
    case PARAM_WORD:
        return check_words(param, value, err);
    case PARAM_TEXT:
        break;
    }
    return check_text(param, value, err);
}
