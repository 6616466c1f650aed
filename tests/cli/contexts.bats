#!/usr/bin/env bats
# Several servers, and servers with several addresses.
# shellcheck disable=SC2030,SC2031,SC2154
load cli

# log_in CONTEXT URL...: as clare, without a terminal
log_in() {
	"$BERTH" login --context "$1" "${@:2}" --username clare --password-stdin <<<secret
}

logins() {
	answer "POST /auth/login" '"body":{"auth_token":"token-a","expires_at":"2099-01-01T00:00:00Z"}'
	answer "POST /auth/login" '"body":{"auth_token":"token-b","expires_at":"2099-01-01T00:00:00Z"}'
	answer "GET /api/containers" '"times":0,"body":[]'
	answer "POST /auth/logout" '"times":0,"status":204'
	url=$BERTH_URL
	unset BERTH_TOKEN BERTH_URL
}

bearer() {
	header authorization | tail -1
}

@test "each context has its own token; --context, BERTH_CONTEXT and the current one choose" {
	logins
	run log_in a "$url"
	[ "$output" = "Logged in at $url as clare, context a." ]
	log_in b "$url"
	berth ps
	[ "$(bearer)" = "Bearer token-b" ]
	berth ps --context a
	[ "$(bearer)" = "Bearer token-a" ]
	BERTH_CONTEXT=a berth ps
	[ "$(bearer)" = "Bearer token-a" ]
	berth context use a
	berth ps
	[ "$(bearer)" = "Bearer token-a" ]
	run berth --context nowhere ps
	[ "$status" -eq 3 ]
	grep -q 'berth login --context nowhere' "$T/stderr"
	run berth --context '../x' ps
	[ "$status" -eq 2 ]
}

@test "--context leaves the environment's address and account out" {
	logins
	log_in a "$url"
	BERTH_URL=http://127.0.0.1:1 BERTH_TOKEN=other berth ps --context a
	[ "$(bearer)" = "Bearer token-a" ]
	BERTH_URL=http://127.0.0.1:1 BERTH_CONTEXT=a run berth ps
	[ "$status" -eq 3 ]
}

@test "list, show, use, rename, delete; a token is never shown" {
	logins
	log_in a "$url"
	log_in b "$url" "http://127.0.0.1:1"
	run berth context list
	[[ "${lines[0]}" =~ ^USED\ +CONTEXT\ +URL\ +ACCOUNT\ +EXPIRES ]]
	[[ "${lines[2]}" =~ ^\*\ +b\ +$url\ http://127.0.0.1:1\ +clare\ +in\ .*\ years ]]
	run berth contexts -q
	[ "$output" = a$'\n'b ]
	run berth contexts --filter current=true -o name
	[ "$output" = b ]
	run berth context show a -o json
	[[ "$output" == *'"id": "a"'* && "$output" != *token-* ]]
	berth context rename a prod
	run berth context rename b prod
	[ "$status" -eq 5 ]
	run berth context use a
	[ "$status" -eq 4 ]
	run berth context delete b --dry-run
	[ "$output" = "Would forget the context b and its token." ]
	berth context delete b
	run berth contexts -q
	[ "$output" = prod ]
	run berth context show
	[ "$status" -eq 4 ]
	for words in context 'context --help' 'context -h'; do
		# shellcheck disable=SC2086
		run berth $words
		[ "$status" -eq 2 ]
		grep -q 'followed by one of list, use, show, rename, delete' "$T/stderr"
	done
}

@test "a file that others may read is refused; directory 0700, file 0600" {
	logins
	log_in a "$url"
	file=$T/config/berth/config.json
	[ "$(stat -c %a "$T/config/berth" "$file")" = 700$'\n'600 ]
	chmod 640 "$file"
	for line in "ps" "context list" "context use a" "logout"; do
		# shellcheck disable=SC2086
		run berth $line
		[ "$status" -eq 3 ] || { echo "$line: $status"; false; }
	done
	chmod 600 "$file"
	printf '{"contexts":' >"$file"
	run berth context list
	[ "$status" -eq 1 ]
	grep -q "damaged" "$T/stderr"
}

@test "many logins at once lose nothing" {
	answer "POST /auth/login" '"times":0,"body":{"auth_token":"token","expires_at":"2099-01-01T00:00:00Z"}'
	url=$BERTH_URL
	unset BERTH_TOKEN BERTH_URL
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		log_in "c$i" "$url" >/dev/null 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	[ "$(berth contexts -q | sort | tr '\n' ' ')" = "c1 c2 c3 c4 c5 c6 c7 c8 " ]
}

@test "the first form of the file is the context default" {
	url=$BERTH_URL
	unset BERTH_TOKEN BERTH_URL
	mkdir -p "$T/config/berth"
	printf '{"url":"%s","username":"clare","token":"old"}' "$url" >"$T/config/berth/config.json"
	chmod 600 "$T/config/berth/config.json"
	answer "GET /api/containers" '"times":0,"body":[]'
	berth ps
	[ "$(bearer)" = "Bearer old" ]
	run berth contexts -q
	[ "$output" = default ]
}

@test "the next address is tried where one does not answer" {
	export BERTH_URL="http://127.0.0.1:1 $BERTH_URL"
	answer "GET /api/containers" '"times":0,"body":[]'
	answer "POST /api/engines" '"times":0,"status":201,"body":{"id":"n1"}'
	run berth ps
	[ "$status" -eq 0 ]
	run berth eadd --addr http://10.0.0.1:2375
	[ "$status" -eq 0 ]
	[ "$(sent | grep -c POST)" -eq 1 ]
	BERTH_URL="http://127.0.0.1:1 http://127.0.0.1:2" run berth ps
	[ "$status" -eq 6 ]
}

@test "what may have been carried out goes to another address only if it may be repeated" {
	export BERTH_URL="$BERTH_URL,${BERTH_URL/127.0.0.1/localhost}"
	answer "POST /api/engines" '"drop":true'
	answer "POST /api/engines" '"status":201,"body":{"id":"n1"}'
	answer "GET /api/containers" '"status":503,"body":{"code":"unavailable","detail":"Wait."}'
	answer "GET /api/containers" '"times":0,"body":[]'
	run berth eadd --addr http://10.0.0.1:2375
	[ "$status" -eq 6 ]
	[ "$(sent | wc -l)" -eq 1 ]
	run berth ps
	[ "$status" -eq 0 ]
	[[ "$(header host | tail -2 | tr '\n' ' ')" =~ ^127.*\ localhost ]]
}
