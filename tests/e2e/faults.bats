#!/usr/bin/env bats
# What breaks: processes, the database, engines; and that the oracle by which this is judged sees what is wrong.
# shellcheck disable=SC2016,SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() {
	export SECOND=/var/tmp/berth-second.$$ # not among what bats removes: a stack has to be destroyed
	suite_begin 3
	export FAULTY=$BERTH_BUILD/tests/fault/berth-worker # can be told to die at certain points
	[ -x "$FAULTY" ] || { make -s -C "$BERTH_BUILD" && make -s -C "$BERTH_BUILD" tests/fault/berth-worker; } </dev/null 3>&- 4>&-
}

teardown() {
	local engine id what
	kill_background
	keepers_resume
	stack_part fast n2
	if worker_is_faulty; then stack_part kill worker && stack_part start worker; fi
	if ! engines_up; then
		for engine in $(engine_names); do
			for what in thaw heal revive; do stack engine "$what" "$engine" >/dev/null 2>&1 || true; done
		done
	fi
	wait_for 60 engines_up
	for engine in $(engine_names); do
		for id in $(docker_labelled "$engine" e2e.planted); do docker_remove "$engine" "$id"; done
	done
	clean_up
}
teardown_file() {
	local id
	if [ -d "$SECOND" ]; then
		for id in $(docker_labelled n1 "berth.pool=$(cat "$SECOND/etc/pool")"); do docker_remove n1 "$id"; done
		"$BERTH_QUICKSTART" destroy --yes --dir "$SECOND" </dev/null 3>&- 4>&-
	fi
}

engine_names() { find "$BERTH_DIR/engines" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort; }
pid_of() { stack_part pids "$1" | head -n 1; }
workers() { stack_part pids worker | tail -n +2; }
keeper_pids() { local name; for name in $(stack_part keepers); do stack_part pids "$name" || true; done; }
keepers_pause() { local pid; for pid in $(keeper_pids); do kill -STOP "$pid"; done; }
keepers_resume() { local pid; for pid in $(keeper_pids); do kill -CONT "$pid"; done; }
worker_is_faulty() { [ "$(readlink "/proc/$(pid_of worker)/exe")" != "$BERTH_DIR/bin/berth-worker" ]; }
api_answers() { api GET /readyz && [ "$STATUS" = 200 ]; }
run_web() { # COUNT [OPTION...]: "id engine port" of each
	berth run --name "$IMAGE" --count "$1" --port tcp/::80 --memory 20 -o json "${@:2}" |
		jq -r '.[] | "\(.id) \(.engine.id) \(.ports[0].port)"'
}
seen_as() { [ "$(field "$1" '"\(.state) \(.desired)"')" = "$2" ]; }
event_of() { berth events 100 --tag cluster -o json | holds --arg t "$1" --arg i "$2" 'any(.type == $t and (.message | startswith("id=" + $i)))'; }

background() { # COMMAND...: output in $BATS_TEST_TMPDIR/background
	"$@" >"$BATS_TEST_TMPDIR/background" 2>&1 </dev/null 3>&- 4>&- &
	BACKGROUND=$!
}
kill_background() { if [ -n "${BACKGROUND:-}" ]; then kill "$BACKGROUND" 2>/dev/null || true; fi; }
background_succeeds() {
	local code=0
	wait "$BACKGROUND" || code=$?
	BACKGROUND=
	[ "$code" = 0 ] || { cat "$BATS_TEST_TMPDIR/background" && return 1; }
}

# plant ENGINE NAME ROW-ID GENERATION: a container with berth's labels, past berth
plant() {
	docker_run "$1" "$2" "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\",\"berth.pool\":\"$POOL\",
		\"berth.container\":\"$3\",\"berth.generation\":\"$4\"},\"HostConfig\":{\"Memory\":20971520}}"
}
is_old() { [ "$(sql "SELECT created < now() - interval '30 seconds' FROM engines WHERE id = '$1'")" = t ]; }
oracle_says() { run -1 python3 "$LIB/oracle.py" "$BERTH_DIR" && [[ $output == *"$1"* ]]; }

@test "the oracle catches what it must: an orphan, a duplicate, a lost and a stopped container, a wrong port, a missing event, a claim of nobody, a torn unit" {
	wait_for 60 is_old n1 # before, the oracle asks it for no events
	id=$(berth run -q --name "$IMAGE" --memory 20 --type host --label host:n1 --port 80)
	docker_id=$(field "$id" .docker_id)
	berth run -q --name "$IMAGE" --memory 20 --type host --label host:n2 --container-name oracle-other
	settled
	plant n2 orphan "$(printf 'ab%.0s' {1..32})" 1
	oracle_says "orphan: "
	docker_remove n2 orphan
	settled
	plant n3 duplicate "$id" 1
	oracle_says "duplicate: ${id:0:12} is on n1, n3"
	docker_remove n3 duplicate
	settled
	keepers_pause # or it would be repaired
	docker n1 POST "/containers/$docker_id/kill" -o /dev/null
	oracle_says "not running: ${id:0:12}"
	docker_remove n1 "$docker_id"
	oracle_says "lost: ${id:0:12}"
	sql "UPDATE operations SET finished = NULL WHERE id = (SELECT operation_id FROM containers WHERE id = '$id')"
	oracle_says "operation without end"
	sql "UPDATE operations SET finished = now() WHERE finished IS NULL"
	sql "UPDATE containers SET claimed_by = 'nobody' WHERE id = '$id'"
	oracle_says "unfinished: ${id:0:12}"
	sql "UPDATE containers SET claimed_until = now() - interval '1 minute' WHERE id = '$id'"
	oracle_says "claim not taken over: ${id:0:12}"
	sql "UPDATE containers SET claimed_by = NULL, claimed_until = NULL WHERE id = '$id'"
	sql "UPDATE containers SET generation = 2 WHERE id = '$id'"
	oracle_says "event missing: $(field "$id" .name) has moved to n1"
	sql "UPDATE containers SET generation = 1, doc = jsonb_set(doc, '{image,links}', '{\"oracle-other\": \"other\"}') WHERE id = '$id'"
	oracle_says "unit torn: $(field "$id" .name) is on n1, oracle-other, to which it is linked, on n2"
	sql "UPDATE containers SET doc = jsonb_set(doc, '{image,links}', '{}') WHERE id = '$id'"
	sql "UPDATE operations SET type = 'run-nothing' WHERE id = (SELECT operation_id FROM containers WHERE id = '$id')"
	oracle_says "event missing: run-nothing"
	sql "UPDATE operations SET type = 'run-container' WHERE type = 'run-nothing'"
	sql "UPDATE events SET type = 'hidden' WHERE type = 'start' AND container_id = '$id'"
	oracle_says "event missing: start of ${docker_id:0:12} on n1"
	sql "UPDATE events SET type = 'start' WHERE type = 'hidden'"
	engine=$(field demo .engine.id)
	memory=$(sql "SELECT memory_mb + 1 FROM engines WHERE id = '$engine'")
	sql "UPDATE containers SET doc = jsonb_set(doc, '{image,memory}', '$memory') WHERE name = 'demo'"
	oracle_says "overbooked: $engine"
	sql "UPDATE containers SET doc = jsonb_set(doc, '{image,memory}', '20') WHERE name = 'demo'"
	ports=$(sql "SELECT doc -> 'ports' FROM containers WHERE name = 'demo'")
	sql "UPDATE containers SET doc = jsonb_set(doc, '{ports,0,port}', '29999') WHERE name = 'demo'"
	oracle_says "ports: "
	sql "UPDATE containers SET doc = jsonb_set(doc, '{ports}', '$ports') WHERE name = 'demo'"
	keepers_resume
	settled
}

kills_at() { # POINT
	python3 "$LIB/kills.py" "$BERTH_DIR" "$FAULTY" "$1" "$REPEAT" "$BATS_TEST_TMPDIR/once" 3>&- 4>&-
	settled
}

@test "a worker killed before the intent, several times: the batch is not there, the same request makes it once" {
	kills_at before_intent
}

@test "a worker killed before the commit, several times: the batch is not there, the same request makes it once" {
	kills_at before_commit
}

@test "a worker killed after the intent, several times: the others finish the batch" {
	kills_at after_intent
}

@test "a worker killed after a create, several times: the others finish the batch, nothing is there twice" {
	kills_at after_create
}

stopped_worker() {
	local pid
	for pid in $(workers); do if grep -q '^State:.T' "/proc/$pid/status"; then echo "$pid"; fi; done | grep .
}

@test "a worker that stops inside the placement transaction: the others go on" {
	stack_part restart worker "$FAULTY" BERTH_FAULT=before_commit=stop "BERTH_FAULT_ONCE=$BATS_TEST_TMPDIR/once"
	spec="{\"name\":\"$IMAGE\",\"memory\":20}"
	background curl -sS --max-time 100 --cacert "$BERTH_CACERT" "$BERTH_URL/api/containers?count=2" -H "X-Access-Token: $TOKEN" \
		-H "Idempotency-Key: e2e-stopped" -d "$spec" -w '\n%{http_code}\n'
	wait_for 60 stopped_worker
	pid=$(stopped_worker)
	# each on a connection of its own, as other clients would; none may have to wait for the one that has stopped
	for i in 1 2 3 4 5 6; do
		api POST /api/containers -d "$spec" --max-time 30
		expect 201
		api GET /api/containers --max-time 30
		expect 200
	done
	kill -CONT "$pid"
	wait "$BACKGROUND" || true
	api POST '/api/containers?count=2' -H "Idempotency-Key: e2e-stopped" -d "$spec"
	expect 201 'length == 2'
	settled
	[ "$(listed | jq length)" = 9 ]
}

@test "the worker's master killed: up brings it back, what was acknowledged is finished" {
	api POST '/api/containers?count=12' -H 'Prefer: respond-async' -d "{\"name\":\"$IMAGE\",\"memory\":20}"
	expect 202
	operation=$(jq -r .id <<<"$BODY")
	kill -KILL "$(pid_of worker)"
	stack up
	wait_for 60 api_answers
	api GET "/api/operations/$operation?wait=40"
	expect 200 '.status == "done" and .done == 12'
	settled
	[ "$(listed | jq length)" = 13 ]
}

@test "every process of the worker killed at once, again and again: the batch is finished" {
	api POST '/api/containers?count=12' -H 'Prefer: respond-async' -d "{\"name\":\"$IMAGE\",\"memory\":20,\"bind_ports\":[{\"container_port\":80}]}"
	expect 202
	operation=$(jq -r .id <<<"$BODY")
	for i in 1 2 3; do
		for pid in $(workers); do kill -KILL "$pid"; done
		wait_for 60 api_answers
	done
	wait_for 60 operation_done "$operation"
	settled
	[ "$(listed | jq length)" = 13 ]
}
operation_done() { api GET "/api/operations/$1" && expect 200 '.status == "done"'; }

@test "reload and drain under load: not one request fails" {
	background python3 "$LIB/load.py" "$BATS_TEST_TMPDIR/until" 4 2 "$BATS_TEST_TMPDIR/log" --mode strict
	wait_for 60 grep -q begun "$BATS_TEST_TMPDIR/background"
	for i in 1 2 3; do
		before=$(workers | sort)
		kill -HUP "$(pid_of worker)"
		wait_for 60 all_new "$before"
	done
	for i in 1 2; do
		pid=$(workers | head -n 1)
		kill -TERM "$pid" # one process drains, the master replaces it
		wait_for 60 all_new "$pid"
	done
	: >"$BATS_TEST_TMPDIR/until"
	background_succeeds
}
# all_new PIDS: none of them is a worker process any more, and there are as many as there should be
all_new() { [ -z "$(comm -12 <(echo "$1") <(workers | sort))" ] && [ "$(workers | wc -l)" = 2 ]; }

database_cut() { # COMMAND that ends PostgreSQL
	background python3 "$LIB/load.py" "$BATS_TEST_TMPDIR/until" 2 3 "$BATS_TEST_TMPDIR/log" --mode outage
	wait_for 60 test -s "$BATS_TEST_TMPDIR/log" # something has been acknowledged
	"$@"
	wait_for 60 refused
	api GET /healthz
	expect 200
	wait_for 60 refused
	stack_part start postgres
	wait_for 60 api_answers
	acknowledged=$(wc -l <"$BATS_TEST_TMPDIR/log")
	wait_for 60 more_lines "$acknowledged"
	: >"$BATS_TEST_TMPDIR/until"
	background_succeeds
	settled
	jq -r 'select(.outcome == "OK") | .id' "$BATS_TEST_TMPDIR/log" | sort >"$BATS_TEST_TMPDIR/acknowledged"
	listed | jq -r '.[] | select(.state == "running") | .id' | sort | comm -23 "$BATS_TEST_TMPDIR/acknowledged" - >"$BATS_TEST_TMPDIR/lost"
	[ ! -s "$BATS_TEST_TMPDIR/lost" ]
}
more_lines() { (($(wc -l <"$BATS_TEST_TMPDIR/log") > $1)); }
refused() { api GET /api/containers && expect 503 '.code == "unavailable"' && grep -Eqi '^retry-after: [0-9]+' <<<"$HEADERS"; }

@test "PostgreSQL stopped and started: 503 with Retry-After, then back, nothing acknowledged is lost" {
	database_cut stack_part stop postgres
}

@test "PostgreSQL killed: the same" {
	database_cut stack_part kill postgres
}

@test "a foreign container counts as load and is never touched" {
	id=$(docker_run n2 foreign "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\"},\"HostConfig\":{\"Memory\":1073741824,\"NanoCpus\":500000000}}")
	wait_for 60 foreign_is "1024 0.5"
	memory=$(sql "SELECT memory_mb - 1000 FROM engines WHERE id = 'n2'")
	run -5 --separate-stderr berth run --name "$IMAGE" --type host --label host:n2 --memory "$memory"
	[[ $stderr == *"n2: not enough memory"* ]]
	berth run -q --name "$IMAGE" --memory 20 --count 4 -o json | holds 'all(.engine.id != "n2")'
	clean_up
	docker_inspect n2 "$id" | holds .State.Running
	docker_remove n2 "$id"
	wait_for 60 foreign_is "0 0"
}
foreign_is() { [ "$(berth clusterinfo -o json | jq -r '"\(.foreign_memory) \(.foreign_cpus)"')" = "$1" ]; }

@test "a container with this pool's label that no row knows is never removed" {
	id=$(plant n2 stranger "$(printf 'cd%.0s' {1..32})" 1)
	wait_for 60 foreign_is "20 0"
	run_web 3 >/dev/null
	docker_inspect n2 "$id" | holds .State.Running
}

@test "an obsolete copy is removed: its row says so" {
	id=$(berth run -q --name "$IMAGE" --memory 20)
	berth destroy "$id"
	plant n2 ghost "$id" 1
	wait_for 60 gone n2 ghost
}
gone() { docker "$1" GET "/containers/$2/json" | holds '.message | test("No such")'; }

@test "a container removed by hand comes back; one stopped by hand stays so; one started by hand is wanted" {
	read -r id engine port < <(run_web 1)
	first=$(field "$id" .docker_id)
	docker_remove "$engine" "$first"
	wait_for 60 answers "$engine" "$port"
	wait_for 60 seen_as "$id" "running running"
	[ "$(field "$id" .docker_id)" != "$first" ]
	event_of container-missing "$id"
	now=$(field "$id" .docker_id)
	docker "$engine" POST "/containers/$now/stop" -o /dev/null
	wait_for 60 seen_as "$id" "exited stopped"
	event_of container-exited "$id"
	docker "$engine" POST "/containers/$now/start" -o /dev/null
	wait_for 60 seen_as "$id" "running running"
	event_of container-running "$id"
	settled
}

@test "an engine without power: others' runs go on, it is shown down, and comes back" {
	id=$(run_web 6 --reschedule never | awk '$2 == "n3" { print $1; exit }')
	[ -n "$id" ]
	stack engine kill n3
	run_web 4 | awk '{ print $2, $3 }' >"$BATS_TEST_TMPDIR/meanwhile" # not known to be down yet
	[ "$(wc -l <"$BATS_TEST_TMPDIR/meanwhile")" = 4 ]
	run grep n3 "$BATS_TEST_TMPDIR/meanwhile"
	[ "$status" = 1 ]
	all_answer <"$BATS_TEST_TMPDIR/meanwhile"
	wait_for 60 engine_has_status n3 down
	berth engines -o json | holds '.[] | select(.id == "n3") | .health.status == "down" and (.health.reason | length > 0)'
	run_web 4 | awk '{ print $2 }' | sort -u | xargs | grep -qx 'n1 n2'
	listed | holds --arg i "$id" '.[] | select(.id == $i) | .engine_status == "down"'
	stack engine revive n3
	wait_for 60 engine_has_status n3 up
	settled
	run_web 6 | grep -q ' n3 '
	event_of engine-down n3
	event_of engine-up n3
}

@test "after its engine's power cut every container runs again" {
	run_web 8 --type host --label host:n3 >"$BATS_TEST_TMPDIR/ran"
	stack engine kill n3
	wait_for 60 engine_has_status n3 down
	stack engine revive n3
	wait_for 60 engine_has_status n3 up
	settled
	[ "$(listed | jq '[.[] | select(.engine.id == "n3" and .state == "running" and .desired == "running")] | length')" = 8 ]
	cut -d' ' -f2,3 "$BATS_TEST_TMPDIR/ran" | all_answer
}

@test "scale while an engine is away: its containers are counted, not made again" {
	ids=$(run_web 6)
	id=$(awk '$2 == "n1" { print $1; exit }' <<<"$ids")
	echo "$ids"
	[ -n "$id" ]
	grep -q ' n3 ' <<<"$ids"
	stack engine kill n3
	wait_for 60 engine_has_status n3 down
	berth scale "$id" 8 -o json | holds 'length == 8'
	stack engine revive n3
	wait_for 60 engine_has_status n3 up
	settled
	[ "$(listed | jq '[.[] | select(.name != "demo" and .state == "running")] | length')" = 8 ]
}

@test "an engine frozen during a run: reads do not hang, the batch ends, nothing is there twice" {
	api POST '/api/containers?count=12' -H 'Prefer: respond-async' -d "{\"name\":\"$IMAGE\",\"memory\":20,\"bind_ports\":[{\"container_port\":80}]}"
	expect 202
	operation=$(jq -r .id <<<"$BODY")
	stack engine freeze n2
	for path in /api/containers /api/engines /api/cluster/info /api/events "/api/operations/$operation"; do
		api GET "$path" --max-time 10
		expect 200
	done
	wait_for 60 engine_has_status n2 down
	api GET /api/containers --max-time 10
	expect 200
	run_web 2 | awk '{ print $2 }' | sort -u | xargs | grep -Eqx '(n1|n3)( n3)?'
	stack engine thaw n2
	wait_for 60 engine_has_status n2 up
	wait_for 150 operation_over "$operation"
	settled
}
operation_over() { api GET "/api/operations/$1" && expect 200 '.status != "running"'; }

@test "an engine cut off silently: shown down, others go on, healed it is up with what it had" {
	ids=$(run_web 3 --reschedule never)
	stack engine cut n2
	wait_for 60 engine_has_status n2 down
	run_web 2 | awk '{ print $2 }' | sort -u | xargs | grep -Eqx '(n1|n3)( n3)?'
	stack engine heal n2
	wait_for 60 engine_has_status n2 up
	settled
	[ "$(listed | jq '[.[] | select(.name != "demo" and .state == "running")] | length')" = 5 ]
	awk '{ print $2, $3 }' <<<"$ids" | all_answer
}

@test "the link to an engine is slow and loses packets: others are not delayed, every batch ends, nothing is there twice" {
	stack_part slow n2 || skip "the kernel lacks what it takes"
	api POST '/api/containers?count=9' -H 'Prefer: respond-async' -d "{\"name\":\"$IMAGE\",\"memory\":20,\"bind_ports\":[{\"container_port\":80}]}"
	expect 202
	operation=$(jq -r .id <<<"$BODY")
	run_web 3 --type host --label host:n1 | awk '{ print $2, $3 }' | all_answer
	for path in /api/containers /api/engines /api/cluster/info; do
		api GET "$path" --max-time 10
		expect 200
	done
	wait_for 150 operation_over "$operation"
	stack_part fast n2
	wait_for 60 engine_has_status n2 up
	settled
	[ "$(listed | jq '[.[] | select(.name != "demo" and .state == "running")] | length')" = 12 ]
}

# The second stack, its client and its oracle.
second() {
	(
		# shellcheck source=/dev/null
		. "$SECOND/env"
		export PATH=$SECOND/bin:$PATH XDG_CACHE_HOME=$BATS_FILE_TMPDIR/cache2
		"$@"
	)
}
second_is_up() { second berth engines -o json | holds 'length == 2 and all(.health.status == "up")'; }

@test "two pools on one engine leave each other alone" {
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	"$BERTH_QUICKSTART" up --dir "$SECOND" --engines 1 --port "$port" --no-install </dev/null 3>&- 4>&-
	second berth eadd --id far --addr "$(sql "SELECT addr FROM engines WHERE id = 'n1'")"
	wait_for 60 second_is_up
	run_web 6 >"$BATS_TEST_TMPDIR/first"
	second berth run --name "$IMAGE" --type host --label host:far --count 4 --memory 20 --port tcp/::80 -o json |
		jq -r '.[] | "n1 \(.ports[0].port)"' >"$BATS_TEST_TMPDIR/other"
	all_answer <"$BATS_TEST_TMPDIR/other"
	cut -d' ' -f2,3 "$BATS_TEST_TMPDIR/first" | all_answer
	wait_for 60 foreign_is "80 0"
	settled
	python3 "$LIB/oracle.py" "$SECOND" --settle 20
	clean_up
	all_answer <"$BATS_TEST_TMPDIR/other"
	run_web 3 >"$BATS_TEST_TMPDIR/first"
	# shellcheck disable=SC2046
	second berth destroy $(second berth containers -q --filter managed=true)
	cut -d' ' -f2,3 "$BATS_TEST_TMPDIR/first" | all_answer
	settled
	python3 "$LIB/oracle.py" "$SECOND" --settle 20
	second berth edelete far
	wait_for 60 foreign_is "0 0"
}
