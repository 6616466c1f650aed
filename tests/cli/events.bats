#!/usr/bin/env bats
# The history on the command line: filters, pages, following over connections that break, verification; and lists of
# containers page by page.
# shellcheck disable=SC2086,SC2154
load cli

# event NUMBER: the document of an event, for a script
event() {
	printf '{"id":%d,"type":"run-container","message":"Event %d","time":"2026-01-31T12:00:0%d.000Z","account":"clare","engine":{"id":"n1"},"container":{"id":"%s"},"tags":[]' \
		"$1" "$1" "$(($1 % 10))" "$ID1"
}

# line NUMBER: the same as a line that is followed, in a script's "raw"
line() {
	printf '%s,"cursor":"e-%d"}\n' "$(event "$1")" "$1" | sed 's/"/\\"/g; s/$/\\n/' | tr -d '\n'
}

# until_true COMMAND...: wait for it, 20 s at most
until_true() {
	for ((i = 0; i < 400; i++)); do
		if "$@"; then return 0; fi
		nap 0.05
	done
	return 1
}

now() { # where the history ends, for who follows it
	answer "GET /api/events?after=now" '"headers":{"X-Next-Cursor":"e-0"},"body":[]'
}

@test "events: every filter goes to the server, as an option or as --filter" {
	answer "GET /api/events" '"times":0,"body":['"$(event 1)"'}]'
	run berth events 20 --type run-container --tag a --container 05e --engine n1 --account clare --since 1000 --until 2000
	[ "$status" -eq 0 ]
	[ "$(sent)" = "GET /api/events?type=run-container&tag=a&container=05e&engine=n1&account=clare&since=1000&until=2000&count=20" ]
	: >"$T/requests"
	run berth events --filter tag=a --filter until=2h --filter 'message=Event*' -q
	[ "$status $output" = "0 1" ]
	[ "$(sent)" = "GET /api/events?tag=a&until=2h" ]
	run berth events --since never
	[ "$status" -eq 2 ]
	run berth events -f --until 10m
	[ "$status" -eq 2 ]
	grep -q -- "--until does not go with --follow" "$T/stderr"
}

@test "events: more than a page, and no more than there are" {
	answer "GET /api/events?count=1000&cursor=e-2" '"body":['"$(event 2)"'}]'
	answer "GET /api/events?count=1000" '"headers":{"X-Next-Cursor":"e-2"},"body":['"$(event 1)"'}]'
	run berth events 2500 -q
	[ "$status $output" = "0 1"$'\n'2 ]
	answer "GET /api/events?count=1000&cursor=e-2" '"times":0,"headers":{"X-Next-Cursor":"e-2"},"body":[]'
	answer "GET /api/events?count=1000" '"times":0,"headers":{"X-Next-Cursor":"e-2"},"body":['"$(event 1)"'}]'
	run berth events 2500 -q
	[ "$status $output" = "0 1" ]
	: >"$T/requests"
	run berth events 1000 -q
	[ "$status $output $(sent)" = "0 1 GET /api/events?count=1000" ]
}

@test "events -f: over a connection that breaks and a restart, each event once" {
	now
	answer "GET /api/events?follow=true&after=e-0" '"raw":"'"$(line 1)"'\n'"$(line 2 | cut -c1-40)"'","cut":0'
	answer "GET /api/events?follow=true&after=e-1" '"drop":true'
	answer "GET /api/events?follow=true&after=e-1" '"status":502,"body":{"code":"unavailable","detail":"Away."}'
	answer "GET /api/events?follow=true&after=e-1" '"raw":"'"$(line 2)$(line 3)"'{\"end\":\"drain\",\"cursor\":\"e-9\"}\n"'
	answer "GET /api/events?follow=true&after=e-9" '"raw":"'"$(line 10)"'{\"end\":\"revoked\",\"cursor\":\"e-10\"}\n"'
	run berth events -f --no-headers
	[ "$status" -eq 3 ]
	[ "$(grep -o 'Event [0-9]*' <<<"$output" | tr '\n' ' ')" = "Event 1 Event 2 Event 3 Event 10 " ]
	[[ "${lines[0]}" == "2026-01-31T12:00:01.000Z  run-container     clare       n1        05e03fe8c689  Event 1" ]]
	grep -q "log in again" "$T/stderr"
}

@test "events -f: a connection that breaks before anything came goes on from the same place" {
	now
	answer "GET /api/events?follow=true&after=e-0" '"raw":"","cut":0'
	answer "GET /api/events?follow=true&after=e-0" '"raw":"'"$(line 1)"'{\"end\":\"revoked\",\"cursor\":\"e-1\"}\n"'
	run berth events -f -q
	[ "$status $output" = "3 1" ]
	now
	answer "GET /api/events?follow=true&after=e-0" '"status":503,"body":{"code":"unavailable","detail":"Too many streams."}'
	run berth events -f -q
	[ "$status" -ne 0 ]
	grep -q "Too many streams" "$T/stderr"
}

@test "events N -f: the last ones first, oldest first, and none of them again" {
	now
	answer "GET /api/events?engine=n1&count=2" '"body":['"$(event 2)},$(event 1)"'}]'
	answer "GET /api/events?engine=n1&follow=true&after=e-0" '"raw":"'"$(line 2)$(line 3)"'{\"end\":\"revoked\",\"cursor\":\"e-3\"}\n"'
	run berth events 2 -f --engine n1 -o json
	[ "$status" -eq 3 ]
	[ "$(jq -r .message <<<"$output" | tr '\n' ' ')" = "Event 1 Event 2 Event 3 " ]
	[ "${#lines[@]}" -eq 3 ]
}

@test "events -f --since: from then on; other filters hold, too" {
	answer "GET /api/events?since=1000&follow=true&after=oldest" \
		'"raw":"'"$(line 1)$(line 2)"'{\"end\":\"revoked\",\"cursor\":\"e-2\"}\n"'
	run berth events -f --since 1000 -q --filter 'message=*2'
	[ "$status $output" = "3 2" ]
}

@test "events -f: Ctrl-C ends it quietly with 130, --timeout with 124" {
	now
	answer "GET /api/events?follow=true&after=e-0" '"raw":"'"$(line 1)"'","cut":40'
	"$BERTH" events -f -q >"$T/stdout" 2>"$T/stderr" </dev/null 3>&- &
	pid=$!
	until_true grep -q 1 "$T/stdout"
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status $(cat "$T/stdout")" = "130 1" ]
	[ ! -s "$T/stderr" ]
	now
	answer "GET /api/events?follow=true&after=e-0" '"raw":"'"$(line 1)"'","cut":40'
	run timeout 20 "$BERTH" events -f -q --timeout 1s
	[ "$status" -eq 124 ]
	[[ "$output" == *"time of --timeout is over"* ]]
}

@test "events -f: what is no history is told" {
	now
	answer "GET /api/events?follow=true" '"raw":"<html>\n"'
	run berth events -f
	[ "$status" -eq 1 ]
	grep -q "no history" "$T/stderr"
}

@test "events verify: step by step, in words" {
	answer "GET /api/events/verify?cursor=300" '"times":0,"body":{"ok":true,"complete":true,"problem":null,"cursor":null,"seals":10,"events":345,"unsealed":1,"dropped_seals":0,"head":310,"digest":"abc"}'
	answer "GET /api/events/verify" '"times":0,"body":{"ok":true,"complete":false,"problem":null,"cursor":"300","seals":300,"events":12000,"unsealed":1,"dropped_seals":0,"head":310,"digest":"abc"}'
	run berth events verify
	[ "$status" -eq 0 ]
	[ "$output" = "12,345 events under 310 seals: unbroken; 1 event not sealed yet; head 310 is abc" ]
	[ "$(berth events verify -q)" = abc ]
	[ "$(berth events verify -o json | jq -c '[.ok, .seals, .events, .cursor]')" = '[true,310,12345,null]' ]
}

@test "events verify: what is broken, with status 1" {
	answer "GET /api/events/verify?head=abc" '"times":0,"body":{"ok":false,"complete":false,"problem":"Seal 7 does not fit.","cursor":null,"seals":6,"events":60,"unsealed":0,"dropped_seals":2,"head":9,"digest":"abc"}'
	run berth events verify --head abc
	[ "$status" -eq 1 ]
	[ "$output" = "60 events under 6 seals fit; then it is broken; the events of 2 seals before are gone, by age" ]
	grep -q "The history is not what it was: Seal 7 does not fit." "$T/stderr"
	run berth events verify --head abc -q
	[ "$status $output" = "1 " ]
	answer "GET /api/events/verify" '"times":0,"body":{"ok":true,"cursor":"5","seals":1,"events":1}'
	run berth events verify
	[ "$status" -eq 1 ]
	grep -q "does not get on" "$T/stderr"
}

@test "containers: options and filters are the server's; patterns are not" {
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'","image":{"name":"httpd:2"}},{"id":"'$ID2'","image":{"name":"redis"}}]'
	run berth containers --name a --name b --image httpd --engine n1 --state exited --label eu --filter group=9 --running
	[ "$status" -eq 0 ]
	[ "$(sent)" = "GET /api/containers?all=false&name=a&name=b&image=httpd&engine=n1&state=exited&label=eu&group=9&limit=1000" ]
	: >"$T/requests"
	[ "$(berth containers -q --state running)" = "$ID1"$'\n'"$ID2" ]
	[ "$(berth containers -q --filter 'image=redis*' --limit 1)" = "$ID2" ]
	[ "$(sent)" = "GET /api/containers?state=running&summary=true&limit=1000"$'\n'"GET /api/containers?limit=1000" ]
	for wrong in "--state fly" "--limit 0" "--image httpd*"; do
		run berth containers $wrong
		[ "$status" -eq 2 ]
	done
}

@test "containers: page by page, as many as there are or as were asked for" {
	python3 - "$T/script" <<-'PY'
		import json, sys
		pages = [[{"id": "%064x" % n, "name": "c%d" % n} for n in range(first, min(first + 1000, 2500))]
		         for first in range(0, 2500, 1000)]
		with open(sys.argv[1], "w") as script:
		    for limit in (1000, 500):
		        for page in (2, 1):
		            print(json.dumps({"on": "GET /api/containers?limit=%d&cursor=c-%d" % (limit, page), "times": 0,
		                              "body": pages[page][:limit],
		                              "headers": {"X-Next-Cursor": "c-2"} if page == 1 else {}}), file=script)
		    print(json.dumps({"on": "GET /api/containers?limit=1000", "times": 0, "body": pages[0],
		                      "headers": {"X-Next-Cursor": "c-1"}}), file=script)
	PY
	[ "$(berth containers -o json | jq -r '.[].name' | tr '\n' ' ')" = "$(seq -f c%g 0 2499 | tr '\n' ' ')" ]
	[ "$(berth containers --no-headers | wc -l)" -eq 2500 ]
	: >"$T/requests"
	[ "$(berth containers -o json --limit 1500 | jq length)" -eq 1500 ]
	[ "$(sent | tail -1)" = "GET /api/containers?limit=500&cursor=c-1" ]
	[ "$(berth containers -o json --limit 1200 --filter 'name=c1*' | jq length)" -eq 1111 ]
	[ "$(berth containers -o json --limit 7 --filter 'name=c1*' | jq length)" -eq 7 ]
}
