libberth_a_SOURCES += core/control/spec.h core/control/spec.c core/control/spec_docker.c \
  core/control/spec_names.c core/control/spec_names.h \
  core/control/spec_read.c core/control/spec_read.h
libberth_a_SOURCES += \
  core/control/converge.c core/control/converge.h core/control/converge_job.h \
  core/control/converge_copy.c core/control/converge_create.c core/control/converge_place.c core/control/converge_pull.c \
  core/control/engine_reach.c core/control/engine_reach.h \
  core/control/adopt.c core/control/adopt.h \
  core/control/converge_foreign.c core/control/intent_foreign.c \
  core/control/explain.c core/control/explain.h \
  core/control/executor.c core/control/executor.h \
  core/control/intent.c core/control/intent.h core/control/intent_run.c \
  core/control/intent_cancel.c core/control/intent_retry.c \
  core/control/lifecycle.c core/control/lifecycle.h \
  core/control/move.c core/control/move.h \
  core/control/states.h \
  core/control/place.c core/control/place.h \
  core/control/placement.c core/control/placement.h \
  core/control/pool.h \
  core/control/administer.c core/control/administer.h core/control/administer_begin.h \
  core/control/administer_tokens.c \
  core/control/auth.c core/control/auth.h core/control/auth_cache.c core/control/auth_cache.h \
  core/control/policy.c core/control/policy.h \
  core/control/password_rules.c core/control/password_rules.h \
  core/control/throttle.c core/control/throttle.h
libberth_a_SOURCES += core/control/environment.c core/control/environment.h
libberth_a_SOURCES += core/control/policy_spec.c core/control/policy_spec.h
libberth_a_SOURCES += core/control/spec_isolation.c core/control/spec_parts.h
libberth_a_SOURCES += core/control/enroll.c core/control/enroll.h
libberth_a_SOURCES += core/control/unit.c core/control/unit.h core/control/place_parts.h
libberth_a_SOURCES += core/control/links.c core/control/links.h
libberth_a_SOURCES += core/control/restored.c core/control/restored.h
libberth_a_SOURCES += core/control/check.c core/control/check.h core/control/check_load.c core/control/check_load.h
