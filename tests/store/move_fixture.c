/* move_fixture: see move_fixture.h. */
#include "tests/store/move_fixture.h"

#include "keeper/failover.h"
#include "tests/store/scratch.h"
#include "tests/store/suites.h"

void pass_of(const char *lost) {
    struct failover *failover = failover_new(scratch_pool(), scratch_keeper(), -1);
    failover_poll(failover, lost);
    CU_ASSERT_FALSE(db_in_transaction(scratch_keeper()));
    failover_free(failover);
}

int64_t on_engine(const char *id) {
    return sql_int("SELECT count(*) FROM containers WHERE engine_id = '%s' AND removed_at IS NULL",
                   id);
}

int64_t row_is(const char *condition) {
    return sql_int("SELECT count(*) FROM containers WHERE %s", condition);
}

int64_t events(const char *type) {
    return sql_int("SELECT count(*) FROM events WHERE type = '%s'", type);
}
