#!/bin/bash
# Every route x every method x every kind of caller: see matrix.py.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
stack_start 'worker_processes = 2' 'worker_threads = 2'
timeout 300 python3 "$HERE/matrix.py" "$PROGRAM" "$SOCKET" "$PG_BIN/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$TMP/pg" \
	-U postgres -d berth
FAILED=$?
exit $FAILED
