# libkeeper: what the store's tests link too.
noinst_LIBRARIES += libkeeper.a
libkeeper_a_SOURCES = keeper/observe.c keeper/observe.h \
  keeper/verdict.c keeper/verdict.h \
  keeper/failover.c keeper/failover.h \
  keeper/adviser.c keeper/adviser.h \
  keeper/drain.c keeper/drain.h \
  keeper/counters.c keeper/counters.h \
  keeper/heartbeat.c keeper/heartbeat.h \
  keeper/heartbeat_queue.c keeper/heartbeat_queue.h
libkeeper_a_SOURCES += keeper/stream.c keeper/stream.h
libkeeper_a_SOURCES += keeper/stream_queue.c keeper/stream_queue.h
libkeeper_a_SOURCES += keeper/strip.c keeper/strip.h
libkeeper_a_SOURCES += keeper/record.c keeper/record.h
libkeeper_a_SOURCES += keeper/join_usage.c keeper/join_usage.h

sbin_PROGRAMS += berth-keeper
berth_keeper_SOURCES = keeper/main.c keeper/leader.c keeper/leader.h keeper/watch.c keeper/watch.h keeper/watched.h keeper/look.c
berth_keeper_SOURCES += keeper/discovery.c keeper/discovery.h keeper/registrar.c keeper/registrar.h
berth_keeper_LDADD = libkeeper.a libberth.a libbase.a $(BERTH_LIBS)

# berth-join: the one program for a Docker host. It needs libcurl and json-c, nothing else of berth's needs.
sbin_PROGRAMS += berth-join
berth_join_SOURCES = keeper/join.c keeper/join_agent.c keeper/join_agent.h keeper/join_host.c keeper/join_host.h \
  keeper/join_options.c keeper/join_options.h
berth_join_SOURCES += keeper/join_usage.c keeper/join_usage.h
berth_join_LDADD = libberth.a libbase.a $(CURL_LIBS) $(JSON_LIBS)
