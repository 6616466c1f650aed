#!/bin/bash
# What Prometheus reads: who may, whether it is well-formed, whether it counts.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
if ! /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null; then
	echo "1..0 # SKIP no python3-prometheus-client"
	exit 0
fi
stack_start 'worker_processes = 2'
PASSWORD=$(cat "$TMP/password")
TOKEN=$(login admin "$PASSWORD")
scrape() { request -p REMOTE_ADDR=127.0.0.1 GET /metrics; }
# value NAME [LABEL=VALUE...]: the sum of such samples of the last answer, read with Prometheus's own parser; nothing if
# there is none.
value() {
	/usr/bin/python3 -c '
import sys
from prometheus_client.parser import text_string_to_metric_families
wanted = dict(pair.split("=", 1) for pair in sys.argv[2:])
values = [sample.value for family in text_string_to_metric_families(sys.stdin.read()) for sample in family.samples
          if sample.name == sys.argv[1] and wanted.items() <= sample.labels.items()]
if values:
    print("%g" % sum(values))' "$@" <<<"$BODY"
}
# Every family once, with its lines together and a HELP and a TYPE.
families() { sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' <<<"$BODY"; }

for address in 127.0.0.1 127.1.2.3 ::1; do
	request -p "REMOTE_ADDR=$address" GET /metrics
	is "from $address without a token" 200 "$STATUS"
done
is 'the type that Prometheus expects' 'text/plain; version=0.0.4; charset=utf-8' "$(header Content-Type)"
request GET /metrics
refused 'from elsewhere without a token' 401 unauthenticated
request -p REMOTE_ADDR=127.0.0.1 -H 'Authorization: Bearer nonsense' GET /metrics
refused 'from here with a bad token' 401 unauthenticated
sql "INSERT INTO accounts (id, username, role, password_hash) SELECT r, r, r, password_hash FROM accounts,
	(VALUES ('viewer'), ('user'), ('deployer')) AS v (r) WHERE username = 'admin';
	INSERT INTO roles (name, doc) VALUES ('narrow', '{\"id\":\"narrow\",\"name\":\"narrow\",\"grants\":[{\"path\":\"/api/engines\",\"access\":\"read\"}]}');
	INSERT INTO accounts (id, username, role, password_hash) SELECT 'narrow', 'narrow', 'narrow', password_hash FROM accounts WHERE username = 'admin'"
for role in viewer user deployer; do
	request -H "X-Access-Token: $role:$(login "$role" "$PASSWORD")" GET /metrics
	is "the role $role" 200 "$STATUS"
done
request -H "X-Access-Token: narrow:$(login narrow "$PASSWORD")" GET /metrics
refused 'a role without the right' 403 forbidden
request -p REMOTE_ADDR=127.0.0.1 -H "X-Access-Token: narrow:$(login narrow "$PASSWORD")" GET /metrics
refused 'a role without the right, from here' 403 forbidden

# Being on the machine itself opens nothing else.
OPEN=
while IFS=$'\t' read -r method path need _; do
	if [ "$need" = none ] || [ "$need" = local ]; then continue; fi
	request -p REMOTE_ADDR=127.0.0.1 "$method" "${path//\{*\}/x}"
	if [ "$STATUS" != 401 ]; then OPEN+=" $method $path"; fi
done < <("$PROGRAM" --print-routes)
is 'no other route is open to who shows no token from here' '' "$OPEN"

scrape
BEFORE=$(value berth_http_requests_total route=/api/containers method=GET status=200)
DATABASE=$(value berth_database_call_duration_seconds_count)
UNKNOWN=$(value berth_http_requests_total route= status=404)
for _ in 1 2 3 4 5 6 7 8 9 10; do request -H "X-Access-Token: admin:$TOKEN" GET /api/containers; done
request GET /nothing/of/this/kind
scrape
is 'requests by route and status, over both processes' 10 \
	$(($(value berth_http_requests_total route=/api/containers method=GET status=200) - ${BEFORE:-0}))
is 'each in the histogram' "$(value berth_http_requests_total route=/api/containers method=GET)" \
	"$(value berth_http_request_duration_seconds_count route=/api/containers method=GET)"
is 'and in its last bucket' "$(value berth_http_request_duration_seconds_count route=/api/containers method=GET)" \
	"$(value berth_http_request_duration_seconds_bucket route=/api/containers method=GET le=+Inf)"
is 'what no route fits' 1 $(($(value berth_http_requests_total route= status=404) - ${UNKNOWN:-0}))
ok 'statements' [ "$(value berth_database_call_duration_seconds_count)" -ge $((DATABASE + 10)) ]
is 'no family stands twice' "$(families | sort -u)" "$(families | sort)"

sql "INSERT INTO engines (id, doc) SELECT id, jsonb_build_object('id', id, 'engine', jsonb_build_object('id', id, 'addr',
	'tcp://10.0.0.' || right(id, 1) || ':2375', 'cpus', 4, 'memory', 4096, 'labels', '[]'::jsonb), 'health',
	jsonb_build_object('status', status, 'state', status, 'response_time', 12.5))
	FROM (VALUES ('e1', 'up'), ('e2', 'down')) AS v (id, status)"
sql "INSERT INTO containers (id, doc, group_hash, engine_id, state, due_at) SELECT encode(sha256(n::text::bytea), 'hex'),
	jsonb_build_object('id', n, 'name', 'c' || n, 'image', jsonb_build_object('name', 'web', 'cpus', 0.5, 'memory', 100),
	'ports', '[]'::jsonb), 'g', 'e1', 'running', NULL FROM generate_series(1, 3) AS n"
scrape
is 'engines by state' '1 1 0' "$(value berth_engines state=up) $(value berth_engines state=down) $(value berth_engines state=pending)"
is 'the state of each' '1 0' "$(value berth_engine_up engine=e1) $(value berth_engine_up engine=e2)"
is 'its time to answer, seconds' 0.0125 "$(value berth_engine_response_seconds engine=e1)"
is 'its share that is taken' '4 1.5 4.29497e+09 3.14573e+08' "$(value berth_engine_cpus engine=e1) $(value berth_engine_cpus_reserved \
	engine=e1) $(value berth_engine_memory_bytes engine=e1) $(value berth_engine_memory_reserved_bytes engine=e1)"
is 'containers' 3 "$(value berth_containers state=running desired=running)"
ok 'the history waits to be sealed' [ "$(value berth_events_unsealed_seconds | cut -d. -f1)" -ge 0 ]
sql "INSERT INTO engines (id, doc) SELECT doc ->> 'id', doc FROM (VALUES ('{\"id\":\"e3\",\"engine\":{\"id\":\"e3\",\"addr\":\"tcp://10.0.0.3:2375\",
	\"cpus\":1,\"memory\":1000,\"labels\":[]},\"health\":{\"status\":\"up\",\"state\":\"up\"}}'::jsonb)) AS v (doc)"
request -H "X-Access-Token: admin:$TOKEN" -d '{"name":"web","memory":999999}' POST /api/containers
refused 'no room' 409 no_capacity
request -H "X-Access-Token: admin:$TOKEN" -H 'Prefer: respond-async' -d '{"name":"web","memory":20}' POST '/api/containers?count=4'
is 'placed' 202 "$STATUS"
scrape
is 'placements' '4 1' "$(value berth_placements_total result=placed) $(value berth_placements_total result=refused)"
tried() { scrape && [ "$(value berth_engine_calls_total operation=create outcome=failed)" -ge 1 ] && [ -n "$(value berth_converge_total end=away)" ]; }
ok 'calls to engines and their ends' wait_for 30 tried

# A keeper serves nothing itself: what it has counted stands in its row, of which only numbers are told.
"$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/keeper.log" </dev/null &
KEEPER=$!
keeper_told() { scrape && [ "$(value berth_keeper_leads)" = 1 ] && [ -n "$(value berth_keeper_engine_streams_opened_total)" ]; }
ok 'the keeper, and that it leads' wait_for 30 keeper_told
ok 'what became of its work on containers' [ -n "$(value berth_keeper_converge_total end=done)" ]
sql "INSERT INTO keepers (name, seen, counters, ends) VALUES (E'evil\"} 1\n\\\\', 'infinity', '{\"echoes_sent\": \"1\\\\nevil 1\", \"events\": 7}',
	'{\"done\": 5, \"x\\\\n\": 1, \"later\": \"no\"}')"
scrape
is 'names and numbers only, whatever stands there' '7 5  ' "$(value berth_keeper_engine_events_total keeper=evil___1__) \
$(value berth_keeper_converge_total keeper=evil___1__) $(value berth_keeper_echoes_sent_total keeper=evil___1__) $(value evil)"
is 'counters are of that type' counter "$(sed -n 's/^# TYPE berth_keeper_moves_total //p' <<<"$BODY")"
kill "$KEEPER"
wait "$KEEPER"

pg_stop
scrape
is 'without the database it still tells what it has' '200 0' "$STATUS $(value berth_database_up)"
ok 'that statements fail, for one' [ "$(value berth_database_failures_total)" -ge 1 ]
done_testing
