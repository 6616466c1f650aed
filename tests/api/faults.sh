#!/bin/bash
# Faults in a running worker: see faults.py.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BERTH_SHIM=$TMP/shim
truncate -s 4096 "$BERTH_SHIM"
ulimit -c 0 # a process that ends for want of memory
stack_start 'worker_processes = 1' 'worker_threads = 1' 'slow_threads = 2' 'operation_wait_s = 2' \
	'engine_concurrency = 1024' 'engine_allow_loopback = yes'
echo "$WORKER" >"$TMP/worker.pid"
engine_start e1 1000
sql "UPDATE engines SET doc = jsonb_set(doc, '{engine,memory}', '1000000')"
engine_listen spare
limit_s=550
if [ -n "${BERTH_TEST_ALL:-}" ]; then limit_s=2700; fi
timeout "$limit_s" python3 "$HERE/faults.py" "$TMP" "$BUILD/tests/lib/sql"
FAILED=$?
exit $FAILED
