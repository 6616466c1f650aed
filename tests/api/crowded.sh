#!/bin/bash
# A machine without room for one more process, thread or descriptor: what runs goes on, what needs one is refused or
# waits, and all is as before when there is room again.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"

# The limit counts what a user has, and root has none: so who is limited is a user, or in a user namespace, of its own.
WHO=$((1000000 + $$))
APART=(unshare --user --map-current-user --)
AS_WHO=()
if [ "$(id -u)" = 0 ]; then AS_WHO=(setpriv --reuid="$WHO" --regid="$WHO" --clear-groups --) APART=("${AS_WHO[@]}"); fi
if ! "${APART[@]}" true 2>/dev/null; then
	echo "1..0 # SKIP no user namespaces"
	exit 0
fi
# shellcheck disable=SC2034 # by name
SOCKET=$TMP/run/worker.sock
PROGRAM=$TMP/start-worker
mkdir "$TMP/run"
cp "$BUILD/berth-worker" "$BUILD/berth-keeper" "$TMP/"
{
	echo '#!/bin/sh'
	if [ "$(id -u)" = 0 ]; then echo "chown $WHO '$TMP/run' '$TMP/master.key'"; fi
	echo "exec ${APART[*]} '$TMP/berth-worker' \"\$@\""
} >"$PROGRAM"
chmod +x "$PROGRAM"
stack_start 'worker_processes = 2' 'worker_threads = 2' 'engine_allow_loopback = yes' 'drain_grace_s = 1'
PASSWORD=$(cat "$TMP/password")
ADMIN=$(login admin "$PASSWORD")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }
reads() { api GET /api/containers && [ "$STATUS" = 200 ]; }
runs() { api -d '{"name":"web","memory":16}' POST /api/containers && [ "$STATUS" = 201 ]; }
room() { # COUNT PID...: they may make that many processes and threads, "none", or as many as they like: ""
	local pid hard limit
	for pid in "${@:2}"; do
		hard=$("${AS_WHO[@]}" prlimit --pid "$pid" --nproc --output HARD --noheadings | tr -d ' ')
		case $1 in none) limit=1 ;; '') limit=$hard ;; *) limit=$(($(ps -L -o pid= -p "$(pids)" | wc -l) + $1)) ;; esac
		"${AS_WHO[@]}" prlimit --pid "$pid" --nproc="$limit:$hard" || bail 'the limit cannot be set'
	done
}
pids() { { printf '%s\n' "$WORKER" "${KEEPERS[@]}" && worker_children; } | paste -sd,; }
logged() { grep -q "$2" "$TMP/$1.log"; }
pings() { stat -c %s "$TMP/e1/pings" 2>/dev/null || echo 0; }
more_pings() { [ "$(pings)" -gt "$1" ]; }

KEEPERS=()
keeper_start() { # LOG [COMMAND...] before the program
	"${APART[@]}" "${@:2}" "$TMP/berth-keeper" --config "$CONF" 2>>"$TMP/$1.log" </dev/null &
	KEEPERS+=("$!")
	BESIDE+=("$!")
}
leads() { [ "$(sql "SELECT holder ~ '/$1\$' AND until > clock_timestamp() FROM keeper_lease")" = t ]; }

engine_start e1 8
kill -TERM "$WORKER" && wait "$WORKER"
worker_start # without the thread that served the login
keeper_start a
ok 'a keeper leads' wait_for 30 leads "${KEEPERS[0]}"
keeper_start b
ok 'another one stands by' wait_for 30 logged b 'stands by'
ok 'the engine is looked at' wait_for 30 more_pings 0

# No room for anything.
# shellcheck disable=SC2046 # a list
room none "$WORKER" $(worker_children) "${KEEPERS[@]}"
keeper_start c prlimit --nproc=1
before=$(pings)
ok 'no room: reads go on' reads
ok 'containers run' runs
ok 'engines are looked at' wait_for 30 more_pings $((before + 2))
request -d "{\"username\":\"admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
refused 'what needs a thread is refused' 503 unavailable
ok 'for a while' test "0$(header Retry-After)" -gt 0
kill -HUP "$WORKER"
ok 'a reload changes nothing, and says why' wait_for 30 logged worker 'everything stays as it is: cannot fork'
victim=$(worker_children | head -n 1)
kill -KILL "$victim"
ok 'a process dies: none takes its place, which is told' wait_for 30 logged worker 'cannot fork: Resource temporarily unavailable'
ok 'the other one serves' reads
ok 'and runs' runs

wait "${KEEPERS[2]}"
is 'a keeper without room for its threads ends' 1 $?
ok 'and says why' logged c 'there is no room for a thread: Resource temporarily unavailable'

# The leader dies; the other keeper has no room for the thread that looks at engines.
kill -KILL "${KEEPERS[0]}" && wait "${KEEPERS[0]}" 2>/dev/null
ok 'the leader dies: the other one waits for room' wait_for 30 logged b 'waiting for room for a thread'
before=$(pings)

# shellcheck disable=SC2046
room '' "$WORKER" $(worker_children) "${KEEPERS[1]}"
ok 'there is room: it looks at engines' wait_for 30 more_pings "$before"
ok 'as the leader' leads "${KEEPERS[1]}"
has_two() { [ "$(worker_children | wc -l)" = 2 ]; }
ok 'a process takes the place of the one that died' wait_for 30 has_two
logs_in() { [ -n "$(login admin "$PASSWORD")" ]; }
ok 'and who was refused is served' wait_for 30 logs_in

# Room for a process, but not for its threads.
KEEPERS=("${KEEPERS[1]}")
old=$(worker_children)
room 1 "$WORKER"
kill -HUP "$WORKER"
ok 'a new process without room for its threads says so' wait_for 60 logged worker 'there is no room for a thread: Resource temporarily unavailable'
ok 'its predecessors serve' reads
is 'all of them' "$old" "$(worker_children | grep -xF "$old")"
room '' "$WORKER"
none_is_old() { has_two && ! worker_children | grep -qxF "$old"; }
ok 'there is room: the new ones take over' wait_for 60 none_is_old
ok 'and serve' reads

# A keeper without descriptors cannot ask an engine: that is not the engine's silence.
changes() { sql "SELECT count(*) FROM events WHERE type LIKE 'engine-%'"; }
seen=$(changes)
free=0
while "${AS_WHO[@]}" test -h "/proc/${KEEPERS[0]}/fd/$free"; do free=$((free + 1)); done
limit=$("${AS_WHO[@]}" prlimit --pid "${KEEPERS[0]}" --nofile --output SOFT --noheadings | tr -d ' ')
"${AS_WHO[@]}" prlimit --pid "${KEEPERS[0]}" --nofile="$free:"
sleep 5 # longer than until an engine that is silent is down
ok 'no descriptors: it says so' logged b 'engines cannot be asked: .*Too many open files'
"${AS_WHO[@]}" prlimit --pid "${KEEPERS[0]}" --nofile="$limit:"
before=$(pings)
ok 'descriptors again: it looks at engines' wait_for 30 more_pings "$before"
is 'and has taken its own lack for no silence of the engine' "$seen" "$(changes)"
kill -TERM "${KEEPERS[0]}"
wait "${KEEPERS[0]}"
is 'the keeper ends well' 0 $?
done_testing
