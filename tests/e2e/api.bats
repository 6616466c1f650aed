#!/usr/bin/env bats
# The HTTP API as the thesis has it, by curl: paths, tokens, roles, idempotency, refusals.
# shellcheck disable=SC2153,SC2154,SC2016,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() {
	suite_begin 3
	account_add clare user
	account_add vera viewer
}
teardown() { clean_up; }
teardown_file() { sql "DELETE FROM accounts WHERE id LIKE 'e2e-%'"; }

# account_add NAME ROLE: with the admin's password.
account_add() {
	sql "INSERT INTO accounts (id, username, role, password_hash)
	     SELECT 'e2e-$1', '$1', '$2', password_hash FROM accounts WHERE username = 'admin'"
}
as() { # NAME COMMAND...: with a token of that account
	local AS
	AS=$(login "$1" "$(cat "$BERTH_PASSWORD_FILE")")
	"${@:2}"
}
# spec [JQ]: a specification of a small web server, changed by a jq expression
spec() {
	jq -cn --arg i "$IMAGE" '{name: $i, memory: 20, bind_ports: [{proto: "tcp", container_port: 80}]}' | jq -c "${1:-.}"
}
run_spec() { api POST "/api/containers${2:-}" -d "$(spec "$1")" "${@:3}"; } # JQ [QUERY] [CURL-ARGS]
ids() { jq -r '.[].id' <<<"$BODY"; }
rows() { sql 'SELECT count(*) FROM containers'; }
problem() { # STATUS CODE [FIELD]: of the last answer
	expect "$1" ".status == $1 and .code == \"$2\" and (.title | length > 0) and (.detail | length > 0) and (.request_id | length > 0)" &&
		grep -qi '^content-type: application/problem+json' <<<"$HEADERS" &&
		{ [ -z "${3:-}" ] || expect "$1" ".field == \"$3\""; }
}

@test "login gives a token, both headers carry it, logout ends it" {
	AS='' api POST /auth/login -d "$(jq -n --arg p "$(cat "$BERTH_PASSWORD_FILE")" '{username: "admin", password: $p}')"
	expect 200 '(.auth_token | length > 20) and has("user_agent") and .expires_at'
	token=$(jq -r .auth_token <<<"$BODY")
	AS=admin:$token api GET /api/containers
	expect 200
	AS='' api GET /api/containers -H "Authorization: Bearer $token"
	expect 200
	AS=clare:$token api GET /api/containers
	problem 401 unauthenticated
	AS=admin:$token api GET /api/containers -H "Authorization: Bearer $token"
	expect 200
	AS=admin:$token api GET /api/containers -H "Authorization: Bearer another"
	expect 400
	AS=admin:$token api POST /auth/logout
	expect 204
	AS=admin:$token api GET /api/containers
	problem 401 unauthenticated
}

@test "the console: its files with their own policy, its session in a cookie" {
	local jar=$BATS_TEST_TMPDIR/cookies csrf file
	AS='' api GET /
	expect 302
	grep -qi '^location: /console/$' <<<"$HEADERS"
	AS='' api GET /console/
	expect 200
	grep -qi "^content-security-policy: .*script-src 'self'.*require-trusted-types-for 'script'" <<<"$HEADERS"
	grep -qi '^cache-control: no-cache$' <<<"$HEADERS"
	grep -qi '^etag: ' <<<"$HEADERS"
	for file in $(grep -oE '(src|href)="[^"#]+\.(js|css)"' <<<"$BODY" | cut -d'"' -f2 | head -n 3); do
		AS='' api GET "/console/${file#/console/}" -H 'Accept-Encoding: gzip' -o /dev/null
		expect 200
		grep -qi '^content-type: text/\(javascript\|css\); charset=utf-8$' <<<"$HEADERS"
	done
	AS='' api GET /console/none
	problem 404 not_found
	AS='' api GET /console/../api/containers --path-as-is
	problem 400 bad_path

	AS='' api POST /auth/session -c "$jar" -H "Origin: $BERTH_URL" \
		-d "$(jq -n --arg p "$(cat "$BERTH_PASSWORD_FILE")" '{username: "admin", password: $p}')"
	expect 200 '.username == "admin" and .permissions[0].path == "/"'
	csrf=$(jq -r .csrf <<<"$BODY")
	grep -qi '^set-cookie: __Host-berth=.*; Secure; HttpOnly; SameSite=Strict' <<<"$HEADERS"
	AS='' api GET /api/containers -b "$jar"
	expect 200
	AS='' api DELETE /auth/session -b "$jar" -H "Origin: $BERTH_URL"
	problem 403 csrf
	AS='' api DELETE /auth/session -b "$jar" -H "Origin: https://evil.example" -H "X-CSRF-Token: $csrf"
	problem 403 csrf
	AS='' api GET /api/containers/none/stop -b "$jar" -H "Origin: $BERTH_URL" -H "X-CSRF-Token: $csrf"
	problem 403 csrf
	AS='' api DELETE /auth/session -b "$jar" -H "Origin: $BERTH_URL" -H "X-CSRF-Token: $csrf"
	expect 204
	AS='' api GET /auth/session -b "$jar"
	problem 401 unauthenticated
}

@test "an unknown name and a wrong password get the same answer; no token gets none" {
	AS='' api POST /auth/login -d '{"username":"admin","password":"wrong password"}'
	problem 401 unauthenticated
	one=$(jq 'del(.request_id)' <<<"$BODY")
	AS='' api POST /auth/login -d '{"username":"nobody","password":"wrong password"}'
	problem 401 unauthenticated
	[ "$one" = "$(jq 'del(.request_id)' <<<"$BODY")" ]
	AS='' api GET /api/containers
	problem 401 unauthenticated
	AS='' api GET "/api/containers?token=$TOKEN"
	[ "$STATUS" = 401 ] || [ "$STATUS" = 400 ]
}

@test "the thesis's paths: run, list, inspect, GET start, stop, restart and scale, DELETE" {
	run_spec . '?count=2&pull=false'
	expect 201 'length == 2 and all(.state == "running" and .engine.addr and .ports[0].port >= 20000 and .image.memory == 20)'
	id=$(ids | head -n 1)
	engine=$(jq -r '.[0].engine.id' <<<"$BODY")
	docker_id=$(jq -r '.[0].docker_id' <<<"$BODY")
	api GET /api/containers
	expect 200 'length == 3'
	api GET "/api/containers/${id:0:10}"
	expect 200 ".id == \"$id\" and .engine.id == \"$engine\""

	api GET "/api/containers/$id/stop"
	expect 204
	docker_inspect "$engine" "$docker_id" | holds '.State.Running == false'
	api GET '/api/containers?all=false'
	expect 200 "length == 2 and all(.id != \"$id\")"
	api GET "/api/containers/$id/start"
	expect 204
	docker_inspect "$engine" "$docker_id" | holds .State.Running
	api GET "/api/containers/$id/restart"
	expect 204
	api GET "/api/containers/$id/scale?count=4"
	expect 204
	api GET /api/containers
	expect 200 'length == 5'
	api POST "/api/containers/$id/scale?count=1"
	expect 200 "length == 1 and .[0].id == \"$id\""
	for verb in stop start restart; do
		api POST "/api/containers/$id/$verb"
		expect 204
	done
	api GET "/api/containers/$id/logs?tail=1"
	expect 200
	api DELETE "/api/containers/$id"
	expect 204
	docker_inspect "$engine" "$docker_id" | holds '.message | test("No such container")'
	api GET "/api/containers/$id"
	problem 404 not_found
}

@test "defaults: one container, type service, 256 MB, no CPU reserved" {
	api POST /api/containers -d "{\"name\":\"$IMAGE\"}"
	expect 201 'length == 1 and .[0].image.type == "service" and .[0].image.memory == 256 and .[0].image.cpus == 0'
	docker_inspect "$(jq -r '.[0].engine.id' <<<"$BODY")" "$(jq -r '.[0].docker_id' <<<"$BODY")" |
		holds '.HostConfig.Memory == 268435456'
}

@test "health without a token, the summary and the history with one" {
	AS='' api GET /healthz
	expect 200
	AS='' api GET /readyz
	expect 200
	api GET /api/cluster/info
	expect 200 '.cpus > 0 and .memory > 0 and .engine_count == 3 and has("reserved_cpus") and has("reserved_memory")
		and .container_count >= 1 and .image_count >= 3 and .version'
	api GET '/api/events?count=2'
	expect 200 'length == 2 and (.[0].id > .[1].id)'
	api GET '/api/events?count=1000000'
	[ "$STATUS" = 200 ] || problem 400 bad_field count
}

@test "role user: containers, engines, events; but nothing that means root on an engine" {
	as clare run_spec . '?count=1'
	expect 201
	for path in /api/containers /api/engines /api/events /api/cluster/info; do
		as clare api GET "$path"
		expect 200
	done
	before=$(rows)
	for case in '.privileged = true|privileged' '.volumes = ["/etc:/host"]|volumes[0]' '.volumes = ["/a", "/:/host:ro"]|volumes[1]' \
		'.network_mode = "host"|network_mode' '.network_mode = "container:demo"|network_mode' \
		'.bind_ports[0].port = 80|bind_ports[0].port'; do
		as clare run_spec "${case%|*}"
		problem 403 forbidden "${case##*|}" || { echo "in: $case" && false; }
	done
	[ "$(rows)" = "$before" ]
}

@test "role user may not multiply or revive what only an admin may run" {
	run_spec '.volumes = ["/etc/hostname:/host:ro"]'
	expect 201
	id=$(ids)
	for call in "POST /scale?count=2" "GET /scale?count=2" "POST /restart" "GET /restart" "POST /start"; do
		as clare api "${call% *}" "/api/containers/$id${call#* }"
		problem 403 forbidden "volumes[0]" || { echo "in: $call" && false; }
	done
	as clare api POST "/api/containers/$id/stop"
	expect 204
	as clare api DELETE "/api/containers/$id"
	expect 204
}

@test "role viewer reads; a GET that changes state is a write" {
	run_spec .
	id=$(ids)
	as vera api GET "/api/containers/$id"
	expect 200
	for call in "GET /api/containers/$id/stop" "POST /api/containers/$id/stop" "GET /api/containers/$id/scale?count=0" \
		"DELETE /api/containers/$id" "DELETE /api/engines/n1"; do
		as vera api "${call% *}" "${call#* }"
		problem 403 forbidden || { echo "in: $call" && false; }
	done
	as vera run_spec .
	problem 403 forbidden
	[ "$(sql "SELECT state FROM containers WHERE id = '$id'")" = running ]
}

@test "Idempotency-Key: the same request twice is one batch, another one 422, another account's is its own" {
	run_spec . '?count=3' -H 'Idempotency-Key: e2e-one'
	expect 201 'length == 3'
	one=$(ids | sort)
	run_spec . '?count=3' -H 'Idempotency-Key: e2e-one'
	expect 201 'length == 3'
	[ "$(ids | sort)" = "$one" ]
	for change in '.memory = 21' '.environment = {A: "1"}'; do
		run_spec "$change" '?count=3' -H 'Idempotency-Key: e2e-one'
		problem 422 idempotency_key_reused
	done
	run_spec . '?count=2' -H 'Idempotency-Key: e2e-one'
	problem 422 idempotency_key_reused
	api DELETE "/api/containers/$(head -n 1 <<<"$one")" -H 'Idempotency-Key: e2e-one'
	problem 422 idempotency_key_reused
	as clare run_spec . '?count=1' -H 'Idempotency-Key: e2e-one'
	expect 201 'length == 1'
	[ "$(listed | jq length)" = 5 ]
	sql "DELETE FROM operations WHERE idempotency_key LIKE 'e2e-%'"
}

@test "Idempotency-Key: ten at the same time are one batch" {
	for i in 1 2 3 4 5 6 7 8 9 10; do
		curl -sS --cacert "$BERTH_CACERT" "$BERTH_URL/api/containers?count=3" -H "X-Access-Token: $TOKEN" \
			-H "Idempotency-Key: e2e-ten" -d "$(spec)" -o "$BATS_TEST_TMPDIR/out.$i" -w '%{http_code}\n' >>"$BATS_TEST_TMPDIR/codes" 3>&- &
	done
	wait
	[ "$(sort -u "$BATS_TEST_TMPDIR/codes")" = 201 ]
	[ "$(jq -r '.[].id' "$BATS_TEST_TMPDIR"/out.* | sort -u | wc -l)" = 3 ]
	[ "$(listed | jq length)" = 4 ]
	sql "DELETE FROM operations WHERE idempotency_key LIKE 'e2e-%'"
}

@test "Idempotency-Key: a repeated destroy or scale is not done again" {
	run_spec . '?count=2'
	id=$(ids | head -n 1)
	api POST "/api/containers/$id/scale?count=3" -H 'Idempotency-Key: e2e-scale'
	expect 200 'length == 3'
	api POST "/api/containers/$id/scale?count=1"
	expect 200 'length == 1'
	api POST "/api/containers/$id/scale?count=3" -H 'Idempotency-Key: e2e-scale'
	expect 200
	[ "$(listed | jq length)" = 2 ]
	api DELETE "/api/containers/$id" -H 'Idempotency-Key: e2e-gone'
	expect 204
	api DELETE "/api/containers/$id" -H 'Idempotency-Key: e2e-gone'
	expect 204
	api DELETE "/api/containers/$id"
	problem 404 not_found
	sql "DELETE FROM operations WHERE idempotency_key LIKE 'e2e-%'"
}

@test "no room: 409 with the reason of each engine, and nothing is placed" {
	before="$(rows) $(sql 'SELECT count(*) FROM operations') $(sql 'SELECT count(*) FROM port_bindings')"
	memory=$(sql 'SELECT memory_mb / 2 FROM engines LIMIT 1')
	run_spec ".memory = $memory + 1" '?count=4' # three find room
	problem 409 no_capacity
	expect 409 '[.engines[].id] == ["n1", "n2", "n3"] and all(.engines[]; .reason | test("memory"))'
	run_spec '.cpus = 1000'
	problem 409 no_capacity
	expect 409 'all(.engines[]; .reason | test("CPU"))'
	run_spec '.labels = ["nowhere"]'
	expect 409 'all(.engines[]; .reason | test("label"))'
	run_spec '.type = "host" | .labels = ["host:n9"]'
	expect 409 '.engines | length == 3'
	[ "$before" = "$(rows) $(sql 'SELECT count(*) FROM operations') $(sql 'SELECT count(*) FROM port_bindings')" ]
}

@test "start needs the room that a stop gave away" {
	memory=$(sql "SELECT memory_mb - 100 FROM engines WHERE id = 'n2'")
	run_spec ".type = \"host\" | .labels = [\"host:n2\"] | .memory = $memory"
	expect 201
	id=$(ids)
	api POST "/api/containers/$id/stop"
	expect 204
	run_spec '.type = "host" | .labels = ["host:n2"] | .memory = 200'
	expect 201
	other=$(ids)
	api POST "/api/containers/$id/start"
	problem 409 no_capacity
	[ "$(sql "SELECT desired || state FROM containers WHERE id = '$id'")" = stoppedexited ]
	api DELETE "/api/containers/$other"
	api POST "/api/containers/$id/start"
	expect 204
}

@test "bad specifications are refused, the field is named, nothing changes" {
	before="$(rows) $(sql 'SELECT count(*) FROM operations')"
	while IFS='|' read -r change field; do
		run_spec "$change"
		problem 400 bad_field "$field" || { echo "in: $change" && false; }
	done <<-'TABLE'
		del(.name)|name
		.name = "Bad Image"|name
		.name = ""|name
		.name = 7|name
		.memory = -1|memory
		.memory = 5|memory
		.memory = 99999999|memory
		.memory = "20"|memory
		.memory = 1.5|memory
		.cpus = -0.1|cpus
		.cpus = 0.0001|cpus
		.cpus = 2000|cpus
		.cpuset = "a-b"|cpuset
		.type = "anything"|type
		.type = "host"|labels
		.labels = "x"|labels
		.labels = ["a\nb"]|labels[0]
		.bind_ports[0].container_port = 0|bind_ports[0].container_port
		.bind_ports[0].container_port = 65536|bind_ports[0].container_port
		.bind_ports[0].port = -1|bind_ports[0].port
		.bind_ports[0].proto = "icmp"|bind_ports[0].proto
		.bind_ports[0].host_ip = "1.2.3"|bind_ports[0].host_ip
		.bind_ports = [{"container_port": 80, "port": 9000}, {"container_port": 81, "port": 9000}]|bind_ports[1].port
		.environment = {"A=B": "c"}|environment.A=B
		.environment = {"": "c"}|environment.
		.hostname = "-bad-"|hostname
		.volumes = ["relative/path:/x"]|volumes[0]
		.volumes = ["/a/../etc:/x"]|volumes[0]
		.volumes = ["/x", "/x"]|volumes[1]
		.restart_policy = {"name": "sometimes"}|restart_policy.name
		.restart_policy = {"name": "always", "maximum_retry": 3}|restart_policy.maximum_retry
		.network_mode = "a b"|network_mode
		.links = {"a b": "c"}|links.a b
		.privileged = "yes"|privileged
	TABLE
	[ "$before" = "$(rows) $(sql 'SELECT count(*) FROM operations')" ]
}

@test "bad bodies and queries are refused" {
	before=$(rows)
	for body in '' '{' '[]' '"text"' 'null' '{"name":"a","name":"b"}' '{"name":NaN}' "{'name':'a'}" '{"name":"a"} {}' \
		$'{"name":"\xff"}' '{"name":"a","surprise":1}' "$(printf '[%.0s' {1..3000})"; do
		api POST /api/containers --data-binary "$body"
		expect 400 '.code == "bad_json" or .code == "bad_field" or .code == "bad_request"' || { echo "in: ${body:0:60}" && false; }
	done
	for query in count=0 count=-1 count=1001 count=abc count=1e3 count=99999999999999999999 'count=1&count=2' pull=maybe surprise=1; do
		run_spec . "?$query"
		expect 400 ".code == \"bad_field\" or .code == \"bad_request\"" || { echo "in: $query" && false; }
	done
	for count in '' '?count=-1' '?count=1001' '?count=x'; do
		api POST "/api/containers/demo/scale$count"
		problem 400 bad_field count
	done
	head -c 1100000 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/large"
	api POST /api/containers --data-binary "@$BATS_TEST_TMPDIR/large"
	problem 413 too_large
	run_spec . '' -H "Idempotency-Key: $(printf 'x%.0s' {1..129})"
	problem 400 bad_field Idempotency-Key
	[ "$(rows)" = "$before" ]
}

@test "paths and methods: 404, 405 with Allow, 400 when not canonical" {
	api GET /api/nothing
	problem 404 not_found
	api GET /api/containersX
	problem 404 not_found
	api PUT /api/containers
	problem 405 method_not_allowed
	grep -qi '^allow: .*GET.*POST' <<<"$HEADERS"
	for path in //api/containers /api//containers /api/./containers /api/x/../containers /API/containers /api/%63ontainers \
		/api/containers/a%2fb '/api/containers;x=1' /api/containers/%00; do
		api GET "$path" --path-as-is
		[ "$STATUS" = 400 ] || { echo "$path: $STATUS $BODY" && false; }
	done
	for id in 0000000000 "$(printf 'f%.0s' {1..64})" nosuchname; do
		for call in "GET " "DELETE " "POST /start" "POST /stop" "POST /restart" "POST /scale?count=1" "GET /logs"; do
			api "${call%% *}" "/api/containers/$id${call#* }"
			problem 404 not_found || { echo "in: $call $id" && false; }
		done
	done
}

@test "Prefer: respond-async is answered 202 with a place to look" {
	run_spec . '?count=3' -H 'Prefer: respond-async'
	expect 202 '.status == "running" or .status == "done"'
	location=$(sed -n 's/^[Ll]ocation: //p' <<<"$HEADERS")
	[[ $location == /api/operations/* ]]
	api GET "$location?wait=30"
	expect 200 '.status == "done" and .total == 3 and .done == 3 and .http_status == 201 and (.items | length == 3)'
	api GET /api/operations/00000000000000000000000000000000
	problem 404 not_found
}

@test "engines: no id, address or Docker twice; none with containers is removed" {
	run_spec '.bind_ports[0].port = 8081' '?count=3'
	expect 201
	addr=$(sql "SELECT addr FROM engines WHERE id = 'n1'")
	for body in '{"engine":{"id":"n1","addr":"tcp://10.77.255.9:2375"}}' "{\"engine\":{\"id\":\"other\",\"addr\":\"$addr\"}}" \
		"{\"engine\":{\"id\":\"other\",\"addr\":\"${addr/tcp:/http:}\"}}"; do
		api POST /api/engines -d "$body"
		expect 409 '.code == "conflict"' || { echo "in: $body" && false; }
	done
	for engine in n1 n2 n3; do
		api DELETE "/api/engines/$engine"
		problem 409 conflict
	done
	api DELETE /api/engines/n9
	problem 404 not_found
	[ "$(engines | xargs)" = "n1 n2 n3" ]
}

@test "secrets: environment values are in no answer, event or log" {
	run_spec '.environment = {PASSWORD: "canary-7f3a9"}' '?count=2'
	expect 201 'all(.image.environment == {PASSWORD: "***"})'
	id=$(ids | head -n 1)
	docker_inspect "$(jq -r '.[0].engine.id' <<<"$BODY")" "$(jq -r '.[0].docker_id' <<<"$BODY")" |
		holds '.Config.Env | index("PASSWORD=canary-7f3a9")'
	for path in /api/containers "/api/containers/$id" '/api/events?count=50' "/api/containers/$id/scale?count=3"; do
		api GET "$path"
		[[ $BODY != *canary-7f3a9* ]]
	done
	run grep -rl canary-7f3a9 "$BERTH_DIR/log"
	[ "$status" = 1 ]
	[ "$(sql "SELECT count(*) FROM containers WHERE doc::text LIKE '%canary%' OR environment::text LIKE '%canary%'")" = 0 ]
	[ "$(sql "SELECT count(*) FROM events WHERE message LIKE '%canary%' OR doc::text LIKE '%canary%'")" = 0 ]
}
