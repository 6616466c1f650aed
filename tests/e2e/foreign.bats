#!/usr/bin/env bats
# Containers that berth did not start: seen, stopped, started, adopted, scaled; and why each is where it is.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 2; }
teardown() {
	local id
	for id in ${BY_HAND:-}; do docker_remove "$(engines | head -n 1)" "$id" || true; done
	clean_up
}

is_listed() { [ "$(field "$1" .state)" = "$2" ]; }
inspected() { [ "$(sql "SELECT count(*) FROM foreign_containers WHERE docker_id = '$1' AND limits_known")" = 1 ]; }

@test "a container started by hand is seen, stopped, started, adopted, scaled and destroyed" {
	engine=$(engines | head -n 1)
	id=$(docker_run "$engine" byhand "{\"Image\":\"$IMAGE\",\"Env\":[\"COLOR=green\"],
		\"HostConfig\":{\"Memory\":20971520}}")
	BY_HAND=$id
	wait_for 60 is_listed byhand running
	wait_for 60 inspected "$id"
	# shellcheck disable=SC2016 # jq's own variable
	listed | holds --arg id "$id" '[.[] | select(.id == $id)] | length == 1 and .[0].managed == false'
	berth stop byhand
	[ "$(docker_inspect "$engine" "$id" | jq -r .State.Status)" = exited ]
	[ "$(field byhand .state)" = exited ]
	berth start byhand
	[ "$(docker_inspect "$engine" "$id" | jq -r .State.Status)" = running ]
	run ! berth destroy --yes byhand

	began=$(docker_inspect "$engine" "$id" | jq -r .State.StartedAt)
	adopted=$(berth adopt byhand)
	[ "$(field "$adopted" '"\(.managed) \(.state) \(.docker_id)"')" = "true running $id" ]
	[ "$(docker_inspect "$engine" "$id" | jq -r .State.StartedAt)" = "$began" ]
	berth scale "$adopted" 3
	[ "$(listed | jq '[.[] | select(.name | startswith("byhand"))] | length')" = 3 ]
	for docker_id in $(listed | jq -r '.[] | select(.name | startswith("byhand-")) | .docker_id + ":" + .engine.id'); do
		docker_inspect "${docker_id#*:}" "${docker_id%:*}" | holds '.Config.Env | index("COLOR=green")'
	done
	new=$(listed | jq -r '[.[] | select(.name | startswith("byhand-"))][0].id')
	berth explain "$new" | grep -q ' chosen$'

	# It vanishes, and is made anew with berth's labels.
	docker_remove "$engine" "$id"
	made_anew() { [ "$(field "$adopted" '"\(.state) \(.generation)"')" = "running 2" ]; }
	wait_for 60 made_anew
	BY_HAND=
	berth scale "$adopted" 0
	settled
	[ "$(listed | jq '[.[] | select(.name | startswith("byhand"))] | length')" = 0 ]
}

@test "run --dry-run says where, and does nothing" {
	before=$(sql 'SELECT count(*) FROM containers')
	berth run --name "$IMAGE" --count 4 --memory 20 --dry-run >"$BATS_TEST_TMPDIR/plan"
	grep -q '2 would go here' "$BATS_TEST_TMPDIR/plan" || cat "$BATS_TEST_TMPDIR/plan"
	[ "$(sql 'SELECT count(*) FROM containers')" = "$before" ]
}
