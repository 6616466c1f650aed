#!/bin/bash
# The heartbeat: engines that hang, die, are cut off and come back, in a network of the keeper's own.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
USER_NAMESPACE=()
if [ "$(id -u)" != 0 ]; then USER_NAMESPACE=(--user --map-root-user); fi
if ! unshare "${USER_NAMESPACE[@]}" --net ip link set lo up 2>/dev/null; then
	echo "1..0 # SKIP no network namespaces"
	exit 0
fi
clock_own
stack_start 'worker_processes = 1' 'worker_threads = 2' 'engine_allow_loopback = yes'
ADMIN=$(login admin "$(cat "$TMP/password")")

unshare "${USER_NAMESPACE[@]}" --net sleep 1000 &
NETWORK=$!
BESIDE+=("$NETWORK")
apart() { [ "$(readlink "/proc/$NETWORK/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
wait_for 30 apart || bail 'no network of its own'
INSIDE=(nsenter --target "$NETWORK" --net --)
if [ "$(id -u)" != 0 ]; then INSIDE=(nsenter --target "$NETWORK" --user --preserve-credentials --net --); fi
"${INSIDE[@]}" ip link set lo up

# engine_inside ID: one in that network, not looked at yet.
engine_inside() {
	mkdir "$TMP/$1"
	"${INSIDE[@]}" python3 "$SRC/tests/fake/engine.py" "$TMP/$1" >/dev/null 2>"$TMP/$1/log" </dev/null &
	BESIDE+=("$!")
	wait_for 30 test -s "$TMP/$1/port" || bail "the engine does not start"
	sql "INSERT INTO engines (id, doc) VALUES ('$1', '{\"id\": \"$1\", \"engine\": {\"id\": \"$1\",
		\"addr\": \"tcp://127.0.0.1:$(cat "$TMP/$1/port")\", \"cpus\": 0, \"memory\": 0, \"labels\": []},
		\"health\": {\"status\": \"pending\", \"state\": \"pending\", \"reason\": \"\", \"response_time\": 0}}');
		INSERT INTO engine_ports (engine_id) VALUES ('$1')"
}
health() { sql "SELECT doc -> 'health' ->> '$2' FROM engines WHERE id = '$1'"; }
is_at() { [ "$(health "$1" state)" = "$2" ]; }
events() { sql "SELECT string_agg(type, ' ' ORDER BY txid, id) FROM events WHERE engine_id = '$1' AND type ~ '^engine-'"; }
last_two() { events "$1" | awk '{ print $(NF - 1), $NF }'; }
times_down() { sql "SELECT count(*) FROM events WHERE engine_id = '$1' AND type = 'engine-down'"; }
reason_has() { health "$1" reason | grep -q "$2"; }
status_and_host() { echo "$(health "$1" status) $(health "$1" host)"; }
leads() { [ "$(sql "SELECT until > clock_timestamp() FROM keeper_lease")" = t ]; }
pings() { stat -c %s "$TMP/$1/pings"; }
more_pings() { [ "$(pings "$1")" -gt "$2" ]; }

# Engines by names that nobody resolves: the name server hears, and says nothing.
silent=$(awk '/^nameserver [0-9.]+$/ { print $2; exit }' /etc/resolv.conf)
silent=${silent:-127.0.0.1}
"${INSIDE[@]}" ip address add "$silent/32" dev lo 2>/dev/null
"${INSIDE[@]}" python3 -c 'import socket, sys, time
name_server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
name_server.bind((sys.argv[1], 53))
time.sleep(1000)' "$silent" >/dev/null 2>&1 </dev/null &
BESIDE+=("$!")
sql "INSERT INTO engines (id, doc) SELECT id, jsonb_build_object('id', id, 'engine', jsonb_build_object('id', id, 'addr', 'tcp://'
	|| id || '.example:2375', 'cpus', 0, 'memory', 0, 'labels', '[]'::jsonb), 'health',
	'{\"status\": \"pending\", \"state\": \"pending\", \"reason\": \"\", \"response_time\": 0}'::jsonb)
	FROM (SELECT 'a' || n AS id FROM generate_series(1, 40) AS n) v"
engine_inside e1
E1=${BESIDE[-1]}
engine_inside e2
"${INSIDE[@]}" env LD_PRELOAD="$BUILD/tests/fault/shim.so" BERTH_SHIM="$BERTH_SHIM" "$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/keeper.log" </dev/null &
KEEPER=$!
BESIDE+=("$KEEPER")
ok 'a new engine comes up' wait_for 30 is_at e1 up
ok 'another one too' wait_for 30 is_at e2 up
more() { more_pings e2 "$before"; }
for _ in 1 2 3 4 5; do
	before=$(pings e2)
	wait_for 30 more
done
is 'neither waits for a silent name server' 'up up 0' "$(health e1 state) $(health e2 state) $(times_down e2)"
sql "DELETE FROM engines WHERE id LIKE 'a%'"
is 'its host lives' 'up alive' "$(status_and_host e1)"
is 'what Docker says of itself is known' '4 4096 20.10.24' "$(sql "SELECT cpu_milli / 1000, memory_mb, doc ->> 'docker_version' FROM engines WHERE id = 'e1'" | tr '|' ' ')"
request -H "Authorization: Bearer $ADMIN" GET /api/engines/e1
ok 'the record has its last heartbeat' jq -e '.health | (.heartbeat | fromdate) > 0 and .response_time > 0 and .echo_time >= 0' <<<"$BODY"
is 'the first change of state is an event' engine-up "$(events e1 | cut -d' ' -f1)"

# Docker hangs; the kernel of its host answers.
kill -STOP "$E1"
ok 'Docker hangs: it is down' wait_for 30 is_at e1 down
is 'its host is not' 'down alive' "$(status_and_host e1)"
ok 'the reason says so' reason_has e1 'its host answers, but Docker does not'
is 'it got no containers before' 'engine-suspect engine-down' "$(last_two e1)"
ok 'the other one is not disturbed' is_at e2 up
kill -CONT "$E1"
ok 'it goes on: it is up by itself' wait_for 30 is_at e1 up

# It hangs while the database is away: the heartbeats go on, and what they found is written later.
before=$(pings e2)
pg_stop immediate
kill -STOP "$E1"
ok 'the database is away: heartbeats go on' wait_for 60 more_pings e2 $((before + 7))
pg_start
ok 'what happened meanwhile is written' wait_for 30 is_at e1 down
is 'every change of it' 'engine-suspect engine-down' "$(last_two e1)"
kill -CONT "$E1"
ok 'and it comes back' wait_for 30 is_at e1 up
is 'the other one has never been down' 0 "$(times_down e2)"

# It does not answer any more: whoever asks it waits.
database() { head -n 1 "$TMP/pg/data/postmaster.pid" | { read -r pid && echo "$pid" && pgrep -P "$pid"; }; }
list_engines() { request -t 100 -H "Authorization: Bearer $ADMIN" GET /api/engines; }
works() { list_engines && [ "$STATUS" = 200 ]; }
ok 'each thread has its session again' wait_for 30 works
for _ in 1 2 3 4 5 6; do list_engines; done
hung=$(database)
before=$(pings e2)
: >"$TMP/answers"
# shellcheck disable=SC2086 # a list
kill -STOP $hung
for _ in 1 2 3 4; do
	(
		trap - EXIT
		list_engines
		echo "$STATUS $(header Retry-After)" >>"$TMP/answers"
	) &
	BESIDE+=("$!")
done
answered() { [ "$(wc -l <"$TMP/answers")" = 4 ]; }
ok 'the database hangs: heartbeats go on' wait_for 60 more_pings e2 $((before + 7))
ok 'whoever asks is answered nevertheless' wait_for 90 answered
is 'that it is away' '503 2' "$(sort -u "$TMP/answers")"
# shellcheck disable=SC2086
kill -CONT $hung
ok 'it goes on: the leader too' wait_for 30 leads
ok 'and so do the answers' wait_for 30 works
is 'and nobody was down' "0 up up" "$(times_down e2) $(health e1 state) $(health e2 state)"

# The wall clock jumps.
request -H 'Host: pool' -d "{\"username\":\"admin\",\"password\":\"$(cat "$TMP/password")\"}" POST /auth/session
COOKIE=$(header Set-Cookie)
COOKIE=${COOKIE%%;*}
epoch=$(sql 'SELECT epoch FROM keeper_lease')
downs="$(times_down e1) $(times_down e2)"
for days in 2 -2; do
	clock_wrong_by $((days * 86400))
	sql "INSERT INTO events (type, tags, message) VALUES ('test', '{cluster}', 'x')" # its seal is logged
	ok "the clock jumps by $days days" wait_for 30 grep -q "\"time\":\"$(date -u -d "$days days" +%F)" "$TMP/keeper.log"
	before=$(pings e2)
	ok 'heartbeats go on' wait_for 30 more_pings e2 $((before + 4))
	request -H "Authorization: Bearer $ADMIN" GET /api/engines
	is 'tokens end by the clock of the database' 200 "$STATUS"
	request -H 'Host: pool' -H "Cookie: $COOKIE" GET /api/engines
	is 'sessions too' 200 "$STATUS"
	request -H "Authorization: Bearer $ADMIN" -d "{\"name\":\"of$days\",\"days\":1}" POST /api/tokens
	is 'and new tokens' '201 t' "$STATUS $(sql "SELECT expires_at - now() BETWEEN '23 hours' AND '24 hours' FROM tokens WHERE name = 'of$days'")"
done
clock_wrong_by 0
is 'the history has the times of the database' 0 "$(sql "SELECT count(*) FROM events WHERE time NOT BETWEEN now() - interval '1 hour' AND now()")"
is 'nobody was down, the same keeper leads' "$downs $epoch" "$(times_down e1) $(times_down e2) $(sql 'SELECT epoch FROM keeper_lease')"

# Echoes are blocked on the way, Docker answers. Answers come, but none to what was sent: of another keeper, to an echo of
# long ago, of an engine that there is not.
if "${INSIDE[@]}" sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all' 2>/dev/null; then
	"${INSIDE[@]}" python3 "$SRC/tests/api/echoes.py" "$TMP/forged" 2>"$TMP/echoes.log" </dev/null &
	BESIDE+=("$!")
	ok 'no echoes: degraded' wait_for 30 is_at e2 degraded
	ok 'nor of the other one' wait_for 30 is_at e1 degraded
	ok 'though answers come that are none' test -s "$TMP/forged"
	is 'which is up' 'up alive' "$(status_and_host e2)"
	ok 'the reason says so' reason_has e2 ICMP
	"${INSIDE[@]}" sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
	ok 'echoes again: up' wait_for 30 is_at e2 up
	ok 'the other one too' wait_for 30 is_at e1 up
fi

# The hosts are cut off.
"${INSIDE[@]}" ip link set lo down
ok 'a host cut off is down' wait_for 30 is_at e1 down
is 'and silent' 'down silent' "$(status_and_host e1)"
ok 'the reason says so' reason_has e1 'neither its host nor Docker answers'
"${INSIDE[@]}" ip link set lo up
ok 'healed: it is up' wait_for 30 is_at e1 up
ok 'the other one too' wait_for 30 is_at e2 up

# Its Docker dies.
kill -KILL "$E1"
wait "$E1" 2>/dev/null
ok 'Docker dies: it is down' wait_for 30 is_at e1 down
is 'its host is not' 'down alive' "$(status_and_host e1)"

# Paused for longer than an engine may be silent, and continued: that is nobody's silence but its own.
before=$(times_down e2)
kill -STOP "$KEEPER"
sleep 6
kill -CONT "$KEEPER"
before_pings=$(pings e2)
ok 'the keeper goes on' wait_for 30 more_pings e2 $((before_pings + 3))
is 'and takes its own pause for no silence of an engine' "$before" "$(times_down e2)"

sql "DELETE FROM engines WHERE id = 'e2'"
forgotten() { local count; count=$(pings e2) && sleep 3 && [ "$(pings e2)" = "$count" ]; }
ok 'one that is removed is asked no more' wait_for 30 forgotten
kill -TERM "$KEEPER"
wait "$KEEPER"
is 'the keeper ends well' 0 $?
done_testing
