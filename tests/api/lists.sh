#!/bin/bash
# The list of containers: filters, pages, the short form.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 1'
TOKEN=$(login admin "$(cat "$TMP/password")")
get() { request -H "X-Access-Token: admin:$TOKEN" GET "$1"; }
names() { jq -r 'map(.name) | join(" ")' <<<"$BODY"; }
sql "INSERT INTO engines (id, doc) SELECT id, jsonb_build_object('id', id, 'engine', jsonb_build_object('id', id, 'addr',
	'tcp://10.0.0.' || right(id, 1) || ':2375', 'cpus', 4, 'memory', 4096, 'labels', '[]'::jsonb), 'health',
	jsonb_build_object('status', 'up', 'state', 'up')) FROM (VALUES ('e1'), ('e2')) AS v (id)"
sql "INSERT INTO containers (id, doc, group_hash, engine_id, state, due_at)
	SELECT i, jsonb_build_object('id', i, 'name', 'c' || n, 'image', jsonb_build_object('name', CASE n % 3 WHEN 0 THEN
		'httpd:2' WHEN 1 THEN 'redis' ELSE 'reg:5000/httpd:3' END, 'cpus', 0, 'memory', 6, 'labels',
		CASE WHEN n % 2 = 0 THEN '[\"even\", \"x,{y}\"]'::jsonb ELSE '[\"odd\"]' END), 'ports', '[]'::jsonb, 'created', '2026-01-31T12:00:00Z'),
		md5((n / 4)::text), 'e' || n % 2 + 1, CASE WHEN n = 5 THEN 'exited' WHEN n = 6 THEN 'failed' ELSE 'running' END, NULL
	FROM (SELECT n, encode(sha256(n::text::bytea), 'hex') AS i FROM generate_series(1, 9) AS n) AS v"
sql "INSERT INTO foreign_containers (engine_id, docker_id, running, doc) VALUES
	('e1', '$(printf 'ab%.0s' {1..32})', true, '{\"id\": \"$(printf 'ab%.0s' {1..32})\", \"name\": \"f1\", \"image\": \"redis:7\", \"state\": \"running\"}'),
	('e2', '$(printf 'cd%.0s' {1..32})', false, '{\"id\": \"$(printf 'cd%.0s' {1..32})\", \"name\": \"f2\", \"image\": \"other\", \"state\": \"exited\"}')"

get /api/containers
ALL=$(names)
is 'all of them' 11 "$(jq length <<<"$BODY")"
FULL=${#BODY}
is 'no page' '' "$(header X-Next-Cursor)"
while IFS='|' read -r query wanted; do
	get "/api/containers?$query"
	is "filter $query" "200 $wanted" "$STATUS $(names)"
done <<-FILTERS
	name=c3|c3
	name=c3&name=c8&name=f2|c8 c3 f2
	name=none|
	image=redis|c7 c4 c1 f1
	image=httpd|c9 c6 c3
	image=httpd:2|c9 c6 c3
	image=reg:5000/httpd|c8 c5 c2
	image=httpd&image=other|c9 c6 c3 f2
	engine=e1&managed=true|c8 c6 c4 c2
	engine=e1&managed=false|f1
	engine=e1&engine=e2&image=redis|c7 c4 c1 f1
	state=exited|c5 f2
	state=exited&state=failed|c6 c5 f2
	all=false&image=reg:5000/httpd|c8 c2
	group=$(sql "SELECT md5('2')")|c9 c8
	label=even|c8 c6 c4 c2
	label=odd&label=even|c9 c8 c7 c6 c5 c4 c3 c2 c1
	label=x,%7By%7D|c8 c6 c4 c2
	label=%22%5C|
	label=even&engine=e2|
FILTERS
LIST='' PAGES=0 NEXT='/api/containers?limit=4'
while [ -n "$NEXT" ] && [ $PAGES -lt 20 ]; do
	get "$NEXT"
	LIST+=" $(names)"
	PAGES=$((PAGES + 1))
	NEXT=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
done
is 'page by page' "$ALL 3" "$(xargs <<<"$LIST") $PAGES"
for limit in 1 10; do
	get "/api/containers?limit=$limit&summary"
	get "/api/containers?limit=100&cursor=$(header X-Next-Cursor)"
	is "what follows the first $limit" $((11 - limit)) "$(jq length <<<"$BODY")"
done
get '/api/containers?summary=true'
is 'the short form has them all' "$ALL" "$(names)"
is 'of one' '{"cpus":0,"created":"2026-01-31T12:00:00Z","desired":"running","docker_id":true,"engine":{"id":"e2"},"engine_status":"up","error":null,"exit_code":null,"group":"c81e728d9d4c2f636f067f89cc14862c","id":true,"image":{"name":"httpd:2"},"labels":["odd"],"managed":true,"memory":6,"name":"c9","ports":[],"state":"running"}' \
	"$(jq -cS '.[0] | .id = (.id | length == 64) | .docker_id = (.docker_id == null or (.docker_id | length == 64))' <<<"$BODY")"
is 'of a foreign one' '{"cpus":0,"created":null,"desired":null,"engine":{"id":"e1"},"engine_status":"up","error":null,"exit_code":null,"group":null,"image":{"name":"redis:7"},"labels":[],"lost":false,"managed":false,"memory":0,"name":"f1","state":"running"}' \
	"$(jq -cS '.[] | select(.name == "f1") | del(.id, .ports)' <<<"$BODY")"
ok "it is short: ${#BODY} of $FULL bytes" test ${#BODY} -lt "$FULL"
while read -r field query; do
	get "/api/containers?$query"
	refused "containers?$query" 400 bad_field
	is 'the field is named' "$field" "$(member field)"
done <<-REFUSED
	state state=asleep
	limit limit=0
	limit limit=1001
	limit limit=1&limit=2
	cursor cursor=e1.1
	cursor cursor=
	name name=
	all all=maybe
REFUSED
done_testing
