# fuzz: targets for whatever reads bytes from outside; sanitized: the unit tests and the replay of the corpora under
# ASan and UBSan; valgrind: the unit tests. All sanitized programs come out of a build directory of their own.
FUZZ_SECONDS = 60
FUZZ_JOBS = 2
FUZZ_TARGETS =
SANITIZED = sanitized
SANITIZED_CC = clang
EXTRA_PROGRAMS += tests/fuzz/replay tests/fuzz/fuzz
FUZZ_SOURCES = tests/fuzz/fuzz.h tests/fuzz/targets.c tests/fuzz/terminal.c tests/fuzz/terminal.h \
  tests/lib/forbidden.c tests/lib/forbidden.h
FUZZ_SOURCES += tests/fuzz/fuzz_address.c
FUZZ_SOURCES += tests/fuzz/fuzz_cert.c
FUZZ_SOURCES += tests/fuzz/fuzz_command_line.c
FUZZ_SOURCES += tests/fuzz/fuzz_config.c
FUZZ_SOURCES += tests/fuzz/fuzz_docker_answer.c
FUZZ_SOURCES += tests/fuzz/fuzz_docker_events.c
FUZZ_SOURCES += tests/fuzz/fuzz_etcd.c
FUZZ_SOURCES += tests/fuzz/fuzz_filter.c
FUZZ_SOURCES += tests/fuzz/fuzz_frames.c
FUZZ_SOURCES += tests/fuzz/fuzz_headers.c
FUZZ_SOURCES += tests/fuzz/fuzz_icmp.c
FUZZ_SOURCES += tests/fuzz/fuzz_json.c
FUZZ_SOURCES += tests/fuzz/fuzz_names.c
FUZZ_SOURCES += tests/fuzz/fuzz_path.c
FUZZ_SOURCES += tests/fuzz/fuzz_policy.c
FUZZ_SOURCES += tests/fuzz/fuzz_query.c
FUZZ_SOURCES += tests/fuzz/fuzz_render.c
FUZZ_SOURCES += tests/fuzz/fuzz_spec.c
FUZZ_SOURCES += tests/fuzz/fuzz_spec_read.c
FUZZ_SOURCES += tests/fuzz/fuzz_times.c
FUZZ_LIBS = libcli.a libworker.a libberth.a libbase.a $(FCGI_LIBS) $(TABLE_LIBS) $(BERTH_LIBS)

tests_fuzz_replay_SOURCES = $(FUZZ_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_LDADD = $(FUZZ_LIBS)

# Only with clang, in the sanitized build directory.
tests_fuzz_fuzz_SOURCES = $(FUZZ_SOURCES) tests/fuzz/libfuzzer.c
tests_fuzz_fuzz_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/dictionary tests/fuzz/fuzz.sh tests/fuzz/sanitized.sh tests/fuzz/valgrind.sh

.PHONY: sanitized-build check-sanitized check-valgrind fuzz
sanitized-build:
	@$(MKDIR_P) $(SANITIZED)
	@test -f $(SANITIZED)/Makefile || (cd $(SANITIZED) && $(abs_srcdir)/configure -q --enable-sanitizers --enable-fault-points \
	  CC='$(SANITIZED_CC)' CFLAGS='-O1 -g -fsanitize=fuzzer-no-link -Wno-missing-field-initializers')
	+@$(MAKE) -C $(SANITIZED) $(BUILT_SOURCES)
	+@$(MAKE) -C $(SANITIZED) tests/unit/unit tests/unit/worker tests/fuzz/replay tests/fuzz/fuzz

check-sanitized: sanitized-build
	@srcdir=$(abs_srcdir) builddir=$(abs_builddir)/$(SANITIZED) bash $(srcdir)/tests/fuzz/sanitized.sh

# make fuzz FUZZ_SECONDS=300 FUZZ_TARGETS='path spec': all targets if none is named.
fuzz: sanitized-build
	@srcdir=$(abs_srcdir) builddir=$(abs_builddir)/$(SANITIZED) bash $(srcdir)/tests/fuzz/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_JOBS) $(FUZZ_TARGETS)

check-valgrind: tests/unit/unit tests/unit/worker
	@srcdir=$(abs_srcdir) builddir=$(abs_builddir) bash $(srcdir)/tests/fuzz/valgrind.sh

clean-local: clean-sanitized
clean-sanitized:
	rm -rf $(SANITIZED)
