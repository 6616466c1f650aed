#!/bin/bash
# Could the pool lose any one of its engines? By the API, the command line, the keeper.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 1'
TOKEN=$(login admin "$(cat "$TMP/password")")
get() { request -H "X-Access-Token: admin:$TOKEN" GET "$1"; }
sql "INSERT INTO engines (id, doc) SELECT id, jsonb_build_object('id', id, 'engine', jsonb_build_object('id', id, 'addr',
	'tcp://10.0.0.' || right(id, 1) || ':2375', 'cpus', 4, 'memory', 1000, 'labels', '[]'::jsonb), 'health',
	jsonb_build_object('status', 'up', 'state', 'up')) FROM (VALUES ('e1'), ('e2')) AS v (id)"
there() { # NAME ENGINE MEMORY
	sql "INSERT INTO containers (id, doc, group_hash, engine_id, state, due_at)
		SELECT i, jsonb_build_object('id', i, 'name', '$1', 'ports', '[]'::jsonb, 'image', '{\"name\": \"img\", \"cpus\": 0,
			\"memory\": $3, \"type\": \"service\", \"labels\": [], \"bind_ports\": [], \"volumes\": [], \"links\": {},
			\"reschedule\": \"always\"}'::jsonb), 'g', '$2', 'running', NULL
		FROM encode(sha256('$1'), 'hex') AS i"
}
get /api/cluster/info/check
is 'an empty pool' '200 true 2' "$STATUS $(jq -r '"\(.ok) \(.engines | length)"' <<<"$BODY")"
there a e1 600
there b e2 600
get /api/cluster/info/check
is 'two that do not fit together' '200 false' "$STATUS $(jq -r .ok <<<"$BODY")"
is 'which, why and what to do' 'e1 a e2: not enough memory: 600 of 1000 MB are reserved, 600 MB are asked for
add an engine, or make room for 600 MB and 0 cores' "$(jq -r '.engines[0] |
	"\(.id) \(.misfits[0].name) \(.misfits[0].reason)\n\(.advice)"' <<<"$BODY")"
get "/api/cluster/info/check?container=$(sql "SELECT id FROM containers WHERE name = 'a'")"
is 'nobody knows since when' '200 false' "$STATUS $(jq -r .made_so <<<"$BODY")"
get '/api/cluster/info/check?container=a'
is 'a container that is no id' 400 "$STATUS"
request GET /api/cluster/info/check
is 'without a token' 401 "$STATUS"
sql "INSERT INTO pool_check VALUES (true, false, 'e1', now())"
get /api/cluster/info
is 'clusterinfo tells what the keeper found' false "$(jq -r .n_plus_one <<<"$BODY")"
done_testing
