# berth, the command line; everything but main() is a library, for the unit tests.
bin_PROGRAMS += berth
noinst_LIBRARIES += libcli.a

libcli_a_SOURCES =
libcli_a_SOURCES += cli/api.c
libcli_a_SOURCES += cli/api.h
libcli_a_SOURCES += cli/cmd.h
libcli_a_SOURCES += cli/cmd_adopt.c
libcli_a_SOURCES += cli/cmd_placement.c
libcli_a_SOURCES += cli/cmd_accounts.c
libcli_a_SOURCES += cli/cmd_roles.c
libcli_a_SOURCES += cli/cmd_tokens.c
libcli_a_SOURCES += cli/cmd_cluster.c
libcli_a_SOURCES += cli/cmd_check.c
libcli_a_SOURCES += cli/cmd_common.c
libcli_a_SOURCES += cli/cmd_containers.c
libcli_a_SOURCES += cli/cmd_drain.c cli/cmd_engines.c
libcli_a_SOURCES += cli/cmd_env.c
libcli_a_SOURCES += cli/cmd_events.c
libcli_a_SOURCES += cli/cmd_log.c
libcli_a_SOURCES += cli/cmd_operations.c
libcli_a_SOURCES += cli/cmd_run.c
libcli_a_SOURCES += cli/cmd_session.c
libcli_a_SOURCES += cli/cmd_stats.c
libcli_a_SOURCES += cli/cmd_context.c
libcli_a_SOURCES += cli/command.h
libcli_a_SOURCES += cli/commands.c
libcli_a_SOURCES += cli/commands_accounts.c
libcli_a_SOURCES += cli/commands_containers.c
libcli_a_SOURCES += cli/commands_engines.c
libcli_a_SOURCES += cli/commands_pool.c
libcli_a_SOURCES += cli/commands_session.c
libcli_a_SOURCES += cli/confirm.c
libcli_a_SOURCES += cli/contexts.c
libcli_a_SOURCES += cli/contexts.h
libcli_a_SOURCES += cli/cmd_completion.c
libcli_a_SOURCES += cli/complete.c
libcli_a_SOURCES += cli/complete.h
libcli_a_SOURCES += cli/manual.c
libcli_a_SOURCES += cli/manual.h
libcli_a_SOURCES += cli/topics.c
libcli_a_SOURCES += cli/event_follow.c
libcli_a_SOURCES += cli/event_follow.h
libcli_a_SOURCES += cli/file.c
libcli_a_SOURCES += cli/file.h
libcli_a_SOURCES += cli/filter.c
libcli_a_SOURCES += cli/filter.h
libcli_a_SOURCES += cli/fit.c
libcli_a_SOURCES += cli/fit.h
libcli_a_SOURCES += cli/follow.c
libcli_a_SOURCES += cli/follow.h
libcli_a_SOURCES += cli/given.c
libcli_a_SOURCES += cli/help.c
libcli_a_SOURCES += cli/interrupt.c
libcli_a_SOURCES += cli/interrupt.h
libcli_a_SOURCES += cli/log_reader.c
libcli_a_SOURCES += cli/log_reader.h
libcli_a_SOURCES += cli/operation.c
libcli_a_SOURCES += cli/operation.h
libcli_a_SOURCES += cli/progress.c
libcli_a_SOURCES += cli/progress.h
libcli_a_SOURCES += cli/prompt.c
libcli_a_SOURCES += cli/prompt.h
libcli_a_SOURCES += cli/render.c
libcli_a_SOURCES += cli/render.h
libcli_a_SOURCES += cli/report.c
libcli_a_SOURCES += cli/session.c
libcli_a_SOURCES += cli/session.h
libcli_a_SOURCES += cli/spec_args.c
libcli_a_SOURCES += cli/spec_args.h
libcli_a_SOURCES += cli/suggest.c
libcli_a_SOURCES += cli/suggest.h
libcli_a_SOURCES += cli/text.c
libcli_a_SOURCES += cli/text.h

berth_SOURCES = cli/main.c
# Each library that is loaded costs a start of the program: only those that are used.
berth_LDFLAGS = $(AM_LDFLAGS) -Wl,--as-needed
berth_LDADD = libcli.a libberth.a libbase.a $(TABLE_LIBS) $(BERTH_LIBS)

# What is made of the command table: the manual page and the completions, by berth itself.
bashcompdir = $(datadir)/bash-completion/completions
zshcompdir = $(datadir)/zsh/site-functions
fishcompdir = $(datadir)/fish/vendor_completions.d
nodist_man_MANS = cli/berth.1
nodist_bashcomp_DATA = cli/completion/berth
nodist_zshcomp_DATA = cli/completion/_berth
nodist_fishcomp_DATA = cli/completion/berth.fish
CLEANFILES += $(nodist_man_MANS) $(nodist_bashcomp_DATA) $(nodist_zshcomp_DATA) $(nodist_fishcomp_DATA)
cli/berth.1: berth
	@mkdir -p cli && ./berth help --man >$@.new && mv $@.new $@
cli/completion/berth: berth
	@mkdir -p cli/completion && ./berth completion bash >$@.new && mv $@.new $@
cli/completion/_berth: berth
	@mkdir -p cli/completion && ./berth completion zsh >$@.new && mv $@.new $@
cli/completion/berth.fish: berth
	@mkdir -p cli/completion && ./berth completion fish >$@.new && mv $@.new $@

TEST_EXTENSIONS += .bats
BATS_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(LOG_COMPILER) bats
AM_BATS_LOG_FLAGS = --formatter tap
TESTS += tests/cli/cli.bats
TESTS += tests/cli/completion.bats
TESTS += tests/cli/contexts.bats
TESTS += tests/cli/events.bats
TESTS += tests/cli/hostile.bats
TESTS += tests/cli/output.bats
TESTS += tests/cli/accounts.bats
TESTS += tests/cli/operations.bats
EXTRA_DIST += tests/cli
