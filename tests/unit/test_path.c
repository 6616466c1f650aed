/* test_path: the canonical path, the query string, the route table. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/strbuf.h"
#include "fcgi/escape.h"
#include "fcgi/params.h"
#include "fcgi/path.h"
#include "fcgi/query.h"
#include "fcgi/routes.h"
#include "tests/unit/unit.h"

static bool accepts(const char *raw, size_t len, struct path *path) {
    struct error err = {0};
    bool ok = path_parse(path, raw, len, &err);
    CU_ASSERT_EQUAL(err.kind, ok ? ERROR_NONE : ERROR_BAD_PATH);
    return ok;
}

static void test_path_canonical(void) {
    static const struct {
        const char *raw, *text, *last;
        size_t count;
    } cases[] = {
        {"/", "/", NULL, 0},
        {"/healthz", "/healthz", "healthz", 1},
        {"/api/containers/0af/logs", "/api/containers/0af/logs", "logs", 4},
        {"/a/-._~", "/a/-._~", "-._~", 2},
        {"/a/...", "/a/...", "...", 2},
        {"/a/.b", "/a/.b", ".b", 2},
        {"/a/%C3%A9", "/a/%C3%A9", "\xc3\xa9", 2},
        {"/a/%E2%82%AC", "/a/%E2%82%AC", "\xe2\x82\xac", 2},
        {"/a/%F0%9F%9A%A2", "/a/%F0%9F%9A%A2", "\xf0\x9f\x9a\xa2", 2},
        {"/a/b%20c", "/a/b%20c", "b c", 2},
        {"/a/b%25c", "/a/b%25c", "b%c", 2},
        {"/a/b@c", "/a/b%40c", "b@c", 2},
        {"/a/b%40c", "/a/b%40c", "b@c", 2},
        {"/a/b:c=d,e+f!$&'()*", "/a/b%3Ac%3Dd%2Ce%2Bf%21%24%26%27%28%29%2A", "b:c=d,e+f!$&'()*", 2},
        {"/1/2/3/4/5/6/7/8", "/1/2/3/4/5/6/7/8", "8", 8},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path path;
        CU_ASSERT_TRUE_FATAL(accepts(cases[i].raw, strlen(cases[i].raw), &path));
        CU_ASSERT_STRING_EQUAL(path.text, cases[i].text);
        CU_ASSERT_EQUAL(path.count, cases[i].count);
        if (cases[i].last)
            CU_ASSERT_STRING_EQUAL(path.segments[path.count - 1], cases[i].last);
        path_release(&path);
    }
}

static void test_path_refused(void) {
    static const char *const bad[] = {
        "",
        "api",
        "*",
        "http://host/api",
        "//",
        "//api",
        "/api//containers",
        "/api/",
        "/.",
        "/..",
        "/./api",
        "/api/.",
        "/api/..",
        "/api/../auth/login",
        "/%2e%2e/api",
        "/%2E%2E/api",
        "/api/%2E",
        "/api%2Fcontainers",
        "/api%2fcontainers",
        "/api%5Ccontainers",
        "/api%5ccontainers",
        "/api\\containers",
        "/api/a%00",
        "/api/a%0Ab",
        "/api/a%0D%0Ab",
        "/api/a%1Bb",
        "/api/a%7F",
        "/api/a%C2%80",
        "/api/a;b",
        "/api/a%3Bb",
        "/api/%61",
        "/api/%41",
        "/api/%30",
        "/api/%2D",
        "/api/%7E",
        "/api/b%c3%a9",
        "/api/b%C3%a9",
        "/api/%",
        "/api/%4",
        "/api/%4G",
        "/api/%G4",
        "/api/%%20",
        "/api/%25%",
        "/api/%C0%AF",
        "/api/%C0%80",
        "/api/%E0%80%AF",
        "/api/%C1%BF",
        "/api/%F0%80%80%80",
        "/api/%ED%A0%80",
        "/api/%F4%90%80%80",
        "/api/%F5%80%80%80",
        "/api/%C3",
        "/api/%A9",
        "/api/%FF",
        "/api/\xc3\xa9",
        "/api/a b",
        "/api/a\tb",
        "/api/a\r\nb",
        "/api/a#b",
        "/api/a\"b",
        "/api/<a>",
        "/api/a|b",
        "/api/a^b",
        "/api/a`b",
        "/api/{id}",
        "/api/[a]",
        "/api/a\x7f",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct path path;
        bool ok = accepts(bad[i], strlen(bad[i]), &path);
        if (ok)
            printf("# accepted: %s\n", bad[i]);
        CU_ASSERT_FALSE(ok);
        if (ok)
            path_release(&path);
    }
    struct path path;
    CU_ASSERT_FALSE(accepts("/api\0/b", 7, &path));
}

/* What is wrong with an escape is said as it is. */
static void test_path_escapes(void) {
    static const struct {
        const char *raw, *said;
    } cases[] = {
        {"/api/a%4", "malformed"}, {"/api/a%2fb", "must not"},        {"/api/a%2Fb", "must not"},
        {"/api/%61", "need not"},  {"/api/b%c3%a9", "small letters"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path path;
        struct error err = {0};
        CU_ASSERT_FALSE(path_parse(&path, cases[i].raw, strlen(cases[i].raw), &err));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, cases[i].said));
    }
}

/* Every byte alone and escaped: whatever is accepted has one spelling only. */
static void test_path_bytes(void) {
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~.";
    for (int c = 0; c < 256; c++) {
        char raw[] = {'/', 'x', (char)c, 'x', 0}, escaped[] = "/x%00x";
        struct path path;
        snprintf(escaped, sizeof escaped, "/x%%%02Xx", c);
        bool plain = c && strchr(unreserved, c);
        if (c != '/') {
            bool ok = accepts(raw, 4, &path);
            CU_ASSERT_EQUAL(ok, plain || (c && strchr("!$&'()*+,=:@", c)));
            if (ok)
                path_release(&path);
        }
        bool ok = accepts(escaped, 6, &path);
        CU_ASSERT_EQUAL(ok, !plain && c >= 0x20 && c < 0x7f && !strchr("/\\;", c));
        if (ok) {
            CU_ASSERT_STRING_EQUAL(path.text, escaped);
            path_release(&path);
        }
    }
}

static void test_path_sizes(void) {
    char raw[PATH_BYTES_MAX + 2];
    struct path path;
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    CU_ASSERT_FALSE(accepts(raw, sizeof raw - 1, &path));
    CU_ASSERT_TRUE_FATAL(accepts(raw, sizeof raw - 2, &path));
    path_release(&path);
    for (size_t i = 0; i < PATH_BYTES_MAX; i += 2)
        raw[i] = '/';
    CU_ASSERT_TRUE_FATAL(accepts(raw, PATH_BYTES_MAX, &path));
    CU_ASSERT_EQUAL(path.count, PATH_BYTES_MAX / 2);
    const char *params[PATH_SEGMENTS_MAX];
    CU_ASSERT_FALSE(path_match(&path, "/a/a/a/a/a/a/a/a", params));
    path_release(&path);
}

static void test_path_match(void) {
    static const struct {
        const char *raw, *pattern;
        bool exact, any_case;
    } cases[] = {
        {"/", "/", true, true},
        {"/", "/a", false, false},
        {"/a", "/", false, false},
        {"/api/containers", "/api/containers", true, true},
        {"/api/containersX", "/api/containers", false, false},
        {"/api/container", "/api/containers", false, false},
        {"/API/Containers", "/api/containers", false, true},
        {"/api/containers/A", "/api/containers/{id}", true, true},
        {"/Api/containers/A", "/api/containers/{id}", false, true},
        {"/api/containers", "/api/containers/{id}", false, false},
        {"/api/containers/a/logs", "/api/containers/{id}", false, false},
        {"/api/containers/a/logs", "/api/containers/{id}/logs", true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path path;
        const char *params[PATH_SEGMENTS_MAX];
        CU_ASSERT_TRUE_FATAL(accepts(cases[i].raw, strlen(cases[i].raw), &path));
        CU_ASSERT_EQUAL(path_match(&path, cases[i].pattern, params), cases[i].exact);
        CU_ASSERT_EQUAL(path_match_any_case(&path, cases[i].pattern), cases[i].any_case);
        path_release(&path);
    }
    struct path path;
    const char *params[PATH_SEGMENTS_MAX];
    CU_ASSERT_TRUE_FATAL(accepts("/x/1/y/2", 8, &path));
    CU_ASSERT_TRUE_FATAL(path_match(&path, "/x/{a}/y/{b}", params));
    CU_ASSERT_STRING_EQUAL(params[0], "1");
    CU_ASSERT_STRING_EQUAL(params[1], "2");
    path_release(&path);
}

/* What a route makes of a query: its names, their types and ranges. */
static bool query_fits(const char *raw, const char *pattern, const char *const *names,
                       const char **ret_field) {
    static struct error err;
    struct query query;
    err = (struct error){0};
    bool ok = query_parse(&query, raw, &err) && query_check(&query, pattern, names, &err);
    *ret_field = err.field;
    query_release(&query);
    return ok;
}

static void test_query(void) {
    static const char *const names[] = {"count", "pull", "all", "wait", "since", "label", NULL};
    static const char run[] = "/api/containers", scale[] = "/api/containers/{id}/scale";
    static const char *const bad[] = {
        "count=0",         "count=1001",    "count",
        "count=+1",        "count=1.5",     "count=99999999999999999999",
        "pull=yes",        "wait=-1",       "wait=50.1",
        "wait=1e1",        "since=x",       "since=-5",
        "count=1&count=1", "all=1&%61ll=1", "tail=1",
        "Count=1",         "label=",
    };
    const char *field;
    struct query query;
    struct error err = {0};
    CU_ASSERT_TRUE_FATAL(
        query_parse(&query, "count=3&pull=false&all&wait=1.5&label=a%20b+c%c3%a9&label=d&since=90",
                    &err));
    CU_ASSERT_TRUE(query_check(&query, run, names, &err));
    CU_ASSERT_EQUAL(query_get_int(&query, "count", 1), 3);
    CU_ASSERT_EQUAL(query_get_int(&query, "other", 7), 7);
    CU_ASSERT_FALSE(query_get_bool(&query, "pull", true));
    CU_ASSERT_TRUE(query_get_bool(&query, "all", false));
    CU_ASSERT_TRUE(query_get_bool(&query, "other", true));
    CU_ASSERT_EQUAL(query_get_decimal(&query, "wait", 0), 1.5);
    CU_ASSERT_EQUAL(query_get_time(&query, "since", 0), 90);
    CU_ASSERT_STRING_EQUAL(query_find(&query, "label"), "a b c\xc3\xa9");
    CU_ASSERT_STRING_EQUAL(query_at(&query, "label", 1), "d");
    CU_ASSERT_PTR_NULL(query_at(&query, "label", 2));
    query_release(&query);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CU_ASSERT_FALSE(query_fits(bad[i], run, names, &field));
        CU_ASSERT_STRING_NOT_EQUAL(field, "");
    }
    CU_ASSERT_TRUE(query_fits("count=0&since=2026-01-31T12:00:00Z", scale, names, &field));
    CU_ASSERT_TRUE(query_fits("count=10000", "/api/events", names, &field));
    CU_ASSERT_TRUE(query_parse(&query, "", &err));
    CU_ASSERT_EQUAL(query.count, 0);
}

static void test_query_refused(void) {
    static const char *const bad[] = {
        "&",
        "a=1&",
        "&a=1",
        "=1",
        "a=%",
        "a=%4",
        "a=%zz",
        "a=%00",
        "a=%0A",
        "a=\x01",
        "a=\x7f",
        "a=b c",
        "a=\xe9",
        "a=%E9",
        "a=%C0%80",
        "a=b#c",
        "%=1",
        "a%0D=1",
        "a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s&t&u&v&w&x&y&z&1&2&3&4&5&6&7",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct query query;
        struct error err = {0};
        CU_ASSERT_FALSE(query_parse(&query, bad[i], &err));
        CU_ASSERT(err.kind == ERROR_BAD_REQUEST || err.kind == ERROR_BAD_FIELD);
    }
    char *large = mem_alloc(QUERY_BYTES_MAX + 2);
    memset(large, 'a', QUERY_BYTES_MAX + 1);
    struct query query;
    struct error err = {0};
    CU_ASSERT_FALSE(query_parse(&query, large, &err));
    free(large);
}

static void check_route(const struct route *route) {
    const char *c = route->pattern;
    CU_ASSERT(strcmp(route->method, "GET") == 0 || strcmp(route->method, "POST") == 0 ||
              strcmp(route->method, "PUT") == 0 || strcmp(route->method, "DELETE") == 0);
    CU_ASSERT_EQUAL(*c, '/');
    CU_ASSERT(route->handler || route->statement);
    CU_ASSERT_PTR_NOT_NULL(route->summary);
    CU_ASSERT(route->body_max <= BODY_MAX);
    CU_ASSERT_PTR_NULL(route->query[ROUTE_QUERY_MAX - 1]);
    for (const char *const *name = route->query; *name; name++) {
        if (!param_find(route->pattern, *name))
            printf("# %s of %s has no row in fcgi/params.c\n", *name, route->pattern);
        CU_ASSERT_PTR_NOT_NULL(param_find(route->pattern, *name));
    }
    for (; *c; c++)
        CU_ASSERT((*c >= 'a' && *c <= 'z') || strchr("/{}.", *c));
}

/* Two patterns are the same when they differ in the names of parameters only. */
static bool same_pattern(const char *a, const char *b) {
    while (*a && *b) {
        if (*a != *b)
            return false;
        if (*a == '{') {
            a += strcspn(a, "}");
            b += strcspn(b, "}");
        }
        a++;
        b++;
    }
    return *a == *b;
}

static void test_routes(void) {
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++) {
        check_route(route);
        for (size_t k = 0; k < i; k++) {
            bool twice = strcmp(route->method, route_at(k)->method) == 0 &&
                         same_pattern(route->pattern, route_at(k)->pattern);
            if (twice)
                printf("# twice: %s %s\n", route->method, route->pattern);
            CU_ASSERT_FALSE(twice);
        }
    }
}

/* The patterns that need no authentication are few, and known. */
static void test_routes_open(void) {
    static const char *const open[] = {"/healthz", "/readyz", "/auth/login", "/auth/session",
                                       "/api/openapi.json"};
    size_t found = 0;
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++) {
        if (route->need != AUTH_NONE)
            continue;
        bool known = false;
        for (size_t k = 0; k < ARRAY_LEN(open); k++)
            known = known || strcmp(open[k], route->pattern) == 0;
        CU_ASSERT_TRUE(known);
        found++;
    }
    CU_ASSERT_EQUAL(found, ARRAY_LEN(open));
}

/* What changes state is never open to a grant of reading. */
static void test_routes_write(void) {
    static const char *const changing[] = {"/start", "/stop", "/restart", "/scale"};
    const struct route *route;
    for (size_t i = 0; (route = route_at(i)); i++) {
        bool changes = strcmp(route->method, "GET") != 0;
        for (size_t k = 0; k < ARRAY_LEN(changing); k++)
            changes = changes || strstr(route->pattern, changing[k]);
        if (changes)
            CU_ASSERT_NOT_EQUAL(route->need, AUTH_READ);
    }
}

static const struct route *find(const char *method, const char *raw, char *allow,
                                struct error *err) {
    struct request request = {0};
    snprintf(request.method, sizeof request.method, "%s", method);
    CU_ASSERT_TRUE_FATAL(path_parse(&request.path, raw, strlen(raw), err));
    const struct route *route = route_find(&request, allow, 64, err);
    path_release(&request.path);
    return route;
}

static void test_route_find(void) {
    char allow[64];
    struct error err = {0};
    const struct route *route = find("GET", "/healthz", allow, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(route);
    CU_ASSERT_STRING_EQUAL(route->pattern, "/healthz");
    CU_ASSERT_PTR_NULL(find("HEAD", "/healthz", allow, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_METHOD);
    CU_ASSERT_STRING_EQUAL(allow, "GET");
    CU_ASSERT_PTR_NULL(find("get", "/healthz", allow, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_METHOD);
    CU_ASSERT_PTR_NULL(find("GET", "/healthzz", allow, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NULL(find("GET", "/", allow, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NULL(find("GET", "/Healthz", allow, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_BAD_PATH);
}

static void test_path_begins(void) {
    static const struct {
        const char *raw, *pattern;
        bool begins;
    } cases[] = {
        {"/", "/api/containers", true},
        {"/api", "/api/containers", true},
        {"/api/containers", "/api/containers", true},
        {"/api/containers/A", "/api/containers/{id}/logs", true},
        {"/ap", "/api/containers", false},
        {"/apj", "/api/containers", false},
        {"/api/containers/A/logs", "/api/containers/{id}", false},
        {"/a", "/", false},
        {"/apix", "/api/containers", false},
        {"/1/2/3/4/5/6/7/8/9", "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path path;
        CU_ASSERT_TRUE_FATAL(accepts(cases[i].raw, strlen(cases[i].raw), &path));
        CU_ASSERT_EQUAL(path_begins(&path, cases[i].pattern), cases[i].begins);
        path_release(&path);
    }
}

static void test_escape_byte(void) {
    static const char others[] = "/:@G`g"; /* next to the digits */
    CU_ASSERT_EQUAL(escape_byte("0F", true), 0x0f);
    CU_ASSERT_EQUAL(escape_byte("a9", false), 0xa9);
    CU_ASSERT_EQUAL(escape_byte("a9", true), -1);
    CU_ASSERT_EQUAL(escape_byte("9f", true), -1);
    for (const char *other = others; *other; other++) {
        const char digits[] = {'0', *other, '0', '\0'};
        for (int upper_only = 0; upper_only < 2; upper_only++) {
            CU_ASSERT_EQUAL(escape_byte(digits, upper_only), -1);
            CU_ASSERT_EQUAL(escape_byte(digits + 1, upper_only), -1);
        }
    }
}

static const struct unit_test tests[] = {
    {"the two digits of an escape", test_escape_byte},
    {"a canonical path is taken apart", test_path_canonical},
    {"any other spelling is refused", test_path_refused},
    {"a refused escape is told what is wrong with it", test_path_escapes},
    {"each byte has one spelling", test_path_bytes},
    {"long and deep paths", test_path_sizes},
    {"patterns match whole segments", test_path_match},
    {"a path that is the beginning of a pattern", test_path_begins},
    {"query parameters are typed and in range", test_query},
    {"malformed and repeated query parameters are refused", test_query_refused},
    {"the route table is well-formed and without duplicates", test_routes},
    {"few routes are open to everybody", test_routes_open},
    {"what changes state needs a grant to write", test_routes_write},
    {"unknown path, other method, other case", test_route_find},
    {0},
};

const struct unit_suite suite_path = {"path", tests};
