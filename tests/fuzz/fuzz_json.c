/* fuzz_json: the strict parser, its lenient sister, and what is printed of their documents. */
#include <string.h>

#include "core/base/json.h"
#include "tests/fuzz/fuzz.h"

static void check_canonical(json_t *doc) {
    CLEANUP(strbuf_release) struct strbuf text = {0}, twice = {0};
    CLEANUP(json_put) json_t *again = NULL;
    json_canonical(&text, doc);
    fuzz_check(json_parse_trusted(strbuf_text(&text), &again));
    json_canonical(&twice, again);
    fuzz_check(strcmp(strbuf_text(&text), strbuf_text(&twice)) == 0);
}

static void check_print(json_t *doc) {
    CLEANUP(json_put) json_t *again = NULL;
    struct error err = {0};
    const char *text = json_print(doc);
    fuzz_check(json_parse(text, strlen(text), &again, &err));
    fuzz_check(strcmp(json_print(again), text) == 0);
}

/* Any bytes become a JSON text, which says the same when it was UTF-8. */
static void check_string(const char *bytes, size_t size) {
    CLEANUP(strbuf_release) struct strbuf quoted = {0};
    CLEANUP(json_put) json_t *text = NULL;
    strbuf_json_len(&quoted, bytes, size);
    fuzz_check(json_parse_trusted(strbuf_text(&quoted), &text));
    fuzz_check(json_object_is_type(text, json_type_string));
    if (utf8_is_valid(bytes, size))
        fuzz_check((size_t)json_object_get_string_len(text) == size &&
                   memcmp(json_object_get_string(text), bytes, size) == 0);
}

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    CLEANUP(json_put) json_t *strict = NULL;
    CLEANUP(json_put) json_t *lenient = NULL;
    struct error err = {0};
    bool ok = json_parse(text, size, &strict, &err);
    fuzz_check(ok || (err.kind == ERROR_BAD_JSON && !strict));
    if (ok) {
        fuzz_check(strlen(text) == size && utf8_is_valid(text, size));
        fuzz_check(json_parse_trusted(text, &lenient));
        check_print(strict);
        check_canonical(strict);
    } else if (json_parse_trusted(text, &lenient)) { /* json-c lets numbers like 01e pass */
        CLEANUP(strbuf_release) struct strbuf canonical = {0};
        json_canonical(&canonical, lenient);
    }
    check_string((const char *)data, size);
}

const struct fuzz_target fuzz_json = {"json", run};
