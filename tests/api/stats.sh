#!/bin/bash
# What containers use: once and followed, of an engine that is a script.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
command -v python3 >/dev/null || {
	echo "1..0 # SKIP no python3"
	exit 0
}
SOURCE=$(cd "${srcdir:-.}" && pwd)
stack_start 'worker_processes = 1' 'worker_threads = 2' 'drain_grace_s = 1' 'stream_followers_account = 3' \
	"engine_unix_sockets = $TMP/engine.sock $TMP/nowhere.sock"
. "$SOURCE/tests/api/script_engine.sh"
add_engine() { # ID SOCKET
	sql "INSERT INTO engines (id, doc) VALUES ('$1', '{\"id\":\"$1\",\"engine\":{\"id\":\"$1\",\"addr\":\"unix://$TMP/$2\",
		\"cpus\":4,\"memory\":4096,\"labels\":[]},\"health\":{\"status\":\"up\"}}')"
}
add_container() { # DIGIT ENGINE
	sql "INSERT INTO containers (id, doc, group_hash, engine_id, state, docker_id, due_at) VALUES ('$(id "$1")',
		'{\"id\":\"$(id "$1")\",\"name\":\"$1\",\"image\":{\"name\":\"i\",\"cpus\":0,\"memory\":1}}', 'g', '$2', 'running',
		'$(id "$1")', NULL)"
}
add_engine e1 engine.sock
add_engine e2 nowhere.sock
for kind in a b c d e f; do add_container $kind e1; done
add_container 9 e2
sql "INSERT INTO foreign_containers (engine_id, docker_id, running, doc) VALUES ('e1', 'a$(id 0 | cut -c2-)', true,
	'{\"id\":\"a$(id 0 | cut -c2-)\",\"name\":\"theirs\",\"image\":{\"name\":\"i\"},\"state\":\"running\",\"managed\":false}')"
TOKEN=$(login admin "$(cat "$TMP/password")")
stats() { request -H "Authorization: Bearer $TOKEN" GET "/api/containers/$1/stats${2-}"; }
# In the background only: it becomes the client.
follow() { exec python3 -IS "$SOURCE/tests/api/follow.py" "$SOCKET" "/api/containers/$1/stats?follow=1" "$2"; }
shows() { grep -qa "$2" "$TMP/$1"; }
shows_end() { [ "$(cat "$TMP/$1.end")" = "$2" ]; }

stats a
is 'a sample' '200 application/json' "$STATUS $(header content-type)"
ok 'with its time' grep -qE '^20[0-9]{2}-[0-9-]+T[0-9:.]+Z$' <<<"$(member time)"
is 'is what docker stats says' '{"running":true,"cpu_percent":50,"cpus":4,"memory_mb":10,"memory_limit_mb":256,"network_rx_bytes":1001,"network_tx_bytes":2002,"block_read_bytes":4096,"block_write_bytes":8192,"pids":7}' \
	"$(jq -c 'del(.time)' <<<"$BODY")"
stats b
nothing='{"cpu_percent":null,"cpus":null,"memory_mb":null,"memory_limit_mb":null,"network_rx_bytes":null,"network_tx_bytes":null,"block_read_bytes":null,"block_write_bytes":null,"pids":null}'
is 'of what does not run nothing is known' "false $nothing" "$(member running) $(jq -c 'del(.time, .running)' <<<"$BODY")"
stats c
is 'nor where nothing is counted' "true $nothing" "$(member running) $(jq -c 'del(.time, .running)' <<<"$BODY")"
stats a00000
is "of a container that is not the pool's, too" '200 50' "$STATUS $(member cpu_percent)"
stats d
refused 'an answer that is none' 502 engine_error
stats e
refused 'the engine does not know it' 404 not_found
stats 9
refused 'the engine is away' 502 engine_unreachable
stats 77
refused 'no such container' 404 not_found
for bad in follow=2 stdout=1; do
	stats a "?$bad"
	refused "refused: $bad" 400 bad_field
done
stats e '?follow=1'
refused 'a stream that cannot begin is refused as usual' 404 not_found
ok 'no call is left' wait_for 30 engine_has 0

follow a "$TOKEN" >"$TMP/one" 2>"$TMP/one.end" &
one=$!
HELPERS+=("$one")
third() { [ "$(grep -ac '^data: {' "$TMP/one")" -ge 3 ]; }
ok 'followed: one after another' wait_for 60 third
is 'as server-sent events' 'Content-Type: text/event-stream' "$(tr -d '\r' <"$TMP/one" | grep -a ^Content-Type)"
is 'nginx is told to pass them on as they come' 1 "$(grep -ac '^X-Accel-Buffering: no' "$TMP/one")"
is 'the first has nothing before it' 'null 50' "$(sed -n 's/^data: //p' "$TMP/one" | head -n 2 | jq .cpu_percent | xargs)"
kill -KILL $one
ok 'a client that leaves ends the call to the engine' wait_for 30 engine_has 0
follow d "$TOKEN" >"$TMP/none" 2>"$TMP/none.end" &
HELPERS+=($!)
ok 'a stream of something else' wait_for 60 shows none '^Status: 502'

SECOND=$(login admin "$(cat "$TMP/password")")
follow f "$SECOND" >"$TMP/second" 2>"$TMP/second.end" &
HELPERS+=($!)
follow b "$TOKEN" >"$TMP/third" 2>"$TMP/third.end" &
HELPERS+=($!)
ok 'two followers' wait_for 60 engine_has 2
ok 'of one that does not run as well' wait_for 60 shows third '"running":false'
request -H "Authorization: Bearer $SECOND" POST /auth/logout
ok 'a log-out ends its stream' wait_for 30 shows_end second 'end 1 cut 0'
is 'with a mark' 'data: {"end":"revoked"}' "$(grep -a . "$TMP/second" | tail -n 1)"
kill -TERM "$WORKER"
ok 'a worker that stops ends the others' wait_for 60 shows_end third 'end 1 cut 0'
is 'and says so' 'data: {"end":"drain"}' "$(grep -a . "$TMP/third" | tail -n 1)"
wait "$WORKER"
is 'and ends well' 0 $?
WORKER=
done_testing
