/* cmd_placement: why a container is where it is, and where one would go. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/cmd.h"
#include "cli/render.h"

static void add_candidate(struct table *table, json_t *candidate, const char *verdict) {
    char score[32], cpus[64], memory[64];
    snprintf(score, sizeof score, "%.2f", json_get_decimal(candidate, "score", 0));
    snprintf(cpus, sizeof cpus, "%.10g/%.10g", json_get_decimal(candidate, "reserved_cpus", 0),
             json_get_decimal(candidate, "cpus", 0));
    snprintf(memory, sizeof memory, "%lld/%lld",
             (long long)json_get_int(candidate, "reserved_memory", 0),
             (long long)json_get_int(candidate, "memory", 0));
    table_add(table,
              (const char *[]){json_get_text(candidate, "id", NULL), score, cpus, memory, verdict});
}

/* Candidates, best first, with what `verdict_of` says of each, then the others with the reason. */
static void print_engines(struct cli *cli, json_t *doc,
                          const char *(*verdict_of)(json_t *doc, json_t *candidate,
                                                    char room[64])) {
    static const char *const titles[] = {"ENGINE", "SCORE", "CPUS", "MEMORY", "VERDICT", NULL};
    json_t *candidates = json_get_array(doc, "candidates");
    json_t *excluded = json_get_array(doc, "excluded");
    struct table *table = table_new(cli, titles);
    for (size_t i = 0; i < json_len(candidates); i++) {
        char room[64];
        add_candidate(table, json_at(candidates, i), verdict_of(doc, json_at(candidates, i), room));
    }
    for (size_t i = 0; i < json_len(excluded); i++) {
        json_t *engine = json_at(excluded, i);
        table_add(table, (const char *[]){json_get_text(engine, "id", NULL), NULL, NULL, NULL,
                                          json_get_text(engine, "reason", NULL)});
    }
    table_print(table);
}

/* What decided; of the candidates the first is the chosen one. */
static const char *chosen_verdict(json_t *doc, json_t *candidate, char room[64]) {
    const char *behind = json_get_text(candidate, "behind_by", "");
    if (strcmp(json_get_text(candidate, "id", ""), json_get_text(doc, "engine", "")) == 0)
        return "chosen";
    if (strcmp(behind, "name") == 0)
        return "equal, and later by name";
    if (strcmp(behind, "containers") != 0)
        return "lower score";
    json_t *chosen = json_at(json_get_array(doc, "candidates"), 0);
    snprintf(room, 64, "equal score, more containers: %lld, not %lld",
             (long long)json_get_int(candidate, "containers", 0),
             (long long)json_get_int(chosen, "containers", 0));
    return room;
}

bool cmd_explain(struct cli *cli, struct error *err) {
    CLEANUP(mem_free_text)
    char *path = api_path("/api/containers/", cli_argument(cli, 0), "/placement");
    CLEANUP(json_put) json_t *doc = NULL;
    if (!get_document(cli, path, &doc, err))
        return false;
    if (cli->output == OUTPUT_JSON)
        render_json(doc);
    else if (cli->quiet)
        render_line(json_get_text(doc, "engine", "-"));
    else
        print_engines(cli, doc, chosen_verdict);
    return true;
}

static const char *plan_verdict(json_t *doc, json_t *candidate, char room[64]) {
    json_t *containers = json_get_array(doc, "containers");
    size_t n = 0;
    for (size_t i = 0; i < json_len(containers); i++)
        n += strcmp(json_get_text(json_at(containers, i), "engine", ""),
                    json_get_text(candidate, "id", "")) == 0;
    if (n == 0)
        return "none would go here";
    snprintf(room, 64, "%zu would go here", n);
    return room;
}

bool show_plan(struct cli *cli, const char *path, json_t *spec, struct error *err) {
    struct api_request request = {.method = "POST", .path = path, .body = spec};
    struct api_reply reply;
    if (!api_call(cli->api, &request, &reply, err))
        return false;
    json_t *containers = json_get_array(reply.doc, "containers");
    if (cli->output == OUTPUT_JSON) {
        render_json(reply.doc);
    } else if (cli->quiet) {
        print_ids(containers, "engine");
    } else {
        CLEANUP(mem_free_text)
        char *line = mem_format("%zu of %s would run; nothing was done. Scores before the first:",
                                json_len(containers), json_get_text(spec, "name", "?"));
        render_line(line);
        print_engines(cli, reply.doc, plan_verdict);
    }
    api_reply_release(&reply);
    return true;
}
