# unit: CUnit, TAP on standard output. `check_unit` is one program; a suite is one file.
check_PROGRAMS += tests/unit/unit
TESTS += tests/unit/unit
tests_unit_unit_SOURCES = tests/unit/unit.c
tests_unit_unit_SOURCES += tests/unit/unit.h
tests_unit_unit_SOURCES += tests/unit/suites.c
tests_unit_unit_SOURCES += tests/unit/test_address.c
tests_unit_unit_SOURCES += tests/unit/test_base.c
tests_unit_unit_SOURCES += tests/unit/test_cli.c
tests_unit_unit_SOURCES += tests/unit/test_cli_words.c
tests_unit_unit_SOURCES += tests/unit/test_fit.c
tests_unit_unit_SOURCES += tests/unit/test_config.c
tests_unit_unit_SOURCES += tests/unit/test_docker.c
tests_unit_unit_SOURCES += tests/unit/test_docker_calls.c
tests_unit_unit_SOURCES += tests/unit/test_docker_copy.c
tests_unit_unit_SOURCES += tests/unit/test_docker_engine.c
tests_unit_unit_SOURCES += tests/unit/test_docker_events.c
tests_unit_unit_SOURCES += tests/unit/test_docker_stats.c
tests_unit_unit_SOURCES += tests/unit/docker_answers.h
tests_unit_unit_SOURCES += tests/unit/test_etcd.c
tests_unit_unit_SOURCES += tests/unit/test_icmp.c
tests_unit_unit_SOURCES += tests/unit/test_strip.c
tests_unit_unit_SOURCES += tests/unit/test_join_usage.c
tests_unit_unit_SOURCES += tests/unit/test_verdict.c
tests_unit_unit_SOURCES += tests/unit/test_http.c
tests_unit_unit_SOURCES += tests/unit/test_spec.c
tests_unit_unit_SOURCES += tests/unit/test_spec_read.c
tests_unit_unit_SOURCES += tests/unit/test_explain.c
tests_unit_unit_SOURCES += tests/unit/test_password.c
tests_unit_unit_SOURCES += tests/unit/test_policy_spec.c
tests_unit_unit_SOURCES += tests/lib/forbidden.c tests/lib/forbidden.h
tests_unit_unit_SOURCES += tests/unit/test_lifecycle.c
tests_unit_unit_SOURCES += tests/unit/test_log_reader.c
tests_unit_unit_SOURCES += tests/unit/test_placement.c
tests_unit_unit_SOURCES += tests/unit/test_http_tls.c
tests_unit_unit_SOURCES += tests/unit/test_http_drive.c
tests_unit_unit_SOURCES += tests/unit/http_fixture.c
tests_unit_unit_SOURCES += tests/unit/http_fixture.h
tests_unit_unit_SOURCES += tests/fake/fake.c
tests_unit_unit_SOURCES += tests/fake/fake.h
tests_unit_unit_SOURCES += tests/fake/cert.c
tests_unit_unit_SOURCES += tests/fake/cert.h
tests_unit_unit_SOURCES += tests/fake/wire.c
tests_unit_unit_SOURCES += tests/fake/wire.h
tests_unit_unit_LDADD = libkeeper.a libcli.a libberth.a libbase.a $(CUNIT_LIBS) $(TABLE_LIBS) $(BERTH_LIBS) -lssl

# worker: the same for the parts of berth-worker.
check_PROGRAMS += tests/unit/worker
TESTS += tests/unit/worker
tests_unit_worker_SOURCES = tests/unit/unit.c
tests_unit_worker_SOURCES += tests/unit/unit.h
tests_unit_worker_SOURCES += tests/unit/suites_worker.c
tests_unit_worker_SOURCES += tests/unit/test_password_rules.c
tests_unit_worker_SOURCES += tests/unit/test_path.c
tests_unit_worker_SOURCES += tests/unit/test_policy.c
tests_unit_worker_SOURCES += tests/unit/test_token.c
tests_unit_worker_LDADD = libworker.a libberth.a libbase.a $(FCGI_LIBS) $(CUNIT_LIBS) $(BERTH_LIBS)

# api: the worker over FastCGI, without nginx, on a scratch PostgreSQL.
check_PROGRAMS += tests/api/fcgi
tests_api_fcgi_SOURCES = tests/api/fcgi.c tests/api/member.c tests/api/member.h tests/lib/serve.c tests/lib/serve.h
tests_api_fcgi_LDADD = libbase.a $(JSON_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) -lpthread
# sql: the database for the scripts of the tests, on one kept connection.
check_PROGRAMS += tests/lib/sql
tests_lib_sql_SOURCES = tests/lib/sql.c tests/lib/serve.c tests/lib/serve.h
tests_lib_sql_LDADD = libbase.a $(PQ_LIBS) $(JSON_LIBS)
EXTRA_DIST += tests/lib/ask.bash tests/lib/ask.py
# shim: preloaded into the worker by tests/api/stack.sh; also part of tests/store/store.
check_PROGRAMS += tests/fault/shim.so
tests_fault_shim_so_SOURCES = tests/fault/shim.c tests/fault/shim.h
tests_fault_shim_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_fault_shim_so_LDFLAGS = -shared
# The worker with its fault points (--enable-fault-points): what has them comes before the libraries.
check_PROGRAMS += tests/fault/berth-worker
tests_fault_berth_worker_SOURCES = fcgi/main.c core/base/fault.c core/control/converge.c core/control/intent_run.c
tests_fault_berth_worker_CPPFLAGS = -DBERTH_FAULT_POINTS=1 $(AM_CPPFLAGS)
tests_fault_berth_worker_LDADD = $(berth_worker_LDADD)
# cheap: preloaded by tests/api/stack.sh, too.
check_PROGRAMS += tests/fault/cheap.so
tests_fault_cheap_so_SOURCES = tests/fault/cheap.c
tests_fault_cheap_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_fault_cheap_so_LDFLAGS = -shared
EXTRA_DIST += tests/api
EXTRA_DIST += tests/fake/tls_engine.py tests/lib/certs.sh tests/lib/etcd.sh
TESTS += tests/api/http.sh
TESTS += tests/api/nginx.sh
TESTS += tests/api/foreign.sh
TESTS += tests/api/auth.sh
TESTS += tests/api/session.sh
TESTS += tests/api/accounts.sh
TESTS += tests/api/matrix.sh
TESTS += tests/api/faults.sh
TESTS += tests/api/operations.sh
TESTS += tests/api/images.sh
TESTS += tests/api/engines.sh
TESTS += tests/api/roles.sh
TESTS += tests/api/tokens.sh
TESTS += tests/api/process.sh
TESTS += tests/api/crowded.sh
TESTS += tests/api/keepers.sh
TESTS += tests/api/recovery.sh
TESTS += tests/api/liveness.sh
TESTS += tests/api/failover.sh
TESTS += tests/api/activation.sh
TESTS += tests/install/install.sh
EXTRA_DIST += tests/install
TESTS += tests/api/events.sh
TESTS += tests/api/policy.sh
TESTS += tests/api/discovery.sh
TESTS += tests/api/streams.sh
TESTS += tests/api/stats.sh
TESTS += tests/api/docker_events.sh
EXTRA_DIST += tests/install tests/long
TESTS += tests/api/inputs.sh
TESTS += tests/api/lists.sh
TESTS += tests/api/check.sh
TESTS += tests/api/restore.sh
TESTS += tests/api/upgrade.sh
TESTS += tests/api/metrics.sh
TESTS += tests/api/openapi.sh

clean-local: clean-cluster
clean-cluster:
	rm -rf tests/api/cluster.*
