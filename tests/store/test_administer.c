/* test_administer: who may change accounts, roles and tokens: what is refused, and that nothing has
 * changed then. That the database fails is test_faults'. */
#include <stdio.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/administer.h"
#include "tests/store/callers.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

/* One of everything that may be asked of administer, to be refused. */
enum what {
    ADD,
    DELETE,
    DELETE_BY_ID,
    DISABLE,
    ENABLE,
    ROLE,
    PASSWORD,
    ROLE_ADD,
    ROLE_SET,
    ROLE_DELETE,
    TOKEN_ADD,
    TOKEN_DELETE,
};

static bool ask(enum what what, const char *name, const char *more, const struct administrator *who,
                struct error *err) {
    struct db *db = scratch_worker();
    const struct account account = {name, name, more, "*"};
    struct service_token token;
    switch (what) {
    case ADD:
        return administer_add(db, &account, who, err);
    case DELETE:
        return administer_delete(db, NULL, name, who, err);
    case DELETE_BY_ID:
        return administer_delete(db, name, NULL, who, err);
    case DISABLE:
        return administer_disable(db, name, who, err);
    case ENABLE:
        return administer_enable(db, name, who, err);
    case ROLE:
        return administer_role(db, name, more, who, err);
    case PASSWORD:
        return administer_password(db, name, more, who, err);
    case ROLE_ADD:
        return administer_role_add(db, name, more, who, err);
    case ROLE_SET:
        return administer_role_set(db, name, more, who, err);
    case ROLE_DELETE:
        return administer_role_delete(db, name, who, err);
    case TOKEN_ADD:
        return administer_token_add(db, name, more, 1, "test", who, &token, err);
    case TOKEN_DELETE:
        return administer_token_delete(db, name, who, err);
    }
    return false;
}

static char *state(void) {
    return sql_text(
        "SELECT concat_ws(' / ', (SELECT string_agg(concat_ws(' ', id, username, role, disabled, "
        "password_hash), ',' ORDER BY id) FROM accounts), (SELECT string_agg(concat_ws(' ', name, "
        "grants), ',' ORDER BY name) FROM roles), (SELECT string_agg(concat_ws(' ', id, name), ',' "
        "ORDER BY id) FROM tokens), (SELECT count(*) FROM events))");
}

struct question {
    enum what what;
    const char *name, *more;
    enum error_kind kind; /* of the answer; ERROR_NONE = it is done */
};

/* Each is a test of its own; what is refused leaves everything as it was, what is done has one
 * event. */
static void ask_all(const struct question *questions, size_t count, const struct caller *caller) {
    const struct administrator who = {&caller->identity, "request"};
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        const struct question *question = &questions[i];
        CLEANUP(mem_free_text) char *before = state();
        bool ok = ask(question->what, question->name, question->more, &who, &err);
        CLEANUP(mem_free_text) char *after = state();
        bool as_wanted = err.kind == question->kind && ok == (err.kind == ERROR_NONE) &&
                         ok == (strcmp(before, after) != 0);
        if (!as_wanted)
            printf("# question %zu (%s): %s\n", i, question->name, err.message);
        CU_ASSERT_TRUE(as_wanted);
    }
}

static void test_refused_admin(void) {
    static const struct question questions[] = {
        {ADD, "clare", "user", ERROR_CONFLICT},
        {ADD, "new", "none", ERROR_BAD_FIELD},
        {DELETE, "nobody", NULL, ERROR_NOT_FOUND},
        {DELETE_BY_ID, "nobody", NULL, ERROR_NOT_FOUND},
        {DELETE, "admin", NULL, ERROR_CONFLICT},
        {DISABLE, "admin", NULL, ERROR_CONFLICT},
        {ROLE, "admin", "user", ERROR_CONFLICT},
        {ROLE, "clare", "none", ERROR_BAD_FIELD},
        {ROLE, "nobody", "user", ERROR_NOT_FOUND},
        {PASSWORD, "nobody", "*", ERROR_NOT_FOUND},
        {ROLE_ADD, "extra", EVENTS_DOC, ERROR_CONFLICT},
        {ROLE_SET, "none", EVENTS_DOC, ERROR_NOT_FOUND},
        {ROLE_SET, "user", EVENTS_DOC, ERROR_CONFLICT},
        {ROLE_DELETE, "viewer", NULL, ERROR_CONFLICT},
        {ROLE_DELETE, "keeper", NULL, ERROR_CONFLICT},
        {ROLE_DELETE, "none", NULL, ERROR_NOT_FOUND},
        {TOKEN_ADD, "nobody", "ci", ERROR_NOT_FOUND},
        {TOKEN_ADD, "dora", "ci", ERROR_CONFLICT},
        {TOKEN_DELETE, "nobody", NULL, ERROR_NOT_FOUND},
        /* And what is done: */
        {TOKEN_ADD, "clare", "ci", ERROR_NONE},
        {TOKEN_ADD, "clare", "ci", ERROR_CONFLICT},
        {TOKEN_ADD, "admin", "own", ERROR_NONE},
        {TOKEN_DELETE, "own", NULL, ERROR_NONE},
        {TOKEN_DELETE, "ci", NULL, ERROR_NOT_FOUND}, /* not by name: it is clare's */
        {PASSWORD, "admin", "**", ERROR_NONE},
        {PASSWORD, "clare", "**", ERROR_NONE},
        {ROLE, "clare", "viewer", ERROR_NONE},
        {DISABLE, "clare", NULL, ERROR_NONE},
        {ENABLE, "clare", NULL, ERROR_NONE},
        {ADD, "new", "admin", ERROR_NONE},
        {ROLE, "new", "user", ERROR_NONE},
        {DELETE_BY_ID, "new", NULL, ERROR_NONE},
        {ROLE_ADD, "new", KEEPER_DOC, ERROR_NONE},
        {ROLE_SET, "new", EVENTS_DOC, ERROR_NONE},
        {ROLE_DELETE, "new", NULL, ERROR_NONE},
        {DELETE, "dora", NULL, ERROR_NONE},
    };
    CLEANUP(caller_release) struct caller admin;
    callers_set_up();
    sql_do("UPDATE accounts SET role = 'admin' WHERE username = 'dora'"); /* no help: disabled */
    come_in(&admin, "admin", NULL);
    ask_all(questions, ARRAY_LEN(questions), &admin);
    callers_tear_down();
}

/* Asked for what is so already: done, and nothing to tell of. */
static void test_no_change(void) {
    CLEANUP(caller_release) struct caller admin;
    struct error err = {0};
    callers_set_up();
    come_in(&admin, "admin", NULL);
    const struct administrator who = {&admin.identity, "request"};
    CLEANUP(mem_free_text) char *before = state();
    CU_ASSERT_TRUE(ask(DISABLE, "dora", NULL, &who, &err));
    CU_ASSERT_TRUE(ask(ENABLE, "clare", NULL, &who, &err));
    CU_ASSERT_TRUE(ask(ROLE, "clare", "user", &who, &err));
    CU_ASSERT_TRUE(ask(ROLE, "admin", "admin", &who, &err)); /* the last one, too */
    CLEANUP(mem_free_text) char *after = state();
    CU_ASSERT_STRING_EQUAL(before, after);
    callers_tear_down();
}

/* One who may change accounts gives, takes and takes over no rights but those. */
static void test_refused_keeper(void) {
    static const struct question questions[] = {
        {ADD, "new", "user", ERROR_FORBIDDEN},
        {ADD, "new", "admin", ERROR_FORBIDDEN},
        {DELETE, "clare", NULL, ERROR_FORBIDDEN},
        {DISABLE, "admin", NULL, ERROR_FORBIDDEN},
        {ENABLE, "dora", NULL, ERROR_FORBIDDEN},
        {ROLE, "clare", "keeper", ERROR_FORBIDDEN},
        {ROLE, "kim", "admin", ERROR_FORBIDDEN},
        {PASSWORD, "admin", "**", ERROR_FORBIDDEN},
        {ROLE_ADD, "new", EVENTS_DOC, ERROR_FORBIDDEN},
        {ROLE_SET, "keeper", EVENTS_DOC, ERROR_FORBIDDEN},
        {ROLE_SET, "extra", KEEPER_DOC, ERROR_FORBIDDEN},
        {ROLE_DELETE, "extra", NULL, ERROR_FORBIDDEN},
        {TOKEN_ADD, "clare", "ci", ERROR_FORBIDDEN},
        {ADD, "new", "keeper", ERROR_NONE},
        {TOKEN_ADD, "new", "ci", ERROR_NONE},
        {TOKEN_ADD, "kim", "ci", ERROR_NONE},
    };
    CLEANUP(caller_release) struct caller kim, admin, new;
    callers_set_up();
    come_in(&kim, "kim", NULL);
    come_in(&admin, "admin", NULL);
    ask_all(questions, ARRAY_LEN(questions), &kim);
    come_in(&new, "new", NULL);
    /* Tokens of others, by id: only where the rights suffice. */
    const struct question tokens[] = {{TOKEN_DELETE, admin.token.id, NULL, ERROR_NOT_FOUND},
                                      {TOKEN_DELETE, new.token.id, NULL, ERROR_NONE}};
    ask_all(tokens, ARRAY_LEN(tokens), &kim);
    callers_tear_down();
}

/* One who may not: his own tokens only. */
static void test_refused_user(void) {
    CLEANUP(caller_release) struct caller clare, kim;
    callers_set_up();
    come_in(&clare, "clare", NULL);
    come_in(&kim, "kim", NULL);
    const struct question questions[] = {
        {TOKEN_ADD, "kim", "ci", ERROR_FORBIDDEN},
        {TOKEN_ADD, "nobody", "ci", ERROR_FORBIDDEN},
        {TOKEN_DELETE, kim.token.id, NULL, ERROR_NOT_FOUND},
        {TOKEN_ADD, "clare", "ci", ERROR_NONE},
        {TOKEN_DELETE, "ci", NULL, ERROR_NONE},
        {TOKEN_DELETE, clare.token.id, NULL, ERROR_NONE},
    };
    ask_all(questions, ARRAY_LEN(questions), &clare);
    callers_tear_down();
}

/* What changed since the request began: the token has ended, or other rights are in force. */
static void test_changed_meanwhile(void) {
    static const struct question ended[] = {{ADD, "new", "user", ERROR_UNAUTHENTICATED}};
    static const struct question changed[] = {{ADD, "new", "extra", ERROR_CONFLICT}};
    CLEANUP(caller_release) struct caller admin, kim;
    callers_set_up();
    come_in(&admin, "admin", NULL);
    come_in(&kim, "kim", NULL);
    sql_do("UPDATE roles SET doc = '" EVENTS_DOC "' WHERE name = 'keeper'");
    ask_all(changed, ARRAY_LEN(changed), &kim);
    sql_do("DELETE FROM tokens WHERE id = '%s'", admin.token.id);
    ask_all(ended, ARRAY_LEN(ended), &admin);
    callers_tear_down();
}

static void test_token_limits(void) {
    static const struct question many[] = {{TOKEN_ADD, "clare", "one-more", ERROR_CONFLICT}};
    static const struct question longer[] = {{TOKEN_ADD, "clare", "heir", ERROR_FORBIDDEN}};
    struct token_limits limits;
    struct error err = {0};
    CLEANUP(caller_release) struct caller clare, program;
    callers_set_up();
    come_in(&clare, "clare", NULL);
    come_in(&program, "clare", "ci");
    sql_do("UPDATE tokens SET expires_at = now() + interval '1 hour' WHERE name = 'ci'");
    ask_all(longer, ARRAY_LEN(longer), &program);
    sql_do("INSERT INTO tokens (id, account_id, name, digest, expires_at) SELECT 't' || n, "
           "'clare-id', 't' || n, decode(repeat('00', 32), 'hex'), now() + interval '1 day' FROM "
           "generate_series(1, %d) AS n",
           SERVICE_TOKENS_MAX);
    ask_all(many, ARRAY_LEN(many), &clare);
    CU_ASSERT_FALSE(token_limits(scratch_worker(), "none", "clare-id", 1, &limits, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAUTHENTICATED);
    callers_tear_down();
}

/* Which of the two is taken is told. */
static void test_taken(void) {
    static const struct account accounts[] = {{"clare-id", "new", "user", "*"},
                                              {"new-id", "clare", "user", "*"}};
    static const char *const fields[] = {"id", "username"};
    CLEANUP(caller_release) struct caller admin;
    callers_set_up();
    come_in(&admin, "admin", NULL);
    const struct administrator who = {&admin.identity, "request"};
    for (size_t i = 0; i < ARRAY_LEN(accounts); i++) {
        struct error err = {0};
        CU_ASSERT_FALSE(administer_add(scratch_worker(), &accounts[i], &who, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
        CU_ASSERT_STRING_EQUAL(err.field, fields[i]);
    }
    callers_tear_down();
}

static const struct unit_test tests[] = {
    {"what an administrator cannot do", test_refused_admin},
    {"what is so already", test_no_change},
    {"no more rights than one's own", test_refused_keeper},
    {"one's own tokens only", test_refused_user},
    {"a token or its rights end meanwhile", test_changed_meanwhile},
    {"so many tokens, and so long", test_token_limits},
    {"an id or a name is taken", test_taken},
    {0},
};

const struct unit_suite suite_administer = {"administer", tests};
