/* spec_args: options of `berth run` as parts of an image specification; nothing here talks to
 * anybody. Errors are BAD_FIELD, naming the option. */
#pragma once

#include "cli/command.h"

/* The specification that the options ask for; only what was given is in it. */
bool spec_of_options(const struct given *given, json_t **ret_spec, struct error *err);

/* "tcp/127.0.0.1:8080:80", "tcp/::80", "udp/:53:53", "8080:80", "80", "80/udp"; an IPv6 address may
 * stand in brackets. Left out: tcp, all addresses, a port that berth chooses. */
bool port_parse(const char *text, json_t **ret_port, struct error *err);

/* "no", "always", "unless-stopped", "on-failure" or "on-failure:5". */
bool restart_parse(const char *text, json_t **ret_policy, struct error *err);
