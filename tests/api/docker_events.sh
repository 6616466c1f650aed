#!/bin/bash
# Docker's events: what happens by hand on an engine shows at once, though nobody looks for a long while; none is lost or
# doubled over breaks, restarts and take-overs; whatever an engine sends, it harms neither the keeper nor the others.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
stack_start 'worker_processes = 1' 'worker_threads = 2' 'engine_allow_loopback = yes' 'keeper_interval_ms = 60000'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }

keeper_start() { # sets KEEPER
	"$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/keeper.log" </dev/null &
	KEEPER=$!
	BESIDE+=("$KEEPER")
}
by_hand() { # ENGINE PATH [BODY]
	curl -sS -f --max-time 60 -X POST "http://127.0.0.1:$(cat "$TMP/$1/port")/$2" -d "${3:-}" -o "$TMP/answer"
}
is_up() { [ "$(sql "SELECT doc -> 'health' ->> 'state' FROM engines WHERE id = '$1'")" = up ]; }
position() { sql "SELECT action || ' ' || actor FROM engine_streams WHERE engine_id = '$1'"; }
heard() { [ "$(position "$1")" = "$2" ]; }
mark() { # ENGINE NAME: an event that can be waited for
	by_hand "$1" emit "[{\"Type\": \"image\", \"Action\": \"tag\", \"Actor\": {\"ID\": \"$2\", \"Attributes\": {\"name\": \"$2\"}}}]"
}
hears() { mark "$1" "$2" && wait_for 60 heard "$1" "tag $2"; }
again() { mark "$1" "$2" && sleep 0.5 && heard "$1" "tag $2"; } # until its stream has begun, or goes on
row() { sql "SELECT state || ' ' || desired FROM containers WHERE id = '$1'"; }
is_row() { [ "$(row "$1")" = "$2" ]; }
detail() { sql "SELECT coalesce(doc ->> '$2', 'none') FROM containers WHERE id = '$1'"; }
is_detail() { [ "$(detail "$1" "$2")" = "$3" ]; }
missed() { sql "SELECT count(*) FROM events WHERE type = 'engine-events-missed' AND engine_id = '$1'"; }
misses() { [ "$(missed "$1")" -gt "$2" ]; }
history() { sql "SELECT string_agg(type, ' ' ORDER BY time) FROM events WHERE tags = '{docker}' AND container_id = '$1' AND time > '$2'"; }
has_history() { [ "$(history "$1" "$SINCE")" = "$2" ]; }
begin() { SINCE=$(sql 'SELECT clock_timestamp()'); }
doubled() { sql "SELECT count(*) FROM (SELECT FROM events WHERE tags = '{docker}' GROUP BY time, engine_id, type, message HAVING count(*) > 1) d"; }
logged() { [ "$(grep -c "$1" "$TMP/keeper.log")" -ge "${2:-1}" ]; } # WORDS [TIMES]

engine_start e1 8
engine_start e2 8
keeper_start
ok 'the engines are up' wait_for 60 is_up e1
wait_for 60 is_up e2
ok 'their events are heard' wait_for 60 again e1 first
wait_for 60 again e2 first

begin
api -d '{"name":"web:1","memory":16,"labels":["e1"]}' POST /api/containers
id=$(member '[0].id')
docker_id=$(member '[0].docker_id')
is 'a container runs' '201 running running' "$STATUS $(row "$id")"
ok 'what Docker tells of it is in the history' wait_for 30 has_history "$id" 'create start'

# By hand. Nobody looks for five minutes but for what the events say.
begin
began=$(date +%s%3N)
by_hand e1 "containers/$docker_id/stop"
ok 'it is stopped by hand: that shows' wait_for 30 is_row "$id" 'exited stopped'
echo "# within $(($(date +%s%3N) - began)) ms"
ok 'each step is in the history' wait_for 30 has_history "$id" 'kill die stop'
is 'and what became of the container' 1 "$(sql "SELECT count(*) FROM events WHERE type = 'container-exited' AND container_id = '$id'")"
api GET "/api/events?tag=docker&container=$docker_id"
is 'that of a Docker id finds none' '200 0' "$STATUS $(jq length <<<"$BODY")"
api GET "/api/events?tag=Docker&type=die&container=${id:0:12}"
is 'a filter finds it' "200 1 id=$id name=web:1 e1 $docker_id" \
	"$STATUS $(jq -r '"\(length) \(.[0].message | split(" ") | .[0]) name=\(.[0].container.image) \(.[0].engine.id) \(.[0].container.docker_id)"' <<<"$BODY")"
begin
by_hand e1 "containers/$docker_id/start"
ok 'started by hand: wanted' wait_for 30 is_row "$id" 'running running'
by_hand e1 "containers/$docker_id/restart"
ok 'a restart is in the history' wait_for 30 has_history "$id" 'start kill die start restart'
ok 'and it goes on' wait_for 30 is_row "$id" 'running running'

# Health, restarts, memory.
by_hand e1 "set/$docker_id" '{"Status": "Up 2 seconds (unhealthy)"}'
event() { # ACTION [ATTRIBUTE VALUE]
	by_hand e1 emit "[{\"Type\": \"container\", \"Action\": \"$1\", \"Actor\": {\"ID\": \"$docker_id\", \"Attributes\": {
		\"berth.pool\": \"$(sql 'SELECT id FROM pool')\", \"berth.container\": \"$id\"${2:+, \"$2\": \"$3\"}}}}]"
}
event 'health_status: unhealthy'
ok 'its health shows' wait_for 30 is_detail "$id" health unhealthy
begin
for _ in 1 2 3; do event 'health_status: unhealthy'; done
event 'exec_create: sh -c true' && event exec_die exitCode 0 && event 'health_status: healthy'
by_hand e1 "set/$docker_id" '{"Status": "Up 2 seconds (healthy)", "RestartCount": 7, "OOMKilled": true}'
event oom && event die exitCode 137
ok 'restarts and out of memory, too' wait_for 30 is_detail "$id" restart_count 7
ok 'its health shows again' wait_for 30 is_detail "$id" health healthy
is 'out of memory' true "$(detail "$id" oom_killed)"
ok 'neither probes nor what runs within fill the history' wait_for 30 has_history "$id" 'health_status: healthy oom die'
api GET "/api/containers/$id"
is 'the record has them' '200 7 true healthy' "$STATUS $(member restart_count) $(member oom_killed) $(member health)"

# dockerd tells of an end before its list shows it.
api -d '{"name":"web:1","memory":16,"labels":["e1"]}' POST /api/containers
late=$(member '[0].id') late_docker=$(member '[0].docker_id')
by_hand e1 emit "[{\"Type\": \"container\", \"Action\": \"die\", \"Actor\": {\"ID\": \"$late_docker\"}}]"
sleep 1
by_hand e1 "set/$late_docker" '{"State": "exited", "Status": "Exited (4) 2 seconds ago"}'
ok 'listed later than it was told: that shows' wait_for 30 is_row "$late" 'exited stopped'
api DELETE "/api/containers/$late"

# Docker restarts it again and again: a crash loop, until it runs.
for i in 8 9; do
	by_hand e1 "set/$docker_id" "{\"Status\": \"Restarting (3) 1 second ago\", \"RestartCount\": $i, \"Restarting\": true, \"ExitCode\": 3}"
	event die exitCode 3
	ok "restart $i is seen" wait_for 30 is_detail "$id" restart_count $i
done
api GET "/api/containers/$id"
is 'it is crash-looping' '200 running 3 3 null' "$STATUS $(member desired) $(member crash_loop.exits) $(member crash_loop.exit_code) $(member crash_loop.next_try)"
api GET /api/containers
is 'and listed so' '200 3' "$STATUS $(jq --arg i "$id" '.[] | select(.id == $i).crash_loop.exits' <<<"$BODY")"
by_hand e1 "set/$docker_id" '{"Status": "Up 2 minutes", "RestartCount": 9}'
event start
ok 'it runs: that is over' wait_for 30 is_detail "$id" crash_loop none
is 'both are in the history' 'crash-loop crash-loop-over' "$(sql "SELECT string_agg(type, ' ' ORDER BY time) FROM events WHERE type LIKE 'crash-loop%' AND container_id = '$id'")"

# The stream breaks, within a line; what was sent before comes again.
begin
touch "$TMP/e1/events.cut"
mark e1 half
ok 'the stream ends within a line: the event is heard' wait_for 60 heard e1 'tag half'
ok 'it goes on' hears e1 'after-half'
is 'nothing is missing' 0 "$(missed e1)"
is 'nothing is doubled' 0 "$(doubled)"
kill -STOP "${BESIDE[0]}"
ok 'it hangs: it is down' wait_for 60 eval '! is_up e1'
ok 'its events are not waited for' wait_for 30 logged 'engine e1: its events are not heard: the engine is not well'
kill -CONT "${BESIDE[0]}"
ok 'it is back' wait_for 60 is_up e1
ok 'and heard' hears e1 back
is 'nothing is missing' '0 0' "$(missed e1) $(doubled)"

# The keeper is killed. A container that is stopped by hand meanwhile was not killed with its host: Docker tells.
kill -KILL "$KEEPER"
wait "$KEEPER" 2>/dev/null
begin
by_hand e1 "set/$docker_id" '{"Status": "Exited (137) 1 second ago"}'
by_hand e1 "containers/$docker_id/stop"
mark e1 last
keeper_start
ok 'the keeper was dead: it catches up' wait_for 60 heard e1 'tag last'
ok 'with the state' wait_for 60 is_row "$id" 'exited stopped'
is 'and the history' 'kill die stop' "$(history "$id" "$SINCE")"
is 'nothing is missing, nothing doubled' '0 0' "$(missed e1) $(doubled)"

# Dockerd began anew meanwhile and does not remember.
ok 'started again' by_hand e1 "containers/$docker_id/start"
ok 'seen' wait_for 60 is_row "$id" 'running running'
kill -KILL "$KEEPER"
wait "$KEEPER" 2>/dev/null
by_hand e1 "containers/$docker_id/stop"
by_hand e1 forget
keeper_start
ok 'events are missing: that is recorded' wait_for 60 misses e1 0
is 'once, with the time from which on' 1 "$(sql "SELECT count(*) FROM events WHERE type = 'engine-events-missed' AND message ~ '^id=e1 since=20.*Z reason=' AND tags = '{cluster,docker}'")"
ok 'what came of it is seen: it was killed, and is started again' wait_for 60 is_row "$id" 'running running'
ok 'and new ones are heard' wait_for 60 again e1 anew

# It begins anew again, and its stream breaks behind the first event: to go on from there proves nothing of what was before.
before=$(missed e1)
touch "$TMP/e1/events.refuse"
by_hand e1 forget
ok 'it is not heard' wait_for 60 logged 'e1: its events are not heard: .*page not found'
begin
by_hand e1 "containers/$docker_id/stop"
by_hand e1 forget
mark e1 newborn
touch "$TMP/e1/events.brief"
rm "$TMP/e1/events.refuse"
ok 'one that broke off again: events are missing, that is recorded, too' wait_for 60 misses e1 "$before"
ok 'the container is started again' wait_for 60 has_history "$id" start
ok 'and new ones are heard again' wait_for 60 again e1 anew-again

# Two keepers: the leader is killed while events come.
LEADER=$KEEPER
keeper_start
wait_for 30 logged "stands by: keeper/.*/$LEADER leads" || bail 'no second keeper'
for ((i = 0; i < 60; i++)); do
	mark e2 "over-$i"
	if [ $i = 20 ]; then kill -KILL "$LEADER"; fi
done
ok 'a take-over: the last one is heard' wait_for 60 heard e2 'tag over-59'
is 'each of them once' '60 60' "$(sql "SELECT count(*), count(DISTINCT message) FROM events WHERE message LIKE '%name=over-%'" | tr '|' ' ')"
is 'nothing is missing, nothing doubled' '0 0' "$(missed e2) $(doubled)"

# Whatever an engine sends.
break_stream() { by_hand e1 forget; }
rss() { awk '/VmRSS/ { print $2 }' "/proc/$KEEPER/status"; }
touch "$TMP/e1/events.garbage"
break_stream
ok 'garbage is refused' wait_for 60 logged "e1: its events are not heard: .*something else than Docker's events"
touch "$TMP/e1/events.refuse"
ok 'so is an engine that has none' wait_for 60 logged 'e1: its events are not heard: .*page not found' 2
rm "$TMP/e1/events.refuse"
mv "$TMP/e1/events.garbage" "$TMP/e1/events.endless"
ok 'the engine stays up' is_up e1
ok 'the other one is heard' hears e2 meanwhile
mv "$TMP/e1/events.endless" "$TMP/e1/events.flood"
flooded() { [ "$(sql "SELECT count(*) FROM events WHERE type = 'engine-events-missed' AND engine_id = 'e1' AND message ~ 'reason=.*too many'")" -gt 0 ]; }
ok 'a flood is recorded as such' wait_for 90 flooded
ok 'the other one is still heard' hears e2 flooded
ok 'memory is bounded' [ "$(rss)" -lt 60000 ]
rm "$TMP/e1/events.flood"
break_stream
ok 'it is heard again' wait_for 90 again e1 calm
is 'the flood is bounded in the history' 1 "$(sql "SELECT (count(*) <= 4500)::integer FROM events WHERE message LIKE '%name=flood'")"
is 'nothing is doubled' 0 "$(doubled)"

api GET /api/events/verify
is 'the chain holds without them' '200 true' "$STATUS $(member ok)"
kill -TERM "$KEEPER"
wait "$KEEPER"
is 'the keeper ends well' 0 $?
done_testing
