/* suites: what the program unit runs. */
#include <stddef.h>

#include "tests/unit/unit.h"

/* One a line, so that additions do not meet. */
/* one a line */
/* clang-format off */
const struct unit_suite *const unit_suites[] = {
    &suite_address,
    &suite_base,
    &suite_cli,
    &suite_cli_words,
    &suite_fit,
    &suite_config,
    &suite_docker,
    &suite_docker_calls,
    &suite_docker_copy,
    &suite_docker_engine,
    &suite_docker_events,
    &suite_docker_stats,
    &suite_etcd,
    &suite_explain,
    &suite_http,
    &suite_http_drive,
    &suite_http_tls,
    &suite_icmp,
    &suite_strip,
    &suite_join_usage,
    &suite_verdict,
    &suite_lifecycle,
    &suite_log_reader,
    &suite_password,
    &suite_placement,
    &suite_policy_spec,
    &suite_spec,
    &suite_spec_read,
    NULL,
};
/* clang-format on */
