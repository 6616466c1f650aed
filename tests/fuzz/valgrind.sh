#!/bin/bash
# valgrind.sh: the unit tests under valgrind, as TAP: no error, no leak, no descriptor left open.
set -u
: "${srcdir:?}" "${builddir:?}"
number=0 failed=0

check() { # NAME COMMAND...
	local name=$1 code=0 log left
	shift
	log=$(mktemp) || exit 1
	timeout -k 10 1000 valgrind --quiet --track-fds=yes --leak-check=full --show-leak-kinds=definite,indirect \
		--errors-for-leak-kinds=definite,indirect --error-exitcode=99 --log-file="$log" "$@" >"$log.out" 2>&1 </dev/null || code=$?
	left=$(grep -c 'Open file descriptor' "$log") # but for the three standard ones, which valgrind calls inherited
	left=$((left - $(grep -A 2 'Open file descriptor' "$log" | grep -c '<inherited from parent>')))
	number=$((number + 1))
	if [ $code = 0 ] && [ $left = 0 ]; then
		echo "ok $number - valgrind: $name"
	else
		failed=1
		echo "not ok $number - valgrind: $name: exit code $code, $left descriptors left open"
		{ grep -E '^not ok' "$log.out" && tail -n 80 "$log"; } | sed 's/^/# /'
	fi
	rm -f "$log" "$log.out"
}

cd "$builddir" || exit 1
echo 1..2
check unit tests/unit/unit
check worker tests/unit/worker
exit $failed
