#!/usr/bin/env bats
# The main path through the command line: run, scale, look, stop, start, restart, destroy, on real engines.
# shellcheck disable=SC2154,SC2016
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 3; }
teardown() { clean_up; }

# run_web COUNT [OPTION...]: web servers of 20 MB; prints "id engine port" of each, in order.
run_web() {
	berth run --name "$IMAGE" --count "$1" --port tcp/::80 --memory 20 -o json "${@:2}" |
		jq -r '.[] | "\(.id) \(.engine.id) \(.ports[0].port)"'
}
ids_of() { cut -d' ' -f1; }
# group ID: ids of the living members of its group, oldest first
group() {
	sql "SELECT id FROM containers WHERE group_hash = (SELECT group_hash FROM containers WHERE id = '$1')
	         AND removed_at IS NULL AND desired = 'running' ORDER BY created_seq"
}
per_engine() { listed | jq -r '.[] | select(.name != "demo") | .engine.id' | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs; }
on_engines() { for engine in $(engines); do docker_labelled "$engine"; done; }

# The pool's summary against what the engines say themselves.
clusterinfo_agrees() {
	local engine cpus=0 memory=0 images=0 count=0 running=0 reserved=0 info id
	for engine in $(engines); do
		info=$(docker "$engine" GET /info)
		cpus=$((cpus + $(jq .NCPU <<<"$info")))
		memory=$((memory + $(jq '.MemTotal / 1048576 | floor' <<<"$info")))
		images=$((images + $(jq .Images <<<"$info")))
		count=$((count + $(jq .Containers <<<"$info")))
		running=$((running + $(jq .ContainersRunning <<<"$info")))
		for id in $(docker "$engine" GET /containers/json | jq -r '.[].Id'); do
			reserved=$((reserved + $(docker_inspect "$engine" "$id" | jq '.HostConfig.Memory / 1048576')))
		done
	done
	berth clusterinfo -o json | jq -r '"\(.cpus) \(.memory) \(.image_count) \(.container_count) \(.running_count) \(.reserved_memory) \(.engine_count)"' |
		diff - <(echo "$cpus $memory $images $count $running $reserved $(engines | wc -l)")
}

@test "run --count 99 spreads 33/33/33, all answer; scale 40, scale 60; the summary agrees with the engines" {
	berth stop demo
	run_web 99 >"$BATS_TEST_TMPDIR/ran"
	berth start demo
	[ "$(wc -l <"$BATS_TEST_TMPDIR/ran")" = 99 ]
	[ "$(per_engine)" = "n1=33 n2=33 n3=33" ]
	cut -d' ' -f2,3 "$BATS_TEST_TMPDIR/ran" | all_answer
	wait_for 60 clusterinfo_agrees

	named=$(tail -n 1 "$BATS_TEST_TMPDIR/ran" | ids_of) # the newest, which would go first
	berth scale "$named" 40
	{ head -n 39 "$BATS_TEST_TMPDIR/ran" | ids_of && echo "$named"; } | diff - <(group "$named")
	settled
	[ "$(on_engines | wc -l)" = 41 ] # and the demo
	wait_for 60 clusterinfo_agrees

	berth scale "$named" 60 -o json | jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' >"$BATS_TEST_TMPDIR/scaled"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/scaled")" = 60 ]
	[ "$(group "$named" | wc -l)" = 60 ]
	all_answer <"$BATS_TEST_TMPDIR/scaled"
	settled

	berth events 20 --account admin -o json | jq -r --arg n "$named" '.[] | select(.account == "admin" and
		(.type == "run-container" or .type == "scale-container")) | "\(.type) \(.message | sub(" operation=.*"; "") | sub($n; "NAMED"))"' |
		head -n 3 | diff - <(printf '%s\n' "scale-container id=NAMED from=40 count=60" \
		"scale-container id=NAMED from=99 count=40" "run-container name=$IMAGE count=99")
}

@test "scale takes the newest first and leaves the named one" {
	mapfile -t ids < <(run_web 5 | ids_of)
	berth scale "${ids[1]}" 3
	printf '%s\n' "${ids[@]:0:3}" | diff - <(group "${ids[0]}")
	berth scale "${ids[2]}" 1
	[ "$(group "${ids[0]}")" = "${ids[2]}" ]
}

@test "scale to 0, then up again by the id of a destroyed member" {
	mapfile -t ids < <(run_web 2 --env KEPT=yes | ids_of)
	berth scale "${ids[0]}" 0
	[ -z "$(group "${ids[0]}")" ]
	run -4 berth container "${ids[0]}"
	berth scale "${ids[1]}" 3
	mapfile -t now < <(group "${ids[0]}")
	[ "${#now[@]}" = 3 ]
	docker_inspect "$(field "${now[0]}" .engine.id)" "$(field "${now[0]}" .docker_id)" | holds '.Config.Env | index("KEPT=yes")'
}

@test "scale to the number that is there changes nothing" {
	mapfile -t ids < <(run_web 2 | ids_of)
	[ "$(berth scale "${ids[0]}" 2 -q | sort)" = "$(printf '%s\n' "${ids[@]}" | sort)" ]
	printf '%s\n' "${ids[@]}" | diff - <(group "${ids[0]}")
}

@test "groups that differ only in their environment are scaled apart" {
	one=$(run_web 1 --env A=1 | ids_of)
	two=$(run_web 1 --env A=2 | ids_of)
	berth scale "$one" 3
	[ "$(group "$one" | wc -l) $(group "$two" | wc -l)" = "3 1" ]
	berth scale "$two" 0
	[ "$(group "$one" | wc -l)" = 3 ]
}

# What Docker was told, without what is of one container alone.
told() { # ID
	docker_inspect "$(field "$1" .engine.id)" "$(field "$1" .docker_id)" | jq -S '{
		Config: (.Config | .Labels |= del(.["berth.container"], .["berth.generation"]) | .Env |= sort),
		HostConfig: (.HostConfig | .PortBindings |= map_values(map(del(.HostPort)))),
		Mounts: ([.Mounts[] | {Type, Destination, RW, Name: (if .Name | test("^[0-9a-f]{64}$") then "anonymous" else .Name end)}] | sort_by(.Destination))}'
}

@test "nothing of the specification is lost between run and scale" {
	first=$(berth run -q --name "$IMAGE" --type host --label host:n2 --label zone=a --cpus 0.25 --cpuset 0,1 --memory 24 \
		--env 'GREETING=hello world' --env EMPTY= --env 'QUOTE="x" $HOME' --hostname web --domain example.org \
		--entrypoint /bin/httpd --arg=-f --arg=-p --arg 80 --arg=-h --arg /www --restart on-failure:5 \
		--vol /scratch --vol data:/data:ro --port tcp/::80 --port udp/127.0.0.1::53 --port 81)
	second=$(berth scale "$first" 2 -o json | jq -r --arg f "$first" '.[].id | select(. != $f)')
	told "$first" >"$BATS_TEST_TMPDIR/first"
	told "$second" | diff "$BATS_TEST_TMPDIR/first" -
	diff <(field "$first" '.image | del(.container_name)') <(field "$second" '.image | del(.container_name)')
	# and Docker was told what was asked for
	jq -e '.Config.Hostname == "web" and .Config.Domainname == "example.org" and .HostConfig.Memory == 24 * 1048576
		and .HostConfig.CpuShares == 256 and .HostConfig.CpusetCpus == "0,1"
		and .HostConfig.RestartPolicy == {"Name": "on-failure", "MaximumRetryCount": 5}
		and .Config.Entrypoint == ["/bin/httpd"] and .Config.Cmd == ["-f", "-p", "80", "-h", "/www"]
		and (.Config.Env | index("GREETING=hello world") != null and index("EMPTY=") != null and index("QUOTE=\"x\" $HOME") != null)
		and (.HostConfig.PortBindings | keys == ["53/udp", "80/tcp", "81/tcp"])
		and ([.Mounts[] | "\(.Destination) \(.RW)"] == ["/data false", "/scratch true"])' "$BATS_TEST_TMPDIR/first"
	field "$first" '.image.environment | to_entries | map(.value) | unique == ["***"]' | grep -qx true
	[ "$(field "$second" .engine.id)" = n2 ]
	[ "$(field "$first" '.ports | map(.port) | unique | length')" = 3 ]
}

@test "container names are numbered, unique, and Docker's own" {
	berth run --name "$IMAGE" --memory 20 --container-name solo
	run -5 --separate-stderr berth run --name "$IMAGE" --memory 20 --container-name solo
	[[ $stderr == *"name"* ]]
	berth scale solo 3
	berth run --name "$IMAGE" --memory 21 --container-name web --count 3
	listed | jq -r '.[].name' | sort | diff - <(printf '%s\n' demo solo solo-1 solo-2 web-1 web-2 web-3)
	for engine in $(engines); do docker "$engine" GET /containers/json | jq -r '.[].Names[0][1:]'; done | sort |
		diff - <(listed | jq -r '.[].name' | sort)
	berth destroy web-2
	berth scale web-1 3
	listed | jq -r '.[].name' | sort | diff - <(printf '%s\n' demo solo solo-1 solo-2 web-1 web-2 web-3)
}

# has ENGINE DOCKER-ID STATE: as the engine itself says
has() { [ "$(docker_inspect "$1" "$2" | jq -r .State.Status)" = "$3" ]; }

@test "stop, start and restart, each also when it is so already" {
	read -r id engine port < <(run_web 1)
	docker_id=$(field "$id" .docker_id)
	before=$(berth clusterinfo -o json | jq .reserved_memory)
	[ "$(berth stop "$id")" = "$id" ]
	has "$engine" "$docker_id" exited
	[ "$(berth clusterinfo -o json | jq .reserved_memory)" = $((before - 20)) ]
	berth stop "$id"
	[ "$(berth containers --running -o json | jq --arg i "$id" 'any(.id == $i)')" = false ]
	berth start "$id"
	has "$engine" "$docker_id" running
	answers "$engine" "$port"
	berth start "$id"
	[ "$(berth clusterinfo -o json | jq .reserved_memory)" = "$before" ]
	started=$(docker_inspect "$engine" "$docker_id" | jq -r .State.StartedAt)
	berth restart "$id"
	[ "$(docker_inspect "$engine" "$docker_id" | jq -r .State.StartedAt)" != "$started" ]
	answers "$engine" "$port"
	berth stop "$id"
	berth restart "$id" # a stopped one starts
	has "$engine" "$docker_id" running
	[ "$(field "$id" '"\(.state) \(.generation) \(.docker_id)"')" = "running 1 $docker_id" ]
	answers "$engine" "$port"
}

@test "destroy, running or stopped, several at once, and what is not there" {
	mapfile -t ids < <(run_web 3 | ids_of)
	berth stop "${ids[0]}"
	berth destroy "${ids[0]}" "${ids[1]}" >"$BATS_TEST_TMPDIR/out"
	printf '%s\n' "${ids[@]:0:2}" | diff - "$BATS_TEST_TMPDIR/out"
	run -7 berth destroy "${ids[2]}" 00000000
	run -4 berth destroy "${ids[2]}"
	[ "$(on_engines | wc -l)" = 1 ]
	[ "$(sql "SELECT count(*) FROM port_bindings b JOIN containers c ON c.id = b.container_id WHERE c.name <> 'demo'")" = 0 ]
}

@test "log: both streams, one of them, the last lines, with times" {
	id=$(berth run -q --name "$IMAGE" --memory 20 --arg sh --arg=-c --arg 'echo one; echo two >&2; echo three; exec sleep 1000')
	said() { [ "$(berth log "$id" 2>&1 | wc -l)" = 3 ]; }
	wait_for 60 said
	[ "$(berth log "$id" --stdout | xargs)" = "one three" ]
	[ "$(berth log "$id" --stderr 2>&1 >/dev/null)" = two ]
	[ "$(berth log "$id" --tail 1 2>&1 | wc -l)" = 1 ]
	berth log "$id" --stdout --timestamps | grep -Eq '^20[0-9-]+T[0-9:.]+Z one$'
	run -4 berth log 00000000
}

@test "stats: what a container really uses, once and each second; of a stopped one nothing" {
	local id samples=$BATS_TEST_TMPDIR/samples
	# What the engine's kernel does not count is null.
	plausible() { # JQ-FILTER, or nothing
		jq -e "$1"' | .running and .pids != 0 and all(.cpu_percent, .memory_mb, .network_rx_bytes, .pids; . == null or . >= 0)'
	}
	id=$(berth run --name "$IMAGE" --container-name busy --memory 20 --entrypoint /bin/sh --arg -c --arg 'while :; do :; done' -q)
	berth stats "$id" -o json | plausible '.[0]'
	berth stats busy -o json | jq -e '.[0].cpu_percent | . == null or . > 0'
	berth stats | grep -q ' busy '
	timeout -s INT 60 "$BERTH_DIR/bin/berth" stats -f busy -o json >"$samples" 3>&- 4>&- &
	three() { [ "$(wc -l <"$samples")" -ge 3 ]; }
	wait_for 60 three
	kill $!
	wait $! || true
	sed -n 3p "$samples" | plausible .
	berth stop busy
	[ "$(berth stats busy -o json | jq -c '.[0] | [.running, .cpu_percent, .memory_mb]')" = '[false,null,null]' ]
}

@test "engines: how each has answered lately" {
	beats() { berth engines -o json | jq -e 'all(.[]; .health.strip | length > 0 and any(.[]; . != null))'; }
	wait_for 60 beats
	berth engines -o wide | grep -q '▁\|▂\|▃\|▄\|▅\|▆\|▇\|█'
	berth engines -o json | jq -e 'all(.[]; .health.strip_until and .load.containers >= 0)'
}

@test "a process that ends is seen, is not wanted any more, and frees what it had" {
	before=$(berth clusterinfo -o json | jq .reserved_memory)
	id=$(berth run -q --name "$IMAGE" --memory 20 --arg sh --arg=-c --arg 'exit 3')
	wait_for 60 seen_as "$id" "exited stopped 3"
	[ "$(berth clusterinfo -o json | jq .reserved_memory)" = "$before" ]
}
seen_as() { [ "$(field "$1" '"\(.state) \(.desired) \(.exit_code)"')" = "$2" ]; }

@test "the restart policy keeps a process running" {
	id=$(berth run -q --name "$IMAGE" --memory 20 --restart always --arg sh --arg=-c --arg 'sleep 0.3; exit 1')
	engine=$(field "$id" .engine.id)
	docker_id=$(field "$id" .docker_id)
	wait_for 60 restarted "$engine" "$docker_id" 2
	[ "$(field "$id" .desired)" = running ]
}
restarted() { (($(docker_inspect "$1" "$2" | jq .RestartCount) >= $3)); }

@test "what keeps exiting is crash-looping, with its exit code, until somebody stops it" {
	id=$(berth run -q --name "$IMAGE" --memory 20 --restart always --arg false)
	wait_for 60 looping "$id" 1
	berth containers --filter id="$id" | grep -q 'crash-looping, exit code 1'
	[ "$(field "$id" .desired)" = running ]
	berth stop "$id"
	[ "$(field "$id" .crash_loop)" = null ]
	[ "$(sql "SELECT string_agg(type, ' ' ORDER BY time) FROM events WHERE type LIKE 'crash-loop%' AND container_id = '$id'")" = 'crash-loop crash-loop-over' ]
}
looping() { [ "$(field "$1" .crash_loop.exit_code)" = "$2" ]; }

@test "ids may be shortened, names will do, an ambiguous prefix is refused" {
	read -r id engine port < <(run_web 1 --container-name known)
	docker_id=$(field known .docker_id)
	for word in "$id" "${id:0:12}" "$docker_id" "${docker_id:0:12}" known; do [ "$(field "$word" .id)" = "$id" ]; done
	berth run -q --name "$IMAGE" --memory 20 --count 9 >/dev/null # with Docker's 22 ids: some begin alike
	prefix=$(listed | jq -r '.[] | [.id, .docker_id] | map(.[0:1]) | unique | .[]' | sort | uniq -d | head -n 1)
	run -5 berth container "$prefix"
	run -5 berth stop "$prefix"
}

@test "placement types: unique puts one on each engine and refuses the fourth; host pins" {
	berth run --name "$IMAGE" --memory 20 --type host --label host:n3 --count 2 -o json | holds 'all(.engine.id == "n3")'
	for engine in $(engines); do docker "$engine" POST "/images/$IMAGE/tag?repo=once&tag=1"; done
	berth run --name once:1 --memory 20 --type unique --count 3 -o json | holds '[.[].engine.id] | sort == ["n1", "n2", "n3"]'
	run -5 --separate-stderr berth run --name once:1 --memory 20 --type unique
	[[ $stderr == *"n1: "*"n2: "*"n3: "* ]]
	[ "$(listed | jq 'map(select(.image.name == "once:1")) | length')" = 3 ]
	clean_up
	for engine in $(engines); do docker "$engine" DELETE /images/once:1 -o /dev/null; done
}

@test "publish binds every port that the image exposes" {
	berth run --name "$IMAGE" --memory 20 --publish -o json | jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' >"$BATS_TEST_TMPDIR/ran"
	all_answer <"$BATS_TEST_TMPDIR/ran"
	listed | holds '.[] | select(.name != "demo") | .ports | length == 1 and .[0].container_port == 80'
}

@test "a named host port is taken once on each engine, and freed" {
	berth run --name "$IMAGE" --memory 20 --port tcp/:8080:80 --count 3 -o json | holds 'all(.ports[0].port == 8080)'
	run -5 --separate-stderr berth run --name "$IMAGE" --memory 20 --port tcp/:8080:80
	[[ $stderr == *"8080"* ]]
	id=$(listed | jq -r '[.[] | select(.engine.id == "n2" and .name != "demo")][0].id')
	berth destroy "$id"
	berth run --name "$IMAGE" --memory 20 --port tcp/:8080:80 -o json | holds '.[0].engine.id == "n2"'
	answers n2 8080
}

@test "exit statuses: usage 2, not allowed 3, not found 4, conflict or no room 5, unreachable 6" {
	run -2 berth run --name "$IMAGE" --nonsense
	run -2 berth run
	run -2 berth run --name "$IMAGE" --port tcp/x
	run -2 berth run --name 'no image'
	run -2 berth scale x notanumber
	BERTH_TOKEN=admin:nonsense run -3 berth containers
	run -4 berth container 00000000
	run -4 berth scale 00000000 3
	run -5 berth run --name "$IMAGE" --memory 16000000
	BERTH_URL=https://127.0.0.1:1 run -6 berth containers
	[ "$(listed | jq length)" = 1 ]
}

@test "output: tables for people, json and ids for programs" {
	run_web 2 >/dev/null
	berth containers | head -n 1 | grep -Eq '^ID +IMAGE +ENGINE +STATE +PORTS'
	[ "$(berth containers --no-headers | wc -l)" = 3 ]
	listed | holds 'length == 3 and all(.id and .name and .image.name and .engine.id and .engine.addr and .state and .managed)'
	berth containers -q | sort | diff - <(listed | jq -r '.[].id' | sort)
	berth engines -o json | holds 'length == 3 and all(.health.status == "up" and .engine.cpus > 0 and .engine.memory > 0 and .docker_version)'
	berth engine n1 -o json | holds '.id == "n1" and (has("ssl_key") | not)'
	berth events 3 -o json | holds 'length == 3 and all(.id and .time and .type and .message and .tags)'
	berth run --name "$IMAGE" --memory 20 --port 80 | sed -n 2p | grep -Eq '^tcp +2[0-9]{4} +80 +[0-9a-f]{12} +n[123]'
}

@test "the history says who did what to which container" {
	id=$(run_web 1 | ids_of)
	berth stop "$id"
	berth start "$id"
	berth restart "$id"
	berth scale "$id" 2
	berth destroy "$id"
	berth events 100 --account admin -o json | jq -r --arg i "$id" '.[] | select(.message | startswith("id=" + $i)) |
		select(.account == "admin" and .tags == ["cluster"] and (.request_id | length) > 8) | .type' |
		diff - <(printf '%s\n' destroy-container scale-container restart-container start-container stop-container)
}
