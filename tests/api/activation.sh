#!/bin/bash
# The worker on a socket that systemd listens on: served, kept over a reload, left where it is at the end.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
PROGRAM=$TMP/activate
cat >"$PROGRAM" <<END
#!/bin/sh
exec systemd-socket-activate -l "$SOCKET" "$BUILD/berth-worker" "\$@"
END
chmod +x "$PROGRAM"
stack_start 'worker_processes = 1' 'drain_grace_s = 1' "worker_socket = /nonexistent/of/no/use"
ok 'the socket of systemd is served' answers /healthz
ok 'not one of its own' grep -q "serving on $SOCKET" "$LOG"
before=$(worker_children)
kill -HUP "$WORKER"
renewed() { [ -n "$(worker_children)" ] && ! worker_children | grep -qx "$before"; }
ok 'a reload renews the processes' wait_for 30 renewed
ok 'on the same socket' answers /healthz
kill -TERM "$WORKER"
wait "$WORKER"
is 'it ends well' 0 $?
WORKER=
ok 'and leaves the socket to systemd' test -S "$SOCKET"
done_testing
