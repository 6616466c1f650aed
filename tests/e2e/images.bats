#!/usr/bin/env bats
# What an engine refuses: images that are missing, commands that do not exist, host ports that others hold. And what
# helps: images copied from engine to engine.
# shellcheck disable=SC2153,SC2154,SC2030,SC2031,SC2034
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 3; }
teardown() {
	clean_up
	for engine in $(engines); do
		for id in $(docker_labelled "$engine" e2e.planted); do docker_remove "$engine" "$id"; done
		for image in partly:1 large:1; do docker "$engine" DELETE "/images/$image?force=1" -o /dev/null; done
	done
}

tag() { docker "$1" POST "/images/$IMAGE/tag?repo=partly&tag=1" -o /dev/null; } # ENGINE: gives it the image partly:1
# nothing_left ROWS-BEFORE: no row of a living container, no port, no container came of it
nothing_left() {
	settled &&
		[ "$(sql 'SELECT count(*) FROM containers WHERE removed_at IS NULL')" = "$1" ] &&
		[ "$(sql 'SELECT count(DISTINCT container_id) FROM port_bindings')" = 1 ]
}

@test "an image that one engine lacks: its containers go to the others" {
	tag n1 && tag n3
	berth run --name partly:1 --count 6 --memory 20 --port 80 --pull false -o json >"$BATS_TEST_TMPDIR/out"
	jq -e 'length == 6 and all(.engine.id != "n2") and all(.state == "running")' "$BATS_TEST_TMPDIR/out"
	jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' "$BATS_TEST_TMPDIR/out" | all_answer
	settled
	docker n2 GET '/containers/json?all=1' | holds 'all(.Image != "partly:1")'
	berth events 50 --tag cluster -o json | holds 'any(.type == "move-container" and (.message | test("from=n2")))'
}

@test "an image that the chosen engine lacks: refused where none is to be fetched, else copied from an engine that has it" {
	tag n1
	run -5 --separate-stderr berth run --name partly:1 --type host --label host:n2 --memory 20 --pull false
	[[ $stderr == *partly* ]]
	nothing_left 1
	berth run --name partly:1 --type host --label host:n2 --memory 20 --port 80 --count 3 -o json >"$BATS_TEST_TMPDIR/out"
	jq -e 'length == 3 and all(.engine.id == "n2" and .state == "running")' "$BATS_TEST_TMPDIR/out"
	jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' "$BATS_TEST_TMPDIR/out" | all_answer
	berth events 300 -o json | holds '[.[] | select(.type == "copy-image" and (.message | test("image=partly:1 ")))]
		| length == 1 and (.[0].message | test("from=n1 to=n2"))'
	[ "$(image_id n1 partly:1)" = "$(image_id n2 partly:1)" ]
	[ "$(docker n3 GET /images/partly:1/json -o /dev/null -w '%{http_code}')" = 404 ]
}
image_id() { docker "$1" GET "/images/$2/json" | jq -er .Id; } # ENGINE IMAGE

@test "an image of 64 MB is copied without being held in memory" {
	docker_run n1 planted "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\"}}"
	head -c 64M /dev/urandom >"$BATS_TEST_TMPDIR/large"
	tar -cC "$BATS_TEST_TMPDIR" large | docker n1 PUT '/containers/planted/archive?path=/' --data-binary @- -H 'Content-Type: application/x-tar'
	docker n1 POST '/commit?container=planted&repo=large&tag=1' -o /dev/null
	before=$(memory_peak)
	berth run --name large:1 --type host --label host:n3 --memory 20 -o json | holds '.[0].state == "running"'
	[ "$(image_id n1 large:1)" = "$(image_id n3 large:1)" ]
	after=$(memory_peak)
	echo "kB at most: $before, then $after"
	[ $((after - before)) -lt 32768 ]
}
# Peak of the memory of all processes that may have copied, summed up, in kB.
memory_peak() {
	for part in worker $(stack_part keepers); do
		for pid in $(stack_part pids "$part"); do cat "/proc/$pid/status"; done
	done | awk '/^VmHWM/ { sum += $2 } END { print sum }'
}

@test "an image that nobody has: refused with the engine's words, never tried where pull is false" {
	for pull in '' '?pull=false' '?pull=true'; do
		api POST "/api/containers$pull" -d '{"name":"nosuchimage:1","memory":20}'
		expect 422 '.code == "image_unavailable" and (.detail | test("nosuchimage"))'
	done
	nothing_left 1
	berth events 300 -o json | holds 'any(.type == "fail-container")'
}

@test "a batch of an image that nobody has leaves nothing behind" {
	run -5 --separate-stderr berth run --name nosuchimage:1 --count 9 --port 80 --pull false
	[[ $stderr == *nosuchimage* ]]
	nothing_left 1
}

@test "some of a batch: 207 tells each item, what runs stays" {
	tag n1
	api POST '/api/containers?count=3&pull=false' -d '{"name":"partly:1","memory":20,"type":"unique"}'
	expect 207 '(.containers | length) == 1 and .containers[0].engine.id == "n1" and .containers[0].state == "running"
		and ([.items[].status] | sort) == ["done", "failed", "failed"]
		and all(.items[] | select(.status == "failed"); .error.code == "image_unavailable")'
	nothing_left_of_failed
	clean_up
	run -7 berth run --name partly:1 --memory 20 --pull false --count 2 --type unique
}
nothing_left_of_failed() { settled && [ "$(sql 'SELECT count(*) FROM containers WHERE removed_at IS NULL')" = 2 ]; }

@test "a command that does not exist: a clear refusal, nothing is left" {
	api POST '/api/containers?count=3' -d "{\"name\":\"$IMAGE\",\"memory\":20,\"args\":[\"/no/such/command\"],\"bind_ports\":[{\"container_port\":80}]}"
	expect 422 '.code == "engine_refused" and (.detail | test("/no/such/command"))'
	nothing_left 1
	run -5 --separate-stderr berth run --name "$IMAGE" --memory 20 --arg /no/such/command
	[[ $stderr == *"/no/such/command"* ]]
	nothing_left 1
}

@test "host ports that other programs hold: the next ones are used" {
	berth run --name "$IMAGE" --memory 20 --port tcp/::80 --type host --label host:n2 -o json >"$BATS_TEST_TMPDIR/one"
	next=$(($(jq '.[0].ports[0].port' "$BATS_TEST_TMPDIR/one") + 1))
	# another program of that host: a process in its network, unknown to Docker
	address=$(engine_host n2)
	space=$(ip netns list | awk '{ print $1 }' | while read -r name; do
		if ip -n "$name" -4 address show 2>/dev/null | grep -q "inet $address/"; then echo "$name"; fi
	done)
	nsenter "--net=/run/netns/$space" python3 "$LIB/listen.py" $next $((next + 1)) 3>&- 4>&- &
	holder=$!
	wait_for 60 listens "$space" $((next + 1))
	berth run --name "$IMAGE" --memory 20 --port tcp/::80 --type host --label host:n2 --count 2 -o json >"$BATS_TEST_TMPDIR/more"
	kill $holder
	jq -e "length == 2 and all(.state == \"running\" and .ports[0].port > $next + 1)" "$BATS_TEST_TMPDIR/more"
	jq -r '.[] | "\(.engine.id) \(.ports[0].port)"' "$BATS_TEST_TMPDIR/more" | all_answer
	settled
}
listens() { nsenter "--net=/run/netns/$1" ss -ltnH "sport = :$2" | grep -q .; }

@test "a host port asked for by number that a foreign container holds: another engine" {
	docker_run n1 planted "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\"},\"HostConfig\":{\"Memory\":20971520,
		\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"9090\"}]}}}"
	berth run --name "$IMAGE" --memory 20 --port tcp/:9090:80 --count 2 -o json >"$BATS_TEST_TMPDIR/out"
	jq -e '[.[] | .engine.id] | sort == ["n2", "n3"]' "$BATS_TEST_TMPDIR/out"
	run -5 berth run --name "$IMAGE" --memory 20 --port tcp/:9090:80
	docker n1 GET /containers/planted/json | holds .State.Running
	settled
}
