libberth_a_SOURCES += core/store/db.c core/store/db.h core/store/db_result.c core/store/db_result.h \
  core/store/containers.c core/store/containers.h \
  core/store/engines.c core/store/engines.h \
  core/store/events.c core/store/events.h \
  core/store/history.c core/store/history.h \
  core/store/lease.c core/store/lease.h \
  core/store/work.c core/store/work.h \
  core/store/foreign.c core/store/foreign.h \
  core/store/tokens.c core/store/tokens.h \
  core/store/accounts.c core/store/accounts.h
