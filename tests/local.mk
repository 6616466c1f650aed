# unit: CUnit, TAP on standard output. `check_unit` is one program; a suite is one file.
check_PROGRAMS += tests/unit/unit
TESTS += tests/unit/unit
tests_unit_unit_SOURCES = tests/unit/unit.c
tests_unit_unit_SOURCES += tests/unit/unit.h
tests_unit_unit_SOURCES += tests/unit/suites.c
tests_unit_unit_SOURCES += tests/unit/test_address.c
tests_unit_unit_SOURCES += tests/unit/test_base.c
tests_unit_unit_SOURCES += tests/unit/test_cli.c
tests_unit_unit_SOURCES += tests/unit/test_config.c
tests_unit_unit_SOURCES += tests/unit/test_docker.c
tests_unit_unit_SOURCES += tests/unit/test_docker_calls.c
tests_unit_unit_SOURCES += tests/unit/test_http.c
tests_unit_unit_SOURCES += tests/unit/test_spec.c
tests_unit_unit_SOURCES += tests/unit/test_policy_spec.c
tests_unit_unit_SOURCES += tests/unit/test_lifecycle.c
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
tests_unit_unit_LDADD = libcli.a libberth.a libbase.a $(CUNIT_LIBS) $(TABLE_LIBS) $(BERTH_LIBS) -lssl

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
tests_api_fcgi_SOURCES = tests/api/fcgi.c
tests_api_fcgi_LDADD = libbase.a $(JSON_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) -lpthread
EXTRA_DIST += tests/api
EXTRA_DIST += tests/fake/tls_engine.py tests/lib/certs.sh
TESTS += tests/api/http.sh
TESTS += tests/api/auth.sh
TESTS += tests/api/accounts.sh
TESTS += tests/api/matrix.sh
TESTS += tests/api/operations.sh
TESTS += tests/api/engines.sh
TESTS += tests/api/process.sh
TESTS += tests/api/activation.sh
TESTS += tests/install/install.sh
EXTRA_DIST += tests/install
TESTS += tests/api/events.sh
