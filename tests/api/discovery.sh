#!/bin/bash
# Discovery: hosts that register in a real etcd, by berth-join and by hand; approval, quarantine, removal; etcd and the
# agents being killed, wiped, and gone. The engines are fakes that only tell who they are. The keeper and some of the
# agents reach etcd over TLS, with certificates of their own.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "$srcdir/tests/lib/etcd.sh"
. "$srcdir/tests/lib/certs.sh"
if ! command -v python3 >/dev/null || ! command -v etcd >/dev/null; then
	echo "1..0 # SKIP no python3 or etcd"
	exit 0
fi
KEEPER=
declare -A JOIN PORT FEED FAKE
discovery_end() {
	local code=$? pid
	for pid in $KEEPER "${JOIN[@]}"; do { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null; done
	etcd_stop
	if [ "$FAILED" != 0 ] || [ "$code" != 0 ]; then tail -n 20 "$TMP"/*.log | sed 's/^/# /'; fi
	(exit "$code")
	stack_end
}
trap discovery_end EXIT

# engine NAME IDENTITY [PORT]: a fake engine; PORT[NAME] is where. It ends with this script.
engine() {
	local feed
	rm -f "$TMP/$1.port"
	if [ -n "${3:-}" ]; then echo "$3" >"$TMP/$1.port"; fi
	exec {feed}> >(exec python3 "$srcdir/tests/fake/tls_engine.py" "$TMP/$1.port" "$2" >/dev/null 2>"$TMP/$1.engine.log")
	FAKE[$1]=$! FEED[$1]=$feed
	wait_for 30 engine_answers "$1" || bail "the fake engine does not start"
	PORT[$1]=$(cat "$TMP/$1.port")
}
engine_answers() { [ -s "$TMP/$1.port" ] && curl -s -m 5 "http://127.0.0.1:$(cat "$TMP/$1.port")/_ping" >/dev/null; }
engine_end() {
	local feed=${FEED[$1]}
	{ kill -KILL "${FAKE[$1]}" && wait "${FAKE[$1]}"; } 2>/dev/null # others have its descriptor too
	exec {feed}>&-
}
addr() { echo "tcp://127.0.0.1:${PORT[$1]}"; }
join_start() { # NAME [OPTIONS...]
	(preloaded "$BUILD/berth-join" --etcd "$ETCD_URL" --docker "$(addr "$1")" --address "$(addr "$1")" --ttl 3 "${@:2}") \
		>>"$TMP/join.$1.log" 2>&1 </dev/null &
	JOIN[$1]=$!
}
tls() { # CA CERTIFICATE: options of an agent
	echo "--etcd $ETCD_TLS_URL --etcd-ca $TMP/$1.pem --etcd-cert $TMP/$2.pem --etcd-key $TMP/$2.key"
}
join_stop() { # NAME [SIGNAL]
	{ kill "-${2:-TERM}" "${JOIN[$1]}" && wait "${JOIN[$1]}"; } 2>/dev/null
	unset "JOIN[$1]"
}
keeper_start() {
	"$BUILD/berth-keeper" --config "$CONF" >>"$TMP/keeper.log" 2>&1 </dev/null &
	KEEPER=$!
}
keeper_stop() {
	{ kill -TERM "$KEEPER" && wait "$KEEPER"; } 2>/dev/null
	KEEPER=
}
api() { request -t 30 -H "X-Access-Token: admin:$TOKEN" "$@"; }
engine_member() { # ID EXPRESSION
	api GET "/api/engines/$1"
	jq -r "$2" <<<"$BODY" 2>/dev/null
}
says() { engine_member "$1" "$2" | grep -qx true; } # ID CONDITION
absent_are() { [ "$(sql "SELECT string_agg(n || ' ' || state, ',' ORDER BY state) FROM (SELECT state, count(*) AS n FROM registrations
	WHERE state IN ('lapsed', 'withdrawn') GROUP BY state) s")" = "$1" ]; }
state_is() { [ "$(engine_member "$1" .health.state)" = "$2" ]; } # ID STATE
is_there() { api GET "/api/engines/$1" && [ "$STATUS" = 200 ]; }
is_gone() { api GET "/api/engines/$1" && [ "$STATUS" = 404 ]; }
key_is_there() { [ -n "$(etcd_get "engines/$1")" ]; }
key_is_gone() { etcd_answers && [ -z "$(etcd_get "engines/$1")" ]; }
key_says() { etcd_get "engines/$1" | jq -e "$2" >/dev/null 2>&1; } # ID EXPRESSION
reason_has() { engine_member "$1" '.health.reason' | grep -q "$2"; }
registration_has() { engine_member "$1" '.registration.reason' | grep -q "$2"; }
log_has() { grep -q "$2" "$TMP/$1.log"; }
events_of() { sql "SELECT count(*) FROM events WHERE type = '$1' AND engine_id = '$2'"; } # TYPE ID
placeable() { sql "SELECT string_agg(id, ' ' ORDER BY id) FROM engines WHERE status = 'up'"; }

ETCD_TLS_URL=https://127.0.0.1:$(free_port)
for ca in ca other; do cert_authority "$TMP/$ca"; done
cert_signed "$TMP/ca" "$TMP/server" IP:127.0.0.1
cert_signed "$TMP/ca" "$TMP/client" DNS:host
cert_signed "$TMP/other" "$TMP/stranger" DNS:host
clock_own
stack_start "engine_allow_loopback = yes" "engine_admit_networks = 127.0.0.1/32" "keeper_interval_ms = 300" \
	"etcd_endpoints = http://127.0.0.1:1 $ETCD_TLS_URL" "etcd_ca_file = $TMP/ca.pem" \
	"etcd_cert_file = $TMP/client.pem" "etcd_key_file = $TMP/client.key"
TOKEN=$(login admin "$(cat "$TMP/password")")
engine e1 AAAA:BBBB:CCCC:DDDD:EEEE
engine e2 2222:BBBB:CCCC:DDDD:EEEE
engine hand HAND:0001
engine turned TURN:0001
etcd_start "$TMP" "$TMP/server" "$TMP/ca"
wait_for 30 etcd_answers || bail "etcd does not start"
api -d "{\"id\":\"hand\",\"engine\":{\"addr\":\"$(addr hand)\"}}" POST /api/engines
is 'an engine added by hand' 201 "$STATUS"
api -d "{\"id\":\"turned\",\"engine\":{\"addr\":\"$(addr turned)\"}}" POST /api/engines
is 'and another one' 201 "$STATUS"
keeper_start

api GET /api/cluster/info
is 'the pool tells where its etcd is' "http://127.0.0.1:1,$ETCD_TLS_URL" "$(jq -r '.etcd_endpoints | join(",")' <<<"$BODY")"

# What the pool knows is told to etcd; a host that registers is taken in.
ok 'the pool publishes what it knows' wait_for 30 key_says hand '.by == "pool" and .identity == "HAND:0001"'
join_start e1 --label ssd --label big --cpus 2
E1=aaaabbbbccccdddd
ok 'a host that registers is an engine' wait_for 30 state_is $E1 up
is 'with what it said of itself' 'ssd,big 2 4096' "$(engine_member $E1 '"\(.engine.labels | join(",")) \(.engine.cpus) \(.engine.memory)"')"
is 'with an event' 1 "$(events_of add-engine $E1)"
ok 'and what it uses is known' wait_for 60 says $E1 '.used.memory > 0 and .used.cpus >= 0 and (.used.at | length == 20)'
ok 'under the lease of its registration' [ "$(etcd_call kv/range "{\"key\":\"$(base64_of usage/$E1)\"}" | jq -r '.kvs[0].lease')" != 0 ]
is 'of an engine added by hand it is not' null "$(engine_member hand .used)"
api GET /api/cluster/info
is 'the pool sums up what is known' true "$(jq '.used_memory > 0 and .used_cpus >= 0 and .used_memory_percent > 0' <<<"$BODY")"
# shellcheck disable=SC2046 # a list of options
join_start e2 --id e2 $(tls ca client)
ok 'a second one, over TLS, with an id of its own' wait_for 30 state_is e2 up
is 'all are placed on' "$E1 e2 hand turned" "$(placeable)"
ok 'a warning that the connection is not encrypted' grep -q encrypted <<<"$(engine_member e2 .warning)"

engine_end turned
# shellcheck disable=SC2046
join_start hand --id x $(tls ca stranger)
ok 'an agent whose certificate etcd does not know is told so' wait_for 30 log_has join.hand 'certificate'
join_stop hand
# shellcheck disable=SC2046
join_start hand --id x $(tls other client)
ok 'and one that does not know the certificate of etcd' wait_for 30 log_has join.hand 'TLS with 127.0.0.1:.* failed'
join_stop hand

# The thesis's value.
engine plain PLAIN:0001
etcd_put engines/plain "127.0.0.1:${PORT[plain]}-3-1024"
ok 'IP:PORT-CPUS-MEMORY is understood' wait_for 30 state_is plain up
is 'and what it offers' '3 1024' "$(engine_member plain '"\(.engine.cpus) \(.engine.memory)"')"

# Nonsense, and what contradicts the pool.
etcd_put engines/garbage 'x'
etcd_put 'engines/../x' "127.0.0.1:${PORT[plain]}"
ok 'nonsense is quarantined' wait_for 30 state_is garbage quarantined
etcd_put engines/twin "{\"addr\":\"$(addr e2)\",\"identity\":\"OTHER:1\"}"
ok 'an address that is taken is quarantined' wait_for 30 reason_has twin 'Engine e2 .* same address'
etcd_put engines/clone "{\"addr\":\"tcp://127.0.0.1:9\",\"identity\":\"2222:BBBB:CCCC:DDDD:EEEE\"}"
ok 'an identity that is taken is quarantined' wait_for 30 reason_has clone 'e2 .* same Docker identity'
etcd_put engines/hand "{\"addr\":\"$(addr plain)\",\"identity\":\"HAND:0001\"}"
ok 'a known engine elsewhere is refused' wait_for 30 registration_has hand 'if it has moved'
is 'and goes on where it was' "up $(addr hand)" "$(engine_member hand '"\(.health.state) \(.engine.addr)"')"
etcd_put engines/hand "{\"addr\":\"$(addr hand)\",\"identity\":\"NEW:0001\"}"
ok 'a changed identity is refused' wait_for 30 registration_has hand 'identity has changed'
is 'each is told once' '1 1 1' "$(events_of quarantine-engine twin) $(events_of quarantine-engine clone) $(events_of quarantine-engine hand)"
etcd_put engines/hand "{\"addr\":\"$(addr hand)\",\"identity\":\"HAND:0001\"}"
hand_is_clear() { [ "$(engine_member hand .registration)" = null ]; }
ok 'what is right again is not held against it' wait_for 30 hand_is_clear
etcd_put engines/liar "{\"addr\":\"tcp://127.0.0.1:$(free_port)\",\"identity\":\"L:1\"}"
ok 'one that does not answer is pending' wait_for 30 state_is liar pending
engine liar TRUTH:1
etcd_put engines/liar "{\"addr\":\"$(addr liar)\",\"identity\":\"L:1\"}"
ok 'one that is another is quarantined' wait_for 30 state_is liar quarantined
is 'none of them is placed on' "$E1 e2 hand plain" "$(placeable | sed 's/ turned//')"
api GET /api/engines
is 'the list shows them with their reasons' 4 "$(jq '[.[] | select(.health.state == "quarantined" and .health.reason != "")] | length' <<<"$BODY")"
for id in twin clone liar; do etcd_delete "engines/$id"; done
ok 'a host that waited waits no more when its key goes' wait_for 30 is_gone twin

# Another Docker in the place of one that was known.
ok 'an engine is silent' wait_for 30 state_is turned down
engine turned TURN:0002 "${PORT[turned]}"
ok 'another one at its address is quarantined' wait_for 30 state_is turned quarantined
ok 'and it is said who' reason_has turned 'TURN:0002.*TURN:0001'
is 'with an event' 1 "$(events_of engine-quarantined turned)"
engine_end turned
engine turned TURN:0001 "${PORT[turned]}"
ok 'when the first one is back it is used again' wait_for 30 state_is turned up
api DELETE /api/engines/turned
is 'and removed' 204 "$STATUS"

# A clone is told so by its own agent, with the way to mend it.
engine clone AAAA:BBBB:CCCC:DDDD:EEEE
join_start clone --id clone
ok 'a clone is told so' wait_for 30 log_has join.clone 'same Docker identity as this one.*/etc/docker/key.json'
is 'and is not registered' '' "$(etcd_get engines/clone)"
join_stop clone
ok 'nor says so when it ends' log_has join.clone 'ended while it was not registered'

# Beyond the networks: an administrator decides.
sed -i 's/^engine_admit_networks.*/engine_admit_networks = 10.255.0.0\/16/' "$CONF"
keeper_stop
keeper_start
engine e3 3333:0001
join_start e3 --id e3
ok 'a host from elsewhere waits' wait_for 30 reason_has e3 'berth approve e3'
api POST /api/engines/e3/approve
is 'it is approved' '200 up' "$STATUS $(jq -r .health.state <<<"$BODY")"
is 'with an event' '1 0' "$(events_of approve-engine e3) $(events_of add-engine e3)"
api POST /api/engines/e3/approve
refused 'once only' 404 not_found
api POST /api/engines/nobody/approve
refused 'nobody has registered so' 404 not_found
engine gone GONE:0001
etcd_put engines/gone "{\"addr\":\"$(addr gone)\",\"identity\":\"GONE:0001\"}"
ok 'another one waits' wait_for 30 state_is gone pending
engine_end gone
api POST /api/engines/gone/approve
is 'one that does not answer is not taken in' '502 pending' "$STATUS $(engine_member gone .health.state)"
api DELETE /api/engines/gone
is 'it can be sent away' 204 "$STATUS"
ok 'and is no longer shown' wait_for 30 is_gone gone # a judgement that was under way may show it once more

# What an administrator removes stays out, whatever its agent does; until it is approved.
api POST /api/engines/garbage/approve
refused 'nonsense cannot be approved' 409 conflict
api DELETE "/api/engines/e3"
is 'an engine is removed' 204 "$STATUS"
join_stop e3 KILL
join_start e3 --id e3 --label again
ok 'its agent registers again' wait_for 30 log_has join.e3 'registered as e3.*'
joined_twice() { [ "$(grep -c 'registered as e3' "$TMP/join.e3.log")" -ge 2 ] && key_is_there e3; }
ok 'under the same key' wait_for 30 joined_twice
engine late LATE:0001
etcd_put engines/late "{\"addr\":\"$(addr late)\",\"identity\":\"LATE:0001\"}"
ok 'one that registers later has been judged' wait_for 30 state_is late pending
ok 'the removed one stays out' is_gone e3
etcd_put engines/e3anew "{\"addr\":\"$(addr e3)\",\"identity\":\"3333:0001\"}"
ok 'under another id too, and it is said why' wait_for 30 reason_has e3anew 'removed .* as engine e3.*berth approve e3anew'
etcd_delete engines/e3anew
ok 'until that key goes' wait_for 30 is_gone e3anew
api POST /api/engines/e3/approve
is 'approval brings it back' '200 up' "$STATUS $(jq -r .health.state <<<"$BODY")"
is 'all that was approved is placed on' "$E1 e2 e3 hand plain" "$(placeable)"
sed -i 's/^engine_admit_networks.*/engine_admit_networks = 127.0.0.0\/8/' "$CONF"
keeper_stop
keeper_start
engine old OLD:0001
etcd_put engines/old "127.0.0.1:${PORT[old]}-1-512"
ok 'within them one without its identity comes in' wait_for 30 state_is old up
api DELETE /api/engines/old
etcd_put engines/older "127.0.0.1:${PORT[old]}-1-512"
ok 'removed, it stays out under another id: its Docker tells who it is' wait_for 30 reason_has older 'removed .* as engine old'
for key in old older; do etcd_delete "engines/$key"; done
ok 'who waited in a network that is admitted now is taken in' wait_for 30 state_is late up

# The wall clock of a host jumps: its registration goes on, under the same lease.
lease_of() { etcd_call kv/range "{\"key\":\"$(base64_of "engines/$1")\"}" | jq -r '.kvs[0].lease'; } # ID
lease=$(lease_of $E1)
for days in 1 -1; do
	clock_wrong_by $((days * 86400))
	sleep $((3 - days)) # the second time longer than the lease
	is "the clock of a host is wrong by $days days: it stays registered" "$lease" "$(lease_of $E1)"
done
clock_wrong_by 0

# Absence is not death: agents killed, etcd killed, wiped.
join_stop e2 KILL
ok 'the key of a killed agent runs out' wait_for 60 key_is_gone e2
ok 'its engine goes on' state_is e2 up
ok 'and its record tells' wait_for 30 says e2 '.registered == false and .registration.state == "lapsed"'
join_start e2 --id e2
ok 'and the agent registers again' wait_for 30 key_is_there e2
ok 'which is told too' wait_for 30 says e2 '.registered == null and .registration == null'
is 'with an event for each' '1 1' "$(events_of unregister-engine e2) $(events_of register-engine e2)"
etcd_stop
ok 'the agent says that etcd is away' wait_for 30 log_has join.e1 'etcd:'
ok 'the keeper too' wait_for 30 log_has keeper 'the engines of the pool go on'
sleep 4 # longer than the leases
is 'nothing else changes' "$E1 e2 e3 hand late plain" "$(placeable)"
gone=$(sql "SELECT count(*) FROM events WHERE type = 'unregister-engine'")
etcd_start "$TMP" "$TMP/server" "$TMP/ca"
wait_for 30 etcd_answers || bail "etcd does not come back"
ok 'it is back after longer than the leases: registrations hold' wait_for 60 key_says $E1 '.by == "join"'
etcd_put engines/odd x
ok 'the watch works again' wait_for 60 state_is odd quarantined
is 'nobody was thought to be gone' "$gone $E1 e2 e3 hand late plain" "$(sql "SELECT count(*) FROM events WHERE type = 'unregister-engine'") $(placeable)"
etcd_delete engines/odd

# It hangs for longer than the leases, then it is slow: it answers only now and then, for a moment.
downs=$(sql "SELECT count(*) FROM events WHERE type = 'engine-down'")
engine e5 5555:0001
kill -STOP "$ETCD"
join_start e5 --id e5
keeper_stop
keeper_start
kill -STOP "${FAKE[hand]}"
ok 'etcd hangs: a new keeper finds out an engine that does, too' wait_for 30 state_is hand down
kill -CONT "${FAKE[hand]}"
ok 'and found back' wait_for 30 state_is hand up
ok 'the agent of a new host says that etcd does not answer' wait_for 30 log_has join.e5 'etcd: .* within'
(
	trap - EXIT
	while kill -CONT "$ETCD" && sleep 0.3 && kill -STOP "$ETCD"; do sleep 1.2; done
) 2>/dev/null &
slow=$!
BESIDE+=("$slow")
ok 'etcd is slow: it registers' wait_for 60 state_is e5 up
ok 'the others do again' wait_for 60 key_says $E1 '.by == "join"'
kill "$slow" && wait "$slow" 2>/dev/null
kill -CONT "$ETCD"
ok 'all of them' wait_for 60 absent_are ''
is 'and none was thought to be dead' "$((downs + 1)) $E1 e2 e3 e5 hand late plain" "$(sql "SELECT count(*) FROM events WHERE type = 'engine-down'") $(placeable)"
"$BUILD/berth-join" --etcd "$ETCD_URL" --docker "$(addr e5)" --address "$(addr e5)" --id e5 --leave >"$TMP/leave.log" 2>&1 || bail 'it does not leave'
join_stop e5

etcd_stop
rm -rf "$TMP/etcd"
etcd_start "$TMP" "$TMP/server" "$TMP/ca"
wait_for 30 etcd_answers || bail "etcd does not come back"
ok 'a wiped etcd is registered in again' wait_for 60 key_says $E1 '.by == "join"'
ok 'by all agents' wait_for 60 key_says e3 '.by == "join"'
ok 'and the pool publishes again' wait_for 60 key_says plain '.by == "pool"'
engine e4 4444:0001
join_start e4 --id e4
ok 'the watch works again' wait_for 60 state_is e4 up
is 'nothing was lost' "$E1 e2 e3 e4 hand late plain" "$(placeable)"
etcd_delete engines/e4
ok 'a key that is deleted comes back' wait_for 30 key_is_there e4
ok 'and its engine was never away' state_is e4 up

# A key that somebody deletes takes its engine out of placement, but not a whole pool.
etcd_delete engines/hand
ok 'a deleted registration is told' wait_for 30 says hand '.registered == false and .registration.state == "withdrawn"'
ok 'its engine is up' state_is hand up
api -d '{"name":"x","type":"host","labels":["host:hand"],"memory":20}' POST /api/containers
refused 'but takes nothing new' 409 no_capacity
ok 'and it is said why' grep -q 'registration was deleted from etcd' <<<"$BODY"
etcd_delete engines/plain
etcd_delete engines/late
ok 'when many go at once the others are used on' wait_for 30 absent_are '1 lapsed,2 withdrawn'
api POST /api/engines/hand/approve
is 'approval is enough' '200 up null' "$STATUS $(jq -r '"\(.health.state) \(.registered)"' <<<"$BODY")"
etcd_put engines/plain "127.0.0.1:${PORT[plain]}-3-1024"
etcd_put engines/late "{\"addr\":\"$(addr late)\",\"identity\":\"LATE:0001\"}"
ok 'and so is a registration' wait_for 30 absent_are ''
is 'with events' '1 1 1' "$(events_of unregister-engine hand) $(events_of approve-engine hand) $(events_of register-engine plain)"

# A host leaves.
"$BUILD/berth-join" --etcd "$ETCD_URL" --docker "$(addr e4)" --address "$(addr e4)" --id e4 --leave >"$TMP/leave.log" 2>&1
is 'a host leaves' 0 $?
ok 'the pool has forgotten it' is_gone e4
is 'with an event' 1 "$(events_of leave-engine e4)"
agent_ended() { ! kill -0 "${JOIN[e4]}" 2>/dev/null; }
ok 'its agent ends by itself' wait_for 30 agent_ended
wait "${JOIN[e4]}"
is 'and says that all is well' 0 $?
unset "JOIN[e4]"
join_start e4 --id e4
ok 'and it may come back' wait_for 30 state_is e4 up
join_stop e4 TERM
ok 'a stopped agent leaves the registration to run out' log_has join.e4 'stays for 3 s'
done_testing
