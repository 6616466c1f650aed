#!/usr/bin/env bats
# The command line against a scripted server: requests sent, output, exit statuses.
# shellcheck disable=SC2030,SC2031,SC2086,SC2154
load cli

@test "usage errors are told on standard error, with status 2" {
	for line in "fly" "run" "run --name" "ps --fly" "ps more" "rm" "scale a" "scale a x" "events 0" \
		"run --name a --memory 12abc" "run --name a --cpus 1e9" "run --name a --count 0" \
		"run --name a --port x" "run --name a --pull perhaps" "ps -o yaml" "logs a --since never"; do
		run --separate-stderr "$BERTH" $line
		[ "$status" -eq 2 ] || { echo "$line: $status"; false; }
		[ -z "$output" ]
		[[ "$stderr" == "berth: "* ]]
	done
	[ ! -s "$T/requests" ]
}

@test "help and version need no server" {
	unset BERTH_URL BERTH_TOKEN
	run "$BERTH"
	[ "$status" -eq 0 ]
	[[ "$output" == *"containers, "* && "$output" == *"clusterinfo, "* && "$output" == *"No server is known"* ]]
	run "$BERTH" help
	[[ "$output" == *"containers "* && "$output" == *"clusterinfo "* ]]
	run "$BERTH" h run
	[[ "$output" == *"--container-name NAME"* ]]
	[ "$output" = "$("$BERTH" run --help)" ]
	run "$BERTH" -v
	[[ "$output" == "berth "[0-9]* ]]
	[ "$output" = "$("$BERTH" --version)" ]
	[ "$output" = "$("$BERTH" version)" ]
	run berth --context nosuch ps
	[ "$status" -eq 3 ]
	grep -q "berth login --context nosuch URL" "$T/stderr"
}

@test "env prints variables: every byte into a pipe, nothing harmful on a terminal" {
	answer "GET /api/containers/0af/environment" '"times":0,"body":{"id":"'$ID1'","environment":{"A":"x=y","B":"a\u001b[31m\nb"}}'
	run berth env 0af
	[ "$status" -eq 0 ]
	[ "$output" = $'A=x=y\nB=a\e[31m\nb' ]
	run script -qefc "$BERTH env 0af" /dev/null
	[ "$status" -eq 0 ]
	[[ "$output" != *$'\e'* && "$output" == *"A=x=y"* && "$output" == *"[31m b"* ]]
	[ "$(berth env 0af -o json | jq -r .environment.A)" = x=y ]
}

@test "without a login the status is 3" {
	unset BERTH_TOKEN
	run berth ps
	[ "$status" -eq 3 ]
	grep -q "berth login" "$T/stderr"
}

@test "the image of run is an option or an argument, not both; lists go by two names" {
	answer "POST /api/containers?count=1" '"times":0,"status":201,"body":[{"id":"'$ID1'"}]'
	[ "$(berth run -q httpd:2)" = "$ID1" ]
	[ "$(body)" = '{"name":"httpd:2"}' ]
	run berth run httpd:2 --name httpd:2
	[ "$status" -eq 2 ]
	grep -q "given twice" "$T/stderr"
	answer "GET /api/" '"times":0,"body":[]'
	for noun in role engine account container; do
		[ "$(berth "$noun" list)" = "$(berth "${noun}s")" ]
		berth "$noun" ls -q
	done
}

@test "containers as a table, as ids, as JSON" {
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'","name":"web","image":{"name":"httpd:2"},
		"engine":{"id":"n1","addr":"http://10.0.0.1:2375"},"state":"running","ports":[{"proto":"tcp",
		"host_ip":"0.0.0.0","port":22668,"container_port":80}]},{"id":"'$ID2'","state":"exited","engine_status":"down"}]' 
	tr -d '\n\t' <"$T/script" >"$T/one" && mv "$T/one" "$T/script"
	run berth containers
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^ID\ +IMAGE\ +ENGINE\ +STATE\ +PORTS ]]
	[[ "${lines[1]}" =~ ^05e03fe8c689\ +httpd:2\ +n1\ +running\ +22668-\>80/tcp ]]
	[[ "${lines[2]}" =~ ^15e03fe8c689\ +-\ +-\ +exited\ +-\ +-\ +engine\ down$ ]]
	run berth ps --no-headers
	[ "${#lines[@]}" -eq 2 ]
	run berth ps -q
	[ "$output" = "$ID1"$'\n'"$ID2" ]
	berth -o json ps | python3 -c 'import json, sys; assert len(json.load(sys.stdin)) == 2'
	[ "$(header authorization | sort -u)" = "Bearer given" ]
}

@test "control characters of the server never reach the output" {
	evil='a\u001b[2Jb\u202ec\u009bd\u0007e\u007f\u2028\n'
	answer "GET /api/containers/x" '"status":404,"times":0,"body":{"code":"not_found","detail":"'$evil'","field":"'$evil'"}'
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$evil'","name":"'$evil'","state":"'$evil'"}]'
	answer "GET /api/events" '"times":0,"body":[{"type":"'$evil'","message":"'$evil'"}]'
	for line in "ps" "ps -q" "ps -o json" "events 3" "events -o json" "container x"; do
		"$BERTH" $line >"$T/out" 2>&1 || true
		[ -s "$T/out" ]
		run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]' "$T/out"
	done
	"$BERTH" ps -o json | python3 -c 'import json, sys
assert json.load(sys.stdin)[0]["name"] == "a\x1b[2Jb\u202ec\x9bd\x07e\x7f\u2028\n"'
}

@test "exit statuses follow the kind of the error" {
	while read -r http code exit; do
		: >"$T/script"
		answer "GET /api/engines/n$http-$code" '"status":'$http',"times":0,"body":{"title":"T","status":'$http',"detail":"So it is.","code":"'$code'"}'
		run berth engine "n$http-$code"
		[ "$status" -eq "$exit" ] || { echo "$http $code: $status"; false; }
		grep -q "^berth: So it is" "$T/stderr"
	done <<-END
		400 bad_field 2
		401 unauthenticated 3
		403 forbidden 3
		404 not_found 4
		409 conflict 5
		409 ambiguous 5
		422 image_unavailable 5
		429 throttled 3
		500 internal 1
		502 engine_unreachable 6
		504 engine_timeout 6
		418 teapot 2
	END
}

@test "the field at fault and the engines' reasons are told" {
	answer "POST /api/containers" '"status":409,"body":{"code":"no_capacity","detail":"No room.","engines":[{"id":"n1","reason":"memory"}]}'
	answer "POST /api/containers" '"status":400,"body":{"code":"bad_field","detail":"It is bad.","field":"cpus"}'
	run berth run --name a
	[ "$status" -eq 5 ]
	[ "$(cat "$T/stderr")" = "berth: No room."$'\n'"  n1: memory" ]
	run berth run --name a
	[ "$status" -eq 2 ]
	[ "$(cat "$T/stderr")" = "berth: It is bad. [--cpus]" ]
}

@test "a server that speaks no JSON is an error, not a crash" {
	answer "GET /api/containers" '"raw":"<html>"'
	answer "GET /api/containers" '"status":403,"raw":"<html>"'
	run berth ps
	[ "$status" -eq 1 ]
	run berth ps
	[ "$status" -eq 3 ]
}

@test "run sends the specification and prints protocol, ports and id" {
	answer "POST /api/containers?count=2&pull=false" '"status":201,"body":[{"id":"'$ID1'","engine":{"id":"n1"},"ports":[{"proto":"tcp","host_ip":"","port":21121,"container_port":80},{"proto":"udp","port":53,"container_port":53}]},{"id":"'$ID2'","ports":[]}]'
	HERE=x run berth run --name httpd --count 2 --port tcp/::80 --memory 100 --pull false --env A=1 --env HERE \
		--restart on-failure:5 --cpus 0.1 --link db:store --arg -c
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^PROTOCOL\ +HOST\ PORT\ +CONTAINER\ PORT\ +ID ]]
	[[ "${lines[1]}" =~ ^tcp\ +21121\ +80\ +05e03fe8c689 ]]
	[[ "${lines[2]}" =~ ^udp\ +53\ +53\ +05e03fe8c689 ]]
	[[ "${lines[3]}" =~ ^-\ +-\ +-\ +15e03fe8c689 ]]
	[ "$(body)" = '{"name":"httpd","args":["-c"],"cpus":0.1,"memory":100,"bind_ports":[{"proto":"tcp","host_ip":"","port":0,"container_port":80}],"environment":{"A":"1","HERE":"x"},"links":{"db":"store"},"restart_policy":{"name":"on-failure","maximum_retry":5}}' ]
	[ "$(header prefer)" = "respond-async, wait=2" ]
	[[ "$(header idempotency-key)" =~ ^[0-9a-f]{32}$ ]]
}

@test "a batch done in part: what exists is printed, the rest told, status 7" {
	answer "POST /api/containers" '"status":207,"body":{"operation":"op1","items":[{"container":"'$ID1'","status":"done","error":null},{"container":"'$ID2'","status":"failed","error":{"code":"image_unavailable","detail":"No such image."}}],"containers":[{"id":"'$ID1'"}]}'
	run berth run --name a --count 2 -q
	[ "$status" -eq 7 ]
	[ "$output" = "$ID1" ]
	[ "$(cat "$T/stderr")" = "berth: container 15e03fe8c689: No such image." ]
}

@test "a batch is repeated under the same key after 503, a lost connection and nginx's 502" {
	answer "POST /api/containers" '"status":503,"headers":{"Retry-After":"1"},"body":{"code":"unavailable","detail":"Wait."}'
	answer "POST /api/containers" '"drop":true'
	answer "POST /api/containers" '"status":502,"body":{"code":"worker_unreachable","detail":"Wait."}'
	answer "POST /api/containers" '"status":201,"body":[{"id":"'$ID1'"}]'
	run berth run --name a -q
	[ "$status" -eq 0 ]
	[ "$output" = "$ID1" ]
	[ "$(sent | wc -l)" -eq 4 ]
	[ "$(header idempotency-key | sort -u | wc -l)" -eq 1 ]
}

@test "an engine's own failure is not repeated" {
	answer "POST /api/containers/a/start" '"status":502,"times":0,"body":{"code":"engine_error","detail":"The engine failed."}'
	run berth start a
	[ "$status" -eq 6 ]
	[ "$(sent | wc -l)" -eq 1 ]
}

@test "an answer of 202 is followed to its end" {
	answer "POST /api/containers/a/scale?count=3" '"status":202,"headers":{"Location":"/api/operations/op1"}'
	answer "GET /api/operations/op1?wait=50" '"body":{"id":"op1","status":"running","total":3,"done":1,"failed":0}'
	answer "GET /api/operations/op1?wait=50" '"body":{"id":"op1","status":"done","http_status":200,"items":[],"result":[{"id":"'$ID1'"},{"id":"'$ID2'"}]}'
	run berth scale a 3 -q
	[ "$status" -eq 0 ]
	[ "$output" = "$ID1"$'\n'"$ID2" ]
}

@test "an operation that fails is the error that it says" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/op1"}'
	answer "GET /api/operations/op1" '"body":{"id":"op1","status":"failed","http_status":422,"items":[],"result":{"code":"engine_refused","detail":"The engine refuses."}}'
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/op2"}'
	answer "GET /api/operations/op2" '"body":{"id":"op2","status":"failed","items":[{"container":"'$ID1'","error":{"code":"engine_timeout","detail":"Too slow."}}]}'
	run berth run --name a
	[ "$status" -eq 5 ]
	[ "$(cat "$T/stderr")" = "berth: The engine refuses." ]
	run berth run --name a
	[ "$status" -eq 6 ]
	grep -q "Too slow" "$T/stderr"
}

@test "an answer of 202 that is over already needs no other call" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/op1"},"body":{"id":"op1","status":"done","http_status":201,"result":[{"id":"'$ID1'"}]}'
	run berth run --name a -q
	[ "$output" = "$ID1" ]
	[ "$(sent | wc -l)" -eq 1 ]
}

@test "a container that another request has changed meanwhile is told" {
	answer "POST /api/containers/a/stop" '"status":202,"headers":{"Location":"/api/operations/op1"}'
	answer "GET /api/operations/op1" '"body":{"id":"op1","status":"failed","http_status":409,"items":[{"container":"'$ID1'","status":"superseded","error":null}],"result":null}'
	run berth stop a
	[ "$status" -eq 5 ]
	grep -q "Another request" "$T/stderr"
}

@test "a Location elsewhere is never followed" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"https://elsewhere.example/api/operations/op1"}'
	run berth run --name a
	[ "$status" -eq 1 ]
	[ "$(sent | wc -l)" -eq 1 ]
}

@test "several ids: all are begun at once, each is told, status 7 when some fail" {
	answer "DELETE /api/containers/a" '"status":202,"headers":{"Location":"/api/operations/opa"}'
	answer "DELETE /api/containers/b" '"status":404,"body":{"code":"not_found","detail":"No such container."}'
	answer "DELETE /api/containers/c" '"status":204'
	answer "GET /api/operations/opa" '"body":{"id":"opa","status":"done","http_status":204,"items":[]}'
	run berth rm a b c
	[ "$status" -eq 7 ]
	[ "$output" = "a"$'\n'"c" ]
	[ "$(cat "$T/stderr")" = "berth: b: No such container." ]
	[ "$(sent | tail -1)" = "GET /api/operations/opa?wait=50" ]
	run berth rm x y
	[ "$status" -eq 4 ]
}

@test "a removal that is gone after a lost answer has been done" {
	answer "DELETE /api/containers/a" '"drop":true'
	answer "DELETE /api/containers/a" '"status":404,"body":{"code":"not_found","detail":"No such container."}'
	run berth rm a
	[ "$status" -eq 0 ]
}

@test "on a terminal: asynchronous, with a progress bar that goes away" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/op1"}'
	answer "GET /api/operations/op1?wait=0.3" '"delay":0.1,"times":2,"body":{"id":"op1","status":"running","total":2,"done":1,"failed":0}'
	answer "GET /api/operations/op1?wait=0.3" '"body":{"id":"op1","status":"done","http_status":201,"result":[{"id":"'$ID1'"}]}'
	run tty "$BERTH" run --name a --count 2
	[ "$status" -eq 0 ]
	[[ "$output" == *"####"*"....] 1 of 2"* ]]
	[[ "$output" == *$'\r\e[K'*"05e03fe8c689"* ]]
	[ "$(header prefer | head -1)" = "respond-async" ]
}

@test "Ctrl-C says where the operation is" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/op1"}'
	answer "GET /api/operations/op1" '"times":0,"delay":0.3,"body":{"id":"op1","status":"running","total":2,"done":1}'
	"$BERTH" run --name a 2>"$T/stderr" 3>&- &
	pid=$!
	for ((i = 0; i < 200; i++)); do
		sent | grep -q operations && break
		nap 0.1
	done
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	grep -q "berth operation op1" "$T/stderr"
}

@test "logs: every byte into a pipe, safe text on a terminal" {
	answer "GET /api/containers/a/logs?frames=true&stdout=true&stderr=false&timestamps=true&tail=5" '"times":0,"raw":"\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0019one\n\u001b[31mred\u001b[0m \u001b[2J\u202e\n\u0003\u0000\u0000\u0000\u0000\u0000\u0000\tend: done"'
	"$BERTH" logs a --stdout --tail 5 --timestamps >"$T/out"
	[ "$(od -An -c "$T/out" | tr -d ' \n')" = "$(printf 'one\n\033[31mred\033[0m \033[2J\342\200\256\n' | od -An -c | tr -d ' \n')" ]
	run tty "$BERTH" log a --stdout --tail 5 -t
	[ "${lines[0]}" = "one"$'\r' ]
	[ "${lines[1]}" = $'red \xef\xbf\xbd[2J\xef\xbf\xbd\r' ]
	answer "GET /api/containers/a/logs?frames=true&stdout=true&stderr=true&since=10&until=20" '"raw":"\u0003\u0000\u0000\u0000\u0000\u0000\u0000\tend: done"'
	"$BERTH" logs a --since 10 --until 20
	run berth logs a --until 20 --follow
	[ "$status" -eq 2 ]
	answer "GET /api/containers/b/logs" '"status":404,"body":{"code":"not_found","detail":"No such container."}'
	run berth logs b
	[ "$status" -eq 4 ]
	[ -z "$output" ]
}

@test "log -f: streams apart, over a connection that ends, each line once" {
	t=2026-01-31T12:00:0
	frame() { printf '"\\u000%d\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u00%02x%s' "$1" "${#2}" "$2" | sed 's/^"//'; }
	one=$(frame 1 "${t}1.000000000Z one;") two=$(frame 2 "${t}2.000000000Z two;") three=$(frame 1 "${t}3.000000000Z three;")
	late=$(frame 2 "${t}2.900000000Z late;") old=$(frame 2 "${t}0.900000000Z old;")
	answer "GET /api/containers/a/logs?frames=true&stdout=true&stderr=true&timestamps=true&follow=true&tail=9" "\"raw\":\"$one$two$three$(frame 3 'end: drain')\""
	answer "GET /api/containers/a/logs?frames=true&stdout=true&stderr=true&timestamps=true&follow=true&since=1769860801.000000000" \
		"\"raw\":\"$old$one$two$three$late$(frame 1 "${t}3.000000000Z four;")$(frame 3 'end: done')\""
	"$BERTH" log -f --tail 9 a >"$T/out" 2>"$T/err"
	[ "$(cat "$T/out")" = "one;three;four;" ]
	[ "$(cat "$T/err")" = "two;late;" ]
}

@test "a reader that leaves ends the program quietly" {
	python3 -c 'import json
print(json.dumps({"on": "GET /api/containers", "times": 0, "raw": "\1\0\0\0\0\0\0\5line\n" * 200000}))' >"$T/script"
	run bash -c '"$BERTH" logs a 2>"$0/stderr" | head -1; echo "${PIPESTATUS[0]}"' "$T"
	[ "$output" = "line"$'\n'"141" ]
	[ ! -s "$T/stderr" ]
}

@test "ids are encoded in the path" {
	run berth container '../../x?y=#%z'
	[ "$(sent)" = "GET /api/containers/..%2F..%2Fx%3Fy%3D%23%25z" ]
}

@test "engines: list, add, remove" {
	answer "GET /api/engines" '"body":[{"id":"n1","engine":{"id":"n1","addr":"http://10.0.0.1:2375","cpus":2,"memory":1533},"health":{"status":"up","state":"","reason":""},"used":{"cpus":0.42,"memory":700,"at":"2030-01-01T00:00:00Z"},"docker_version":"20.10.24"}]'
	answer "POST /api/engines" '"status":201,"body":{"id":"n2","engine":{"addr":"http://10.0.0.2:2375"}}'
	answer "DELETE /api/engines/n2?force=true" '"status":204'
	run berth engines
	[[ "${lines[0]}" =~ ^ID\ +ADDRESS\ +STATE\ +CPUS\ +MEMORY\ +USED\ +VERSION\ +HEARTBEAT\ +REASON ]]
	[[ "${lines[1]}" =~ ^n1\ +http://10.0.0.1:2375\ +up\ +2\ +1.5\ GB\ +0.4\ CPU,\ 700\ MB\ +20.10.24 ]]
	echo CERT >"$T/cert"
	run berth eadd --id n2 --addr http://10.0.0.2:2375 --cpus 2 --memory 1000 --label ssd --label eu --ca-cert "$T/cert"
	[ "$output" = "n2" ]
	[ "$(body)" = '{"engine":{"id":"n2","addr":"http://10.0.0.2:2375","cpus":2,"memory":1000,"labels":["ssd","eu"]},"ca_cert":"CERT\n"}' ]
	answer "POST /api/engines/n2" '"body":{"id":"n2","engine":{"addr":"http://10.0.0.3:2375"},"warning":"not encrypted"}'
	run --separate-stderr "$BERTH" eupdate n2 --addr http://10.0.0.3:2375 --cpus 0 --ssl-cert '' --ssl-key '' --registry r.example:5000 \
		--registry-username robot --registry-password-stdin <<<"pull-secret"
	[ "$output" = "n2" ]
	[ "$stderr" = "warning: not encrypted" ]
	[ "$(body)" = '{"engine":{"addr":"http://10.0.0.3:2375","cpus":0},"ssl_cert":"","ssl_key":"","registry_auth":{"server":"r.example:5000","username":"robot","password":"pull-secret"}}' ]
	answer "POST /api/engines" '"times":1,"body":{"id":"n3","engine":{},"health":{"state":"pending","reason":"no \u001b[1manswer"}}'
	run --separate-stderr "$BERTH" eadd --id n3 --addr http://10.0.0.9:2375
	[ "$status" -eq 0 ]
	[ "$output" = n3 ]
	[[ "$stderr" == "warning: Nothing is placed on it until it answers: no "*"answer" && "$stderr" != *$'\e'* ]]
	run -2 berth eupdate n2 --registry-username robot
	run berth edelete n2 --force
	[ "$status" -eq 0 ]
}

@test "pool and events" {
	answer "GET /api/cluster/info" '"body":{"cpus":4,"memory":4000,"reserved_cpus":0.5,"reserved_cpus_percent":12.5}'
	answer "GET /api/events?count=10" '"body":[{"type":"add-account","message":"name=clare","time":"2026-01-01T00:00:00Z","account":"admin"}]'
	run berth info
	[[ "$output" == *"reserved_cpus_percent  12.5"* ]]
	run berth events 10 --no-headers
	[[ "$output" =~ ^add-account\ +name=clare\ +[0-9]+\ (months?|years?)\ ago\ +admin ]]
}

@test "name and password from the environment: one login, a private cache, renewed after 401" {
	unset BERTH_TOKEN
	printf 'secret\n' >"$T/password"
	export BERTH_USERNAME=clare BERTH_PASSWORD_FILE=$T/password
	answer "POST /auth/login" '"body":{"auth_token":"one","expires_at":"2099-01-01T00:00:00Z"}'
	answer "POST /auth/login" '"body":{"auth_token":"two","expires_at":"2099-01-01T00:00:00Z"}'
	answer "GET /api/containers" '"times":2,"body":[]'
	answer "GET /api/containers" '"status":401,"body":{"code":"unauthenticated","detail":"Log in first."}'
	answer "GET /api/containers" '"times":0,"body":[]'
	berth ps
	berth ps
	[ "$(sent | grep -c login)" -eq 1 ]
	[ "$(header authorization | tail -2 | sort -u)" = "Bearer one" ]
	[ "$(stat -c %a "$T"/cache/berth/*.json)" = 600 ]
	[ "$(stat -c %a "$T/cache/berth")" = 700 ]
	run ! grep -rq secret "$T/cache"
	berth ps
	[ "$(sent | grep -c login)" -eq 2 ]
	[ "$(header authorization | tail -1)" = "Bearer two" ]
	BERTH_USERNAME=other run berth ps
	[ "$(sent | tail -1)" = "POST /auth/login" ]
}

@test "a wrong password is tried once" {
	unset BERTH_TOKEN
	echo wrong >"$T/password"
	export BERTH_USERNAME=clare BERTH_PASSWORD_FILE=$T/password
	answer "POST /auth/login" '"status":401,"times":0,"body":{"code":"unauthenticated","detail":"Name or password is wrong."}'
	run berth ps
	[ "$status" -eq 3 ]
	[ "$(sent)" = "POST /auth/login" ]
}

@test "login keeps the token for its URL alone, logout forgets it" {
	url=$BERTH_URL
	unset BERTH_TOKEN BERTH_URL
	answer "POST /auth/login" '"times":0,"body":{"auth_token":"kept","expires_at":"2099-01-01T00:00:00Z"}'
	answer "GET /api/containers" '"times":0,"body":[]'
	answer "POST /auth/logout" '"status":204'
	run "$BERTH" login --url "$url/" --username clare --password-stdin <<<"secret"
	[ "$status" -eq 0 ]
	[ "$(body)" = '{"username":"clare","password":"secret"}' ]
	[[ "$output" != *kept* ]]
	config=$T/config/berth/config.json
	[ "$(stat -c %a "$config")" = 600 ]
	run berth ps
	[ "$status" -eq 0 ]
	[ "$(header authorization | tail -1)" = "Bearer kept" ]
	BERTH_URL=http://127.0.0.1:1 run berth ps
	[ "$status" -eq 3 ]
	chmod 644 "$config"
	run berth ps
	[ "$status" -eq 3 ]
	chmod 600 "$config"
	run berth logout
	[ "$status" -eq 0 ]
	run ! grep -q kept "$config"
	[ "$(sent | tail -1)" = "POST /auth/logout" ]
	run berth ps
	[ "$status" -eq 3 ]
}

@test "login asks for what is missing, and hides the password" {
	url=$BERTH_URL
	unset BERTH_TOKEN BERTH_URL
	answer "POST /auth/login" '"body":{"auth_token":"kept"}'
	run script -qefc "$BERTH login" /dev/null < <(sleep 0.3; echo "$url"; sleep 0.3; echo clare; sleep 0.3; echo s3cret; sleep 0.5)
	[ "$status" -eq 0 ]
	[[ "$output" == *"URL: "*"Name: "*"Password: "* ]]
	[[ "$output" != *s3cret* ]]
	[ "$(body)" = '{"username":"clare","password":"s3cret"}' ]
}

@test "login refuses to send a password in clear" {
	run berth login --url http://berth.example --username a --password-stdin
	[ "$status" -eq 2 ]
	run berth login --url http://127.0.0.1.example@evil.example --username a --password-stdin
	[ "$status" -eq 2 ]
}

@test "nobody there: reads fail at once, with status 6" {
	export BERTH_URL=http://127.0.0.1:1
	SECONDS=0
	run berth ps
	[ "$status" -eq 6 ]
	[ "$SECONDS" -lt 3 ]
}

@test "output that cannot be written is an error" {
	answer "GET /api/containers" '"body":[]'
	run bash -c '"$BERTH" ps >/dev/full'
	[ "$status" -eq 1 ]
}
