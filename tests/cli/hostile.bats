#!/usr/bin/env bats
# What a hostile server, engine or user writes never reaches a terminal as it is.
# shellcheck disable=SC2030,SC2031,SC2154
load cli

@test "every command of the table, on a terminal, against a server whose every text is hostile" {
	run python3 "$here/hostile.py" "$BERTH"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "JSON into a pipe keeps the meaning of every character, escaped" {
	answer "GET /api/engines" '"body":[{"id":"a\u001b[2J\u202e\u009b\r\u2028"}]'
	"$BERTH" engines -o json >"$T/out"
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]' "$T/out"
	python3 -c 'import json, sys
assert json.load(open(sys.argv[1]))[0]["id"] == "a\x1b[2J\u202e\x9b\r\u2028"' "$T/out"
}

@test "arguments of one's own are shown safely, too" {
	answer "DELETE /api/containers" '"times":0,"status":404,"body":{"code":"not_found","detail":"No such container."}'
	run bash -c '"$BERTH" destroy $'"'a\\e[2J' 'b\\e[2J'"' </dev/null 2>&1'
	[[ "$output" == *"No such container"* && "$output" != *$'\e'* ]]
	run "$BERTH" destroy --dry-run $'a\e[2J'
	[[ "$output" != *$'\e'* ]]
	run "$BERTH" $'fly\e[2J'
	[[ "$output" != *$'\e'* ]]
}
