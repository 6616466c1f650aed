#!/bin/bash
# Containers that are not the pool's: listed, started and stopped, adopted; placements explained, and tried out.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2' 'engine_allow_loopback = yes'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }

docker() { curl -sS -m 20 -X "$2" -H 'Content-Type: application/json' ${4:+-d "$4"} "http://127.0.0.1:$(cat "$TMP/$1/port")$3"; }
# by_hand ENGINE NAME HOSTCONFIG: a container that somebody starts without berth, as the keeper writes it down; prints
# its id.
by_hand() {
	local id
	id=$(docker "$1" POST "/containers/create?name=$2" \
		"{\"Image\":\"web\",\"Env\":[\"A=canary\"],\"Labels\":{\"theirs\":\"1\"},\"HostConfig\":$3}" | jq -r .Id)
	docker "$1" POST "/containers/$id/start" '{}'
	sql "INSERT INTO foreign_containers (engine_id, docker_id, running, limits_known, memory_mb, doc, spec) VALUES
		('$1', '$id', true, true, 16, '{\"id\": \"$id\", \"name\": \"$2\", \"image\": \"web\", \"state\": \"running\"}', '{}')"
	echo "$id"
}
state_on() { awk -v name="$2" '$1 == name { print $2 }' "$TMP/$1/containers"; }
count() { sql "SELECT count(*) FROM $1"; }
length() { jq length <<<"$BODY"; }
engine_start e1 4
engine_start e2 4
WEB=$(by_hand e1 byhand '{"Memory":16777216}')

api GET /api/containers
is 'it is listed' "200 1 $WEB false byhand web e1 running" \
	"$STATUS $(length) $(jq -r '.[0] | "\(.id) \(.managed) \(.name) \(.image.name) \(.engine.id) \(.state)"' <<<"$BODY")"
api GET '/api/containers?managed=true'
is 'not as managed' '200 0' "$STATUS $(length)"
api GET '/api/containers?managed=false'
is 'as not managed' '200 1' "$STATUS $(length)"
api GET '/api/containers?managed=x'
refused 'managed is true or false' 400 bad_field
for id in "$WEB" "${WEB:0:8}" byhand; do
	api GET "/api/containers/$id"
	is 'it is found' "200 $WEB false" "$STATUS $(member id) $(member managed)"
done
api GET /api/containers/byhand/logs
is 'its log' '200 log of byhand' "$STATUS ${BODY%$'\n'}"

api POST /api/containers/byhand/stop
is 'it is stopped' '204 exited' "$STATUS $(state_on e1 byhand)"
api GET "/api/containers/$WEB"
is 'and shown so' exited "$(member state)"
api GET /api/containers/byhand/start
is 'it is started' '204 running' "$STATUS $(state_on e1 byhand)"
api POST "/api/containers/$WEB/restart"
is 'it is restarted' '204 restart byhand' "$STATUS $(tail -n 1 "$TMP/e1/calls")"
stall e1 stop
api -H 'Prefer: respond-async' POST /api/containers/byhand/stop
operation=$(member id)
is 'it takes its time' '202 running 1' "$STATUS $(member status) $(member total)"
go_on e1 stop
ok 'and is done' wait_for 30 is_over "$operation"
is 'with its item' "$WEB done exited" "$(jq -r '.items[0] | "\(.container) \(.status) \(.state)"' <<<"$BODY")"

# A restart happens once, whoever dies meanwhile.
restarts() { grep -c '^restart' "$TMP/e1/calls"; }
before=$(restarts)
stall e1 restart
api -H 'Prefer: respond-async' POST /api/containers/byhand/restart
operation=$(member id)
began() { [ "$(sql "SELECT started_before IS NOT NULL FROM foreign_work WHERE operation_id = '$operation'")" = t ]; }
taken_over() { [ "$(sql "SELECT epoch > 1 AND attempts > 0 FROM foreign_work WHERE operation_id = '$operation'")" = t ]; }
ok 'a restart is written down before it is asked for' wait_for 30 began
mapfile -t children < <(worker_children)
kill -KILL "${children[@]}"
ok 'another goes on when its worker dies' wait_for 60 taken_over
api -H 'Prefer: respond-async' POST "/api/operations/$operation/cancel"
is 'it is too late to cancel it' "202 It had begun when the operation was cancelled." "$STATUS $(member 'items[0].note')"
go_on e1 restart
ok 'it comes to its end' wait_for 60 is_over "$operation"
is 'and has happened once' "done running $((before + 1))" "$(member status) $(member 'items[0].state') $(restarts)"

# What no executor has taken can be cancelled: here the claim of an earlier one stands in its way.
stall e1 stop
api -H 'Prefer: respond-async' POST /api/containers/byhand/stop
claimed() { [ "$(sql "SELECT count(*) FROM foreign_work WHERE claimed_until > now()")" = 1 ]; }
ok 'a stop is under way' wait_for 30 claimed
api -H 'Prefer: respond-async' POST /api/containers/byhand/restart
operation=$(member id)
api POST "/api/operations/$operation/cancel"
is 'the next waits, and is cancelled' '200 cancelled cancelled' "$STATUS $(member status) $(member 'items[0].status')"
go_on e1 stop
is_stopped() { [ "$(state_on e1 byhand)" = exited ]; }
ok 'the stop goes on' wait_for 30 is_stopped
is 'and nothing was restarted' "$((before + 1))" "$(restarts)"
api POST /api/containers/byhand/start
is 'and it starts again' 204 "$STATUS"

docker e1 DELETE "/containers/$WEB"
api POST /api/containers/byhand/start
refused 'what is gone cannot be started' 404 not_found
api DELETE /api/containers/byhand
refused 'it is not for berth to destroy' 409 conflict
api POST '/api/containers/byhand/scale?count=2'
refused 'nor to scale' 409 conflict
ok 'the refusal says what to do' grep -q 'adopt it first' <<<"$BODY"
is 'each has an event' '3 3 3' "$(for type in stop start restart; do
	count "events WHERE type = '$type-container' AND container_id = '$WEB' AND account = 'admin'"; done | sort -r | xargs)"
sql "DELETE FROM foreign_containers"

# Adoption.
WEB=$(by_hand e1 taken '{"Memory":16777216}')
HOST=$(by_hand e2 odd '{"Dns":["10.0.0.1"],"Tmpfs":{"/tmp":""}}')
api POST "/api/containers/$HOST/adopt"
refused 'what cannot be said is not adopted' 409 not_expressible
is 'each obstacle is named' 'HostConfig.Dns HostConfig.Tmpfs' "$(jq -r '[.obstacles[].field] | join(" ")' <<<"$BODY")"
api POST '/api/containers/nosuch/adopt'
refused 'what is not there is not adopted' 404 not_found
api POST '/api/containers/taken/adopt?memory=x'
refused 'memory is a number' 400 bad_field
calls=$(wc -l <"$TMP/e1/calls")
api POST '/api/containers/taken/adopt?memory=32'
ADOPTED=$(member id)
is 'it is adopted' "201 true taken running $WEB 32 ***" "$STATUS $(jq -r \
	'"\(.managed) \(.name) \(.state) \(.docker_id) \(.image.memory) \(.image.environment.A)"' <<<"$BODY")"
is 'with what a copy would lack' Config.Labels "$(jq -r '[.ignored[].field] | join(" ")' <<<"$BODY")"
is 'and without a call that changes it' "$calls" "$(wc -l <"$TMP/e1/calls")"
api POST '/api/containers/taken/adopt'
refused 'once only' 409 conflict
api GET "/api/containers/$ADOPTED/placement"
refused 'nobody placed it' 404 not_found
api POST "/api/containers/$ADOPTED/scale?count=3"
is 'it is scaled' '200 3' "$STATUS $(length)"
NEW=$(jq -r '.[2].id' <<<"$BODY")
api POST "/api/containers/$ADOPTED/restart"
is 'and restarted as it is' "204 restart taken" "$STATUS $(tail -n 1 "$TMP/e1/calls")"

# Why is it there?
api GET "/api/containers/$NEW/placement"
is 'it is explained' '200 e1 1 true' "$STATUS $(jq -r \
	'"\(.candidates[0].id) \(.generation) \(.engine == .candidates[0].id)"' <<<"$BODY")"
is 'best first' true "$(jq '.candidates | length == 2 and .[0].score >= .[1].score' <<<"$BODY")"

# Where would it go?
before="$(count containers) $(count operations) $(count events) $(count placements)"
api -d '{"name":"web","memory":100,"cpus":1}' POST '/api/containers?dry_run=true&count=4'
is 'a trial' '200 true 4 2 2' "$STATUS $(jq -r '"\(.dry_run) \(.containers | length) \(
	[.containers[] | select(.engine == "e1")] | length) \(.candidates | length)"' <<<"$BODY")"
is 'scores fall' true "$(jq '.containers[0].score > .containers[3].score' <<<"$BODY")"
api -d '{"name":"web","memory":5000}' POST '/api/containers?dry_run=true'
refused 'a trial without room' 409 no_capacity
is 'tells why not' 'e1 e2' "$(jq -r '[.engines[].id] | join(" ")' <<<"$BODY")"
is 'nothing was written' "$before" "$(count containers) $(count operations) $(count events) $(count placements)"

api POST "/api/containers/$ADOPTED/scale?count=0"
is 'all are destroyed' '200 ' "$STATUS $(cat "$TMP/e1/containers")"
done_testing
