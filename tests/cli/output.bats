#!/usr/bin/env bats
# Forms of output, filters, questions, dry runs, input from pipes, time limits, suggestions.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load cli

two() {
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'","name":"web","image":{"name":"httpd:2"},"engine":{"id":"n1"},"state":"running","image_labels":["a","b"],"group":"g","created":"2026-01-01T00:00:00Z"},{"id":"'$ID2'","name":"db","image":{"name":"postgres"},"engine":{"id":"n2"},"state":"exited","image_labels":[],"group":"g"}]'
}

# person ANSWER WORD...: berth on a terminal whose person types the answer
person() {
	printf '%s\n' "$1" | script -qefc "'$BERTH' ${*:2}" /dev/null
}

@test "wide, name, no-trunc" {
	two
	run berth ps -o wide
	[[ "${lines[0]}" == *CREATED*HEALTH*GROUP* && "${lines[1]}" == "$ID1"*2026-01-01T00:00:00Z* ]]
	run berth ps
	[[ "${lines[0]}" != *CREATED* && "${lines[1]}" == 05e03fe8c689\ * ]]
	run berth ps --no-trunc
	[[ "${lines[0]}" != *CREATED* && "${lines[1]}" == "$ID1 "* ]]
	run berth ps -o name
	[ "$output" = "$ID1"$'\n'"$ID2" ]
}

@test "a crash loop is noted with its exit code and the next try" {
	looping() { # MEMBERS
		answer "GET /api/containers" '"body":[{"id":"'$ID1'","name":"web","image":{"name":"a"},"engine":{"id":"n1"},"state":"restarting","crash_loop":{"exits":3,'"$1"'}]'
		berth ps
	}
	looping '"exit_code":1,"next_try":null}' | grep -q ' crash-looping, exit code 1$'
	looping '"exit_code":null,"next_try":"2026-01-01T00:00:09Z"},"error":"no such file"' |
		grep -q ' crash-looping, next try 2026-01-01T00:00:09Z: no such file$'
}

@test "filters by the records' fields; a key that no record has is refused" {
	two
	for filter in state=run* image=HTTPD* engine.id=n1 engine=*1 image_labels=b id="$ID1"; do
		run berth ps -q --filter "$filter"
		[ "$output" = "$ID1" ] || { echo "$filter"; false; }
	done
	[ "$(berth ps -q --filter state=* --filter name=d*)" = "$ID2" ]
	[ -z "$(berth ps -q --filter state=run* --filter name=d*)" ]
	[ "$(berth ps -o json --filter name=d* | jq -r '.[].id')" = "$ID2" ]
	run berth ps --filter colour=red
	[ "$status" -eq 2 ]
	grep -q "no field colour here; there are id, name" "$T/stderr"
	run berth ps --filter nothing
	[ "$status" -eq 2 ]
	run berth container x --filter a=b
	[ "$status" -eq 2 ]
}

@test "filters that the server knows are its own work, patterns are not" {
	answer "GET /api/events" '"times":0,"body":[{"id":1,"type":"run-container"},{"id":2,"type":"add-engine"}]'
	[ "$(berth events 9 -q --filter type=x)" = 1$'\n'2 ]
	[ "$(berth events -q --filter 'type=run*')" = 1 ]
	[ "$(sent | tr '\n' ' ')" = "GET /api/events?type=x&count=9 GET /api/events " ]
}

@test "dry runs say what would be done and do nothing" {
	two
	answer "GET /api/containers/$ID1" '"times":0,"body":{"id":"'$ID1'","group":"g"}'
	sed -i '1{h;d};$G' "$T/script"
	[ "$(berth rm a --dry-run)" = "Would destroy container a." ]
	[ "$(berth rm a b c --dry-run)" = "Would destroy 3 containers: a, b, c." ]
	[ "$(berth scale "$ID1" 1 --dry-run)" = "Would destroy 1 of the 2 containers like 05e03fe8c689, newest first." ]
	[ "$(berth scale "$ID1" 5 --dry-run)" = "Would run 3 more containers like 05e03fe8c689." ]
	run ! grep -q -e DELETE -e POST <(sent)
}

@test "dry runs promise nothing that cannot be" {
	there() { answer "GET $1" '"times":0,"body":'"$2"; } # PATH RECORD
	there /api/containers/a '{"id":"a","managed":true}'
	there /api/containers/b '{"id":"b","managed":false}'
	there /api/engines/n1 '{"id":"n1","load":{"containers":3}}'
	there /api/engines/n2 '{"id":"n2","load":{"containers":0}}'
	there /api/roles/ops '{"name":"ops","builtin":false}'
	there /api/roles/user '{"name":"user","builtin":true}'
	there /api/account/clare '{"username":"clare"}'
	there /api/tokens '[{"id":"t1","name":"ci"}]'
	would() { # STATUS WORD...: what is said, and on standard error
		run berth "${@:2}" --dry-run
		[ "$status" -eq "$1" ] || { echo "$status: ${*:2}" && return 1; }
		run ! grep -q -e DELETE -e POST <(sent)
	}
	would 4 rm nope
	would 5 rm b
	would 4 rm nope x
	[ "$(tail -n 1 "$T/stderr")" = "berth: None of 2 could be done." ]
	[ "$(berth rm a b nope --dry-run || echo $?)" = "Would destroy container a."$'\n'7 ]
	would 0 edelete n1 --force
	would 5 edelete n1
	would 0 edelete n2
	would 4 edelete n3
	would 0 role set ops --grant read:/
	would 5 role set user --grant read:/
	would 5 role delete user
	would 4 role delete x
	would 0 adelete clare
	would 4 adelete dave
	would 0 adisable clare
	would 4 adisable dave
	would 0 token revoke ci
	would 0 token revoke t1
	would 4 token revoke t2
	would 4 context delete x
	[ "$(berth edelete n1 --force --dry-run)" = "Would remove engine n1 from the pool and forget its containers." ]
}

@test "a person is asked before something is destroyed, a script is not" {
	answer "GET /api/containers/a" '"times":0,"body":{"id":"a","managed":true}'
	answer "DELETE /api/containers/a" '"times":0,"status":204'
	run person n rm a
	[ "$status" -eq 1 ]
	[[ "$output" == *"Destroy container a? [y/N]"*"Nothing was done"* ]]
	[ "$(sent)" = "GET /api/containers/a" ]
	run person y rm b
	[[ "$status" -eq 4 && "$output" != *"[y/N]"* ]]
	run person y rm a
	[ "$status" -eq 0 ]
	run person n rm a --yes
	[[ "$status" -eq 0 && "$output" != *"[y/N]"* ]]
	run berth rm a
	[ "$status" -eq 0 ]
	[ "$(sent | grep -c DELETE)" -eq 3 ]
}

@test "ids from a pipe, with -" {
	answer "DELETE /api/containers/" '"times":0,"status":204'
	run bash -c 'printf "a b\n\nc\n" | "$BERTH" destroy -'
	[ "$output" = a$'\n'b$'\n'c ]
	run bash -c 'printf "a" | "$BERTH" destroy x - y -o json'
	[ "$(jq -c 'map([.id, .done])' <<<"$output")" = '[["x",true],["a",true],["y",true]]' ]
	run bash -c '"$BERTH" destroy - </dev/null'
	[ "$status" -eq 2 ]
	run bash -c 'printf "a b" | "$BERTH" log -'
	[ "$status" -eq 2 ]
}

@test "several ids as JSON: one document, what failed with its reason" {
	answer "POST /api/containers/a/start" '"status":204'
	answer "POST /api/containers/b/start" '"status":404,"body":{"code":"not_found","detail":"No such container."}'
	run berth start a b -o json
	[ "$status" -eq 7 ]
	[ "$(jq -c 'map([.id, .done, .error.code])' <<<"$output")" = '[["a",true,null],["b",false,"not_found"]]' ]
}

@test "run -f: a specification from a file or a pipe, with options on top" {
	answer "POST /api/containers" '"times":0,"status":201,"body":[{"id":"'$ID1'"}]'
	echo '{"name":"httpd","memory":64,"environment":{"A":"1","B":"2"}}' >"$T/spec.json"
	berth run -f "$T/spec.json" --memory 100 --env B=3
	[ "$(body)" = '{"name":"httpd","memory":100,"environment":{"A":"1","B":"3"}}' ]
	"$BERTH" run -f - <"$T/spec.json"
	[ "$(body)" = '{"name":"httpd","memory":64,"environment":{"A":"1","B":"2"}}' ]
	for text in '{"memory":1}' '[]' '{"name":' '{"name":"a","name":"b"}'; do
		run "$BERTH" run -f - <<<"$text"
		[ "$status" -eq 2 ] || { echo "$text: $status"; false; }
	done
	run berth run -f "$T/nowhere.json"
	[ "$status" -eq 2 ]
	[ "$(sent | wc -l)" -eq 2 ]
}

@test "--timeout ends a call that takes too long, with status 124" {
	answer "GET /api/containers" '"times":0,"delay":30,"body":[]'
	SECONDS=0
	run berth ps --timeout 1s
	[ "$status" -eq 124 ]
	[ "$SECONDS" -lt 25 ]
	grep -q -e "--timeout is over" "$T/stderr"
	run berth ps --timeout soon
	[ "$status" -eq 2 ]
}

@test "what is misspelt gets a suggestion" {
	while IFS='|' read -r words meant; do
		# shellcheck disable=SC2086
		run "$BERTH" $words
		[[ "$status" -eq 2 && "$output" == *"did you mean $meant?"* ]] || { echo "$words: $output"; false; }
	done <<-END
		destory x|destroy
		conatiners|containers
		context lst|context list
		run --nmae x|--name
		ps --no-header-s|--no-headers
		help evnts|events
	END
	run "$BERTH" xyzzy
	[[ "$output" != *"did you mean"* ]]
}

@test "the server's field names become options" {
	answer "POST /api/containers" '"status":400,"body":{"code":"bad_field","detail":"bind_ports[1].port must be from 0 to 65535.","field":"bind_ports[1].port"}'
	answer "POST /api/containers" '"status":400,"body":{"code":"bad_field","detail":"name is no image.","field":"name"}'
	run berth run --name a --port 80 --port 81
	[ "$(cat "$T/stderr")" = "berth: --port number 2 must be from 0 to 65535." ]
	run berth run --name a
	[ "$(cat "$T/stderr")" = "berth: --name is no image." ]
}

@test "on a terminal: colours of states, unless they are not wanted" {
	two
	run script -qefc "TERM=xterm '$BERTH' ps" /dev/null
	[[ "$output" == *$'\e[32mrunning'* ]]
	run script -qefc "TERM=xterm NO_COLOR=1 '$BERTH' ps" /dev/null
	[[ "$output" == *running* && "$output" != *$'\e['* ]]
	run script -qefc "TERM=xterm '$BERTH' ps --no-color" /dev/null
	[[ "$output" == *running* && "$output" != *$'\e['* ]]
	run bash -c '"$BERTH" ps | cat'
	[[ "$output" != *$'\e['* ]]
}

# terminal COLUMNS WORD...: berth on one, a line of its output in each of $lines
terminal() {
	run script -qefc "stty cols $1; NO_COLOR=1 '$BERTH' ${*:2}" /dev/null
	output=${output//$'\r'/}
	lines=()
	while IFS= read -r line; do
		lines+=("$line")
		[ "${#line}" -le "$1" ] || { echo "wider than $1: $line"; false; }
	done <<<"$output"
}

@test "on a terminal a usual container is one line: names are shortened; elsewhere they are whole" {
	local image=registry.example/team/web/frontend:1.2.3 name=frontend-blue-production-12
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'","name":"'$name'","image":{"name":"'$image'"},"engine":{"id":"n1"},"state":"running","ports":[{"proto":"tcp","port":20000,"container_port":80}]}]'
	terminal 80 ps
	echo "$output"
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[1]}" == 05e03fe8c689\ *regis*…*1.2.3\ *n1*running*20000-\>80/tcp*front*…*12 ]]
	terminal 200 ps
	[[ "${lines[1]}" == *"$image"*"$name"* ]]
	terminal 60 ps
	[[ "$output" == *"05e03fe8c689 "* ]]
	run berth ps
	[[ "${lines[0]}" == *NOTE && "${lines[1]}" == *"$image"*"$name"* ]]
	for whole in "-o wide" --no-trunc; do
		run script -qefc "stty cols 80; NO_COLOR=1 '$BERTH' ps $whole" /dev/null
		[[ "$output" == *"$ID1"*"$image"*"$name"* ]]
	done
}

# at TITLE: where its column begins
at() { awk -v title="$1" '{ print index($0, title) }' <<<"${lines[0]}"; }

@test "on a terminal engines keep their reason, events their words; ids are whole" {
	local reason="neither its host nor Docker answers: no answer within 3 s"
	answer "GET /api/engines" '"times":0,"body":[{"id":"n1","engine":{"addr":"tcp://10.77.44.11:2375","cpus":2,"memory":24064},"docker_version":"20.10.24+dfsg1","health":{"status":"down","state":"down","heartbeat":"2026-01-01T00:00:00Z","reason":"'"$reason"'"}}]'
	terminal 80 engines
	echo "$output"
	[[ "${lines[0]}" == "ID  ADDRESS "*REASON* && "${lines[0]}" != *VERSION* && "${lines[1]}" == *tcp://10.77.44.11:2375*down* ]]
	[ "$(cut -c "$(at REASON)-" <<<"$output" | xargs)" = "REASON $reason" ]
	run berth engines
	[[ "${lines[0]}" == *VERSION*HEARTBEAT*REASON && "${lines[1]}" == *"$reason" ]]
	answer "GET /api/events" '"times":0,"body":[{"id":1,"type":"destroy-container","time":"2026-01-01T00:00:00Z","account":"admin","engine":{"id":"n1"},"container":{"id":"'$ID1'"},"message":"id='$ID1' name=web-1 image=berth-demo:latest"}]'
	terminal 80 events
	echo "$output"
	[ "$(cut -c "$(at MESSAGE)-$(($(at TIME) - 1))" <<<"$output" | xargs)" = "MESSAGE id=05e03fe8c689 name=web-1 image=berth-demo:latest" ]
	run berth events
	[[ "${lines[1]}" == *"id=$ID1 name=web-1 image=berth-demo:latest"* ]]
	answer "GET /api/containers/a" '"body":{"id":"'$ID1'","error":"no such file or directory: not there at all, wherever one may look for it"}'
	run script -qefc "stty cols 60; '$BERTH' container a" /dev/null
	[[ "$output" == *"$ID1"* && "$output" == *" directory:"*$'\n'* ]]
}

@test "help has topics; berth alone says who asks where" {
	run "$BERTH" help exit-status
	[[ "$output" == *"124"*"--timeout"* ]]
	run "$BERTH"
	[[ "$status" -eq 0 && "${lines[-1]}" == "Context default: $BERTH_URL, by a token" ]]
}

@test "explain says what decided" {
	answer "GET /api/containers/web/placement" '"times":0,"body":{"engine":"n2","candidates":[{"id":"n2","score":90.5,"containers":1,"behind_by":null},{"id":"n3","score":90.5,"containers":1,"behind_by":"name"},{"id":"n1","score":90.5,"containers":12,"behind_by":"containers"},{"id":"n4","score":80,"containers":0,"behind_by":"score"}],"excluded":[{"id":"n5","reason":"it is not up: silent"}]}'
	run berth explain web
	[[ "${lines[1]}" =~ ^n2\ .*\ chosen$ ]]
	[[ "${lines[2]}" =~ ^n3\ .*\ equal,\ and\ later\ by\ name$ ]]
	[[ "${lines[3]}" =~ ^n1\ .*\ equal\ score,\ more\ containers:\ 12,\ not\ 1$ ]]
	[[ "${lines[4]}" =~ ^n4\ .*\ lower\ score$ ]]
	[[ "${lines[5]}" =~ ^n5\ .*\ it\ is\ not\ up:\ silent$ ]]
	[ "$(berth explain web -q)" = n2 ]
}

sample() { # CPU
	echo '{"time":"2026-01-31T12:00:00Z","running":true,"cpu_percent":'"$1"',"cpus":4,"memory_mb":10.25,"memory_limit_mb":256,"network_rx_bytes":999,"network_tx_bytes":1234567,"block_read_bytes":null,"block_write_bytes":0,"pids":7}'
}

@test "engines -o wide: how each has answered lately" {
	answer "GET /api/engines" '"times":0,"body":[{"id":"n1","engine":{"addr":"http://10.0.0.1:2375"},"health":{"status":"up","strip":[0.4,null,5,99999]}},{"id":"n2","engine":{},"health":{"status":"pending"}}]'
	run berth engines -o wide
	[[ "${lines[0]}" == *REASON*"LAST 5 MINUTES" && "${lines[1]}" == *"▁x▃█" && "${lines[2]}" == *"-" ]]
	run berth engines
	[[ "$output" != *MINUTES* && "$output" != *▁* ]]
}

@test "stats: of those that run, or of those that are named" {
	answer "GET /api/containers?all=false&summary=true&limit=1000" '"times":0,"body":[{"id":"'$ID1'","name":"web"},{"id":"'$ID2'","name":"db"}]'
	answer "GET /api/containers/$ID1/stats" '"times":0,"body":'"$(sample 12.34)"
	answer "GET /api/containers/$ID2/stats" '"times":0,"body":'"$(sample null)"
	answer "GET /api/containers/web" '"times":0,"body":{"id":"'$ID1'","name":"web"}'
	run berth stats
	[[ "${lines[0]}" == ID*NAME*CPU*MEMORY*LIMIT*"NET IN"*"NET OUT"*READ*WRITTEN*PIDS ]]
	[ "$(tr -s ' ' <<<"${lines[1]}")" = "05e03fe8c689 web 12.3 % 10.2 MB 256 MB 999 B 1.2 MB - 0 B 7" ]
	[ "$(tr -s ' ' <<<"${lines[2]}")" = "15e03fe8c689 db - 10.2 MB 256 MB 999 B 1.2 MB - 0 B 7" ]
	[ "$(berth stats web -o json | jq -c '.[] | [.id, .name, .cpu_percent, .block_read_bytes]')" = '["'$ID1'","web",12.34,null]' ]
	[ "$(berth stats web -q)" = $ID1 ]
}

@test "stats: one that fails does not keep the others back" {
	answer "GET /api/containers?all=false" '"times":0,"body":[{"id":"'$ID1'","name":"web"},{"id":"'$ID2'","name":"db"}]'
	answer "GET /api/containers/$ID1/stats" '"times":0,"body":'"$(sample 5)"
	run berth stats
	[ "$status" -eq 7 ]
	[ "${#lines[@]}" -eq 2 ]
	grep -q '^berth: db: ' "$T/stderr"
	answer "GET /api/containers/gone" '"status":404,"body":{"code":"not_found","detail":"There is no such container."}'
	run berth stats gone
	[ "$status" -eq 4 ]
}

@test "stats -f: a line a sample, over a restart of the server" {
	answer "GET /api/containers/web" '"body":{"id":"'$ID1'","name":"web"}'
	one=$(sample 1 | sed 's/"/\\"/g') two=$(sample 2 | sed 's/"/\\"/g')
	answer "GET /api/containers/$ID1/stats?follow=true" '"raw":"data: '"$one"'\n\n:\n\nevent: end\ndata: {\"end\":\"drain\"}\n\n"'
	answer "GET /api/containers/$ID1/stats?follow=true" '"raw":"data: '"$two"'\n\nevent: end\ndata: {\"end\":\"done\"}\n\n"'
	run berth stats -f web
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 3 ]
	[[ "${lines[0]}" == ID*PIDS && "${lines[1]}" == "05e03fe8c689  web "*"1.0 %"* && "${lines[2]}" == *"2.0 %"*7 ]]
}
