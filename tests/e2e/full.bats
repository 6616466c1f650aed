#!/usr/bin/env bats
# An engine that has run out: of room on its disk, of processes. It is one more, with a small disk.
# shellcheck disable=SC2016,SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() {
	suite_begin 2
	ETCD=$(sed -n 's/^etcd_endpoints = //p' "$BERTH_DIR/etc/berth.conf")
	export ETCD
	if [ -z "$ETCD" ]; then skip "needs a stack with etcd"; fi
	stack_part boot n5
	stack_part shrink n5 48M
	stack_part join n5
	wait_for 60 engine_has_status n5 up
}
teardown() {
	room
	stack_part processes n5 max
	for id in $(docker_labelled n1 e2e.planted); do docker_remove n1 "$id"; done
	clean_up
	for engine in $(engines); do docker "$engine" DELETE '/images/large:1?force=1' -o /dev/null; done
}
teardown_file() {
	if [ -z "${ETCD:-}" ]; then return 0; fi
	"$BERTH_DIR/bin/berth-join" --etcd "$ETCD" --id n5 --leave || true
	stack_part unjoin n5
	stack_part remove n5
}

run_there() { berth run --name "$IMAGE" --type host --label host:n5 --memory 20 "$@"; }
# no_room [SIZE]: no byte is left on the disk of n5, or no more than so many
no_room() {
	stack_part within n5 sh -c 'cd "$0" && ! cat /dev/zero >filler 2>/dev/null && truncate -s "-$1" filler' "$BERTH_DIR/engines/n5/data" "${1:-0}"
}
room() { stack_part within n5 rm -f "$BERTH_DIR/engines/n5/data/filler"; }
# others_take COUNT: so many run at once, none of them on n5, where some were to
others_take() {
	local before
	before=$(sql "SELECT max(id) FROM events")
	berth run --name "$IMAGE" --count "$1" --memory 20 --port 80 -o json >"$BATS_TEST_TMPDIR/out"
	holds --argjson n "$1" 'length == $n and all(.engine.id != "n5" and .state == "running")' <"$BATS_TEST_TMPDIR/out"
	jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' "$BATS_TEST_TMPDIR/out" | all_answer
	[ "$(sql "SELECT count(*) FROM events WHERE id > $before AND type = 'move-container' AND message LIKE '%from=n5%'")" -gt 0 ]
	[ "$(sql "SELECT count(*) FROM events WHERE id > $before AND type = 'fail-container'")" = 0 ]
	settled
}
is_all_there() { # COUNT: containers that n5 has, as the rows say
	settled && engine_has_status n5 up && [ "$(docker_labelled n5 | wc -l)" = "$1" ]
}

@test "no room on an engine's disk: it says so, others take its containers; with room it works" {
	no_room
	run -6 --separate-stderr run_there
	[[ $stderr == *"engine n5: "*"no space left on device"* ]]
	is_all_there 0
	others_take 6
	is_all_there 0
	room
	run_there -o json | holds '.[0].engine.id == "n5" and .[0].state == "running"'
	is_all_there 1
}

@test "no room for what an engine has already: it can be stopped and destroyed; what cannot start does when there is room" {
	ids=$(run_there -q --count 3)
	read -r stopped started gone < <(xargs <<<"$ids")
	berth stop "$started"
	no_room
	berth stop "$stopped"
	run -6 --separate-stderr berth start "$started"
	[[ $stderr == *"engine n5: "*"no space left on device"* ]]
	berth containers -o json | holds --arg i "$started" '.[] | select(.id == $i) | .state == "exited" and (.error | test("no space left"))'
	# dockerd cannot write down that it has ended, and lists it as running
	docker n5 GET /containers/json | holds --arg i "$(field "$stopped" .docker_id)" 'any(.Id == $i)'
	docker_remove n5 "$(field "$gone" .docker_id)"
	wait_for 60 missed "$gone" # that list was taken in
	seen_as "$stopped" "exited stopped"
	berth destroy "$gone"
	room
	wait_for 60 seen_as "$started" "running running"
	berth start "$stopped"
	seen_as "$stopped" "running running"
	is_all_there 2
}
missed() { [ "$(sql "SELECT count(*) FROM events WHERE type = 'container-missing' AND container_id = '$1'")" = 1 ]; }
seen_as() { [ "$(field "$1" '"\(.state) \(.desired)"')" = "$2" ]; }

@test "no room for an image that another engine has: it says so, nothing of it stays; with room it is copied" {
	docker_run n1 planted "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\"}}"
	head -c 8M /dev/urandom >"$BATS_TEST_TMPDIR/large"
	tar -cC "$BATS_TEST_TMPDIR" large | docker n1 PUT '/containers/planted/archive?path=/' --data-binary @- -H 'Content-Type: application/x-tar'
	docker n1 POST '/commit?container=planted&repo=large&tag=1' -o /dev/null
	no_room 4M
	run ! --separate-stderr berth run --name large:1 --type host --label host:n5 --memory 20
	[[ $stderr == *"n5"*"no space left on device"* ]]
	is_all_there 0
	berth run --name large:1 --count 3 --memory 20 -o json | holds 'length == 3 and all(.engine.id != "n5" and .state == "running")'
	room
	berth run --name large:1 --type host --label host:n5 --memory 20 -o json | holds '.[0].engine.id == "n5" and .[0].state == "running"'
	docker n5 GET /images/large:1/json | holds 'has("Id")'
	is_all_there 1
}

@test "no process can be made on an engine: it says so, others take its containers; with some again it works" {
	id=$(run_there -q --port 80) # its group is there then
	stack_part processes n5 1
	run -6 --separate-stderr run_there
	[[ $stderr == *"engine n5: "*"unable to start container process"* ]]
	is_all_there 1
	others_take 6
	is_all_there 1
	stack_part processes n5 max
	run_there -o json | holds '.[0].engine.id == "n5" and .[0].state == "running"'
	is_all_there 2
}
