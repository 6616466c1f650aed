/* suites_worker: what the program worker runs: the parts of berth-worker. */
#include <stddef.h>

#include "tests/unit/unit.h"

/* One a line, so that additions do not meet. */
/* one a line */
/* clang-format off */
const struct unit_suite *const unit_suites[] = {
    &suite_password_rules,
    &suite_path,
    &suite_policy,
    &suite_token,
    NULL,
};
/* clang-format on */
