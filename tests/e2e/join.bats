#!/usr/bin/env bats
# Hosts come and go by themselves: a fourth Docker host with nothing but berth-join, one that leaves, etcd away and wiped.
# shellcheck disable=SC2016,SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() {
	suite_begin 2
	ETCD=$(sed -n 's/^etcd_endpoints = //p' "$BERTH_DIR/etc/berth.conf")
	export ETCD
	if [ -z "$ETCD" ]; then skip "needs a stack with etcd"; fi
	stack_part boot n4
}
teardown() {
	etcd_answers || stack_part start etcd
	wait_for 60 engines_up
	clean_up
}
teardown_file() {
	if [ -z "${ETCD:-}" ]; then return 0; fi
	stack_part unjoin n4
	berth edelete --yes n4 || true
	etcd_call kv/deleterange n4 >/dev/null || true
	stack_part remove n4
}

# etcd_call CALL [ENGINE]: about the engine's key
etcd_call() { curl -sf --max-time 5 --noproxy '*' "$ETCD/v3/$1" -d "{\"key\":\"$(printf 'engines/%s' "$2" | base64 -w 0)\"}"; }
etcd_answers() { curl -sf --max-time 2 --noproxy '*' "$ETCD/health" | grep -q '"true"'; }
registered_by() { etcd_call kv/range "$1" | jq -r '.kvs[0].value // empty' | base64 -d | jq -r .by; } # ENGINE
is_registered() { [ "$(registered_by "$1")" = join ]; }
all_registered() { local engine; for engine in $(engines); do is_registered "$engine" || return 1; done; }
is_engine() { engine_has_status "$1" up; }
is_no_engine() { [ -z "$(engine_status "$1")" ]; }
agent_runs() { [ -n "$(stack_part pids "join-$1")" ]; }
agent_ended() { ! agent_runs "$1"; }
run_on() { berth run --name "$IMAGE" --type host --label "host:$1" --memory 20 -o json; } # ENGINE
record_says() { berth engine "$1" -o json | jq -e "$2" >/dev/null; }                      # ENGINE CONDITION
# the time of the last line with these words in the agent's log, in ms
told_at() { jq -rR --arg w "$2" 'fromjson? | select(.message | contains($w)) | .time' "$BERTH_DIR/log/join-$1.log" | tail -n 1 | ms_of; }
ms_of() { local time; read -r time && date -d "$time" +%s%3N; }

@test "a fourth host with nothing but berth-join takes containers" {
	is_no_engine n4
	stack_part join n4
	until out=$(run_on n4 2>&1); do
		((++tries < 200)) || { echo "$out" && return 1; }
		sleep 0.1
	done
	registered=$(told_at n4 'registered as n4')
	placeable=$(sql "SELECT to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MSZ') FROM engines WHERE id = 'n4'" | ms_of)
	placed=$(sql "SELECT to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MSZ') FROM events
		WHERE type = 'run-container' ORDER BY id DESC LIMIT 1" | ms_of)
	echo "# registered -> placeable $((placeable - registered)) ms, -> a container is placed $((placed - registered)) ms" >&3
	((placeable - registered < 10000))
	berth engine n4 -o json | holds '.health.state == "up" and .engine.cpus > 0 and has("registered") == false'
	berth events 50 --tag cluster -o json | holds 'any(.type == "add-engine" and (.message | startswith("id=n4 ")))'
	berth run --name "$IMAGE" --count 8 --memory 20 -o json | holds 'map(.engine.id) | unique | length >= 3'
}

@test "a host that leaves is forgotten, its agent ends; started again it is back" {
	is_engine n4
	agent_runs n4
	run -0 "$BERTH_DIR/bin/berth-join" --etcd "$ETCD" --id n4 --leave
	is_no_engine n4
	wait_for 30 agent_ended n4
	berth events 50 --tag cluster -o json | holds 'any(.type == "leave-engine" and .message == "id=n4")'
	stack_part join n4
	wait_for 60 is_engine n4
	destroy_all "$(run_on n4 | jq -r '.[0].id')"
}

@test "an agent that ends takes nothing with it: the engine is used on, and shown as not registered" {
	stack_part unjoin n4
	is_engine n4
	is_registered n4 # until its lease runs out
	wait_for 90 record_says n4 '.registered == false and .registration.state == "lapsed" and (.registration.reason | test("run out"))'
	berth engines | grep '^n4 .*run out'
	run_on n4 | holds '.[0].engine.id == "n4"'
	stack_part join n4
	wait_for 60 record_says n4 'has("registered") == false'
}

@test "etcd away changes nothing; wiped, it is registered in again" {
	wait_for 60 all_registered
	stack_part kill etcd
	before=$(sql "SELECT coalesce(max(id), 0) FROM events")
	berth run --name "$IMAGE" --count 4 --memory 20 --port tcp/::80 -o json | holds 'length == 4'
	lost() { grep -q 'go on as they are' "$BERTH_DIR/log/"keeper*.log; }
	wait_for 30 lost
	engines_up
	rm -rf "$BERTH_DIR/etcd"
	stack_part start etcd
	wait_for 90 all_registered
	engines_up
	[ "$(sql "SELECT count(*) FROM events WHERE id > $before AND (type LIKE 'engine-%' OR type LIKE '%-engine')")" = 0 ]
	berth run --name "$IMAGE" --count 4 --memory 20 -o json | holds 'length == 4'
}

@test "a key that is deleted by hand is back in a moment, and so is the engine" {
	etcd_call kv/deleterange n4 >/dev/null
	wait_for 60 is_registered n4
	wait_for 60 record_says n4 'has("registered") == false'
	is_engine n4
	run_on n4 | holds '.[0].engine.id == "n4"'
}
