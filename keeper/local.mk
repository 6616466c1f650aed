sbin_PROGRAMS += berth-keeper
berth_keeper_SOURCES = keeper/main.c keeper/observe.c keeper/observe.h keeper/watch.c keeper/watch.h
berth_keeper_LDADD = libberth.a libbase.a $(BERTH_LIBS)
