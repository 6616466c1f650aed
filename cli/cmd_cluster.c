/* cmd_cluster: the pool as a whole. */
#include "cli/cmd.h"

bool cmd_cluster_info(struct cli *cli, struct error *err) {
    return show_record(cli, "/api/cluster/info", err);
}
