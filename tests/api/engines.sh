#!/bin/bash
# Engines: how they are reached: addresses that are allowed, certificates, secrets, changes.
# shellcheck disable=SC2016,SC2034 # jq's variables; a descriptor that keeps a fake engine alive
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "$srcdir/tests/lib/certs.sh"

# engine NAME IDENTITY [CERT KEY CA]: a fake engine; sets PORT.
engine() {
	exec {FEED}> >(exec python3 "$srcdir/tests/fake/tls_engine.py" "$TMP/$1.port" "${@:2}" >/dev/null 2>"$TMP/$1.log")
	wait_for 30 test -s "$TMP/$1.port" || bail "the fake engine does not start: $(cat "$TMP/$1.log")"
	PORT=$(cat "$TMP/$1.port")
}
add() { request -t 20 -H "X-Access-Token: admin:$TOKEN" -d "$1" POST /api/engines; }
update() { request -t 20 -H "X-Access-Token: admin:$TOKEN" -d "$2" POST "/api/engines/$1"; }
get() { request -H "X-Access-Token: admin:$TOKEN" GET "/api/engines/$1"; }
# record ADDR [JQ-EXPRESSION]: a body, with the certificates made below as $ca, $cert, $key
record() {
	jq -nc --arg addr "$1" --rawfile ca "$TMP/ca.pem" --rawfile cert "$TMP/client.pem" --rawfile key "$TMP/client.key" \
		--rawfile other "$TMP/other.pem" --rawfile stranger "$TMP/stranger.pem" --rawfile skey "$TMP/stranger.key" \
		--rawfile old "$TMP/old.pem" "{engine: {addr: \$addr}} ${2:+| $2}"
}
body_holds() { jq -e "$1" <<<"$BODY" >/dev/null; }
full='.ca_cert = $ca | .ssl_cert = $cert | .ssl_key = $key'
problem() { # NAME FIELD WORDS: the last answer is a 400 of this field
	is "$1" "400 bad_field $2" "$STATUS $(member code) $(member field)"
	ok "$1: its words" grep -q "$3" <<<"$(member detail)"
}

if ! command -v python3 >/dev/null || ! command -v openssl >/dev/null; then
	echo "1..0 # SKIP no python3 or openssl"
	exit 0
fi
stack_start "engine_allow_loopback = yes" "engine_unix_sockets = $TMP/docker.sock"
TOKEN=$(login admin "$(cat "$TMP/password")")
for name in ca other; do cert_authority "$TMP/$name"; done
cert_signed "$TMP/ca" "$TMP/server" IP:127.0.0.1
cert_signed "$TMP/ca" "$TMP/elsewhere" IP:127.0.0.2
cert_signed "$TMP/ca" "$TMP/client" DNS:client
cert_signed "$TMP/other" "$TMP/stranger" DNS:client
cp "$TMP/stranger.pem" "$TMP/old.pem"
if command -v faketime >/dev/null; then faketime '10 days ago' bash -c '. "$0" && cert_signed "$1" "$2" DNS:client 2' "$srcdir/tests/lib/certs.sh" "$TMP/ca" "$TMP/old"; fi
engine tls AAAA:BBBB "$TMP/server.pem" "$TMP/server.key" "$TMP/ca.pem"
TLS=$PORT
engine twin AAAA:BBBB "$TMP/server.pem" "$TMP/server.key" "$TMP/ca.pem"
TWIN=$PORT
engine misnamed CCCC:DDDD "$TMP/elsewhere.pem" "$TMP/elsewhere.key" "$TMP/ca.pem"
MISNAMED=$PORT
engine plain EEEE:FFFF
PLAIN=$PORT

# Addresses that no engine may have.
for addr in tcp://0.0.0.0:2375 tcp://169.254.169.254:80 tcp://224.0.0.1:2375 'https://[fe80::1]:2376' 'https://[::ffff:169.254.1.1]:2376' \
	'https://[64:ff9b::a9fe:a9fe]:2376' 'https://[2002:a9fe:a9fe::1]:2376' tcp://8.8.8.8:2375 'tcp://[2001:db8::1]:2375' \
	'https://no.such.name.invalid:2376'; do
	add "$(record "$addr" '.id = "n"')"
	is "refused: $addr" '400 bad_field engine.addr' "$STATUS $(member code) $(member field)"
done
add "$(record "tcp://127.0.0.1:$PLAIN" '.id = "n" | .engine.id = "m"')"
problem 'two ids' engine.id 'give one of them'
add "$(record unix:///var/run/other.sock '.id = "n"')"
problem 'a unix socket that is not configured' engine.addr engine_unix_sockets
add "$(record "unix://$TMP/docker.sock" '.id = "sock"')"
is 'one that is configured' '201 null' "$STATUS $(member warning)"

# Certificates.
https=https://127.0.0.1:$TLS
add "$(record "$https" '.ca_cert = "x"')"
problem 'a CA that is none' ca_cert 'no certificate'
add "$(record "$https" '.ca_cert = $ca | .ssl_cert = $cert')"
problem 'a certificate without its key' ssl_key 'go together'
add "$(record "$https" '.ca_cert = $ca | .ssl_cert = $cert | .ssl_key = $skey')"
problem 'a key of another certificate' ssl_key 'not the key of'
add "$(record "$https" '.ca_cert = $ca | .ssl_cert = $cert | .ssl_key = "geheim"')"
problem 'a key that is none' ssl_key 'no private key'
ok 'which is not repeated' [ "${BODY#*geheim}" = "$BODY" ]
if command -v faketime >/dev/null; then
	add "$(record "$https" '.ca_cert = $ca | .ssl_cert = $old | .ssl_key = $key')"
	problem 'a certificate that has expired' ssl_cert expired
fi
add "$(record "http://127.0.0.1:$PLAIN" '.ca_cert = $ca')"
problem 'certificates for a plain address' ca_cert https://
add "$(record "$https" '.registry_auth = {server: "r:5000", username: "u"}')"
problem 'a registry login without its password' registry_auth.password password

# Who is at the other end.
add "$(record "$https" '.ca_cert = $other | .ssl_cert = $cert | .ssl_key = $key')"
is 'another authority' '502 engine_error' "$STATUS $(member code)"
ok 'in clear words' grep -q 'TLS with 127.0.0.1:[0-9]* failed' <<<"$(member detail)"
add "$(record "https://127.0.0.1:$MISNAMED" "$full")"
is 'another name' '502 engine_error' "$STATUS $(member code)"
add "$(record "$https" '.ca_cert = $ca')"
is 'no client certificate' '502 engine_error' "$STATUS $(member code)"
ok 'in clear words' grep -q 'client certificate' <<<"$(member detail)"
add "$(record "$https" '.ca_cert = $ca | .ssl_cert = $stranger | .ssl_key = $skey')"
is 'a client certificate of a stranger' '502 engine_error' "$STATUS $(member code)"
is 'nothing came of all that' sock "$(sql "SELECT string_agg(id, ' ') FROM engines")"

login='.registry_auth = {server: "registry:5000", username: "robot", password: "pull-secret"}'
add "$(record "$https" "$full | .id = \"t1\" | $login")"
is 'an engine over TLS' '201 t1 up 4 true null' "$STATUS $(jq -r '[.id, .health.status, .engine.cpus, .tls, .warning] | map(tostring) | join(" ")' <<<"$BODY")"
is 'its record' 'registry:5000 robot null null' \
	"$(jq -r '[.registry_auth.server, .registry_auth.username, .registry_auth.password, .ssl_key] | map(tostring) | join(" ")' <<<"$BODY")"
ok 'with the ends of its certificates' body_holds '.ca_cert_expires > "2" and .ssl_cert_expires > "2" and (.ssl_cert | startswith("-----BEGIN"))'
add "$(record "https://127.0.0.1:$TWIN" "$full | .id = \"t2\"")"
is 'the same Docker again' '409 conflict identity' "$STATUS $(member code) $(member field)"
add "$(record "$https" "$full | .id = \"t3\"")"
is 'the same address again' '409 conflict' "$STATUS $(member code)"
add "$(record "tcp://127.0.0.1:$PLAIN" '.id = "p1"')"
is 'a plain one has a warning' '201 false' "$STATUS $(member tls)"
ok 'that says what to do' grep -q https:// <<<"$(member warning)"

# Changes.
update t1 '{"engine":{"labels":["ssd"],"cpus":2}}'
is 'labels and size' '200 ssd 2 4096' "$STATUS $(jq -r '"\(.engine.labels[0]) \(.engine.cpus) \(.engine.memory)"' <<<"$BODY")"
is 'the rest stays' 'true registry:5000' "$(member tls) $(member registry_auth.server)"
update t1 "$(record "https://127.0.0.1:$TWIN")"
problem 'a new address without the key' ssl_key 'never sent to a new address'
update t1 "$(record "https://127.0.0.1:$TWIN" "$full")"
problem 'nor without the registry login' registry_auth 'never sent to a new address'
update t1 "$(record "tcp://127.0.0.1:$PLAIN" '.ssl_cert = "" | .ssl_key = "" | .ca_cert = "" | .registry_auth = {server: ""}')"
is 'another Docker at the new address' '409 conflict' "$STATUS $(member code)"
ok 'which is told' grep -q 'EEEE:FFFF' <<<"$(member detail)"
update t1 '{"ca_cert":"'"$(awk '{printf "%s\\n", $0}' "$TMP/other.pem")"'"}'
is 'a CA that the engine does not fit' '502 Nothing' "$STATUS $(member detail | cut -d ' ' -f 1)"
update t1 '{"id":"t9"}'
problem 'another id' id 'cannot be changed'
update t9 '{}'
refused 'an engine that is not there' 404 not_found
get t1
is 'all of it changed nothing' "https://127.0.0.1:$TLS ssd true" "$(jq -r '"\(.engine.addr) \(.engine.labels[0]) \(.tls)"' <<<"$BODY")"
update t1 "$(record "https://127.0.0.1:$TWIN" "$full | $login")"
is 'the same Docker at a new address' "200 https://127.0.0.1:$TWIN" "$STATUS $(jq -r .engine.addr <<<"$BODY")"
update t1 '{"registry_auth":{"server":""}}'
is 'the registry login taken away' '200 null null' "$STATUS $(member registry_auth) $(sql "SELECT coalesce(registry_password::text, 'null') FROM engines WHERE id = 't1'")"
update t1 "$(record "https://127.0.0.1:$TWIN" "$login")"
is 'and given again' '200 robot' "$STATUS $(member registry_auth.username)"

# Secrets are nowhere but sealed.
"$PG_BIN/pg_dump" -h "$TMP/pg" -U postgres berth >"$TMP/dump"
secret=$(sed -n 2p "$TMP/client.key")
is 'no key and no password in the database' 0 "$(grep -c -e "$secret" -e pull-secret -e "$(printf pull-secret | od -An -tx1 | tr -d ' \n')" "$TMP/dump")"
is 'the row has them sealed' t "$(sql "SELECT length(ssl_key) > 200 AND length(registry_password) = 29 + length('pull-secret') FROM engines WHERE id = 't1'")"
is 'nor in the log' 0 "$(grep -c -e "$secret" -e pull-secret "$LOG")"
request -H "X-Access-Token: admin:$TOKEN" GET /api/engines
is 'nor in the list' 0 "$(grep -c -e "$secret" -e pull-secret -e 'BEGIN' <<<"$BODY")"
is 'the history tells what was changed' t "$(sql "SELECT bool_or(message LIKE 'id=t1 changed=%addr%' AND account = 'admin') FROM events WHERE type = 'update-engine'")"
# A sealed value in another engine's row does not open.
sql "UPDATE engines e SET ssl_key = t.ssl_key, ssl_cert = t.ssl_cert FROM engines t WHERE e.id = 'p1' AND t.id = 't1'"
update p1 '{"engine":{"labels":["x"]}}'
is 'a sealed key moved to another row' '500 internal' "$STATUS $(member code)"

# Without the configuration loopback is refused.
sed -i '/^engine_allow_loopback/d' "$CONF"
kill -HUP "$WORKER"
loopback_refused() {
	add "$(record "https://127.0.0.1:$MISNAMED" "$full | .id = \"n9\"")"
	[ "$STATUS $(member field)" = '400 engine.addr' ]
}
ok 'loopback is refused where it is not configured' wait_for 30 loopback_refused
done_testing
