/* cmd_cluster: the pool as a whole. */
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/render.h"

/* "reserved_cpus" as "3.5 (29.2 %)" of the total. */
static void add_percentage(json_t *doc, const char *part_key, const char *total_key) {
    json_t *part = json_get(doc, part_key);
    double total = json_get_decimal(doc, total_key, 0);
    if (!part || total <= 0)
        return;
    CLEANUP(mem_free_text)
    char *text = mem_format("%s (%.1f %%)", json_print(part),
                            100 * json_get_decimal(doc, part_key, 0) / total);
    json_set_text(doc, part_key, text);
}

bool cmd_cluster_info(struct cli *cli, struct error *err) {
    CLEANUP(json_put) json_t *doc = NULL;
    if (!get_document(cli, "/api/cluster/info", &doc, err))
        return false;
    if (cli->output == OUTPUT_JSON) {
        render_json(doc);
        return true;
    }
    add_percentage(doc, "reserved_cpus", "cpus");
    add_percentage(doc, "reserved_memory", "memory");
    add_percentage(doc, "used_cpus", "cpus");
    add_percentage(doc, "used_memory", "memory");
    render_record(cli, doc);
    return true;
}
