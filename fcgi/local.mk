# libworker: berth-worker without its main(), so that tests can link it.
noinst_LIBRARIES += libworker.a
libworker_a_SOURCES = \
  fcgi/acceptor.c fcgi/acceptor.h \
  fcgi/access_log.c fcgi/access_log.h \
  fcgi/background.c \
  fcgi/chain.c fcgi/chain.h \
  fcgi/container_reach.c fcgi/container_reach.h \
  fcgi/cursor.c fcgi/cursor.h \
  fcgi/document.c fcgi/document.h \
  fcgi/engine_record.c fcgi/engine_record.h \
  fcgi/escape.c fcgi/escape.h \
  fcgi/event_query.c fcgi/event_query.h \
  fcgi/handle_event_follow.c \
  fcgi/handle_container_list.c \
  fcgi/fcgx.c fcgi/fcgx.h \
  fcgi/handle_accounts.c \
  fcgi/handle_adopt.c \
  fcgi/handle_placement.c \
  fcgi/handle_check.c \
  fcgi/handle_accounts.c fcgi/handle_accounts.h \
  fcgi/handle_roles.c \
  fcgi/handle_tokens.c \
  fcgi/handle_auth.c \
  fcgi/handle_containers.c \
  fcgi/handle_drain.c fcgi/handle_engines.c \
  fcgi/handle_events.c \
  fcgi/handle_health.c \
  fcgi/handle_metrics.c \
  fcgi/http_metrics.c fcgi/http_metrics.h \
  fcgi/handle_operation.c fcgi/handle_operation_list.c \
  fcgi/handle_logs.c \
  fcgi/handle_stats.c \
  fcgi/handle_operations.c fcgi/handle_operations.h \
  fcgi/handle_progress.c \
  fcgi/handlers.h \
  fcgi/master.c fcgi/master.h \
  fcgi/params.c fcgi/params.h \
  fcgi/lookups.c fcgi/lookups.h \
  fcgi/openapi.c fcgi/openapi.h fcgi/openapi_schema.c \
  fcgi/outbox.c fcgi/outbox.h \
  fcgi/parked.c fcgi/parked.h \
  fcgi/path.c fcgi/path.h \
  fcgi/prefer.c fcgi/prefer.h \
  fcgi/progress.c fcgi/progress.h \
  fcgi/process.c fcgi/process.h \
  fcgi/query.c fcgi/query.h \
  fcgi/ready.c fcgi/ready.h \
  fcgi/request.c fcgi/request.h \
  fcgi/reset_admin.c fcgi/reset_admin.h \
  fcgi/respond.c fcgi/respond.h \
  fcgi/routes.c fcgi/routes.h \
  fcgi/routes_accounts.c \
  fcgi/routes_containers.c \
  fcgi/routes_engines.c \
  fcgi/routes_operations.c \
  fcgi/routes_pool.c \
  fcgi/routes_session.c \
  fcgi/routes_print.c \
  fcgi/session_cookie.c fcgi/session_cookie.h \
  fcgi/slow.c fcgi/slow.h \
  fcgi/socket.c fcgi/socket.h \
  fcgi/stream.c fcgi/stream.h \
  fcgi/streams.c fcgi/streams.h \
  fcgi/streams_check.c \
  fcgi/streams_private.h \
  fcgi/takeover.c fcgi/takeover.h \
  fcgi/wake.c fcgi/wake.h \
  fcgi/worker.h
libworker_a_SOURCES += fcgi/handle_environment.c

# What the description of the API does not have from the tables.
EXTRA_DIST += fcgi/openapi_base.json fcgi/embed.awk
CLEANFILES += fcgi/openapi_base.c
nodist_libworker_a_SOURCES = fcgi/openapi_base.c
fcgi/openapi_base.c: $(top_srcdir)/fcgi/openapi_base.json $(top_srcdir)/fcgi/embed.awk
	$(AM_V_GEN)$(MKDIR_P) fcgi && $(AWK) -v name=openapi_base -f $(top_srcdir)/fcgi/embed.awk $< >$@.tmp && mv $@.tmp $@

sbin_PROGRAMS += berth-worker
berth_worker_SOURCES = fcgi/main.c
berth_worker_LDADD = libworker.a libberth.a libbase.a $(FCGI_LIBS) $(BERTH_LIBS)
