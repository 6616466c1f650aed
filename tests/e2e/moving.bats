#!/usr/bin/env bats
# Containers leave hosts that are lost or drained, and come back to exactly what was asked for.
# shellcheck disable=SC2016,SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 3; }
teardown() {
	local engine what
	for engine in n1 n2 n3; do
		for what in thaw heal revive; do stack engine "$what" "$engine" >/dev/null 2>&1 || true; done
		berth uncordon "$engine" >/dev/null 2>&1 || true
	done
	wait_for 60 engines_up
	clean_up
}

ms() { date +%s%3N; }
run_some() { berth run -q --name "$IMAGE" --memory 20 --count "$1" "${@:2}"; } # COUNT [OPTION...]
running() { # [CONDITION]: how many of ours run, by the rows
	sql "SELECT count(*) FROM containers WHERE removed_at IS NULL AND name <> 'demo' AND state = 'running' AND ${1:-true}"
}
runs() { [ "$(running "$2")" = "$1" ]; } # COUNT [CONDITION]

@test "a host dies: what may leave it runs elsewhere; back again, there is exactly what was asked for" {
	run_some 6 --reschedule always
	run_some 3 --reschedule never
	here=$(running "engine_id = 'n3'")
	movable=$(running "engine_id = 'n3' AND reschedule_s = 0")
	((movable > 0))
	before=$(sql "SELECT max(id) FROM events")
	stack engine kill n3
	began=$(ms)
	wait_for 60 engine_has_status n3 down
	down=$(($(ms) - began))
	wait_for 60 runs $((9 - here + movable)) "engine_id <> 'n3'"
	echo "# declared down after $down ms, all $movable that may leave run elsewhere after $(($(ms) - began)) ms" >&3
	[ "$(sql "SELECT count(*) FROM events WHERE id > $before AND type = 'move-container'")" -ge "$movable" ]
	stack engine revive n3
	wait_for 60 engine_has_status n3 up
	settled
	runs 9
	runs $((here - movable)) "engine_id = 'n3'" # those that never leave
}

@test "Docker hangs on a living host: nothing is moved" {
	run_some 6 --reschedule always
	here=$(running "engine_id = 'n2'")
	((here > 0))
	stack engine freeze n2
	wait_for 60 engine_has_status n2 down
	berth engine n2 -o json | holds '.health.host == "alive"'
	run_some 1 # a moment in which the keeper goes on
	sleep 3
	runs "$here" "engine_id = 'n2'"
	stack engine thaw n2
	wait_for 60 engine_has_status n2 up
	settled
	runs 7
}

@test "two of three hosts are cut off: nothing is moved, which is told, until they are back" {
	run_some 6 --reschedule always
	here=$(running "engine_id = 'n1'")
	stack engine cut n2
	stack engine cut n3
	wait_for 60 engine_has_status n2 down
	wait_for 60 engine_has_status n3 down
	wait_for 60 is_frozen
	runs "$here" "engine_id = 'n1'"
	stack engine heal n2
	stack engine heal n3
	wait_for 60 engines_up
	wait_for 60 is_not_frozen
	settled
	runs 6
}
is_frozen() { berth events 50 --tag cluster -o json | holds 'any(.type == "freeze-rescheduling")' && [ "$(sql 'SELECT count(*) FROM freezes')" = 1 ]; }
is_not_frozen() { [ "$(sql 'SELECT count(*) FROM freezes')" = 0 ]; }

@test "an engine is drained: the new one runs before the old one goes; taken back, it gets new ones" {
	run_some 4 --reschedule always
	moving=$(running "engine_id = 'n1'")
	((moving > 0))
	before=$(sql "SELECT clock_timestamp()")
	berth drain n1
	wait_for 120 runs 0 "engine_id = 'n1'"
	settled
	runs 4
	# by what Docker itself tells, which the oracle has found to be whole
	ended="FROM events old WHERE type = 'die' AND tags = '{docker}' AND engine_id = 'n1' AND time > '$before'"
	[ "$(sql "SELECT count(*) $ended")" -ge "$moving" ]
	[ "$(sql "SELECT count(*) $ended AND NOT EXISTS (SELECT FROM events new WHERE new.container_id = old.container_id
		AND new.type = 'start' AND new.engine_id <> 'n1' AND new.time BETWEEN '$before' AND old.time)")" = 0 ]
	berth run --name "$IMAGE" --memory 20 --count 2 -o json | holds 'all(.engine.id != "n1")'
	berth uncordon n1
	wait_for 60 engine_has_status n1 up
	berth run --name "$IMAGE" --memory 20 --type host --label host:n1 -o json | holds '.[0].engine.id == "n1"'
}
