#!/usr/bin/env bats
# Logs of real engines: streams apart, terminals, and a follower that outlives reloads and killed workers.
# shellcheck disable=SC2153,SC2154,SC2016,SC2317
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 2; }
teardown() {
	if [ -n "${FOLLOWER-}" ]; then kill "$FOLLOWER" 2>/dev/null || true; fi
	clean_up
}

# run_sh NAME SCRIPT: a container of that name; prints its id.
run_sh() {
	berth run --name "$IMAGE" --container-name "$1" --memory 20 --entrypoint /bin/sh --arg -c --arg "$2" -o json |
		jq -r '.[0].id'
}
lines() { [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE N
pid_of() { stack_part pids "$1" | head -n 1; }
workers() { stack_part pids worker | tail -n +2; }
# none_of PIDS: none of these is a worker process any more, and there are some
none_of() {
	local now
	now=$(workers)
	[ -n "$now" ] && ! grep -qxF "$1" <<<"$now"
}

@test "streams apart, the last lines, times" {
	id=$(run_sh talker 'for i in 1 2 3; do echo out $i; echo err $i >&2; done; sleep 1000')
	said() { [ "$(berth log "$id" 2>&1 | wc -l)" = 6 ]; }
	wait_for 60 said
	[ "$(berth log "$id" 2>/dev/null)" = $'out 1\nout 2\nout 3' ]
	[ "$(berth log "$id" 2>&1 >/dev/null)" = $'err 1\nerr 2\nerr 3' ]
	[ "$(berth log --stdout "$id" 2>&1)" = $'out 1\nout 2\nout 3' ]
	[ "$(berth log --stderr "$id" 2>&1)" = $'err 1\nerr 2\nerr 3' ]
	# one stream only: Docker counts the last lines of both, and does not promise in which order they came
	id=$(run_sh teller 'for i in 1 2 3; do echo $i; done; sleep 1000')
	said() { [ "$(berth log "$id" | wc -l)" = 3 ]; }
	wait_for 60 said
	[ "$(berth log --tail 2 "$id")" = $'2\n3' ]
	[ "$(berth log --tail 0 "$id")" = '' ]
	berth log --timestamps --tail 1 "$id" | grep -qE '^20[0-9]{2}-[0-9-]+T[0-9:.]+Z 3$'
}

@test "log -f prints each line once over a reload and killed workers" {
	local out=$BATS_TEST_TMPDIR/out before
	id=$(run_sh counter 'i=0; while true; do i=$((i+1)); echo $i; sleep 0.1; done')
	berth log -f --stdout "$id" >"$out" 2>"$BATS_TEST_TMPDIR/err" 3>&- 4>&- &
	FOLLOWER=$!
	wait_for 60 lines "$out" 20
	before=$(workers)
	kill -HUP "$(pid_of worker)"
	wait_for 60 none_of "$before"
	wait_for 60 lines "$out" $(($(wc -l <"$out") + 30))
	before=$(workers)
	# shellcheck disable=SC2086
	kill -KILL $before
	wait_for 60 none_of "$before"
	wait_for 60 lines "$out" $(($(wc -l <"$out") + 30))
	berth destroy --yes "$id"
	wait "$FOLLOWER" || true
	FOLLOWER=
	# 1, 2, 3 ... without a gap and without one twice
	diff <(seq "$(wc -l <"$out")") "$out"
}

@test "a follower ends with its container" {
	id=$(run_sh short 'echo begin; sleep 3; echo end')
	[ "$(timeout 60 berth log -f "$id")" = $'begin\nend' ]
}

@test "the demo tells that it is there, though nobody asks it for a page" {
	id=$(berth run --name "$IMAGE" --memory 20 -q)
	said() { berth log "$id" | grep -qE '^up [0-9]+ s, load of the engine [0-9.]+$'; }
	wait_for 60 said
	[ "$(berth log "$id" | head -n 1)" = 'serving /www on port 80' ]
}

@test "a container that ends is told from one whose log is empty" {
	id=$(run_sh silent 'sleep 1000')
	[ -z "$(berth log "$id")" ]
	run -4 --separate-stderr berth log nosuchcontainer
	[[ $stderr == *nosuchcontainer* ]]
}

@test "who is not allowed reads no log, and a dead token ends what it follows" {
	id=$(run_sh secret 'while true; do echo tick; sleep 0.2; done')
	local out=$BATS_TEST_TMPDIR/out token
	token=$(login admin "$(cat "$BERTH_PASSWORD_FILE")")
	curl -sSN --max-time 100 --cacert "$BERTH_CACERT" -H "X-Access-Token: $token" \
		"$BERTH_URL/api/containers/$id/logs?follow=true" >"$out" 3>&- 4>&- &
	FOLLOWER=$!
	wait_for 60 lines "$out" 5
	AS=$token api POST /auth/logout
	expect 204
	ended() { ! kill -0 "$FOLLOWER" 2>/dev/null; }
	wait_for 60 ended
	FOLLOWER=
	AS=$token api GET "/api/containers/$id/logs"
	expect 401
}
