#!/usr/bin/env bats
# Links on real engines: together on one, in order, with the other's address whatever becomes of it.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 2; }
teardown() {
	local id
	for id in ${BY_HAND:-}; do docker_remove "$ENGINE" "$id" || true; done
	clean_up
}

copy_of() { field "$1" .docker_id; }
address_of() { docker_inspect "$ENGINE" "$(copy_of "$1")" | jq -r .NetworkSettings.Networks.bridge.IPAddress; }
hosts_of() { cat "$(docker_inspect "$ENGINE" "$(copy_of "$1")" | jq -r .HostsPath)"; }
# Docker writes: ADDRESS ALIAS ID NAME.
knows() { # CONTAINER ADDRESS: it has that one address for the alias "store"
	[ "$(hosts_of "$1" | awk '$2 == "store" { print $1 }')" = "$2" ]
}
is_at() { [ "$(field "$1" '"\(.state) \(.generation)"')" = "$2" ]; }

@test "a link keeps two together, and follows the other's address" {
	berth run --name "$IMAGE" --memory 20 --container-name linked-store
	for n in 1 2 3; do
		berth run --name "$IMAGE" --memory 20 --container-name "linked-web$n" --link linked-store:store
	done
	ENGINE=$(field linked-store .engine.id)
	[ "$(listed | jq '[.[] | select(.name | startswith("linked-")) | .engine.id] | unique | length')" = 1 ]
	knows linked-web1 "$(address_of linked-store)"

	# It comes back with another address: Docker itself tells those that are linked to it.
	old=$(address_of linked-store)
	for n in 1 2 3 4 5; do
		berth stop linked-store
		BY_HAND="${BY_HAND:-} $(docker_run "$ENGINE" "filler$n" "{\"Image\":\"$IMAGE\"}")"
		berth start linked-store
		if [ "$(address_of linked-store)" != "$old" ]; then break; fi
	done
	[ "$(address_of linked-store)" != "$old" ]
	wait_for 30 knows linked-web1 "$(address_of linked-store)"
	is_at linked-web1 'running 1'

	# Its copy vanishes: a link ends with the copy that it goes to, so the others are made again.
	docker_remove "$ENGINE" "$(copy_of linked-store)"
	for n in 1 2 3; do wait_for 60 is_at "linked-web$n" 'running 2'; done
	is_at linked-store 'running 1'
	wait_for 30 knows linked-web3 "$(address_of linked-store)"
	settled
}

@test "what a link cannot go to is refused in words" {
	run ! berth run --name "$IMAGE" --memory 20 --link nobody:store
	grep -q 'no container with the name nobody' <<<"$output"
	berth run --name "$IMAGE" --memory 20 --container-name linked-store
	berth stop linked-store
	run ! berth run --name "$IMAGE" --memory 20 --link linked-store:store
	grep -q 'start it' <<<"$output"
}
