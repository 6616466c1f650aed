#!/usr/bin/env bats
# What happens past berth on the engines themselves: seen at once, in the history once, also after the keepers were away.
# shellcheck disable=SC2016,SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 1; }
teardown() {
	local name
	for name in $(stack_part keepers); do stack_part pids "$name" >/dev/null || stack_part start "$name"; done
	clean_up
}

run_one() { berth run --name "$IMAGE" --memory 20 -o json "$@" | jq -r '.[0] | "\(.id) \(.engine.id) \(.docker_id)"'; }
by_hand() { docker "$1" POST "/containers/$2/$3" -o /dev/null; } # ENGINE DOCKER-ID ACTION
row_is() { [ "$(sql "SELECT state || ' ' || desired FROM containers WHERE id = '$1'")" = "$2" ]; }
told() { # ID ACTION: how often Docker's own history has it
	sql "SELECT count(*) FROM events WHERE tags = '{docker}' AND container_id = '$1' AND type = '$2'"
}
told_times() { [ "$(told "$1" "$2")" = "$3" ]; }
shown_after() { # WHAT BEGAN-MS ID STATE
	wait_for 60 row_is "$3" "$4"
	echo "# $1: shown after $(($(date +%s%3N) - $2)) ms" >&3
}

@test "stopped, started, restarted and killed by hand: the row has it, and the history once" {
	read -r id engine docker_id < <(run_one)
	by_hand "$engine" "$docker_id" 'stop?t=0'
	began=$(date +%s%3N)
	shown_after stop "$began" "$id" "exited stopped"
	by_hand "$engine" "$docker_id" start
	began=$(date +%s%3N)
	shown_after start "$began" "$id" "running running"
	by_hand "$engine" "$docker_id" 'restart?t=0'
	wait_for 60 told_times "$id" restart 1
	wait_for 60 row_is "$id" "running running"
	by_hand "$engine" "$docker_id" kill
	began=$(date +%s%3N)
	shown_after kill "$began" "$id" "exited stopped"
	berth container "$id" -o json | holds '.exit_code == 137'
	wait_for 60 told_times "$id" die 3
	told_times "$id" start 3
	berth events --tag docker -o json | holds --arg i "$id" 'any(.type == "die" and (.message | contains("id=" + $i)))'
}

@test "killed for its memory, and an exit code: both are shown" {
	read -r id engine _ < <(run_one --entrypoint /bin/sh --entrypoint=-c --entrypoint 'exec tail /dev/zero')
	wait_for 60 row_is "$id" "exited stopped"
	berth container "$id" -o json | holds '.oom_killed == true and .exit_code == 137'
	read -r id engine _ < <(run_one --entrypoint /bin/sh --entrypoint=-c --entrypoint 'exit 7')
	wait_for 60 row_is "$id" "exited stopped"
	berth container "$id" -o json | holds '.exit_code == 7'
}

@test "while no keeper is there: caught up afterwards, nothing twice" {
	local name
	read -r id engine docker_id < <(run_one)
	wait_for 60 told_times "$id" start 1
	for name in $(stack_part keepers); do stack_part kill "$name"; done
	by_hand "$engine" "$docker_id" 'restart?t=0'
	by_hand "$engine" "$docker_id" 'stop?t=0'
	for name in $(stack_part keepers); do stack_part start "$name"; done
	wait_for 60 row_is "$id" "exited stopped"
	wait_for 60 told_times "$id" stop 2 # a restart stops too
	told_times "$id" start 2
	told_times "$id" restart 1
}

# Docker's own end is no wish that its containers end.
dockerd_end() { nsenter -t "$1" -p -m sh -c 'kill "$(cat /run/docker.pid)"'; } # PID
dockerd_ended() { nsenter -t "$1" -p -m sh -c '! kill -0 "$(cat /run/docker.pid)"' 2>/dev/null; }

@test "Docker is restarted in good order: its containers run again" {
	berth run --name "$IMAGE" --memory 20 --type host --label host:n1 --count 3 -q >"$BATS_TEST_TMPDIR/ids"
	settled
	init=$(awk '{ print $1 }' "$BERTH_DIR/run/n1.pid")
	dockerd_end "$init"
	wait_for 60 dockerd_ended "$init"
	stack up
	wait_for 60 engine_has_status n1 up
	settled
	while read -r id; do wait_for 60 row_is "$id" "running running"; done <"$BATS_TEST_TMPDIR/ids"
}
