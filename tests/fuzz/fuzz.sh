#!/bin/bash
# fuzz.sh SECONDS JOBS [TARGET]...: fuzzes each target so long, JOBS of them at a time, from its corpus on, and prints TAP.
# What makes one fail is left in fuzz/ of the build directory: it belongs into the corpus once the bug is mended.
set -u
: "${srcdir:?}" "${builddir:?}"
SECONDS_EACH=$1 JOBS=$2
shift 2
OUT=$builddir/fuzz
mkdir -p "$OUT"
if [ $# = 0 ]; then mapfile -t TARGETS < <(ls "$srcdir/tests/fuzz/corpus"); else TARGETS=("$@"); fi
export ASAN_OPTIONS=allow_addr2line=1:detect_leaks=1:allocator_may_return_null=0 UBSAN_OPTIONS=print_stacktrace=1

fuzz_one() { # NUMBER TARGET
	local log=$OUT/$2.log code=0 dictionary=()
	mkdir -p "$OUT/$2"
	if [ -f "$srcdir/tests/fuzz/dictionary/$2" ]; then dictionary=("-dict=$srcdir/tests/fuzz/dictionary/$2"); fi
	FUZZ_TARGET=$2 timeout -k 10 $((SECONDS_EACH + 120)) nice "$builddir/tests/fuzz/fuzz" -max_total_time="$SECONDS_EACH" \
		-timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$OUT/$2-" "${dictionary[@]}" \
		"$OUT/$2" "$srcdir/tests/fuzz/corpus/$2" >"$log" 2>&1 </dev/null || code=$?
	if [ $code = 0 ]; then
		echo "ok $1 - fuzz: $2: $(summary "$log")"
	else
		echo "not ok $1 - fuzz: $2"
		grep -v '^#[0-9]' "$log" | tail -n 40 | sed 's/^/# /'
		return 1
	fi
}

summary() { # LOG: executions, a second, and what they reached
	awk '/^stat::number_of_executed_units/ {runs = $2} /^stat::average_exec_per_sec/ {rate = $2}
		/^#.* cov: / {for (i = 1; i < NF; i++) {if ($i == "cov:") edges = $(i + 1); if ($i == "ft:") features = $(i + 1)}}
		END {printf "%d runs, %d a second, %d edges, %d features", runs, rate, edges, features}' "$1"
}

echo "1..${#TARGETS[@]}"
number=0 failed=0
for target in "${TARGETS[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n || failed=1; done
	number=$((number + 1))
	fuzz_one $number "$target" &
done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit $failed
