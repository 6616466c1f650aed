libberth_a_SOURCES += core/control/spec.h core/control/spec.c core/control/spec_docker.c \
  core/control/spec_names.c core/control/spec_names.h
