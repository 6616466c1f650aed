#!/bin/bash
# Ten minutes in which everything fails at random, by a seed that is printed: BERTH_CHAOS_SEED plays one again.
set -u
SECONDS_OF_FAULTS=${BERTH_CHAOS_SECONDS:-600}
TMP=$(mktemp -d /tmp/berth-chaos.XXXXXX)
trap 'rm -rf "$TMP"' EXIT

echo 1..1
# shellcheck disable=SC2086 # no seed is no argument
if python3 "$BERTH_SOURCE/tests/e2e/lib/chaos.py" "$BERTH_DIR" "$SECONDS_OF_FAULTS" "$TMP/log" ${BERTH_CHAOS_SEED:-} \
	>"$TMP/out" 2>&1; then
	cat "$TMP/out"
	echo 'ok 1 - everything fails at random: nothing acknowledged is lost, nothing is there twice'
else
	echo 'not ok 1 - everything fails at random: nothing acknowledged is lost, nothing is there twice'
	sed '/^#/! s/^/# /' "$TMP/out"
	exit 1
fi
