#!/usr/bin/env bats
# Operations on real engines: asked for and waited for later, cancelled in the middle, refused, repeated.
# shellcheck disable=SC2153,SC2154,SC2016
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 2; }
teardown() { clean_up; }

rows() { sql "SELECT count(*) FROM containers WHERE removed_at IS NULL AND name <> 'demo'"; }
state_of() { berth operation "$1" -o json | jq -r .state; }
is_over() { [ "$(state_of "$1")" != running ]; }

@test "an operation is begun, waited for, and found in the list" {
	id=$(berth run --name "$IMAGE" --count 4 --memory 20 --async)
	berth wait "$id"
	[ "$(state_of "$id")" = "done" ]
	berth operations -o json | holds --arg id "$id" 'any(.id == $id and .total == 4 and .done == 4)'
	[ "$(rows)" = 4 ]
	settled
}

@test "its progress can be watched" {
	id=$(berth run --name "$IMAGE" --count 3 --memory 20 --async)
	api GET "/api/operations/$id/progress"
	expect 200
	grep . <<<"$BODY" | tail -n 1 | holds '.event == "finished" and .state == "done" and .done == 3'
}

@test "a cancelled batch leaves exactly what it says" {
	id=$(berth run --name "$IMAGE" --count 30 --memory 20 --async)
	some_run() { [ "$(berth operation "$id" -o json | jq .done)" -ge 2 ]; }
	wait_for 60 some_run
	berth cancel "$id"
	wait_for 60 is_over "$id"
	settled
	done=$(berth operation "$id" -o json | jq .done)
	[ "$(rows)" = "$done" ]
	[ "$(listed | jq '[.[] | select(.name != "demo" and .state == "running")] | length')" = "$done" ]
	berth events 20 --account admin -o json | holds 'any(.type == "cancel-operation")'
}

@test "a second cancel changes nothing" {
	id=$(berth run --name "$IMAGE" --memory 20 --async)
	berth wait "$id"
	api POST "/api/operations/$id/cancel"
	expect 409
	[ "$(rows)" = 1 ]
}

@test "the same key with another body is refused" {
	local key=e2e-$RANDOM-$RANDOM
	api POST '/api/containers' -H "Idempotency-Key: $key" -d "{\"name\":\"$IMAGE\",\"memory\":20}"
	expect 201
	api POST '/api/containers' -H "Idempotency-Key: $key" -d "{\"name\":\"$IMAGE\",\"memory\":21}"
	expect 422
	api POST '/api/containers' -H "Idempotency-Key: $key" -d "{\"name\":\"$IMAGE\",\"memory\":20}"
	expect 201
	[ "$(rows)" = 1 ]
}
