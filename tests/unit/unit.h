/* unit: the frame of the unit tests: suites of CUnit tests, reported as TAP (testanything.org). */
#pragma once

#include <CUnit/CUnit.h>

struct unit_test {
    const char *name;
    void (*run)(void);
};

struct unit_suite {
    const char *name;
    const struct unit_test *tests; /* ends with {0} */
};

/* One a file; listed in suites.c, or suites_worker.c for what links berth-worker. */
extern const struct unit_suite suite_address;
extern const struct unit_suite suite_base;
extern const struct unit_suite suite_cli;
extern const struct unit_suite suite_cli_words;
extern const struct unit_suite suite_fit;
extern const struct unit_suite suite_config;
extern const struct unit_suite suite_docker;
extern const struct unit_suite suite_docker_calls;
extern const struct unit_suite suite_docker_copy;
extern const struct unit_suite suite_docker_engine;
extern const struct unit_suite suite_docker_events;
extern const struct unit_suite suite_docker_stats;
extern const struct unit_suite suite_strip;
extern const struct unit_suite suite_join_usage;
extern const struct unit_suite suite_etcd;
extern const struct unit_suite suite_http;
extern const struct unit_suite suite_http_drive;
extern const struct unit_suite suite_http_tls;
extern const struct unit_suite suite_icmp;
extern const struct unit_suite suite_verdict;
extern const struct unit_suite suite_lifecycle;
extern const struct unit_suite suite_log_reader;
extern const struct unit_suite suite_password;
extern const struct unit_suite suite_password_rules;
extern const struct unit_suite suite_path;
extern const struct unit_suite suite_placement;
extern const struct unit_suite suite_policy;
extern const struct unit_suite suite_policy_spec;
extern const struct unit_suite suite_spec;
extern const struct unit_suite suite_spec_read;
extern const struct unit_suite suite_explain;
extern const struct unit_suite suite_token;

/* What a program runs; ends with NULL. */
extern const struct unit_suite *const unit_suites[];
