# berth, the command line; everything but main() is a library, for the unit tests.
bin_PROGRAMS += berth
noinst_LIBRARIES += libcli.a

libcli_a_SOURCES = \
  cli/api.c cli/api.h \
  cli/cmd.h cli/cmd_cluster.c cli/cmd_common.c cli/cmd_containers.c cli/cmd_engines.c \
  cli/cmd_events.c cli/cmd_log.c cli/cmd_operations.c cli/cmd_run.c cli/cmd_session.c \
  cli/command.h cli/commands.c \
  cli/confirm.c \
  cli/file.c cli/file.h \
  cli/filter.c cli/filter.h \
  cli/given.c \
  cli/help.c \
  cli/operation.c cli/operation.h \
  cli/progress.c cli/progress.h \
  cli/prompt.c cli/prompt.h \
  cli/render.c cli/render.h \
  cli/report.c \
  cli/session.c cli/session.h \
  cli/spec_args.c cli/spec_args.h \
  cli/text.c cli/text.h
  cli/suggest.c cli/suggest.h \
  cli/text.c cli/text.h

berth_SOURCES = cli/main.c
# Each library that is loaded costs a start of the program: only those that are used.
berth_LDFLAGS = $(AM_LDFLAGS) -Wl,--as-needed
berth_LDADD = libcli.a libberth.a libbase.a $(TABLE_LIBS) $(BERTH_LIBS)

TEST_EXTENSIONS += .bats
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(LOG_COMPILER) bats
AM_BATS_LOG_FLAGS = --formatter tap
TESTS += tests/cli/cli.bats
EXTRA_DIST += tests/cli/cli.bats tests/cli/stub.py
