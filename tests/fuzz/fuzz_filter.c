/* fuzz_filter: --filter of lists. Lines of the input: KEY, VALUE, a record. */
#include <string.h>
#include <strings.h>

#include "cli/filter.h"
#include "tests/fuzz/fuzz.h"

static void run(const uint8_t *data, size_t size) {
    struct fuzz_input input = {data, size};
    CLEANUP(mem_free_text) char *key = fuzz_line(&input);
    CLEANUP(mem_free_text) char *value = fuzz_line(&input);
    CLEANUP(mem_free_text) char *text = fuzz_rest(&input);
    CLEANUP(json_put) json_t *record = NULL;
    json_t *field = NULL;
    bool known;
    if (!json_parse_trusted(text, &record))
        return;
    bool fits = filter_fits(record, key, value, &known);
    fuzz_check(!fits || known);
    if (json_object_is_type(record, json_type_object) &&
        json_object_object_get_ex(record, key, &field)) {
        fuzz_check(known);
        if (json_object_is_type(field, json_type_string) && !strchr(value, '*'))
            fuzz_check(fits == (strcasecmp(json_object_get_string(field), value) == 0));
        if (json_object_is_type(field, json_type_string) && strcmp(value, "*") == 0)
            fuzz_check(fits);
    }
}

const struct fuzz_target fuzz_filter = {"filter", run};
