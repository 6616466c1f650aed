#!/bin/bash
# Hosts are lost and come back, are drained and not any more: what runs where, in a network of worker and keeper's own.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
USER_NAMESPACE=()
if [ "$(id -u)" != 0 ]; then USER_NAMESPACE=(--user --map-root-user); fi
if ! unshare "${USER_NAMESPACE[@]}" --net ip link set lo up 2>/dev/null; then
	echo "1..0 # SKIP no network namespaces"
	exit 0
fi
unshare "${USER_NAMESPACE[@]}" --net sleep 1000 &
NETWORK=$!
BESIDE+=("$NETWORK")
apart() { [ "$(readlink "/proc/$NETWORK/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
wait_for 30 apart || bail 'no network of its own'
INSIDE=(nsenter --target "$NETWORK" --net --)
if [ "$(id -u)" != 0 ]; then INSIDE=(nsenter --target "$NETWORK" --user --preserve-credentials --net --); fi
"${INSIDE[@]}" ip link set lo up
PROGRAM=$TMP/worker
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${INSIDE[*]}" "$BUILD/berth-worker" >"$PROGRAM"
chmod +x "$PROGRAM"
stack_start 'worker_processes = 1' 'worker_threads = 2' 'engine_allow_loopback = yes'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' "$@"; }

heal() { "${INSIDE[@]}" ip address add "10.99.0.${1#e}/32" dev lo; }
cut() { "${INSIDE[@]}" ip address del "10.99.0.${1#e}/32" dev lo; }
engine_inside() { # ID
	mkdir "$TMP/$1"
	heal "$1"
	"${INSIDE[@]}" python3 "$SRC/tests/fake/engine.py" "$TMP/$1" "10.99.0.${1#e}" >/dev/null 2>"$TMP/$1/log" </dev/null &
	BESIDE+=("$!")
	wait_for 30 test -s "$TMP/$1/port" || bail "the engine does not start"
	sql "INSERT INTO engines (id, doc) VALUES ('$1', '{\"id\": \"$1\", \"engine\": {\"id\": \"$1\",
		\"addr\": \"tcp://10.99.0.${1#e}:$(cat "$TMP/$1/port")\", \"cpus\": 0, \"memory\": 0, \"labels\": []},
		\"health\": {\"status\": \"pending\", \"state\": \"pending\", \"reason\": \"\", \"response_time\": 0}}');
		INSERT INTO engine_ports (engine_id) VALUES ('$1')"
}
health() { sql "SELECT doc -> 'health' ->> '$2' FROM engines WHERE id = '$1'"; }
is_at() { [ "$(health "$1" state)" = "$2" ]; }
copies() { # ID...: that run on these engines
	local id
	for id in "$@"; do cat "$TMP/$id/containers"; done | grep -c ' running$'
}
have() { [ "$(copies "${@:2}")" = "$1" ]; } # NUMBER ID...
events() { sql "SELECT count(*) FROM events WHERE type = '$1'"; }
told() { [ "$(events "$1")" -ge 1 ]; }
# verdict true|false: of N+1, as the cluster's summary shows it, and as the history has told it last
verdict() {
	api GET /api/cluster/info
	[ "$(member n_plus_one) $(sql "SELECT type = 'check-passed' FROM events WHERE type LIKE 'check-%' ORDER BY time DESC, id DESC LIMIT 1")" = "$1 ${1:0:1}" ]
}
frozen() { api GET /api/cluster/info && [ "$(member frozen)" != null ]; }
thawed() { ! frozen; }
now_ms() { date +%s%3N; }
run() { # COUNT POLICY
	api -d "{\"name\":\"web:1\",\"memory\":64,\"reschedule\":\"$2\"}" POST "/api/containers?count=$1"
	[ "$STATUS" = 201 ] || bail "no containers: $STATUS $BODY"
}

for id in e1 e2 e3; do engine_inside $id; done
E2=${BESIDE[-2]}
"${INSIDE[@]}" "$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/keeper.log" </dev/null &
KEEPER=$!
BESIDE+=("$KEEPER")
for id in e1 e2 e3; do ok "$id is up" wait_for 30 is_at $id up; done

api -d '{"name":"web:1","reschedule":"soon"}' POST /api/containers
refused 'another policy than there are' 400 bad_field
run 6 always
is 'the policy is in the record' always "$(jq -r '.[0].image.reschedule' <<<"$BODY")"
is 'they are spread over the three' '2 2 2' "$(copies e1) $(copies e2) $(copies e3)"

# A host is lost, and comes back.
began=$(now_ms)
cut e1
ok 'a host is cut off: it is down' wait_for 30 is_at e1 down
echo "# within $(($(now_ms) - began)) ms"
ok 'its containers run elsewhere' wait_for 60 have 6 e2 e3
echo "# within $(($(now_ms) - began)) ms"
is 'one event for each' 2 "$(events move-container)"
is 'one lost host freezes nothing' 0 "$(events freeze-rescheduling)"
is 'it runs its copies as long as it is cut off' 2 "$(copies e1)"
heal e1
ok 'it is back: they are removed' wait_for 60 have 0 e1
ok 'and exactly the number asked for is left' have 6 e2 e3
api GET /api/containers
is 'as the list says' '6 running' "$(jq -r '"\(length) \([.[].state] | unique | join(" "))"' <<<"$BODY")"
ok 'it is up' wait_for 30 is_at e1 up

# Its Docker alone hangs.
kill -STOP "$E2"
silence() { [ "$(health e2 state) $(health e2 host)" = 'down alive' ]; }
ok 'its Docker hangs: it is down' wait_for 30 silence
sleep 2 # several passes
is 'nothing is moved' 2 "$(events move-container)"
kill -CONT "$E2"
ok 'it is back' wait_for 30 is_at e2 up

# The link is cut one way, or its connections are reset.
filter() { "${INSIDE[@]}" iptables -w "$@"; } # -I or -D, then the rule
port_of() { cat "$TMP/$1/port"; }
deaf() { # it hears, and is not heard
	filter "$1" INPUT -p tcp -s 10.99.0.3 --sport "$(port_of e3)" -j DROP &&
		filter "$1" INPUT -p icmp -s 10.99.0.3 --icmp-type echo-reply -j DROP
}
resets() { filter "$1" OUTPUT -p tcp -d 10.99.0.3 --dport "$(port_of e3)" -j REJECT --reject-with tcp-reset; }
if filter -S >/dev/null 2>&1 && resets -I 2>/dev/null; then
	silence3() { [ "$(health e3 state) $(health e3 host)" = 'down alive' ]; }
	ok 'its connections are reset: it is down, its host is not' wait_for 30 silence3
	sleep 2 # several passes
	is 'nothing is moved' 2 "$(events move-container)"
	resets -D
	ok 'it is back' wait_for 30 is_at e3 up
	had=$(copies e3)
	deaf -I
	ok 'what it sends is lost on the way: it is down' wait_for 30 is_at e3 down
	left() { [ "$(sql "SELECT count(*) FROM containers WHERE engine_id = 'e3' AND removed_at IS NULL")" = 0 ] && have 6 e1 e2; }
	ok 'what it had runs elsewhere' wait_for 60 left
	is 'the others were not disturbed' 'up up' "$(health e1 state) $(health e2 state)"
	is 'what it runs it goes on running' "$had" "$(copies e3)"
	deaf -D
	ok 'healed: its copies are removed' wait_for 60 have 0 e3
	ok 'and exactly the number asked for is left' have 6 e1 e2
	ok 'and it is up' wait_for 30 is_at e3 up
fi
before=$(events move-container)

# Two of three are lost at once.
cut e2
cut e3
ok 'two hosts of three are cut off: frozen' wait_for 60 frozen
ok 'the reason says so' grep -q '2 of 3 engines were lost at once (e2, e3)' <<<"$(member frozen)"
is 'and the numbers do' 2 "$(member engines_lost)"
is 'nothing is moved' "$before" "$(events move-container)"
heal e3
ok 'one is back: it goes on by itself' wait_for 60 thawed
ok 'what the other one had runs elsewhere' wait_for 60 have 6 e1 e3
heal e2
ok 'the other one too: its copies are removed' wait_for 60 have 0 e2
ok 'and exactly the number asked for is left' have 6 e1 e3
ok 'both are up' wait_for 30 is_at e2 up
api POST /api/cluster/thaw
is 'nothing is frozen' '200 0' "$STATUS $(jq '.thawed | length' <<<"$BODY")"
moves=$(events move-container)
cut e3
cut e1
ok 'again two: frozen' wait_for 60 frozen
api POST /api/cluster/thaw
is 'an administrator says that it goes on' '200 engines-lost' "$STATUS $(jq -r '.thawed[0].kind' <<<"$BODY")"
ok 'all run on the one that is left' wait_for 60 have 6 e2
ok 'it does not freeze again' thawed
ok 'the pool could lose no more: that is told and shown' wait_for 60 verdict false
is 'six were moved' $((moves + 6)) "$(events move-container)"
heal e1
heal e3
ok 'all are back: what is left over is removed' wait_for 60 have 0 e1 e3
ok 'and exactly the number asked for is left' have 6 e1 e2 e3
for id in e1 e3; do ok "$id is up" wait_for 30 is_at $id up; done

# A drain: as many as were asked for run all the time, in the list and on the engines.
run 1 never
STAYS=$(jq -r '.[0].id' <<<"$BODY")
at=$(jq -r '.[0].engine.id' <<<"$BODY")
if [ "$at" = e2 ]; then bail 'it is on the engine that has most'; fi
(
	trap - EXIT
	while [ ! -e "$TMP/enough" ]; do
		echo "$(sql "SELECT count(*) FROM containers WHERE state = 'running' AND removed_at IS NULL") $(copies e1 e2 e3)"
	done >"$TMP/counts"
) 2>/dev/null &
COUNTER=$!
BESIDE+=("$COUNTER")
api POST /api/engines/e2/drain
is 'an engine is drained' '200 draining 6' "$STATUS $(member health.state) $(member drain.to_move)"
ok 'its containers leave it' wait_for 120 have 0 e2
touch "$TMP/enough"
wait $COUNTER
ok 'and run elsewhere' have 7 e1 e3
is 'never fewer than asked for ran' 0 "$(awk '$1 < 7 || $2 < 7' "$TMP/counts" | wc -l)"
echo "# counted $(wc -l <"$TMP/counts") times"
ok 'it is told' wait_for 30 told engine-drained
api GET /api/engines/e2
is 'the record says so' 'draining true 0' "$(member health.state) $(member drain.done) $(member drain.to_move)"
api POST "/api/containers/$STAYS/scale?count=4"
is 'nothing new is placed on it' '200 0' "$STATUS $(copies e2)"
api POST /api/engines/e2/uncordon
is 'it is not drained any more' '200 up null' "$STATUS $(member health.state) $(member drain)"
api POST "/api/engines/$at/drain"
ok 'what stays is named' jq -e ".drain.stays | any(.id == \"$STAYS\")" <<<"$BODY"
api POST "/api/engines/$at/uncordon"

# One is stopped while its new copy is being made.
for id in e1 e2 e3; do touch "$TMP/$id/stall.create"; done
api POST /api/engines/e1/drain
replaced() { [ "$(sql 'SELECT count(*) FROM replacements')" = 1 ]; }
ok 'another drain: one is on its way' wait_for 30 replaced
moving=$(sql 'SELECT container_id FROM replacements')
name=$(sql "SELECT name FROM containers WHERE id = '$moving'")
copies_of() { cat "$TMP"/e[123]/containers | grep "^$1 "; }
is 'its old copy runs' "$name running" "$(copies_of "$name")"
api -H 'Prefer: respond-async' POST "/api/containers/$moving/stop"
is 'it is stopped meanwhile' 202 "$STATUS"
for id in e1 e2 e3; do rm "$TMP/$id/stall.create"; done
stopped() { ! copies_of "$name" | grep -q running && [ "$(copies_of "$name" | wc -l)" -le 1 ] &&
	[ "$(sql "SELECT desired, due_at IS NULL FROM containers WHERE id = '$moving'") $(sql "SELECT count(*) FROM replacements WHERE container_id = '$moving'")" = 'stopped|t 0' ]; }
ok 'no copy of it runs then, the old one is gone' wait_for 60 stopped
api POST /api/engines/e1/uncordon
ok 'the pool could lose any engine again: that is told and shown' wait_for 60 verdict true
api POST /api/engines/nobody/drain
refused 'no such engine' 404 not_found
kill -TERM "$KEEPER"
wait "$KEEPER"
is 'the keeper ends well' 0 $?
done_testing
