/* commands_session: the commands of the table that are about what is between the user and a server;
 * see command.h. */
#include "cli/cmd.h"

#define CONTEXT_ONE                                                                                \
    { {.name = "NAME", .complete = COMPLETE_CONTEXT}, }

const struct command session_commands[] = {
    {.path = "login",
     .group = "Session",
     .summary = "log in at a server and keep the token",
     .notes =
         "What is not given is asked for. Several URLs are the controllers of one pool: they are\n"
         "tried in turn when one does not answer. The login is kept under the name of the\n"
         "context, which becomes the current one. Plain http:// is for loopback addresses only.",
     .examples = "login https://berth.example:8443\n"
                 "login --context prod https://one.example https://two.example --cacert ca.pem",
     .arguments = {{.name = "URL", .optional = true, .repeat = true}},
     .options = login_options,
     .run = cmd_login},
    {.path = "logout",
     .group = "Session",
     .summary = "end the session and forget its token",
     .examples = "logout",
     .run = cmd_logout},
    {.path = "context list",
     .aliases = {"contexts", "context ls"},
     .group = "Session",
     .summary = "list the servers that `berth login` knows",
     .examples = "context list",
     .list = true,
     .offline = true,
     .run = cmd_context_list},
    {.path = "context use",
     .group = "Session",
     .summary = "make a context the one that is used without --context",
     .examples = "context use prod",
     .arguments = CONTEXT_ONE,
     .offline = true,
     .run = cmd_context_use},
    {.path = "context show",
     .group = "Session",
     .summary = "show a context, or the current one",
     .examples = "context show",
     .arguments = {{.name = "NAME", .optional = true, .complete = COMPLETE_CONTEXT}},
     .offline = true,
     .run = cmd_context_show},
    {.path = "context rename",
     .group = "Session",
     .summary = "give a context another name",
     .examples = "context rename default prod",
     .arguments = {{.name = "NAME", .complete = COMPLETE_CONTEXT}, {.name = "NEW"}},
     .offline = true,
     .run = cmd_context_rename},
    {.path = "context delete",
     .aliases = {"context rm"},
     .group = "Session",
     .summary = "forget a context and its token",
     .notes = "The token itself lives on until it expires: berth logout ends it.",
     .examples = "context delete test",
     .arguments = CONTEXT_ONE,
     .destructive = true,
     .offline = true,
     .run = cmd_context_delete},
    {0},
};
