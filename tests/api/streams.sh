#!/bin/bash
# Streamed answers: logs of an engine that is a script, followed; clients that leave, are slow, are no longer allowed.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
command -v python3 >/dev/null || {
	echo "1..0 # SKIP no python3"
	exit 0
}
SOURCE=$(cd "${srcdir:-.}" && pwd)
stack_start 'worker_processes = 1' 'worker_threads = 2' 'drain_grace_s = 1' 'stream_followers = 520' \
	'stream_followers_account = 510' "engine_unix_sockets = $TMP/engine.sock"
. "$SOURCE/tests/api/script_engine.sh"
sql "INSERT INTO engines (id, doc) VALUES ('e1', '{\"id\":\"e1\",\"engine\":{\"id\":\"e1\",\"addr\":\"unix://$TMP/engine.sock\",
	\"cpus\":4,\"memory\":4096,\"labels\":[]},\"health\":{\"status\":\"up\"}}')"
for kind in a b c d e f 0 1; do
	sql "INSERT INTO containers (id, doc, group_hash, engine_id, state, docker_id, due_at) VALUES ('$(id $kind)',
		'{\"id\":\"$(id $kind)\",\"name\":\"$kind\",\"image\":{\"name\":\"i\",\"cpus\":0,\"memory\":1}}', 'g', 'e1', 'running',
		'$(id $kind)', NULL)"
done
TOKEN=$(login admin "$(cat "$TMP/password")")
log() { request -H "Authorization: Bearer $TOKEN" GET "/api/containers/$1/logs${2-}"; }
# In the background only: it becomes the client.
follow() { exec python3 -IS "$SOURCE/tests/api/follow.py" "$SOCKET" "/api/containers/$1/logs?follow=true${2-}" "${@:3}"; }
# The frames of an answer on standard input, one a line: STREAM TEXT.
frames() {
	python3 -c 'import struct, sys
data = sys.stdin.buffer.read().split(b"\r\n\r\n", 1)[1]
while data:
    stream, size = struct.unpack(">BxxxL", data[:8])
    print(stream, repr(data[8:8 + size])[2:-1])
    data = data[8 + size:]'
}

log d
is 'a log is plain text' '200 text/plain; charset=utf-8' "$STATUS $(header content-type)"
is 'frames that come byte by byte are taken off' $'out\nerr\n' "$BODY"
is 'nginx is told to pass it on as it comes' no "$(header x-accel-buffering)"
log b
is 'a terminal has no frames' $'line one\r\nline two\r\n' "$BODY"
log e
refused 'the engine does not know it' 404 not_found
log 0
is 'an answer that breaks off within a frame gives what came' $'whole\nnot wh' "$BODY"
for bad in tail=-1 tail=x since=yesterday until=1x follow=2 frames=maybe 'stdout=false&stderr=false' stdout=0 colour=1; do
	log d "?$bad"
	refused "refused: $bad" 400 bad_field
done
log d '?stdout=true&tail=5&since=2026-01-31T12:00:00.25Z&until=1800000000&timestamps=1'
is 'what is asked for reaches the engine' \
	'stdout=1&stderr=0&timestamps=1&follow=0&since=1769860800.250000000&until=1800000000.000000000&tail=5' "$(engine query)"

# Frames keep the streams apart and end with a mark.
framed() { "$BUILD/tests/api/fcgi" -H "Authorization: Bearer $TOKEN" "$SOCKET" GET "/api/containers/$1/logs?frames=true" | frames; }
is 'frames are passed on whole' $'1 out\\n\n2 err\\n\n3 end: done' "$(framed d)"
is 'a terminal is framed line by line' $'1 line one\\r\\n\n1 line two\\r\\n\n3 end: done' "$(framed b)"

# A follower that leaves: the call to the engine ends.
follow a '' "$TOKEN" >"$TMP/one" 2>"$TMP/one.end" &
one=$!
shows() { grep -qa "$2" "$TMP/$1"; }
ok 'a follower gets what is there' wait_for 60 shows one hello
is 'the engine has one call' 1 "$(engine open)"
kill -KILL $one
ok 'a client that leaves ends the call to the engine' wait_for 30 engine_has 0
left() { grep -q '"client_left":true' "$LOG"; }
ok 'and the log of requests tells it' wait_for 30 left

# Many followers, and others are served; then the limits.
follow 1 '' "$TOKEN" 500 3 >"$TMP/many" 2>"$TMP/many.end" &
many=$!
HELPERS+=("$many")
ok '500 followers at once, and each gets its lines' wait_for 120 shows many 'begun 500'
is 'each with its call' 500 "$(engine open)"
read -r count failures _ < <("$BUILD/tests/api/fcgi" -c 4 -s 1 -H "Authorization: Bearer $TOKEN" "$SOCKET" GET /api/containers)
is 'nobody fails beside them' 0 "$failures"
ok "and answers go on ($count)" test "$count" -gt 0
rm -f "$TMP/more"
follow a '' "$TOKEN" 10 >"$TMP/more" 2>"$TMP/more.end" &
more=$!
HELPERS+=("$more")
wait_for 60 engine_has 510
log a
refused 'an account may not have more than its part' 503 unavailable
is 'with a time to try again' 5 "$(header retry-after)"
kill -KILL $many $more
ok 'all leave: all calls end' wait_for 30 engine_has 0

# A client that takes nothing: the engine is made to wait, memory stays bounded.
mkfifo "$TMP/lazy.in"
follow c '' "$TOKEN" 8 lazy <"$TMP/lazy.in" >"$TMP/lazy" 2>/dev/null &
lazy=$!
HELPERS+=("$lazy")
exec 9>"$TMP/lazy.in"
ok 'clients that are lazy' wait_for 60 shows lazy 'begun 8'
stalled() {
	local before
	before=$(engine sent)
	sleep 0.5
	[ "$(engine sent)" = "$before" ]
}
ok 'the engine waits for them' wait_for 60 stalled
ok "after a bounded part ($(($(engine sent) >> 10)) KB)" test "$(engine sent)" -lt $((8 << 20))
exec 9>&-
flows() { ! stalled; }
ok 'and goes on with them' wait_for 30 flows
kill -KILL $lazy
ok 'until they leave' wait_for 30 engine_has 0

# A token that is revoked ends its streams, whether they may tell it or not.
SECOND=$(login admin "$(cat "$TMP/password")")
follow a '&frames=true' "$SECOND" >"$TMP/framed" 2>"$TMP/framed.end" &
HELPERS+=($!)
follow a '' "$SECOND" >"$TMP/plain" 2>"$TMP/plain.end" &
HELPERS+=($!)
follow a '' "$TOKEN" >"$TMP/other" 2>"$TMP/other.end" &
HELPERS+=($!)
ok 'three followers' wait_for 60 engine_has 3
request -H "Authorization: Bearer $SECOND" POST /auth/logout
is 'a log-out' 204 "$STATUS"
ok 'its streams end within 5 s' wait_for 30 engine_has 1
is 'with a mark' '3 end: revoked' "$(frames <"$TMP/framed" | tail -n 1)"
shows_end() { [ "$(cat "$TMP/$1.end")" = "$2" ]; }
ok 'as a whole answer' wait_for 30 shows_end framed 'end 1 cut 0'
ok 'plain text breaks off' wait_for 30 shows_end plain 'end 0 cut 1'
is 'the others go on' '' "$(cat "$TMP/other.end")"

follow f '&frames=true&timestamps=true' "$TOKEN" >"$TMP/ticks" 2>"$TMP/ticks.end" &
HELPERS+=($!)
ok 'a follower of what goes on' wait_for 60 shows ticks '20'

# Reload: the old process ends its followers with a mark, a new one serves them.
kill -HUP "$WORKER"
ok 'a reload ends followers' wait_for 60 shows_end ticks 'end 1 cut 0'
is 'with a mark' '3 end: drain' "$(frames <"$TMP/ticks" | tail -n 1)"
ok 'plain text breaks off' wait_for 30 shows_end other 'end 0 cut 1'
follow f '&frames=true' "$TOKEN" >"$TMP/again" 2>"$TMP/again.end" &
HELPERS+=($!)
ok 'whoever asks again is served' wait_for 60 shows again '5'
kill -TERM "$WORKER"
ok 'a stop ends followers' wait_for 60 shows_end again 'end 1 cut 0'
wait "$WORKER"
is 'and the worker ends well' 0 $?
WORKER=
done_testing
