#!/bin/bash
# berth behind the real nginx, with the configuration that is installed: crowds that take room only, reloads under load.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
if ! command -v nginx >/dev/null; then
	echo "1..0 # SKIP no nginx"
	exit 0
fi
SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
stack_start 'worker_processes = 1' 'worker_threads = 4'

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
PORT=$(free_port)
URL=https://127.0.0.1:$PORT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=berth -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$TMP/server.key" -out "$TMP/server.pem" 2>/dev/null || bail 'no certificate'
mkdir "$TMP/web"
sed -e "s|@USER@|$(id -un) $(id -gn)|" -e "s|@PID@|$TMP/web/pid|" -e "s|@LOG@|$TMP/web|" -e "s|@TEMP@|$TMP/web|" \
	-e "s|@LISTEN@|listen 127.0.0.1:$PORT ssl http2 backlog=1024;|" -e "s|@CERTIFICATE@|$TMP/server.pem|" \
	-e "s|@KEY@|$TMP/server.key|" -e "s|@CONSOLE@|$SRC/nginx/console|" -e "s|@SOCKET@|$SOCKET|" -e '/@EXEMPT@/d' \
	-e '/^#/d' "$SRC/nginx/berth.conf.in" >"$TMP/nginx.conf"
nginx -c "$TMP/nginx.conf" -p "$TMP/web" -e "$TMP/web/first.log" -g 'daemon off;' 2>"$TMP/nginx.log" </dev/null &
NGINX=$!
BESIDE+=("$NGINX")
get() { curl -s -m 20 -o /dev/null -w '%{http_code}\n' --cacert "$TMP/server.pem" "$@"; }
serves() { [ "$(get "$URL/healthz")" = 200 ]; }
ok 'nginx serves' wait_for 30 serves
head -c 1100000 /dev/zero >"$TMP/large"
is 'what nginx itself refuses has the code that the worker would give it' '413 too_large' \
	"$(curl -s -m 20 --cacert "$TMP/server.pem" --data-binary "@$TMP/large" "$URL/api/containers" | jq -r '"\(.status) \(.code)"')"
refused_method() { curl -s -m 20 -D - -o /dev/null --cacert "$TMP/server.pem" -X "$1" "$URL$2" | tr -d '\r' | awk '/^HTTP/ { status = $2 } tolower($1) == "allow:" { $1 = ""; allow = $0 } END { print status allow }'; }
is 'a method that it does not know' '405 GET, POST, DELETE' "$(refused_method TRACE /api/containers)"
is 'or not for files' '405 GET, HEAD' "$(refused_method DELETE /console/)"
is 'and one that the worker does not know has its answer alone' '405 GET, POST' "$(refused_method PATCH /api/containers)"

TOKEN=$(login admin "$(cat "$TMP/password")")
# A browser knows that live events are open by the head of the answer, though nothing happens.
is 'the head of live events comes at once' 200 "$(get -m 8 -H "X-Access-Token: admin:$TOKEN" -H 'Accept: text/event-stream' "$URL/api/events?follow=true")"

# crowd COUNT KIND: they hold on until the server closes them.
crowd() {
	python3 "$SRC/tests/api/crowd.py" "$PORT" "$1" "$2" >"$TMP/crowd.$2" 2>"$TMP/crowd.err" </dev/null &
	BESIDE+=("$!")
	wait_for 90 grep -q open "$TMP/crowd.$2"
}
answers_of() { # COUNT: new connections, one after the other
	local i
	for ((i = 0; i < $1; i++)); do get "$URL/readyz"; done | sort | uniq -c | awk '{ print $1, $2 }'
}
most=$(($(ulimit -Hn) / 2 - 100)) # nginx has as many
count=2000
if [ -n "${BERTH_TEST_ALL:-}" ]; then count=$((most < 10000 ? most : 10000)); fi
ulimit -Sn "$(ulimit -Hn)"
ok "$count idle connections" crowd "$count" idle
is 'others are served beside them' '10 200' "$(answers_of 10)"
ok 'all of them are closed in the end' wait_for 100 grep -q '^closed' "$TMP/crowd.idle"
ok '200 that send a header without end' crowd 200 loris
is 'others are served beside them, too' '10 200' "$(answers_of 10)"
ok 'these are closed in the end, too' wait_for 100 grep -q '^closed' "$TMP/crowd.loris"

# Reloads: who keeps his connection, and who makes a new one each time. A request on a kept one may cross the server's
# GOAWAY; the client repeats it then (RFC 9113, 6.8).
workers() { pgrep -P "$NGINX" | sort; }
replaced() { [ -z "$(comm -12 <(workers) <(echo "$old"))" ]; }
load() { # FILE OPTION...
	local file=$1 i
	shift
	while [ ! -e "$TMP/enough" ]; do
		for ((i = 0; i < 20; i++)); do printf 'url = "%s/readyz"\noutput = /dev/null\n' "$URL"; done |
			curl -s -m 60 -w '%{http_code}\n' --cacert "$TMP/server.pem" "$@" -K - || echo "curl $?"
	done >"$TMP/$file"
}
(trap - EXIT && load kept --retry 1 --retry-all-errors --retry-delay 0) &
BESIDE+=("$!")
(trap - EXIT && load fresh -H 'Connection: close' --http1.1) &
BESIDE+=("$!")
under_load() { [ -s "$TMP/kept" ] && [ -s "$TMP/fresh" ]; }
wait_for 60 under_load
for i in 1 2 3; do
	old=$(workers)
	kill -HUP "$NGINX"
	ok "reload $i: its processes are replaced" wait_for 60 replaced
done
touch "$TMP/enough"
wait "${BESIDE[-1]}" "${BESIDE[-2]}"
is 'not one request has failed' '200' "$(sort -u "$TMP/kept" "$TMP/fresh")"
echo "# $(cat "$TMP/kept" "$TMP/fresh" | wc -l) requests"
kill -QUIT "$NGINX"
wait "$NGINX"
is 'nginx ends well' 0 $?
done_testing
