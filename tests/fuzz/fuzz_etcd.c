/* fuzz_etcd: what comes from etcd: an answer to a range, a line of a watch, the value of a
 * registration. The first byte of the input says which. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/etcd_answer.h"
#include "core/net/registration.h"
#include "tests/fuzz/fuzz.h"

static void run_range(const char *text) {
    CLEANUP(json_put) json_t *doc = NULL;
    struct etcd_range range = {0};
    struct error err = {0};
    if (!json_parse_trusted(text, &doc))
        return;
    if (!etcd_read_range(doc, &range, &err)) {
        fuzz_check(err.kind == ERROR_UNAVAILABLE && !range.pairs);
        return;
    }
    fuzz_check(range.revision > 0);
    for (size_t i = 0; i < range.count; i++)
        fuzz_check(*range.pairs[i].key && range.pairs[i].value);
    etcd_range_release(&range);
}

static void run_watched(const char *text) {
    struct etcd_watched watched = {0};
    struct error err = {0};
    if (!etcd_read_watched(text, &watched, &err)) {
        fuzz_check(err.kind == ERROR_UNAVAILABLE && !watched.events);
        return;
    }
    for (size_t i = 0; i < watched.count; i++)
        fuzz_check(*watched.events[i].pair.key && watched.events[i].pair.value);
    for (const char *c = watched.error; *c; c++)
        fuzz_check((unsigned char)*c >= ' ' && *c != 0x7f);
    etcd_watched_release(&watched);
}

/* What is read is written so that it reads the same. */
static void run_registration(const char *text) {
    struct registration registration = {0}, again = {0};
    struct error err = {0};
    CLEANUP(strbuf_release) struct strbuf once = {0}, twice = {0};
    if (!registration_read(text, &registration, &err)) {
        fuzz_check(err.kind == ERROR_BAD_FIELD || err.kind == ERROR_BAD_JSON);
        fuzz_check(!registration.addr);
        return;
    }
    fuzz_check(strncmp(registration.addr, "unix:", 5) != 0);
    registration_write(&once, &registration);
    fuzz_check(registration_read(strbuf_text(&once), &again, &err));
    registration_write(&twice, &again);
    fuzz_check(strcmp(strbuf_text(&once), strbuf_text(&twice)) == 0);
    registration_release(&registration);
    registration_release(&again);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    unsigned which = fuzz_byte(&input);
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    if (which % 3 == 0)
        run_range(text);
    else if (which % 3 == 1)
        run_watched(text);
    else
        run_registration(text);
}

const struct fuzz_target fuzz_etcd = {"etcd", run};
