#!/usr/bin/env bats
# Operations on the command line: list, wait, cancel, --async, Ctrl-C.
# shellcheck disable=SC2086,SC2154
load cli

OP1=0123456789abcdef0123456789abcdef
OP2=1123456789abcdef0123456789abcdef

# pty KEYS COMMAND...: on a terminal of its own; KEYS is typed once the server has been asked for the operation, each
# of them ("^C" is Ctrl-C) after a question mark was printed since the last. Prints what was shown, then the status.
pty() {
	python3 - "$T/requests" "$@" <<-'PY'
		import os, pty, select, sys, time
		requests, keys, command = sys.argv[1], sys.argv[2].split(), sys.argv[3:]
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(command[0], command)
		shown, mark, until = b"", 0, time.monotonic() + 40
		while time.monotonic() < until:
		    if keys and (shown.find(b"?", mark) >= 0 if mark else "GET /api/operations" in open(requests).read()):
		        key = keys.pop(0)
		        mark = len(shown) or 1
		        os.write(fd, b"\x03" if key == "^C" else key.encode() + b"\n")
		    if select.select([fd], [], [], 0.05)[0]:
		        try:
		            data = os.read(fd, 4096)
		        except OSError:
		            data = b""
		        if not data:
		            break
		        shown += data
		else:
		    os.kill(pid, 9)
		print(shown.decode(errors="replace").replace("\r", "\n"))
		print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	PY
}

running() { # a batch that goes on for ever
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/'$OP1'"}'
	answer "GET /api/operations/$OP1" '"times":0,"delay":0.1,"body":{"id":"'$OP1'","status":"running","total":2,"done":1}'
}

@test "operations are listed; filters are the server's" {
	answer "GET /api/operations?state=running&limit=2" '"body":[{"id":"'$OP1'","type":"run-container","account":"clare","state":"running","created":"2026-01-01T00:00:00Z","finished":null,"total":3,"done":1,"failed":0}]'
	run berth operations --filter state=running --filter limit=2 --no-headers
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^$OP1\ +run-container\ +running\ +1/3\ +clare\ +[0-9]+\ [a-z]+\ ago ]]
	answer "GET /api/operations" '"body":[{"id":"'$OP1'"},{"id":"'$OP2'"}]'
	run berth ops -q
	[ "$output" = "$OP1"$'\n'"$OP2" ]
}

@test "wait: status 0, 7 and 1" {
	answer "GET /api/operations/$OP1" '"body":{"id":"'$OP1'","status":"running"}'
	answer "GET /api/operations/$OP1" '"times":0,"body":{"id":"'$OP1'","status":"done","http_status":204,"items":[]}'
	run berth wait $OP1
	[ "$status $output" = "0 $OP1 done" ]
	answer "GET /api/operations/$OP2" '"body":{"id":"'$OP2'","status":"cancelled","http_status":207,"cancelled":1,"items":[{"container":"'$ID1'","status":"done","error":null},{"container":"'$ID2'","status":"cancelled","error":null}]}'
	run berth wait $OP1 $OP2
	[ "$status" -eq 7 ]
	[ "$output" = "$OP1 done"$'\n'"$OP2 cancelled" ]
	grep -q "container ${ID2:0:12}: It was cancelled" "$T/stderr"
	answer "GET /api/operations/bad" '"body":{"id":"bad","status":"failed","http_status":502,"items":[{"container":"'$ID1'","status":"failed","error":{"code":"engine_error","detail":"No luck."}}]}'
	run berth wait bad
	[ "$status" -eq 1 ]
	grep -q "No luck" "$T/stderr"
	run berth wait nobody
	[ "$status" -eq 4 ]
}

@test "cancel tells what became of each container" {
	answer "POST /api/operations/$OP1/cancel" '"body":{"id":"'$OP1'","status":"cancelled","items":[{"container":"'$ID1'","engine":"n1","status":"done","phase":"done","error":null},{"container":"'$ID2'","engine":"n2","status":"cancelled","phase":"cancelled","error":null,"note":"why so"}]}'
	run berth cancel $OP1
	[ "$status" -eq 0 ]
	[[ "$output" == *"${ID1:0:12}"*done*"${ID2:0:12}"*cancelled*"why so"* ]]
	answer "POST /api/operations/$OP2/cancel" '"status":409,"body":{"code":"conflict","detail":"The operation is over."}'
	run berth cancel $OP2
	[ "$status" -eq 5 ]
}

@test "--async prints the operation's id only" {
	running
	run berth run --name web --async
	[ "$status $output" = "0 $OP1" ]
	[ "$(header prefer)" = "respond-async" ]
	answer "DELETE /api/containers/a" '"status":202,"headers":{"Location":"/api/operations/'$OP2'"}'
	run berth destroy a --async
	[ "$status $output" = "0 $OP2" ]
	run ! berth ps --async
	sent >"$T/sent"
	run ! grep -q GET "$T/sent"
}

@test "an engine that is away: status 6, and how to go on" {
	answer "POST /api/containers/a/stop" '"status":202,"headers":{"Location":"/api/operations/'$OP1'"}'
	answer "GET /api/operations/$OP1" '"times":0,"delay":1,"body":{"id":"'$OP1'","status":"running","total":1,"done":0,"waits_for":[{"id":"n3","reason":"no answer"}],"items":[{"container":"'$ID1'","status":"pending","phase":"waiting"}]}'
	run berth stop a
	[ "$status" -eq 6 ]
	grep -q "Engine n3 is away (no answer).*berth wait $OP1" "$T/stderr"
}

@test "retry: what is run anew is shown as a run is; what is changed again is not" {
	answer "POST /api/operations/$OP1/retry" '"status":201,"body":[{"id":"'$ID1'","engine":{"id":"n1","addr":"tcp://10.0.0.1:2375"},"ports":[]}]'
	run berth retry $OP1 -q
	[ "$status $output" = "0 $ID1" ]
	answer "POST /api/operations/$OP2/retry" '"status":204'
	run berth retry $OP2
	[ "$status $output" = "0 " ]
	answer "POST /api/operations/$OP2/retry" '"status":409,"body":{"code":"conflict","detail":"Nothing has failed."}'
	run berth retry $OP2
	[ "$status" -eq 5 ]
	grep -q "Nothing has failed." "$T/stderr"
}

@test "Ctrl-C without a terminal: it goes on, and how to wait and cancel" {
	running
	"$BERTH" run --name web >"$T/stdout" 2>"$T/stderr" </dev/null 3>&- &
	pid=$!
	for ((i = 0; i < 400; i++)); do
		sent | grep -q "GET /api/operations" && break
		nap 0.05
	done
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	grep -q "berth operation $OP1" "$T/stderr"
	grep -q "berth wait $OP1; to cancel it: berth cancel $OP1" "$T/stderr"
}

@test "Ctrl-C on a terminal: let it go on, by default and at the second one" {
	running
	for keys in "^C l" "^C ^C"; do
		run pty "$keys" "$BERTH" run --name web
		[[ "$output" == *"[c]ancel what has not begun"* ]]
		[[ "$output" == *"berth wait $OP1"* ]]
		[[ "$output" == *"status 130" ]]
		: >"$T/requests"
		running
	done
	run ! grep -q cancel "$T/requests"
}

@test "Ctrl-C on a terminal: cancel, and tell what exists" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/'$OP1'"}'
	answer "GET /api/operations/$OP1" '"times":12,"delay":0.1,"body":{"id":"'$OP1'","status":"running","total":2,"done":1}'
	answer "POST /api/operations/$OP1/cancel" '"status":202,"body":{"id":"'$OP1'","status":"running"}'
	answer "GET /api/operations/$OP1" '"times":0,"body":{"id":"'$OP1'","status":"cancelled","http_status":207,"total":2,"done":1,"cancelled":1,"items":[{"container":"'$ID1'","status":"done","error":null},{"container":"'$ID2'","status":"cancelled","error":null}],"result":[{"id":"'$ID1'","engine":{"id":"n1"}}]}'
	run pty "^C c" "$BERTH" run --name web --count 2
	[[ "$output" == *"${ID1:0:12}"* ]]
	[[ "$output" == *"container ${ID2:0:12}: It was cancelled."* ]]
	[[ "$output" == *"status 130" ]]
	sent | grep -q "POST /api/operations/$OP1/cancel"
}

@test "Ctrl-C on a terminal: wait" {
	answer "POST /api/containers" '"status":202,"headers":{"Location":"/api/operations/'$OP1'"}'
	answer "GET /api/operations/$OP1" '"times":12,"delay":0.1,"body":{"id":"'$OP1'","status":"running","total":1,"done":0}'
	answer "GET /api/operations/$OP1" '"times":0,"body":{"id":"'$OP1'","status":"done","http_status":201,"total":1,"done":1,"items":[],"result":[{"id":"'$ID1'","engine":{"id":"n1"}}]}'
	run pty "^C w" "$BERTH" run --name web
	[[ "$output" == *"${ID1:0:12}"* ]]
	[[ "$output" == *"status 0" ]]
}

@test "a run after which the pool could lose an engine no more says so, and succeeds" {
	answer 'POST /api/containers' '"status":201,"times":0,"body":[{"id":"c1","ports":[],"engine":{"id":"n1"}}]'
	answer 'GET /api/cluster/info/check?container=c1' '"body":{"ok":false,"made_so":true,"unchecked":0,"engines":[{"id":"n1","ok":false,"misfit_count":1},{"id":"n2","ok":true}]}'
	answer 'GET /api/cluster/info/check?container=c1' '"body":{"ok":false,"made_so":false,"unchecked":0,"engines":[{"id":"n1","ok":false,"misfit_count":1},{"id":"n2","ok":true}]}'
	answer 'GET /api/cluster/info/check?container=c1' '"body":{"ok":false,"made_so":true,"unchecked":0,"engines":[{"id":"n1","ok":false,"misfit_count":1}]}'
	berth run --name httpd
	grep -q 'could not lose engine n1' "$T/stderr"
	for _ in 1 2 3; do # it was so before; a pool of one engine; no answer
		berth run --name httpd
		[ ! -s "$T/stderr" ]
	done
}

@test "check: a table, and a status that scripts can go by" {
	answer 'GET /api/cluster/info/check' '"body":{"ok":true,"unchecked":0,"engines":[{"id":"n1","ok":true,"moves":3,"misfit_count":0,"misfits":[],"stay_count":1,"stays":[],"advice":""}]}'
	answer 'GET /api/cluster/info/check' '"body":{"ok":false,"unchecked":0,"engines":[{"id":"n1","ok":false,"moves":3,"misfit_count":2,"misfits":[{"id":"c1","name":"web","reason":"n2: not enough memory"}],"stay_count":0,"stays":[],"advice":"add an engine"}]}'
	answer 'GET /api/cluster/info/check' '"body":{"ok":false,"unchecked":7,"engines":[{"id":"n1","ok":true,"moves":0,"misfit_count":0,"misfits":[],"stay_count":0,"stays":[],"advice":""}]}'
	berth check >"$T/out"
	grep -Eq '^n1 +yes +3 +0 +1 ' "$T/out"
	run ! berth check
	[ "$status" -eq 5 ]
	grep -q 'web and 1 more: n2: not enough memory. To do: add an engine.' <<<"$output"
	grep -q 'could not lose engine n1' "$T/stderr"
	run ! berth check
	grep -q '7 were too many to look at' "$T/stderr"
}
