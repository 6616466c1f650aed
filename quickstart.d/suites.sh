# The commands check and bench: private stacks for the tests, and one count over all their results.
# shellcheck shell=bash

PASSED=0
FAILURES=0
SKIPPED=0
LOGS=  # the directory of this run
SCRATCH=  # of make check
SCRATCH_MB=4000 # free, or it is on the disk
CHECK_LIMIT_S=4200 # of the whole check: what begins later fails at once
SUITE_LIMIT_S=1200 # of one suite
LANES=2 # suites that run side by side, each lane on a private stack of its own
STACK=  # the private stack of this lane, or of the bench
ASIDE=() # processes of what runs in the background

command_check() {
	WANT_ENGINES=${WANT_ENGINES:-3}
	suites_begin check
	trap 'suites_end' EXIT
	trap 'exit 130' INT TERM
	step packages packages_install "$LOGS" check
	steps_wait
	step build build_tree "$LOGS"
	step npm npm_install "$LOGS"
	steps_wait
	check_make
	check_target check-sanitized
	if [ "$LONG" = 1 ]; then check_lint lint; else check_lint lint-quick; fi
	if [ "$LONG" = 1 ]; then
		export BERTH_TEST_REPEAT=100 # what is killed again and again is so five times else
		CHECK_LIMIT_S=$((CHECK_LIMIT_S + 9000))
		SUITE_LIMIT_S=3600 # also for the package, which is built and put into a Debian that is made
	fi
	check_end_to_end
	if [ "$LONG" = 1 ]; then check_long; fi
	printf '%d passed, %d failed' $PASSED $FAILURES
	if [ $SKIPPED -gt 0 ]; then printf ', %d skipped' $SKIPPED; fi
	printf '\n'
	[ $FAILURES = 0 ]
	exit
}

# A directory for the stacks and logs of this run, under a name that keeps socket names short.
suites_begin() { # PURPOSE
	export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH # Debian's python3 has the modules that the tests need
	LOGS=$(mktemp -d "/var/tmp/berth-$1.XXXXXX") || die "cannot write to /var/tmp"
	chmod 0755 "$LOGS"
}

suites_end() {
	local code=$? stack
	trap - EXIT
	for stack in "$LOGS"/stack*; do
		[ -d "$stack" ] || continue
		mkdir -p "$LOGS/log-${stack##*/}" && cp "$stack"/log/* "$LOGS/log-${stack##*/}/" 2>/dev/null
		timeout -k 10 300 "$SOURCE/quickstart" destroy --yes --dir "$stack" >/dev/null || code=1
	done
	if [ -n "$SCRATCH" ] && [ "$code" != 0 ]; then mv "$SCRATCH" "$LOGS/scratch"; fi
	rm -rf "$SCRATCH"
	if [ "$code" = 0 ]; then rm -rf "$LOGS"; else say "logs: $LOGS"; fi
	exit "$code"
}

# Runs a part of the check in the background, with counts of its own, which aside_end adds to ours.
aside() { # NAME COMMAND...
	local counts=$LOGS/$1
	shift
	(
		# shellcheck disable=SC2030 # counts of its own
		PASSED=0 FAILURES=0 SKIPPED=0
		"$@" >&2
		echo "$PASSED $FAILURES $SKIPPED" >"$counts"
	) &
	ASIDE+=($!)
}

aside_end() { # NAME...: of all that are in the background
	local name passed failures skipped
	wait "${ASIDE[@]}" || true
	ASIDE=()
	for name in "$@"; do
		if ! read -r passed failures skipped 2>/dev/null <"$LOGS/$name"; then
			check_failed "$name did not come to its end" /dev/null
			continue
		fi
		# shellcheck disable=SC2031 # ours
		PASSED=$((PASSED + passed)) FAILURES=$((FAILURES + failures)) SKIPPED=$((SKIPPED + skipped))
	done
}

# The databases of make check are thousands of files that come and go: in memory, where there is plenty.
scratch_make() {
	local free=0
	if grep ' /dev/shm tmpfs ' /proc/mounts | grep -qv noexec; then
		free=$({ df -m --output=avail /dev/shm | tail -n 1 && awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo; } |
			sort -n | head -n 1)
	fi
	if [ "$free" -ge $SCRATCH_MB ]; then SCRATCH=/dev/shm; else SCRATCH=/tmp; fi
	SCRATCH=$(mktemp -d $SCRATCH/berth-check.XXXXXX) && chmod 1777 "$SCRATCH"
}

# make check; Automake leaves one :test-result: line for each test case. One suite more than processors: most of them
# wait for something most of the time.
check_make() {
	local code=0 before=$FAILURES
	find "$BUILD" -name '*.trs' -delete
	say "make check ($((SECONDS / 60)) min)"
	scratch_make || die "no directory for the databases of make check"
	as_owner env "TMPDIR=$SCRATCH" timeout -k 10 "$(seconds_for 1800)" make -C "$BUILD" -j $(($(nproc) + 1)) -k check </dev/null >"$LOGS/make-check.log" 2>&1 || code=$?
	count_results < <(find "$BUILD" -name '*.trs' -exec sed -n 's/^:test-result: *//p' {} +)
	find "$BUILD" -name '*.trs' -exec grep -hE '^:test-result: *(FAIL|XPASS|ERROR)' {} + | sed 's/^:test-result:/ /' || true
	if [ $code != 0 ] && [ "$FAILURES" = "$before" ]; then
		check_failed "make check failed before any test did" "$LOGS/make-check.log"
	fi
}

# The seconds that a part may take, less when the whole check has had most of its time.
seconds_for() { # SECONDS
	local left=$((CHECK_LIMIT_S - SECONDS))
	if [ "$left" -lt 1 ]; then left=1; fi
	echo $((left < $1 ? left : $1))
}

check_lint() { # TARGET
	if ! make -C "$BUILD" -n "$1" >/dev/null 2>&1; then return 0; fi
	say "make $1 ($((SECONDS / 60)) min)"
	if as_owner timeout -k 10 "$(seconds_for 900)" make -C "$BUILD" "$1" </dev/null >"$LOGS/make-$1.log" 2>&1; then
		PASSED=$((PASSED + 1))
	else
		check_failed "make $1 failed" "$LOGS/make-$1.log"
	fi
}

# A target of the Makefile that prints TAP.
check_target() { # TARGET
	local code=0 before=$((PASSED + FAILURES + SKIPPED)) log=$LOGS/$1.log
	say "make $1 ($((SECONDS / 60)) min)"
	as_owner timeout -k 10 "$(seconds_for 1800)" make -C "$BUILD" -j "$(nproc)" "$1" </dev/null >"$log" 2>&1 || code=$?
	check_tap "make $1" "$log" $code $before
}

check_failed() { # MESSAGE LOG
	FAILURES=$((FAILURES + 1))
	warn "$1"
	tail -n 30 "$2" | sed 's/^/    | /' >&2
}

# Every tests/e2e/*.bats, and the console's tests, in lanes. Each lane has a stack, and takes the next suite that no
# other has taken.
check_end_to_end() {
	local lane lanes=()
	mkdir "$LOGS/taken"
	for ((lane = 1; lane <= LANES; lane++)); do
		say "a private stack of $WANT_ENGINES engines in $LOGS/stack$lane"
		if ! suites_stack "$LOGS/stack$lane"; then
			FAILURES=$((FAILURES + 1))
			break
		fi
		aside "lane$lane" check_lane
		lanes+=("lane$lane")
	done
	aside_end "${lanes[@]}"
}

check_lane() {
	local suite name
	# the longest first: nothing should be left waiting for it
	for suite in "$SOURCE"/tests/e2e/faults.bats "$SOURCE"/tests/console/console.mjs "$SOURCE"/tests/e2e/*.bats; do
		name=${suite##*/}
		mkdir "$LOGS/taken/$name" 2>/dev/null || continue
		say "tests/e2e/$name ($((SECONDS / 60)) min)"
		check_suite "$suite" "$LOGS/e2e-$name.log"
	done
}

# What takes too long for every day.
check_long() {
	local suite name
	for suite in "$SOURCE"/tests/long/*.sh; do
		name=$(basename "$suite")
		say "tests/long/$name ($((SECONDS / 60)) min)"
		check_suite "$suite" "$LOGS/long-$name.log"
	done
}

check_suite() { # SUITE LOG
	local code=0 before=$((PASSED + FAILURES + SKIPPED))
	(suites_environment && exec timeout -k 10 "$(seconds_for $SUITE_LIMIT_S)" "$1") </dev/null >"$2" 2>&1 || code=$?
	check_tap "$1" "$2" $code $before
}

# Counts the results in LOG, and one failure more where the exit code says more than they do.
check_tap() { # NAME LOG CODE RESULTS-BEFORE
	count_results < <(tap_results <"$2")
	awk '/^not ok/ { left = 40 } /^ok/ { left = 0 } left-- > 0 { print "    | " $0 }' "$2"
	if [ "$4" = $((PASSED + FAILURES + SKIPPED)) ] || { [ "$3" != 0 ] && ! grep -q '^not ok' "$2"; }; then
		check_failed "$1 ended with exit code $3" "$2"
	fi
}

tap_results() {
	sed -nE -e '/^not ok.*# *(TODO|todo)/d' -e '/^(not )?ok\b.*# *(SKIP|skip)/{s/.*/SKIP/p;d}' \
		-e 's/^not ok\b.*/FAIL/p' -e 's/^ok\b.*/PASS/p'
}

count_results() {
	local result
	while read -r result _; do
		case $result in
		PASS | XFAIL) PASSED=$((PASSED + 1)) ;;
		SKIP) SKIPPED=$((SKIPPED + 1)) ;;
		*) FAILURES=$((FAILURES + 1)) ;;
		esac
	done
}

# suites_stack DIR: brings up a private stack there, on a free port.
suites_stack() {
	STACK=$1
	STACK_PORT=$(free_port) || die "no free port"
	if ! timeout -k 10 600 "$SOURCE/quickstart" up --dir "$STACK" --engines "$WANT_ENGINES" --port "$STACK_PORT" --no-install \
		</dev/null >"$LOGS/up.log" 2>&1; then
		warn "the private stack did not come up"
		cat "$LOGS/up.log" >&2
		return 1
	fi
}

free_port() {
	local port
	for port in $(shuf -i 18000-18999); do
		if [ -z "$(ss -ltnH "sport = :$port")" ]; then
			echo "$port"
			return 0
		fi
	done
	return 1
}

# What a suite finds in its environment, besides what DIR/env gives.
suites_environment() {
	# shellcheck source=/dev/null
	. "$STACK/env"
	export BERTH_DIR=$STACK BERTH_PORT=$STACK_PORT BERTH_QUICKSTART=$SOURCE/quickstart BERTH_BUILD=$BUILD BERTH_SOURCE=$SOURCE
	cd "$SOURCE" || return 1
}

command_bench() {
	WANT_ENGINES=${WANT_ENGINES:-3}
	[ -x "$SOURCE/tests/bench/run" ] || die "there is no tests/bench/run"
	suites_begin bench
	trap 'suites_end' EXIT
	trap 'exit 130' INT TERM
	step packages packages_install "$LOGS" check
	steps_wait
	suites_stack "$LOGS/stack" || exit 1
	step npm npm_install "$LOGS"
	steps_wait
	(suites_environment && exec tests/bench/run)
	exit
}
