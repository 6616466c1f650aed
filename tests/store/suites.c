/* suites: what the program store runs. */
#include "tests/store/suites.h"

#include <stddef.h>

/* one a line */
/* clang-format off */
const struct unit_suite *const unit_suites[] = {
    &suite_auth,
    &suite_administer,
    &suite_cancel,
    &suite_migrate,
    &suite_statements,
    &suite_db,
    &suite_run,
    &suite_scale,
    &suite_links,
    &suite_check,
    &suite_race,
    &suite_storm,
    &suite_work,
    &suite_events,
    &suite_upkeep,
    &suite_lease,
    &suite_drain,
    &suite_move,
    &suite_failover,
    &suite_observe,
    &suite_copies,
    &suite_streams,
    &suite_history,
    &suite_foreign,
    &suite_adopt,
    &suite_faults,
    NULL,
};
/* clang-format on */
