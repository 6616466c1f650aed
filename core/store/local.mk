libberth_a_SOURCES += core/store/db.h
