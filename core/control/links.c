/* links: see links.h. */
#include "core/control/links.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "sql/statements.h"

void links_bond_release(struct links_bond *bond) {
    mem_free_text(&bond->engine_id);
    mem_free_text(&bond->why);
}

/* Postgres array text of names: container names have no quotes, commas or backslashes. */
static void add_name(struct strbuf *array, const char *name) {
    strbuf_addf(array, "%c\"%s\"", array->len ? ',' : '{', name);
}

static void end_array(struct strbuf *array) {
    strbuf_puts(array, array->len ? "}" : "{}");
}

static void names_of_links(json_t *spec, struct strbuf *array) {
    json_t *links = json_get_object(spec, "links");
    if (links) {
        json_object_object_foreach(links, name, alias) {
            (void)alias;
            add_name(array, name);
        }
    }
    end_array(array);
}

static bool has_links(json_t *spec) {
    json_t *links = json_get_object(spec, "links");
    return links && json_object_object_length(links) > 0;
}

static bool refuse(struct error *err, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct error *err, const char *name, const char *format, ...) {
    va_list args;
    char message[600];
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    error_set(err, ERROR_CONFLICT, "%s", message);
    snprintf(err->field, sizeof err->field, "links.%s", name);
    return false;
}

/* Is there something to be linked to, and is it meant to run? */
static bool judge_target(const struct db_result *rows, int i, struct error *err) {
    const char *name = db_text(rows, i, "name");
    if (!db_text(rows, i, "id") && db_is_true(rows, i, "unmanaged"))
        return refuse(err, name, "%s is not managed by berth: adopt it before a link to it.", name);
    if (!db_text(rows, i, "id"))
        return refuse(err, name, "There is no container with the name %s to be linked to.", name);
    if (!db_text(rows, i, "engine_id"))
        return refuse(err, name, "%s is on no engine of the pool any more.", name);
    if (strcmp(db_text(rows, i, "desired"), "running") != 0)
        return refuse(err, name, "%s does not run, and Docker links to what runs only: start it.",
                      name);
    return true;
}

/* Every one of them must be on the engine of the first. */
static bool bind_to(const struct db_result *rows, int i, struct links_bond *bond,
                    struct error *err) {
    const char *name = db_text(rows, i, "name"), *engine_id = db_text(rows, i, "engine_id");
    bool target = strcmp(db_text(rows, i, "kind"), "target") == 0;
    if (!engine_id) /* one that is linked to this name, on an engine that is forgotten */
        return true;
    if (bond->engine_id && strcmp(bond->engine_id, engine_id) != 0)
        return refuse(err, name,
                      "%s is on engine %s, but %s. Linked containers must be on one engine.", name,
                      engine_id, bond->why);
    if (!bond->engine_id) {
        bond->engine_id = mem_strdup(engine_id);
        bond->why = target
                        ? mem_format("it is linked to %s, which is on engine %s", name, engine_id)
                        : mem_format("%s, which is on engine %s, is linked to it", name, engine_id);
    }
    return true;
}

static bool judge(const struct db_result *rows, struct links_bond *bond, struct error *err) {
    for (int i = 0; i < db_rows(rows); i++) {
        const char *kind = db_text(rows, i, "kind"), *name = db_text(rows, i, "name");
        if (strcmp(kind, "cycle") == 0)
            return refuse(err, name, "The links would lead from %s back to %s.", name, name);
        if (strcmp(kind, "target") == 0 && !judge_target(rows, i, err))
            return false;
        if (!bind_to(rows, i, bond, err))
            return false;
    }
    return true;
}

bool links_allow(struct db *db, json_t *spec, json_t *names, struct links_bond *ret_bond,
                 struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf targets = {0};
    CLEANUP(strbuf_release) struct strbuf own = {0};
    *ret_bond = (struct links_bond){0};
    /* Nobody can have known a name that is made up. */
    if (!has_links(spec) && !*json_get_text(spec, "container_name", ""))
        return true;
    names_of_links(spec, &targets);
    for (size_t i = 0; i < json_len(names); i++)
        add_name(&own, json_object_get_string(json_at(names, i)));
    end_array(&own);
    bool ok =
        db_run(db, &sql_placement_lock, NULL, 0, NULL, err) &&
        db_run(db, &sql_link_lock, DB_PARAMS(DB_TEXT(strbuf_text(&targets))), NULL, err) &&
        db_run(db, &sql_link_targets,
               DB_PARAMS(DB_TEXT(strbuf_text(&targets)), DB_TEXT(strbuf_text(&own))), &rows, err) &&
        judge(rows, ret_bond, err);
    if (!ok)
        links_bond_release(ret_bond);
    return ok;
}

bool links_ready(struct db *db, json_t *spec, bool run, bool *ret_ready, struct error *err) {
    CLEANUP(db_result_free) struct db_result *rows = NULL;
    CLEANUP(strbuf_release) struct strbuf targets = {0};
    *ret_ready = true;
    if (!has_links(spec))
        return true;
    names_of_links(spec, &targets);
    if (!db_run(db, &sql_link_targets, DB_PARAMS(DB_TEXT(strbuf_text(&targets)), DB_TEXT("{}")),
                &rows, err))
        return false;
    for (int i = 0; i < db_rows(rows); i++) {
        if (!judge_target(rows, i, err))
            return false;
        if (run && strcmp(db_text(rows, i, "state"), "running") != 0)
            *ret_ready = false;
    }
    return true;
}
