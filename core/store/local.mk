libberth_a_SOURCES += core/store/db.c core/store/db.h
