/* commands_engines: the commands of the table that are about engines; see command.h. */
#include "cli/cmd.h"

#define ENGINE_ONE                                                                                 \
    { {.name = "ID", .complete = COMPLETE_ENGINE}, }

const struct command engine_commands[] = {
    {.path = "engines",
     .aliases = {"engine list", "engine ls"},
     .group = "Engines",
     .summary = "list the Docker hosts of the pool",
     .examples = "engines\n"
                 "engines --filter health.status=down",
     .list = true,
     .run = cmd_engines},
    {.path = "engine",
     .group = "Engines",
     .summary = "show one engine",
     .examples = "engine n1",
     .arguments = ENGINE_ONE,
     .run = cmd_engine},
    {.path = "eadd",
     .group = "Engines",
     .summary = "add an engine to the pool",
     .examples =
         "eadd --id n1 --addr https://10.0.0.5:2376 --ca-cert ca.pem --ssl-cert cert.pem --ssl-key key.pem",
     .options = engine_add_options,
     .run = cmd_engine_add},
    {.path = "eupdate",
     .group = "Engines",
     .summary = "change an engine's address, certificates, registry login, labels or size",
     .examples = "eupdate n1 --label ssd --cpus 4\n"
                 "eupdate n1 --ca-cert ca.pem --ssl-cert cert.pem --ssl-key key.pem",
     .notes = "What is not given stays. The same Docker must answer at a new address, and a key\n"
              "or a registry's password is never sent there unless it is given again.",
     .arguments = ENGINE_ONE,
     .options = engine_update_options,
     .run = cmd_engine_update},
    {.path = "approve",
     .group = "Engines",
     .summary = "take in a host that has registered itself, or an engine that was removed",
     .examples = "approve n4",
     .notes = "Hosts that wait are listed as pending, with the reason. The Docker engine that\n"
              "registered must answer at its address.",
     .arguments = ENGINE_ONE,
     .run = cmd_engine_approve},
    {.path = "drain",
     .group = "Engines",
     .summary = "place nothing more on an engine, and move its containers elsewhere",
     .examples = "drain n1",
     .notes =
         "One after the other, each new copy up before the old one goes; berth engines and\n"
         "berth engine ID show how far it is. What has the reschedule policy never stays, and\n"
         "is named. It lasts until berth uncordon.",
     .arguments = ENGINE_ONE,
     .run = cmd_engine_drain},
    {.path = "uncordon",
     .group = "Engines",
     .summary = "stop draining an engine: it gets containers again",
     .examples = "uncordon n1",
     .arguments = ENGINE_ONE,
     .run = cmd_engine_uncordon},
    {.path = "thaw",
     .group = "Engines",
     .summary = "go on after many engines were lost at once, or the database was restored",
     .examples = "thaw",
     .notes = "When more than a third of the engines, and at least two, are lost at once, berth\n"
              "moves nothing: the fault is likely to be the network's. It goes on by itself when\n"
              "they are back. A database that was restored to an older state freezes it, too,\n"
              "until this. berth clusterinfo shows whether that is so, and why.",
     .run = cmd_thaw},
    {.path = "edelete",
     .group = "Engines",
     .summary = "remove an engine from the pool",
     .examples = "edelete n1\n"
                 "edelete n1 --force --dry-run",
     .notes = "It stays out, even if its host goes on registering: until it is approved (berth\n"
              "approve) or added again.",
     .arguments = ENGINE_ONE,
     .options = engine_delete_options,
     .destructive = true,
     .run = cmd_engine_delete},
    {0},
};
