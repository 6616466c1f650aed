#!/bin/bash
# sanitized.sh: the unit tests and the replay of all corpora, built with ASan and UBSan, as one TAP stream. What a
# sanitizer finds ends its program, which is a failed test of its own.
set -u
: "${srcdir:?}" "${builddir:?}"
export ASAN_OPTIONS=allow_addr2line=1:detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1
number=0 failed=0

run() { # NAME COMMAND...
	local name=$1 code=0 log line
	shift
	log=$(mktemp) || exit 1
	timeout -k 10 600 "$@" >"$log" 2>&1 </dev/null || code=$?
	while IFS= read -r line; do
		number=$((number + 1))
		echo "${line%% *} ${line#* }" | sed -E "s/^(not ok|ok) [0-9]+ /\1 $number /"
	done < <(grep -E '^(not )?ok [0-9]+ ' "$log")
	number=$((number + 1))
	if [ $code = 0 ]; then
		echo "ok $number - sanitized: $name ends well"
	else
		failed=1
		echo "not ok $number - sanitized: $name ended with exit code $code"
		tail -n 60 "$log" | sed 's/^/# /'
	fi
	rm -f "$log"
}

cd "$builddir" || exit 1
run unit tests/unit/unit
run worker tests/unit/worker
run replay tests/fuzz/replay "$srcdir/tests/fuzz/corpus"
echo "1..$number"
exit $failed
