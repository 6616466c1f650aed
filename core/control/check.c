/* check: see check.h. The containers of one engine after the other are placed anew, in memory, by
 * the functions that place them in earnest (placement.h). */
#include "core/control/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/control/check_load.h"

/* Let each engine know what it is to `container`: only what that one asks about. */
static void set_facts(struct check *check, const struct check_container *container,
                      struct placement_engine *engines) {
    enum spec_type type = container->request.type;
    bool lonely = type == SPEC_UNIQUE || type == SPEC_MULTI;
    for (size_t e = 0; e < check->engine_count; e++) {
        engines[e].has_image = false;
        engines[e].port_taken = NULL;
        if (!lonely && !container->request.names_ports)
            continue;
        for (struct presence *p = check->present[e]; p; p = p->next) {
            if (lonely && p->image && strcmp(p->image, container->image) == 0)
                engines[e].has_image = true;
            for (size_t i = 0; p->port && i < json_len(container->ports); i++)
                if (spec_ports_collide(json_at(container->ports, i), p->port))
                    engines[e].port_taken = "that it asks for";
        }
    }
}

/* Of a unit of one the engines themselves, else copies. */
static bool choose(struct check *check, struct check_container *const *members, size_t count,
                   size_t *ret_choice) {
    struct placement_request *requests = mem_array(count, sizeof *requests);
    struct placement_engine **views = mem_array(count, sizeof *views);
    for (size_t i = 0; i < count; i++) {
        requests[i] = members[i]->request;
        views[i] = check->engines;
        if (i > 0) {
            views[i] = mem_array(check->engine_count, sizeof **views);
            memcpy(views[i], check->engines, check->engine_count * sizeof **views);
        }
    }
    for (size_t i = count; i-- > 0;) /* the engines themselves last: their facts stay */
        set_facts(check, members[i], views[i]);
    bool found =
        placement_choose_unit(views, check->engine_count, requests, count, ret_choice, NULL);
    for (size_t i = 1; i < count; i++)
        free(views[i]);
    free(views);
    free(requests);
    check->judgements += (int64_t)(check->engine_count * count);
    return found;
}

static void be_present(struct check *check, size_t engine, const char *image, json_t *port) {
    struct presence *presence = mem_alloc(sizeof *presence);
    *presence = (struct presence){.image = image, .port = port, .next = check->present[engine]};
    check->present[engine] = presence;
}

static void take(struct check *check, const struct check_container *container, size_t engine) {
    placement_take(&check->engines[engine], &container->request);
    be_present(check, engine, container->image, NULL);
    for (size_t i = 0; i < json_len(container->ports); i++)
        be_present(check, engine, NULL, json_at(container->ports, i));
}

/* Back to what is true. */
static void undo(struct check *check, const struct placement_engine *before) {
    for (size_t e = 0; e < check->engine_count; e++) {
        while (check->present[e] != check->first_present[e]) {
            struct presence *gone = check->present[e];
            check->present[e] = gone->next;
            free(gone);
        }
    }
    memcpy(check->engines, before, check->engine_count * sizeof *before);
}

static json_t *entry_of(const struct check_container *container, const char *reason) {
    json_t *entry = json_object_new_object();
    json_set_text(entry, "id", container->id);
    json_set_text(entry, "name", container->name);
    json_set_text(entry, "reason", reason);
    return entry;
}

/* The reason that most engines have, in the words of one of them. */
static char *common_reason(const struct check *check, size_t lost, const char **ret_kind) {
    size_t best = 0, others = 0;
    const struct placement_engine *speaker = NULL;
    for (size_t e = 0; e < check->engine_count; e++) {
        const struct placement_engine *engine = &check->engines[e];
        size_t same = 0;
        if (e == lost || !engine->live)
            continue;
        others++;
        for (size_t k = 0; k < check->engine_count; k++)
            same += k != lost && check->engines[k].live &&
                    strcmp(check->engines[k].why_kind, engine->why_kind) == 0;
        if (same > best) {
            best = same;
            speaker = engine;
        }
        if (best * 2 > check->engine_count)
            break;
    }
    *ret_kind = speaker ? speaker->why_kind : "none";
    if (!speaker)
        return mem_strdup("no other engine is up");
    if (best == 1 && others == 1)
        return mem_format("%s: %s", speaker->id, speaker->why_not);
    return mem_format("%zu engines cannot, as %s: %s", best, speaker->id, speaker->why_not);
}

/* What is told of one engine. */
struct finding {
    json_t *misfits, *stays;
    int64_t moves, misfit_count, stay_count, cpu_milli, memory_mb;
    const char *kind; /* of the last misfit that is listed */
};

/* Once more, for the words; that costs as much as hundreds of judgements. */
static char *reason_of(struct check *check, size_t lost, struct check_container *const *members,
                       size_t count, const char **ret_kind) {
    size_t choice;
    for (size_t e = 0; e < check->engine_count; e++)
        check->engines[e].quiet = false;
    choose(check, members, count, &choice);
    for (size_t e = 0; e < check->engine_count; e++)
        check->engines[e].quiet = true;
    return common_reason(check, lost, ret_kind);
}

static void add_misfit(struct check *check, size_t lost, struct check_container *const *members,
                       size_t count, struct finding *finding) {
    bool listed = json_len(finding->misfits) < CHECK_LIST_MAX;
    CLEANUP(mem_free_text)
    char *reason = listed ? reason_of(check, lost, members, count, &finding->kind) : NULL;
    for (size_t i = 0; i < count; i++) {
        finding->misfit_count++;
        finding->cpu_milli += members[i]->request.cpu_milli;
        finding->memory_mb += members[i]->request.memory_mb;
        if (json_len(finding->misfits) >= CHECK_LIST_MAX)
            continue;
        json_t *entry = entry_of(members[i], reason);
        json_set_int(entry, "together_with", (int64_t)count - 1);
        json_object_array_add(finding->misfits, entry);
    }
}

static void place_unit(struct check *check, size_t lost, struct check_container *const *members,
                       size_t count, struct finding *finding) {
    size_t choice = 0;
    const char *stays = NULL;
    for (size_t i = 0; i < count; i++)
        stays = members[i]->stays ? members[i]->stays : stays;
    for (size_t i = 0; stays && i < count; i++) {
        finding->stay_count++;
        if (json_len(finding->stays) < CHECK_LIST_MAX)
            json_object_array_add(finding->stays,
                                  entry_of(members[i],
                                           members[i]->stays
                                               ? members[i]->stays
                                               : "it is linked with one that has to stay"));
    }
    if (stays)
        return;
    if (!choose(check, members, count, &choice)) {
        add_misfit(check, lost, members, count, finding);
        return;
    }
    finding->moves += (int64_t)count;
    for (size_t i = 0; i < count; i++)
        take(check, members[i], choice);
}

static char *advice_of(const struct finding *finding) {
    static const struct {
        const char *kind, *what;
    } words[] = {
        {"port", "free the host port on another engine"},
        {"label", "give another engine the label"},
        {"image", "add an engine, or take a type other than unique and multi"},
        {"none", "add an engine"},
    };
    for (size_t i = 0; finding->kind && i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].kind, finding->kind) == 0)
            return mem_strdup(words[i].what);
    return mem_format("add an engine, or make room for %lld MB and %.10g cores",
                      (long long)finding->memory_mb, (double)finding->cpu_milli / 1000);
}

static json_t *document_of(const struct check *check, size_t lost, struct finding *finding) {
    json_t *doc = json_object_new_object();
    CLEANUP(mem_free_text) char *advice = finding->misfit_count ? advice_of(finding) : NULL;
    json_set_text(doc, "id", check->engines[lost].id);
    json_set_bool(doc, "ok", finding->misfit_count == 0);
    json_set_int(doc, "moves", finding->moves);
    json_set_int(doc, "misfit_count", finding->misfit_count);
    json_set(doc, "misfits", finding->misfits);
    json_set_int(doc, "stay_count", finding->stay_count);
    json_set(doc, "stays", finding->stays);
    json_set_text(doc, "advice", advice ? advice : "");
    return doc;
}

/* Its containers are next to each other, the oldest first; a unit begins with its first member. */
static json_t *lose(struct check *check, size_t lost, const struct placement_engine *before) {
    struct finding finding = {.misfits = json_object_new_array(), .stays = json_object_new_array()};
    struct check_container **members = mem_array(check->container_count, sizeof(void *));
    size_t first = check->first_container[lost], end = check->first_container[lost + 1];
    check->engines[lost].live = false;
    for (size_t i = first; i < end; i++) {
        size_t count = 0;
        if (check->containers[i].left_out || check->containers[i].unit != i)
            continue;
        for (size_t k = i; k < end; k++)
            if (check->containers[k].unit == i && !check->containers[k].left_out)
                members[count++] = &check->containers[k];
        place_unit(check, lost, members, count, &finding);
    }
    json_t *doc = document_of(check, lost, &finding);
    undo(check, before);
    free(members);
    return doc;
}

static json_t *run(struct check *check, int64_t most, bool *ret_ok) {
    json_t *doc = json_object_new_object(), *engines = json_object_new_array();
    struct placement_engine *before = mem_array(check->engine_count, sizeof *before);
    int64_t unchecked = 0;
    *ret_ok = true;
    if (check->engine_count > 0)
        memcpy(before, check->engines, check->engine_count * sizeof *before);
    for (size_t e = 0; e < check->engine_count; e++) {
        if (check->judgements > most) {
            unchecked++;
            continue;
        }
        json_t *engine = lose(check, e, before);
        *ret_ok = *ret_ok && json_get_bool(engine, "ok", false);
        json_object_array_add(engines, engine);
    }
    free(before);
    *ret_ok = *ret_ok && unchecked == 0;
    json_set_bool(doc, "ok", *ret_ok);
    json_set_int(doc, "unchecked", unchecked);
    json_set(doc, "engines", engines);
    return doc;
}

bool check_pool(struct db *db, const struct pool *pool, const char *made, int64_t most,
                json_t **ret_doc, struct error *err) {
    struct check check = {0};
    bool ok_now = false, ok_before = false;
    if (!check_load(db, pool, NULL, &check, err)) {
        check_release(&check);
        return false;
    }
    json_t *doc = run(&check, most, &ok_now);
    check_release(&check);
    if (made && !ok_now) {
        if (!check_load(db, pool, made, &check, err)) {
            check_release(&check);
            json_put(&doc);
            return false;
        }
        json_t *without = run(&check, most, &ok_before);
        json_put(&without);
        check_release(&check);
    }
    if (made)
        json_set_bool(doc, "made_so", !ok_now && ok_before);
    *ret_doc = doc;
    return true;
}
