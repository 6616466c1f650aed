#!/bin/bash
# coverage: what the tests of `make check` run of the code, by gcov; as TAP. Builds the tree once more, instrumented, in
# DIR (coverage in the build directory, $builddir), runs the tests there, and prints and demands the figures: every
# branch of authentication, policy and the canonicaliser of paths, and so many lines of everything.
# COVERAGE_SUITES: only these tests, on top of the counts that are there ("none": only the figures).
# A process that is killed leaves no counts: the worker of a test ends by SIGTERM here.
set -u
SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DIR=${builddir:-$SOURCE/build}/coverage
LINES_GOAL=90
WORST=15 # files that are named
# Everything that is delivered; what is made from sql/ and tables is no source.
SOURCES='(core|fcgi|keeper|cli)/'
SUITES=${COVERAGE_SUITES:-}

# Whose every branch must have been taken: NAME PATTERN.
BRANCHES=(
	authentication '(core/control/(auth|auth_cache|throttle|password_rules|administer|administer_tokens)|core/store/(accounts|tokens)|core/base/password|fcgi/handle_auth)\.c'
	policy 'core/control/policy(_spec)?\.c'
	canonicaliser 'fcgi/(path|escape)\.c'
)

CASES=0
FAILED=0
result() { # NAME COMMAND...
	local name=$1
	shift
	CASES=$((CASES + 1))
	if "$@"; then
		echo "ok $CASES - $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $CASES - $name"
	fi
}
bail() { # MESSAGE
	tail -n 20 "$DIR.log" 2>/dev/null | sed 's/^/# /'
	echo "Bail out! $1"
	exit 99
}

build() {
	mkdir -p "$DIR" && cd -P "$DIR" || return 1
	if [ ! -e Makefile ]; then
		"$SOURCE/configure" -q --enable-fault-points CFLAGS='-O0 --coverage -fprofile-abs-path -fprofile-update=atomic' || return 1
		rm -f -- *conftest.gc* # of configure's own trials
	fi
	# FORTIFY_SOURCE wants an optimiser.
	make -s -j "$(nproc)" BERTH_CPPFLAGS= all && make -s -j "$(nproc)" BERTH_CPPFLAGS= check TESTS=
}

run_tests() {
	if [ -z "$SUITES" ]; then find "$DIR" -name '*.gcda' -delete; fi
	[ "$SUITES" = none ] ||
		BERTH_TEST_ALL=1 BERTH_TEST_STOP=TERM make -C "$DIR" -j "$(nproc)" -k BERTH_CPPFLAGS= TEST_LIMIT_S=1800 check ${SUITES:+"TESTS=$SUITES"} >"$DIR.log" 2>&1
}
failed_tests() { # of the last run
	grep -hE '^(FAIL|ERROR|XPASS): ' "$DIR.log" | sed 's/^/# /'
}

# collect: reads the counts once for all that is asked of them. Left out is what gcc makes branches of and the source
# does not: a line without code of its own, and the unwinding that C does not have.
collect() {
	gcovr --root "$SOURCE" --filter "$SOURCE/$SOURCES" --gcov-ignore-parse-errors --exclude-unreachable-branches \
		--exclude-throw-branches --json "$DIR/coverage.json" -j "$(nproc)" "$DIR" >"$DIR.log" 2>&1
}
report() { gcovr --root "$SOURCE" -a "$DIR/coverage.json" "$@" 2>>"$DIR.log"; }

# measure KIND PATTERN: percent, covered and all of the lines or branches.
measure() {
	report --filter "$SOURCE/$2" --json-summary - | jq -r "\"\(.$1_percent) \(.$1_covered) \(.$1_total)\""
}
reaches() { # ALL COVERED GOAL, in percent
	[ "$1" -gt 0 ] && [ $((100 * $2)) -ge $(($1 * $3)) ]
}

# not_taken PATTERN: file, line and source of each branch that no test took.
not_taken() {
	report --filter "$SOURCE/$1" --json - | jq -r '.files[] | .file as $file | .lines[] | select(."gcovr/noncode" | not) |
			select([.branches[] | select(.count == 0)] | length > 0) | "\($file):\(.line_number)"' |
		while IFS=: read -r file line; do echo "#   $file:$line: $(sed -n "${line}s/^[[:space:]]*//p" "$SOURCE/$file")"; done
}
worst_files() {
	report --json-summary - | jq -r --argjson worst $WORST '[.files[] | select(.line_total > .line_covered)] |
		sort_by(.line_covered - .line_total) | .[:$worst][] |
		"#   \(.filename): \(.line_total - .line_covered) of \(.line_total) lines"'
}

demand_branches() { # NAME PATTERN
	local percent covered all
	read -r percent covered all <<<"$(measure branch "$2")"
	result "every branch of $1: $percent % ($covered of $all)" reaches "$all" "$covered" 100
	not_taken "$2"
}
demand_lines() {
	local percent covered all
	read -r percent covered all <<<"$(measure line "$SOURCES")"
	result "$LINES_GOAL % of all lines: $percent % ($covered of $all)" reaches "$all" "$covered" $LINES_GOAL
	echo '# not run, most of all:'
	worst_files
}

command -v gcovr >/dev/null || bail 'gcovr is missing: apt-get install gcovr'
build >"$DIR.log" 2>&1 || bail 'the instrumented build fails'
result "the tests pass${SUITES:+ ($SUITES)}" run_tests
failed_tests
collect || bail 'the counts cannot be read'
for ((i = 0; i < ${#BRANCHES[@]}; i += 2)); do demand_branches "${BRANCHES[i]}" "${BRANCHES[i + 1]}"; done
demand_lines
report --txt "$DIR/coverage.txt" && echo "# each file: $DIR/coverage.txt"
echo "1..$CASES"
[ $FAILED = 0 ]
