# libkeeper: what the store's tests link too.
noinst_LIBRARIES += libkeeper.a
libkeeper_a_SOURCES = keeper/observe.c keeper/observe.h \
  keeper/verdict.c keeper/verdict.h \
  keeper/heartbeat.c keeper/heartbeat.h \
  keeper/heartbeat_queue.c keeper/heartbeat_queue.h

sbin_PROGRAMS += berth-keeper
berth_keeper_SOURCES = keeper/main.c keeper/leader.c keeper/leader.h keeper/watch.c keeper/watch.h
berth_keeper_LDADD = libkeeper.a libberth.a libbase.a $(BERTH_LIBS)
