/* suites: those of the program store; each is one file. */
#pragma once

#include "tests/unit/unit.h"

extern const struct unit_suite suite_administer;
extern const struct unit_suite suite_auth;
extern const struct unit_suite suite_cancel;
extern const struct unit_suite suite_copies;
extern const struct unit_suite suite_db;
extern const struct unit_suite suite_drain;
extern const struct unit_suite suite_move;
extern const struct unit_suite suite_events;
extern const struct unit_suite suite_failover;
extern const struct unit_suite suite_faults;
extern const struct unit_suite suite_history;
extern const struct unit_suite suite_foreign;
extern const struct unit_suite suite_adopt;
extern const struct unit_suite suite_lease;
extern const struct unit_suite suite_check;
extern const struct unit_suite suite_links;
extern const struct unit_suite suite_migrate;
extern const struct unit_suite suite_observe;
extern const struct unit_suite suite_streams;
extern const struct unit_suite suite_race;
extern const struct unit_suite suite_run;
extern const struct unit_suite suite_scale;
extern const struct unit_suite suite_statements;
extern const struct unit_suite suite_storm;
extern const struct unit_suite suite_upkeep;
extern const struct unit_suite suite_work;
