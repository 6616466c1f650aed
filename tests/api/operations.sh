#!/bin/bash
# Operations: preferences of waiting, the list, cancelling, idempotency keys, progress; on an engine that stalls when it
# is told to.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2' 'operation_wait_s = 3' 'engine_allow_loopback = yes'
ADMIN=$(login admin "$(cat "$TMP/password")")
as() { request -t 20 -H "Authorization: Bearer $1" "${@:2}"; }
api() { as "$ADMIN" "$@"; }

on_engine() { wc -l <"$TMP/$1/containers"; }
working() { [ "$(sql "SELECT count(*) FROM containers WHERE claimed_until > now()")" = "$1" ]; }
SPEC='{"name":"web","memory":16,"bind_ports":[{"container_port":80}]'
E1="$SPEC,\"labels\":[\"e1\"]}"
engine_start e1 1 # two at once

# Preferences.
stall e1 create
api -d "$E1" -H 'Prefer: Respond-Async' POST /api/containers
operation=$(member id)
is 'respond-async' '202 respond-async running' "$STATUS $(header Preference-Applied) $(member status)"
is 'says where' "/api/operations/$operation" "$(header Location)"
api -d "$E1" -H 'Prefer: wait=1' POST /api/containers
second=$(member id)
is 'wait' '202 wait=1 running' "$STATUS $(header Preference-Applied) $(member status)"
api -d "$E1" -H 'Prefer: foo="a,b", respond-async; x=1, wait=1' POST /api/containers
third=$(member id)
is 'both' '202 respond-async, wait=1' "$STATUS $(header Preference-Applied)"
api -d "$E1" POST /api/containers
is 'without one it waits as long as is configured' '202  1' "$STATUS $(header Preference-Applied) $(member total)"
go_on e1 create
ok 'they go on' wait_for 30 is_over "$operation"
is 'to their end' 'done done 201' "$(member status) $(member state) $(member http_status)"
id=$(member 'result[0].id')
wait_for 30 is_over "$second"
wait_for 30 is_over "$third"
for change in stop start restart 'scale?count=3'; do
	api -H 'Prefer: respond-async' POST "/api/containers/$id/$change"
	is "respond-async: $change" "202 respond-async /api/operations/$(member id)" "$STATUS $(header Preference-Applied) $(header Location)"
	ok 'and it ends' wait_for 30 is_over "$(member id)"
done
api -H 'Prefer: respond-async' GET "/api/containers/$id/stop"
is 'the old way, too' '202 respond-async' "$STATUS $(header Preference-Applied)"
wait_for 30 is_over "$(member id)"
api -H 'Prefer: wait=20' POST "/api/containers/$id/start"
is 'wait is no delay' '204 wait=20' "$STATUS $(header Preference-Applied)"
api -H 'Prefer: respond-async' DELETE "/api/containers/$id"
is 'destroy' '202 respond-async' "$STATUS $(header Preference-Applied)"
wait_for 30 is_over "$(member id)"

# Cancelled in the middle: two are under way, one runs, five have not begun.
sql "DELETE FROM operations"
api -d "$E1" POST /api/containers
before=$(on_engine e1)
stall e1 create
api -d "$E1" -H 'Prefer: respond-async' POST '/api/containers?count=8'
operation=$(member id)
ok 'the cap of the engine' wait_for 30 working 2
api -d "$E1" -H 'Idempotency-Key: waits' -H 'Prefer: wait=0' POST '/api/containers?count=8' # behind it
fourth=$(member id)
"$BUILD/tests/api/fcgi" -t 30 -H "Authorization: Bearer $ADMIN" "$SOCKET" GET "/api/operations/$operation?wait=30" >"$TMP/waiter" &
waiter=$!
api -H 'Prefer: respond-async' POST "/api/operations/$operation/cancel"
is 'a cancel' '202 running 6 2' "$STATUS $(member status) $(member cancelled) $(member pending)"
is 'what has not begun is cancelled at once' 6 "$(jq '[.items[] | select(.status == "cancelled")] | length' <<<"$BODY")"
is 'what is under way is being undone' 2 "$(jq '[.items[] | select(.phase == "cancelling")] | length' <<<"$BODY")"
api DELETE "/api/operations/$fourth"
is 'one that waits behind it, whole' '200 cancelled 8' "$STATUS $(member status) $(member cancelled)"
go_on e1 create
ok 'it ends' wait_for 30 is_over "$operation"
is 'cancelled' 'cancelled cancelled 8 0' "$(member status) $(member state) $(member cancelled) $(member failed)"
is 'the answer of the run would be that nothing is there' 409 "$(member http_status)"
wait $waiter
is 'whoever waited hears of it' cancelled "$(sed '1,/^\r$/d' "$TMP/waiter" | jq -r .status)"
is 'nothing of it is on the engine' "$before" "$(on_engine e1)"
api GET /api/containers
is 'nor in the list' "$before" "$(jq length <<<"$BODY")"
api POST "/api/operations/$operation/cancel"
is 'cancelled again: no change' '200 cancelled' "$STATUS $(member status)"
is 'one event for each' 2 "$(sql "SELECT count(*) FROM events WHERE type = 'cancel-operation' AND account = 'admin'")"
api -d "$E1" -H 'Idempotency-Key: waits' POST '/api/containers?count=8'
refused 'its key names it still' 409 conflict
is 'and each item' '8 cancelled' "$(jq -r '.items | "\(length) \(map(.status) | unique[0])"' <<<"$BODY")"
api -d "$E1" POST /api/containers
id=$(member '[0].id')
operation=$(sql "SELECT id FROM operations ORDER BY created DESC LIMIT 1")
api POST "/api/operations/$operation/cancel"
refused 'what is over cannot be cancelled' 409 conflict
is 'with its state' 'done' "$(member state)"
api POST /api/operations/0123456789abcdef0123456789abcdef/cancel
refused 'what is not there' 404 not_found

# Some exist, the others are cancelled: 207.
stall e1 start
"$BUILD/tests/api/fcgi" -t 100 -H "Authorization: Bearer $ADMIN" -H 'Prefer: wait=50' -H 'Idempotency-Key: some' -d "$E1" "$SOCKET" POST '/api/containers?count=6' >"$TMP/some" &
some=$!
operation_some() { operation=$(sql "SELECT id FROM operations WHERE idempotency_key = 'some'") && [ -n "$operation" ]; }
wait_for 30 operation_some
ok 'two are created' wait_for 30 working 2
sql "UPDATE containers SET due_at = now() + interval '1 hour' WHERE operation_id = '$operation' AND claimed_until IS NULL"
go_on e1 start
two_done() { [ "$(sql "SELECT count(*) FROM operation_items WHERE operation_id = '$operation' AND status = 'done'")" = 2 ]; }
ok 'and run' wait_for 30 two_done
api POST "/api/operations/$operation/cancel"
is 'the rest is cancelled' '200 cancelled 2 4 207' "$STATUS $(member status) $(member 'done') $(member cancelled) $(member http_status)"
wait $some
BODY=$(sed '1,/^\r$/d' "$TMP/some")
is 'the run is answered 207' 'Status: 207 Multi-Status' "$(head -n 1 "$TMP/some" | tr -d '\r')"
is 'with what exists, and what was cancelled' '2 4' "$(jq -r '"\(.containers | length) \([.items[] | select(.status == "cancelled")] | length)"' <<<"$BODY")"

# Some fail, all fail.
echo 'mkdir /var/lib/docker/overlay2/x: no space left on device' >"$TMP/e1/fail.create"
api -d "$E1" POST '/api/containers?count=3'
refused 'all fail' 502 engine_error
is 'each is told' '3 failed' "$(jq -r '.items | "\(length) \(map(.status) | unique[0])"' <<<"$BODY")"
ok 'and why, of which engine' jq -e '.items | all((.error.detail // .detail) | test("e1.*no space left on device"))' <<<"$BODY"
# Two engines fail, and the placement prefers both: whoever is not remembered to have failed is chosen again and again.
engine_start full 8
cp "$TMP/e1/fail.create" "$TMP/full/"
engine_start roomy 8
sql "UPDATE engines SET doc = jsonb_set(doc, '{engine,memory}', '128') WHERE id = 'roomy'"
sql "UPDATE engines SET doc = jsonb_set(doc, '{engine,labels}', '[\"disk\"]') WHERE id IN ('e1', 'full', 'roomy')"
api -d "$SPEC,\"labels\":[\"disk\"]}" POST '/api/containers?count=4'
is 'where a third engine has room all run there' '201 4 roomy' "$STATUS $(jq -r '"\(length) \([.[].engine.id] | unique | join(" "))"' <<<"$BODY")"
sql "UPDATE engines SET doc = jsonb_set(doc, '{engine,labels}', jsonb_build_array(id)) WHERE id IN ('e1', 'full', 'roomy')"

# What has failed is tried again, once, with the same specification.
api -d "$SPEC,\"labels\":[\"e1\"],\"container_name\":\"again\",\"environment\":{\"PIN\":\"2611\"}}" POST '/api/containers?count=2'
refused 'two fail' 502 engine_error
operation=$(member operation)
rm "$TMP/e1/fail.create"
sql "INSERT INTO roles (name, doc) SELECT 'clerk', jsonb_build_object('name', 'clerk', 'grants', '[{\"access\":\"write\",\"path\":\"/api/operations\"}]'::jsonb)"
api -d '{"username":"cleo","password":"k7Vq-m2Xp9","role":"clerk"}' POST /api/account
CLEO=$(login cleo k7Vq-m2Xp9)
as "$CLEO" POST "/api/operations/$operation/retry"
refused 'not by who may not change containers' 403 forbidden
api -H 'Idempotency-Key: retried' POST "/api/operations/${operation:0:20}/retry"
is 'they run, each with a name of its own' '201 again-1 again-2' "$STATUS $(jq -r '[.[].name] | sort | join(" ")' <<<"$BODY")"
again=$(sql "SELECT id FROM operations ORDER BY created DESC LIMIT 1")
made=$(member '[0].id')
api GET "/api/containers/$made/environment"
is 'with the environment that was sealed' 2611 "$(member environment.PIN)"
api -H 'Idempotency-Key: retried' POST "/api/operations/${operation:0:20}/retry"
is 'the same request again makes nothing more' "201 2 2" "$STATUS $(jq length <<<"$BODY") $(sql "SELECT count(*) FROM containers WHERE name LIKE 'again-%' AND removed_at IS NULL")"
api -H 'Idempotency-Key:' POST "/api/operations/$operation/retry"
refused 'a key must be one' 400 bad_field
api POST "/api/operations/$operation/retry"
refused 'another one finds nothing that is not tried again' 409 conflict
api GET "/api/operations/$operation"
is 'the first one says where' "failed 0 2 Operation $again tries it again." "$(member state) $(member failed) $(member superseded) $(member 'items[0].note')"
is 'and still why it failed' 2 "$(jq '[.items[] | select(.error.detail | test("no space"))] | length' <<<"$BODY")"
api POST "/api/operations/$again/retry"
refused 'what went well is not' 409 conflict
api POST /api/operations/0123456789abcdef0123456789abcdef/retry
refused 'nor what is not there' 404 not_found
echo 'device or resource busy' >"$TMP/e1/fail.stop"
api POST "/api/containers/$made/stop"
stopping=$(sql "SELECT id FROM operations ORDER BY created DESC LIMIT 1")
is 'a stop fails, too' '502 1' "$STATUS $(sql "SELECT failed FROM operations WHERE id = '$stopping'")"
rm "$TMP/e1/fail.stop"
api POST "/api/operations/$stopping/retry"
is 'and is asked for again' '204 stopped' "$STATUS $(sql "SELECT desired FROM containers WHERE id = '$made'")"
stall e1 start
api -d "$E1" -H 'Prefer: respond-async' POST /api/containers
operation=$(member id)
api POST "/api/operations/$operation/retry"
refused 'what goes on is waited for first' 409 conflict
go_on e1 start
ok 'and ends' wait_for 30 is_over "$operation"

# An engine that is away is waited for.
engine_start e2 2
api -d "$SPEC,\"labels\":[\"e2\"]}" POST /api/containers
away=$(member '[0].id')
kill "$ENGINE"
sql "UPDATE engines SET doc = jsonb_set(doc, '{health}', '{\"status\": \"down\", \"state\": \"down\", \"reason\": \"no answer\", \"response_time\": 0}') WHERE id = 'e2'"
api -H 'Prefer: wait=1' POST "/api/containers/$away/stop"
operation=$(member id)
is 'a stop is accepted' '202 running' "$STATUS $(member status)"
is 'and says for which engine it waits' '[{"id":"e2","reason":"no answer"}] waiting' "$(jq -c .waits_for <<<"$BODY") $(member 'items[0].phase')"
withdrawn() { # an attempt may be under way
	api -H 'Prefer: wait=0' POST "/api/operations/$operation/cancel"
	[ "$STATUS $(member status)" = '200 cancelled' ]
}
ok 'it can be withdrawn' wait_for 30 withdrawn
is 'and is' running "$(sql "SELECT desired FROM containers WHERE id = '$away'")"

# Keys.
api -d "$E1" -H 'Idempotency-Key: one' POST /api/containers
first=$(member '[0].id')
api -d "$E1" -H 'Idempotency-Key: one' POST /api/containers
is 'a key again' "201 $first" "$STATUS $(member '[0].id')"
api -d "$E1" -H 'Idempotency-Key: one' POST '/api/containers?count=2'
refused 'with another request' 422 idempotency_key_reused
api -d '{"username":"clare","password":"k7Vq-m2Xp9","role":"deployer"}' POST /api/account
api -d '{"username":"dan","password":"k7Vq-m2Xp9","role":"viewer"}' POST /api/account
CLARE=$(login clare k7Vq-m2Xp9)
DAN=$(login dan k7Vq-m2Xp9)
as "$CLARE" -d "$E1" -H 'Idempotency-Key: one' POST /api/containers
is "another account's is another" '201 1' "$STATUS $([ "$(member '[0].id')" != "$first" ] && echo 1)"
stall e1 create
"$BUILD/tests/api/fcgi" -t 30 -H "Authorization: Bearer $ADMIN" -H 'Prefer: wait=20' -H 'Idempotency-Key: two' -d "$E1" "$SOCKET" POST /api/containers >"$TMP/first" &
first=$!
ok 'one is under way' wait_for 30 working 1
"$BUILD/tests/api/fcgi" -t 30 -H "Authorization: Bearer $ADMIN" -H 'Prefer: wait=20' -H 'Idempotency-Key: two' -d "$E1" "$SOCKET" POST /api/containers >"$TMP/again" &
again=$!
sleep 0.3
go_on e1 create
wait $first $again
is 'a key whose first request is under way waits for it' "201 $(sed '1,/^\r$/d' "$TMP/first" | jq -r '.[0].id')" "$(sed -n '1s/^Status: \([0-9]*\).*/\1/p' "$TMP/again") $(sed '1,/^\r$/d' "$TMP/again" | jq -r '.[0].id')"

# The list.
api GET '/api/operations?limit=500'
all=$(jq length <<<"$BODY")
is 'all operations' "200 $(sql "SELECT count(*) FROM operations")" "$STATUS $all"
is 'newest first' true "$(jq '[.[].created] | . == (sort | reverse)' <<<"$BODY")"
is 'what is told of each' '["id","type","account","state","created","finished","total","done","failed","cancelled","superseded","pending","location"]' "$(jq -c '.[0] | keys_unsorted' <<<"$BODY")"
is 'no key is told' 0 "$(grep -c waits <<<"$BODY")"
is 'the counts are right' true "$(jq 'all(.total == .done + .failed + .cancelled + .superseded + .pending)' <<<"$BODY")"
for state in running 'done' failed cancelled; do
	api GET "/api/operations?state=$state"
	is "state=$state" "$(sql "SELECT count(*) FROM operations WHERE state = '$state'") true" "$(jq -r --arg s "$state" '"\(length) \(all(.state == $s))"' <<<"$BODY")"
done
api GET '/api/operations?account=clare&type=run-container'
is 'of an account and type' '1 clare run-container' "$(jq -r '"\(length) \(.[0].account) \(.[0].type)"' <<<"$BODY")"
api GET '/api/operations?type=nothing'
is 'of no type' '[]' "$BODY"
seen=0 cursor=
while api GET "/api/operations?limit=2${cursor:+&cursor=$cursor}" && [ "$BODY" != '[]' ] && [ $seen -lt 100 ]; do
	seen=$((seen + $(jq length <<<"$BODY")))
	cursor=$(jq -r '.[-1].id' <<<"$BODY")
done
is 'page by page' "$all" "$seen"
for query in state=over limit=0 limit=501 limit=x cursor=1 "cursor=$(printf 'x%.0s' {1..32})" account= key=1 state=done\&state=done; do
	api GET "/api/operations?$query"
	refused "not with $query" 400 bad_field
done
as "$DAN" GET /api/operations
is 'whoever may read sees them' 200 "$STATUS"
as "$DAN" POST "/api/operations/$operation/cancel"
refused 'but may not cancel' 403 forbidden
as "$CLARE" POST "/api/operations/$operation/cancel"
is 'who may write may' 200 "$STATUS"

# Progress.
watch_progress() { "$BUILD/tests/api/fcgi" -t 30 -H "Authorization: Bearer $ADMIN" "${@:2}" "$SOCKET" GET "/api/operations/$1/progress"; }
stall e1 start
api -d "$E1" -H 'Prefer: respond-async' POST '/api/containers?count=2'
operation=$(member id)
is_watched() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%AS finished, i.container_id%' AND pid <> pg_backend_pid()")" != 0 ]; }
watch_progress "$operation" >"$TMP/progress" &
lines=$!
ok 'the database is asked for it' wait_for 30 is_watched
watch_progress "$operation" -H 'Accept: text/event-stream' >"$TMP/events" &
events=$!
go_on e1 start
wait $lines $events
lines=$(sed '1,/^\r$/d' "$TMP/progress")
is 'each line is JSON' true "$(jq -s 'all(type == "object")' <<<"$lines")"
is 'the last has the result' 'finished done 2' "$(tail -n 1 <<<"$lines" | jq -r '"\(.event) \(.status) \(.result | length)"')"
is 'each item came to its end' 2 "$(jq -s '[.[] | select(.event == "item" and .status == "done") | .container] | unique | length' <<<"$lines")"
ok 'and was not done before' test "$(jq -s '[.[] | select(.event == "item" and .status == "pending")] | length' <<<"$lines")" -ge 2
ok 'the type of lines' grep -q '^Content-Type: application/x-ndjson' "$TMP/progress"
ok 'the type of events' grep -q '^Content-Type: text/event-stream' "$TMP/events"
is 'the last event' 'done' "$(sed -n '/^event: finished/{n;s/^data: //p}' "$TMP/events" | jq -r .status)"
watch_progress "$operation" >"$TMP/progress"
is 'of one that is over: all at once' 'item item finished' "$(sed '1,/^\r$/d' "$TMP/progress" | jq -r .event | xargs)"
# A beginning of its id that is nobody else's will do.
sql "INSERT INTO operations (id, type, account_id, request_digest, finished) SELECT 'f00dcafe' || repeat(n::text, 24), 'stop-container', 'a', '', now() FROM generate_series(1, 2) n"
for id in f00dcafe1 f00dcafe111111111111111111111111; do
	api GET "/api/operations/$id"
	is 'found by the beginning of its id' 200f00dcafe111111111111111111111111 "$STATUS$(member id)"
done
api POST /api/operations/f00dcafe2/cancel
refused 'which counts everywhere' 409 conflict
watch_progress f00dcafe2 >"$TMP/progress"
is 'its progress, too' 1 "$(grep -c '"finished"' "$TMP/progress")"
for way in 'GET /api/operations/f00dcafe' 'POST /api/operations/f00dcafe/cancel' 'GET /api/operations/f00dcafe/progress'; do
	# shellcheck disable=SC2086 # two words
	api $way
	refused "not by one that two share: $way" 409 ambiguous
done

api GET /api/operations/0123456789abcdef0123456789abcdef/progress
refused 'of none' 404 not_found
sql "INSERT INTO operations (id, type, account_id, request_digest, pending, finished) VALUES ('empty', 'scale-container', 'x', '', 0, now())"
watch_progress empty >"$TMP/progress"
is 'of one without items' 'finished' "$(sed '1,/^\r$/d' "$TMP/progress" | jq -r .event)"
done_testing
