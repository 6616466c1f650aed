libberth_a_SOURCES += core/control/spec.h
