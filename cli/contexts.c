/* contexts: see contexts.h. */
#include "cli/contexts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"

const char *environment(const char *name) {
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *home_path(const char *xdg, const char *fallback, const char *name) {
    const char *base = environment(xdg), *home = environment("HOME");
    if (base && *base == '/')
        return mem_format("%s/berth/%s", base, name);
    return home ? mem_format("%s/%s/berth/%s", home, fallback, name) : NULL;
}

char *contexts_path(void) {
    const char *config = environment("BERTH_CONFIG");
    return config ? mem_strdup(config) : home_path("XDG_CONFIG_HOME", ".config", "config.json");
}

static json_t *empty_document(void) {
    json_t *doc = json_object_new_object();
    json_set(doc, "contexts", json_object_new_object());
    return doc;
}

/* The first form of the file was one context without a name. */
static json_t *of_first_form(json_t *old) {
    json_t *doc = empty_document(), *urls = json_object_new_array(), *context = json_copy(old);
    json_object_array_add(urls, json_object_new_string(json_get_text(old, "url", "")));
    json_object_object_del(context, "url");
    json_set(context, "urls", urls);
    json_set(json_get(doc, "contexts"), "default", context);
    json_set_text(doc, "current", "default");
    return doc;
}

static bool is_sound(json_t *doc) {
    json_t *contexts = json_get_object(doc, "contexts");
    if (!contexts)
        return false;
    json_object_object_foreach(contexts, name, context) {
        json_t *urls = json_get_array(context, "urls");
        if (!*name || json_len(urls) == 0)
            return false;
        for (size_t i = 0; i < json_len(urls); i++)
            if (!json_object_is_type(json_at(urls, i), json_type_string))
                return false;
    }
    return true;
}

static bool read_document(const char *path, json_t **ret_doc, struct error *err) {
    CLEANUP(mem_free_text) char *text = NULL;
    CLEANUP(json_put) json_t *doc = NULL;
    if (!path || !file_read_private(path, &text, err)) {
        *ret_doc = path ? NULL : empty_document();
        return !path;
    }
    if (!text) {
        *ret_doc = empty_document();
        return true;
    }
    bool ok = json_parse_trusted(text, &doc);
    explicit_bzero(text, strlen(text));
    if (ok && json_get_text(doc, "url", NULL))
        *ret_doc = of_first_form(doc);
    else if (ok && is_sound(doc))
        *ret_doc = STEAL(doc);
    else
        return error_set(err, ERROR_INTERNAL, "%s is damaged: remove it and log in again.", path);
    return true;
}

bool contexts_load(json_t **ret_doc, struct error *err) {
    CLEANUP(mem_free_text) char *path = contexts_path();
    return read_document(path, ret_doc, err);
}

bool contexts_change(contexts_change_fn *change, void *context, struct error *err) {
    CLEANUP(mem_free_text) char *path = contexts_path();
    CLEANUP(json_put) json_t *doc = NULL;
    int lock = -1;
    if (!path)
        return error_set(err, ERROR_INTERNAL,
                         "There is no place for the login: set HOME or BERTH_CONFIG.");
    if (!file_lock(path, &lock, err))
        return false;
    bool ok = read_document(path, &doc, err) && change(doc, context, err) &&
              file_write_private(path, json_print(doc), err);
    close(lock);
    return ok;
}

const char *contexts_current(json_t *doc) {
    return json_get_text(doc, "current", NULL);
}

json_t *contexts_get(json_t *doc, const char *name) {
    return json_get_object(json_get(doc, "contexts"), name);
}

bool context_name_check(const char *name, struct error *err) {
    size_t len = strlen(name);
    bool ok = len > 0 && len <= CONTEXT_NAME_MAX && isalnum((unsigned char)name[0]);
    for (const char *c = name; ok && *c; c++)
        ok = isalnum((unsigned char)*c) || strchr("._-", *c);
    return ok || error_field(err, "context",
                             "The name of a context is 1 to %d letters, digits, '.', '_' and '-'.",
                             CONTEXT_NAME_MAX);
}
