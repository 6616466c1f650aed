/* test_policy: grants. */
#include <string.h>

#include "core/base/mem.h"
#include "core/control/policy.h"
#include "tests/unit/unit.h"

static const char user_grants[] = "write /api/containers\nread /api/cluster/info";

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
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(policy_allows(user_grants, cases[i].path, ACCESS_READ), cases[i].read);
        CU_ASSERT_EQUAL(policy_allows(user_grants, cases[i].path, ACCESS_WRITE), cases[i].write);
    }
}

static void test_grant_of_all(void) {
    CU_ASSERT_TRUE(policy_allows("write /", "/", ACCESS_WRITE));
    CU_ASSERT_TRUE(policy_allows("write /", "/api/account", ACCESS_WRITE));
    CU_ASSERT_TRUE(policy_allows("read /x\nread /", "/api/account", ACCESS_READ));
    CU_ASSERT_FALSE(policy_allows("read /", "/api/account", ACCESS_WRITE));
}

/* Whatever is not a grant gives nothing. */
static void test_default_deny(void) {
    static const char *const nothing[] = {
        "",         "\n",           "write",       "write ",    "/",
        "/ write",  "write  /",     "WRITE /",     "write\t/",  " write /",
        "writes /", "write api",    "write /api/", "write /\r", "write /api/containers ",
        "read\n/",  "write\n /api",
    };
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        CU_ASSERT_FALSE(policy_allows(nothing[i], "/api/containers", ACCESS_READ));
        CU_ASSERT_FALSE(policy_allows(nothing[i], "/api/containers", ACCESS_WRITE));
    }
    CU_ASSERT_FALSE(policy_allows(NULL, "/api/containers", ACCESS_READ));
}

static void test_options(void) {
    static const char grants[] = "write /api\noption one\noption two-2\nread /";
    CU_ASSERT_TRUE(policy_has_option(grants, "one"));
    CU_ASSERT_TRUE(policy_has_option(grants, "two-2"));
    CU_ASSERT_TRUE(policy_has_option("write /", "anything"));
    CU_ASSERT_TRUE(policy_has_option("option x\nwrite /", "anything"));
    static const char *const nothing[] = {"", "on", "onee", "two", "option", "two-2\nread /"};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
        CU_ASSERT_FALSE(policy_has_option(grants, nothing[i]));
    static const char *const others[] = {"one",         "options one", "option  one", "option one ",
                                         " option one", "OPTION one",  "read one",    "read /",
                                         "option ",     "optionsone"};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        CU_ASSERT_FALSE(policy_has_option(others[i], "one"));
    CU_ASSERT_FALSE(policy_has_option("option ", ""));
    CU_ASSERT_FALSE(policy_has_option(NULL, "one"));
    CU_ASSERT_FALSE(policy_allows(grants, "/api2", ACCESS_WRITE));
}

static void test_covers(void) {
    static const char own[] = "write /api/containers\nread /api/events\noption host-ports";
    static const struct {
        const char *wanted;
        bool covered;
    } cases[] = {
        {"", true},
        {"read /api/events", true},
        {"read /api/events/x\nwrite /api/containers/c1", true},
        {"option host-ports", true},
        {own, true},
        {"write /api/events", false},
        {"read /api", false},
        {"read /", false},
        {"read /api/containersX", false},
        {"read /api/events\nread /api/engines", false},
        {"option host", false},
        {"option privileged", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CU_ASSERT_EQUAL(policy_covers(own, cases[i].wanted), cases[i].covered);
        CU_ASSERT_TRUE(policy_covers("write /", cases[i].wanted));
        CU_ASSERT_EQUAL(policy_covers("", cases[i].wanted), *cases[i].wanted == '\0');
    }
    CU_ASSERT_FALSE(policy_covers("read /", "option host-ports"));
    /* What grants nothing is among anybody's rights. */
    CU_ASSERT_TRUE(policy_covers(own, "nonsense"));
    CU_ASSERT_TRUE(policy_covers(own, NULL));
    CU_ASSERT_TRUE(policy_covers(own, "\n\nread /api/events"));
    CU_ASSERT_FALSE(policy_covers(own, "nonsense\n\nread /api/engines"));
    CU_ASSERT_FALSE(policy_covers(NULL, "read /"));
}

static const struct unit_test tests[] = {
    {"a grant covers its path and what is below it", test_grants},
    {"the grant of / covers all", test_grant_of_all},
    {"anything else grants nothing", test_default_deny},
    {"rights that are among others", test_covers},
    {"options", test_options},
    {0},
};

const struct unit_suite suite_policy = {"policy", tests};
