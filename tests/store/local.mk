# store: everything between a request and the database, on a scratch PostgreSQL.
check_PROGRAMS += tests/store/store
TESTS += tests/store/store.sh
EXTRA_DIST += tests/lib/postgres.sh tests/store/store.sh
tests_store_store_SOURCES = tests/unit/unit.c tests/unit/unit.h \
  tests/store/scratch.c tests/store/scratch.h \
  tests/store/suites.c tests/store/suites.h \
  tests/store/foreign_fixture.c tests/store/foreign_fixture.h \
  tests/store/move_fixture.c tests/store/move_fixture.h \
  tests/store/observe_fixture.c tests/store/observe_fixture.h \
  tests/store/test_adopt.c \
  tests/fault/shim.c tests/fault/shim.h \
  tests/store/callers.c tests/store/callers.h \
  tests/store/test_administer.c \
  tests/store/test_auth.c \
  tests/store/test_cancel.c \
  tests/store/test_copies.c \
  tests/store/test_db.c \
  tests/store/test_drain.c \
  tests/store/test_events.c \
  tests/store/test_failover.c \
  tests/store/test_faults.c \
  tests/store/test_history.c \
  tests/store/test_foreign.c \
  tests/store/test_lease.c \
  tests/store/test_check.c \
  tests/store/test_links.c \
  tests/store/test_migrate.c \
  tests/store/test_move.c \
  tests/store/test_observe.c \
  tests/store/test_race.c \
  tests/store/test_run.c \
  tests/store/test_scale.c \
  tests/store/test_statements.c \
  tests/store/test_storm.c \
  tests/store/test_streams.c \
  tests/store/test_upkeep.c \
  tests/store/test_work.c
tests_store_store_LDADD = libkeeper.a libberth.a libbase.a $(CUNIT_LIBS) $(BERTH_LIBS)
