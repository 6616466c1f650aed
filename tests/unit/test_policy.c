/* test_policy: grants. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "tests/unit/unit.h"

static json_t *parse(const char *text) {
    json_t *doc = NULL;
    CU_ASSERT_TRUE_FATAL(json_parse_trusted(text, &doc));
    return doc;
}

static const char user_grants[] = "[{\"path\":\"/api/containers\",\"access\":\"write\"},"
                                  "{\"path\":\"/api/cluster/info\",\"access\":\"read\"}]";

static void test_grants(void) {
    static const struct {
        const char *path;
        bool read, write;
    } cases[] = {
        {"/api/containers", true, true},
        {"/api/containers/0af", true, true},
        {"/api/containers/0af/logs", true, true},
        {"/api/containersX", false, false},
        {"/api/container", false, false},
        {"/api", false, false},
        {"/", false, false},
        {"/api/cluster/info", true, false},
        {"/api/cluster", false, false},
        {"/api/cluster/info/x", true, false},
        {"/api/account", false, false},
        {"/API/containers", false, false},
    };
    json_t *grants = parse(user_grants);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(policy_allows(grants, cases[i].path, ACCESS_READ), cases[i].read);
        CU_ASSERT_EQUAL(policy_allows(grants, cases[i].path, ACCESS_WRITE), cases[i].write);
    }
    json_put(&grants);
}

static void test_grant_of_all(void) {
    json_t *grants = parse("[{\"path\":\"/\",\"access\":\"write\"}]");
    CU_ASSERT_TRUE(policy_allows(grants, "/", ACCESS_WRITE));
    CU_ASSERT_TRUE(policy_allows(grants, "/api/account", ACCESS_WRITE));
    json_put(&grants);
}

/* Whatever is not a grant gives nothing. */
static void test_default_deny(void) {
    static const char *const nothing[] = {
        "[]",
        "{}",
        "null",
        "\"/\"",
        "{\"path\":\"/\",\"access\":\"write\"}",
        "[[\"/\",\"write\"]]",
        "[\"/\"]",
        "[{\"path\":\"/\"}]",
        "[{\"access\":\"write\"}]",
        "[{\"path\":\"/\",\"access\":\"WRITE\"}]",
        "[{\"path\":\"/\",\"access\":\"\"}]",
        "[{\"path\":\"/\",\"access\":true}]",
        "[{\"path\":\"\",\"access\":\"write\"}]",
        "[{\"path\":\"api\",\"access\":\"write\"}]",
        "[{\"path\":\"/api/\",\"access\":\"write\"}]",
        "[{\"path\":[\"/\"],\"access\":\"write\"}]",
        "[{\"Path\":\"/\",\"Access\":\"write\"}]",
        "[null]",
    };
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        json_t *grants = parse(nothing[i]);
        CU_ASSERT_FALSE(policy_allows(grants, "/api/containers", ACCESS_READ));
        CU_ASSERT_FALSE(policy_allows(grants, "/api/containers", ACCESS_WRITE));
        json_put(&grants);
    }
    CU_ASSERT_FALSE(policy_allows(NULL, "/api/containers", ACCESS_READ));
}

static const struct unit_test tests[] = {
    {"a grant covers its path and what is below it", test_grants},
    {"the grant of / covers all", test_grant_of_all},
    {"anything else grants nothing", test_default_deny},
    {0},
};

const struct unit_suite suite_policy = {"policy", tests};
