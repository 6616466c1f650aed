#!/bin/bash
# The life of the worker's processes: faults, drain, reload, and the database away.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
PROGRAM=$TMP/berth-worker
cp "$BUILD/berth-worker" "$PROGRAM"
# shellcheck disable=SC2034 # stack.sh reads it
REAL_PASSWORDS=1 # what they cost is a part of this
stack_start 'worker_processes = 2' 'worker_threads = 2' 'slow_threads = 2' 'drain_grace_s = 1'
PASSWORD=$(cat "$TMP/password")
fcgi() { "$BUILD/tests/api/fcgi" "$@"; }
configure() { sed -i "s/^$1 = .*/$1 = $2/" "$CONF"; }

# many N [options of the client] METHOD URI: so many requests at once; many_wait ends them, and count_of PATTERN tells
# in how many answers it was found.
MANY=()
many() {
	rm -f "$TMP"/many.*
	local i n=$1
	for ((i = 0; i < n; i++)); do
		fcgi -t 900 "${@:2:$#-3}" "$SOCKET" "${@: -2}" >"$TMP/many.${#MANY[@]}" &
		MANY+=($!)
	done
}
many_wait() {
	wait "${MANY[@]}"
	MANY=()
}
count_of() { grep -la "$1" "$TMP"/many.* | wc -l; }

is 'the socket is for its group only' 660 "$(stat -c %a "$SOCKET")"
is 'there are as many processes as wanted' 2 "$(worker_children | wc -l)"
"$BUILD/berth-worker" --config "$CONF" 2>"$TMP/second.log"
is 'a second worker on the same socket refuses' 1 $?
ok 'and says why' grep -q 'another worker listens there' "$TMP/second.log"
ok 'the first is not disturbed' answers /healthz

# A kept connection that is idle holds no thread: 50 of them, and 4 quick threads.
mkfifo "$TMP/hold"
fcgi -i 50 "$SOCKET" GET /healthz <"$TMP/hold" >"$TMP/idle" &
idle=$!
exec 8>"$TMP/hold"
established() { [ -s "$TMP/idle" ]; }
wait_for 30 established
line=$(cat "$TMP/idle")
is '50 kept connections' idle "$line"
read -r count failures slowest < <(fcgi -c 8 -s 1 "$SOCKET" GET /healthz)
is 'nobody fails beside idle connections' 0 "$failures"
ok "nobody starves beside them ($count answers, slowest $slowest ms)" test "$slowest" -lt 10000
exec 8>&-
wait $idle

# The slow pool is full: quick requests go on.
many 60 -d "{\"username\":\"admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
request GET /healthz
is 'quick requests do not wait for slow ones' 200 "$STATUS"
many_wait
full=$(count_of '^Status: 503')
ok "too many slow requests are refused ($full of 60)" test "$full" -gt 0 -a "$full" -lt 60
is 'with a time to try again' "$full" "$(count_of '^Retry-After: [15]')"
is 'the others are served' $((60 - full)) "$(count_of '^Status: 200')"

# A process dies.
victim=$(worker_children | head -n 1)
kill -KILL "$victim"
has_two() { [ "$(worker_children | wc -l)" = 2 ] && ! worker_children | grep -qx "$victim"; }
ok 'a killed process is replaced' wait_for 30 has_two
ok 'the log tells it' grep -q "$victim was ended by signal 9" "$LOG"
read -r count failures slowest < <(fcgi -c 4 -s 1 "$SOCKET" GET /readyz)
is 'and the service goes on' 0 "$failures"

# The database is away.
pg_stop immediate
request GET /readyz
refused 'readyz without a database' 503 unavailable
is 'says when to try again' 2 "$(header Retry-After)"
request GET /healthz
is 'healthz without a database' 200 "$STATUS"
request -d "{\"username\":\"admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
refused 'a login without a database' 503 unavailable
request -H "Authorization: Bearer berth_0123456789abcdef_$(printf 'A%.0s' {1..43})_bdab1b11" GET /api/containers/1
ok 'a token without a database is not refused for good' test "$STATUS" = 503 -o "$STATUS" = 401
pg_start
ok 'back by itself' wait_for 30 answers /readyz
token() { TOKEN=$(login admin "$PASSWORD") && [ "$TOKEN" != null ]; }
ok 'logins too' wait_for 30 token
# Each thread's connection comes back within a second of its own.
complete() { request -H "Authorization: Bearer $TOKEN" GET /api/containers && [ "$STATUS $BODY" = '200 []' ]; }
ok 'and complete' wait_for 30 complete
sleep 1.5 # a thread that failed to connect tries again after a second
pg_stop fast
pg_start
request GET /readyz
is 'a restart between two requests is not noticed' 200 "$STATUS"

# Requests that wait for an operation hold no thread, and are answered when their time is over.
sql "INSERT INTO operations (id, type, account_id, request_digest, pending) VALUES ('op', 'stop-container', 'x', '', 1)"
many 20 -H "Authorization: Bearer $TOKEN" GET '/api/operations/op?wait=8'
sleep 0.3
read -r count failures slowest < <(fcgi -c 2 -s 1 "$SOCKET" GET /readyz)
ok "20 waiting requests hold no thread ($count answers meanwhile)" test "$failures" = 0 -a "$count" -gt 0 -a \
	"$(count_of '"status":"running"')" = 0
many_wait
is 'they are answered in the end' 20 "$(count_of '"status":"running"')"

# Reload under load: another number of processes, then another program.
old=$(worker_children)
fcgi -c 8 -s 60 -q "$TMP/enough" "$SOCKET" GET /readyz >"$TMP/load" 2>"$TMP/load.err" &
load=$!
sleep 0.5
configure worker_processes 3
kill -HUP "$WORKER"
none_is_old() { ! worker_children | grep -qxF "$old" && [ "$(worker_children | wc -l)" = "$1" ]; }
ok 'a reload replaces all processes' wait_for 30 none_is_old 3
old=$(worker_children)
configure worker_processes 1
cp "$BUILD/berth-worker" "$PROGRAM.new"
mv "$PROGRAM.new" "$PROGRAM"
kill -HUP "$WORKER"
ok 'a second one, too' wait_for 30 none_is_old 1
runs_program() { [ "$(readlink "/proc/$1/exe")" = "$PROGRAM" ]; }
ok 'which starts the program that is there then' runs_program "$WORKER"
ok 'and its processes are of it' runs_program "$(worker_children)"
: >"$TMP/enough"
wait $load
read -r count failures slowest <"$TMP/load"
is 'no request fails in reloads' 0 "$failures"
ok "nor takes long ($count answers, slowest $slowest ms)" test "$count" -gt 100 -a "$slowest" -lt 10000
sort "$TMP/load.err" | uniq -c | sed 's/^/# /' | head -n 5

old=$(worker_children)
told() { [ "$(grep -c 'everything stays as it is' "$LOG")" = "$1" ]; }
echo 'worker_threads = many' >>"$CONF"
kill -HUP "$WORKER"
ok 'a bad configuration is told' wait_for 30 told 1
sed -i '$d' "$CONF"
mv "$PROGRAM" "$PROGRAM.good"
printf '#!/bin/sh\nexit 1\n' >"$PROGRAM"
chmod +x "$PROGRAM"
kill -HUP "$WORKER"
ok 'a bad program is told' wait_for 30 told 2
mv -f "$PROGRAM.good" "$PROGRAM"
is 'they change nothing' "$old" "$(worker_children)"

# It runs out of descriptors: who comes waits, and is served when there are some again.
child=$(worker_children)
free=0
while [ -e "/proc/$child/fd/$free" ]; do free=$((free + 1)); done
limit=$(prlimit --pid "$child" --nofile --output SOFT --noheadings | tr -d ' ')
prlimit --pid "$child" --nofile="$free:"
is 'without descriptors nobody is served' '' "$(fcgi -t 2 "$SOCKET" GET /healthz 2>/dev/null)"
fcgi -t 60 "$SOCKET" GET /healthz >"$TMP/waiting" &
waiting=$!
prlimit --pid "$child" --nofile="$limit:"
wait $waiting
is 'who waits is, when there are some again' 'Status: 200' "$(head -n 1 "$TMP/waiting" | cut -c -11)"
is 'by the same process' "$child" "$(worker_children)"

# Ends in the midst of work: what was begun is answered.
fcgi -t 60 -H "Authorization: Bearer $TOKEN" "$SOCKET" GET '/api/operations/op?wait=50' >"$TMP/waiting" &
waiting=$!
many 3 -d "{\"username\":\"admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
begun() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE query ~ 'password_hash' AND application_name = 'berth-worker'")" -ge 2 ]; }
wait_for 30 begun
kill -TERM "$WORKER"
began=$SECONDS
many_wait
wait $waiting
is 'a stop lets slow requests finish' 3 "$(count_of '^Status: 200')"
is 'and answers waiting ones at once' running "$(sed '1,/^\r$/d' "$TMP/waiting" | jq -r .status)"
wait "$WORKER"
is 'the worker ends well' 0 $?
ok 'long before the waiting ones would have ended' test $((SECONDS - began)) -lt 40
ok 'its socket is gone' test ! -e "$SOCKET"
is 'and its processes' '' "$(worker_children)"
is 'none of them has failed' 0 "$(grep -c 'ended with status' "$LOG")"

# The master dies; its processes follow, and its socket file is replaced.
worker_start
children=$(worker_children)
kill -KILL "$WORKER"
wait "$WORKER" 2>/dev/null
all_gone() { ! ps -o pid= -p "$(paste -sd, <<<"$children")" >/dev/null; }
ok 'processes of a killed master leave' wait_for 30 all_gone
ok 'its socket is still there' test -S "$SOCKET"
worker_start
ok 'a new worker replaces it' answers /readyz
kill -TERM "$WORKER"
wait "$WORKER"
WORKER=
echo precious >"$SOCKET"
"$BUILD/berth-worker" --config "$CONF" 2>"$TMP/second.log"
is 'a file that is no socket is not replaced' "1 precious" "$? $(cat "$SOCKET")"
rm -f "$SOCKET"
chmod 0644 "$TMP/master.key"
"$BUILD/berth-worker" --config "$CONF" 2>"$TMP/second.log"
is 'a master key that others may read is refused' 1 $?
done_testing
