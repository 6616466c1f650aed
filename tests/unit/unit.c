/* unit: runs every suite, or those that are named, and prints TAP; exit status 1 when a test
 * failed.
 */
#include "tests/unit/unit.h"

#include <CUnit/TestRun.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/net/http.h"

/* `names`: of the command line; none = each is. */
static bool is_wanted(const struct unit_suite *suite, char *const *names) {
    bool wanted = !*names;
    for (; *names; names++)
        wanted = wanted || strcmp(*names, suite->name) == 0;
    return wanted;
}

static unsigned count_tests(char *const *names) {
    unsigned n = 0;
    for (size_t i = 0; unit_suites[i]; i++)
        for (const struct unit_test *test = unit_suites[i]->tests; test->name; test++)
            n += is_wanted(unit_suites[i], names);
    return n;
}

/* Run one test and say how it went; failed assertions are told as TAP comments. */
static bool run_test(CU_pSuite suite, CU_pTest test, unsigned number) {
    CU_run_test(suite, test);
    CU_pFailureRecord failure = CU_get_failure_list();
    printf("%s %u - %s: %s\n", failure ? "not ok" : "ok", number, suite->pName, test->pName);
    bool passed = !failure;
    for (; failure; failure = failure->pNext)
        printf("# %s:%u: %s\n", failure->strFileName, failure->uiLineNumber, failure->strCondition);
    fflush(stdout);
    return passed;
}

int main(int argc, char **argv) {
    char *const *names = argv + (argc > 0);
    unsigned number = 0, failed = 0;
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    http_setup();
    printf("1..%u\n", count_tests(names));
    for (size_t i = 0; unit_suites[i]; i++) {
        if (!is_wanted(unit_suites[i], names))
            continue;
        CU_pSuite suite = CU_add_suite(unit_suites[i]->name, NULL, NULL);
        for (const struct unit_test *test = unit_suites[i]->tests; test->name; test++)
            failed += !run_test(suite, CU_add_test(suite, test->name, test->run), ++number);
    }
    CU_cleanup_registry();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
