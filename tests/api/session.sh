#!/bin/bash
# The console's session: a cookie that a browser holds, and what must come with it.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'
PASSWORD=$(cat "$TMP/password")
HOST=pool.example:8443
RIGHT="{\"username\":\"admin\",\"password\":\"$PASSWORD\"}"

# sign_in [OPTIONS...]: sets COOKIE (name and value) and CSRF.
sign_in() {
	request "$@" -H "Host: $HOST" -d "${BODY_OF_LOGIN:-$RIGHT}" POST /auth/session
	COOKIE=$(header Set-Cookie)
	COOKIE=${COOKIE%%;*}
	CSRF=$(member csrf)
}
# page [OPTIONS...] METHOD URI: as the console asks.
page() { request -H "Host: $HOST" -H "Cookie: $COOKIE" -H "Origin: https://$HOST" -H "X-CSRF-Token: $CSRF" "$@"; }
# bare: with nothing but the cookie, as a stranger's page can make a browser ask.
bare() { request -H "Host: $HOST" -H "Cookie: $COOKIE" "$@"; }

sign_in -H "Origin: https://$HOST" -H 'User-Agent: browser/1'
is 'signing in' 200 "$STATUS"
is 'the cookie is held to this host, to HTTPS, and out of scripts and other sites' 'Path=/ Secure HttpOnly SameSite=Strict Max-Age=43200' \
	"$(header Set-Cookie | sed 's/^[^;]*; //; s/;//g')"
ok 'it has a token and the prefix' grep -qE '^__Host-berth=berth_[0-9a-f]{16}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$' <<<"$COOKIE"
is 'the answer tells who and what' 'admin admin null' "$(member username) $(member role) $(member auth_token)"
ok 'and until when' grep -qE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$' <<<"$(member expiry)"
is 'and the right to everything' '[{"path":"/","access":"write","methods":["GET","POST","DELETE"]}]' "$(member 'permissions|tojson')"
is 'the answer has no token' 0 "$(grep -cF "${COOKIE#*=}" <<<"$BODY")"
is 'it is a session among the tokens' 'browser/1' "$(sql "SELECT user_agent FROM tokens WHERE name IS NULL")"
is 'the login is in the log' 1 "$(jq -c 'select(.message == "login" and .account == "admin")' "$LOG" | wc -l)"
is 'neither password nor token is' 0 "$(grep -cF -e "$PASSWORD" -e "${COOKIE:36:43}" -e "$CSRF" "$LOG")"
before=$BODY
page GET /auth/session
is 'the session tells of itself' "$(jq -cS . <<<"$before")" "$(jq -cS . <<<"$BODY")"
is 'without a new cookie' '' "$(header Set-Cookie)"
request -H "Authorization: Bearer ${COOKIE#*=}" GET /auth/session
is 'a token does so too' '200 admin' "$STATUS $(member username)"
request GET /auth/session
refused 'nobody' 401 unauthenticated

request -d '{"username":"admin","password":"wrong-password"}' POST /auth/session
refused 'a wrong password' 401 unauthenticated
is 'gives no cookie' '' "$(header Set-Cookie)"
request -d '{"username":"admin"}' POST /auth/session
refused 'no password' 400 bad_field
sign_in_of_stranger() { sign_in -H 'Origin: https://evil.example'; }
keep=("$COOKIE" "$CSRF")
sign_in_of_stranger
refused "another server's page signs nobody in" 403 csrf
is 'not even unnoticed' '' "$(header Set-Cookie)"
sign_in
is 'without an Origin it is no browser' 200 "$STATUS"
COOKIE=${keep[0]} CSRF=${keep[1]}

# What comes with the cookie.
page GET /api/cluster/info
is 'reading' 200 "$STATUS"
bare GET /api/cluster/info
is 'needs only the cookie' 200 "$STATUS"
bare -H 'X-CSRF-Token: nonsense' -H 'Origin: https://evil.example' GET /api/cluster/info
is 'whatever else is there: the browser keeps the answer from others' 200 "$STATUS"
page -d '{}' POST /api/containers
refused 'changing' 400 bad_field
bare -d '{}' POST /api/containers
refused 'needs more than the cookie' 403 csrf
ok 'and says what' grep -q Origin <<<"$(member detail)"
bare -H "Origin: https://$HOST" -d '{}' POST /api/containers
refused 'the token' 403 csrf
ok 'and where it is' grep -q 'GET /auth/session' <<<"$(member detail)"
bare -H "Origin: https://$HOST" -H 'X-CSRF-Token: ' -d '{}' POST /api/containers
refused 'not an empty one' 403 csrf
bare -H "Origin: https://$HOST" -H "X-CSRF-Token: ${CSRF:0:63}x" -d '{}' POST /api/containers
refused 'not another one' 403 csrf
bare -H "Origin: https://$HOST" -H "X-CSRF-Token: ${CSRF}0" -d '{}' POST /api/containers
refused 'not a longer one' 403 csrf
bare -H "X-CSRF-Token: $CSRF" -d '{}' POST /api/containers
refused 'and the Origin' 403 csrf
for origin in null "http://$HOST" https://evil.example "https://pool.example" "https://$HOST.evil.example" "https://$HOST/" "https://evil@$HOST"; do
	bare -H "X-CSRF-Token: $CSRF" -H "Origin: $origin" -d '{}' POST /api/containers
	refused "not the Origin $origin" 403 csrf
done
bare -H "X-CSRF-Token: $CSRF" -H "Origin: https://POOL.example:8443" -d '{}' POST /api/containers
refused 'in any case of letters' 400 bad_field
request -H "Cookie: $COOKIE" -H "X-CSRF-Token: $CSRF" -H 'Origin: https://' -d '{}' POST /api/containers
refused 'not without a Host' 403 csrf
for verb in start stop restart 'scale?count=3'; do
	page GET "/api/containers/0123/$verb"
	refused "no session changes anything by GET: $verb" 403 csrf
	page POST "/api/containers/0123/$verb"
	refused 'but by POST' 404 not_found
done
bare POST /auth/logout
refused 'nor is it ended from elsewhere' 403 csrf
bare DELETE /auth/session
refused 'in neither way' 403 csrf
request -H "Host: $HOST" -H "Cookie: $COOKIE" -H "Authorization: Bearer ${COOKIE#*=}" -d '{}' POST /api/containers
refused 'a header with a token goes before the cookie' 400 bad_field
request -H "Host: $HOST" -H "Cookie: $COOKIE" -H 'Authorization: Bearer none' GET /api/cluster/info
refused 'also when it is a bad one' 401 unauthenticated
request -H "Cookie: ${COOKIE#__Host-}" GET /api/cluster/info
refused 'another cookie is none' 401 unauthenticated
request -H "Cookie: ${COOKIE}x" GET /api/cluster/info
refused 'a changed cookie' 401 unauthenticated
request -H "Cookie: a=1; $COOKIE; b=2" GET /api/cluster/info
is 'among others' 200 "$STATUS"

# What its role grants.
sql "INSERT INTO accounts (id, username, role, password_hash) SELECT 'v', 'val', 'viewer', password_hash FROM accounts WHERE username = 'admin'"
admin=("$COOKIE" "$CSRF")
BODY_OF_LOGIN="{\"username\":\"val\",\"password\":\"$PASSWORD\"}" sign_in
is 'a viewer has the viewer role' "$(sql "SELECT doc->'grants'->0->>'path' FROM roles WHERE name = 'viewer'") read [\"GET\"]" \
	"$(member 'permissions[0]|.path + " " + .access + " " + (.methods|tojson)')"
page GET /api/containers
is 'reads' 200 "$STATUS"
page -d '{}' POST /api/containers
refused 'and no more' 403 forbidden
is "another's token proves nothing" 403 "$(CSRF=${admin[1]} && page -d '{}' POST /api/containers && echo "$STATUS")"
page -d "{\"password\":\"Xp9-new-k7Vq\",\"old_password\":\"$PASSWORD\"}" POST /account/passwdchange
is 'its password is its own matter' 204 "$STATUS"
page GET /auth/session
is 'and the session goes on' 200 "$STATUS"
sql "UPDATE accounts SET disabled = true WHERE id = 'v'"
page GET /auth/session
refused 'until the account is disabled' 401 unauthenticated

# What the database does not tell.
COOKIE=${admin[0]} CSRF=${admin[1]}
without SELECT roles page GET /auth/session
refused 'a session that cannot be told' 500 internal
without SELECT roles sign_in
refused 'nor at signing in' 500 internal
COOKIE=${admin[0]} CSRF=${admin[1]}
without DELETE tokens page DELETE /auth/session
refused 'one that cannot be ended' 500 internal
sql "SET session_replication_role = replica; UPDATE accounts SET role = 'gone' WHERE username = 'admin'; RESET session_replication_role"
page GET /auth/session
refused 'one of which nothing is left' 401 unauthenticated
ok 'has ended meanwhile' grep -q 'just ended' <<<"$(member detail)"
sql "UPDATE accounts SET role = 'admin' WHERE username = 'admin'"

# Its end.
python3 -IS "${srcdir:-.}/tests/api/follow.py" "$SOCKET" '/api/events?follow=1' "$COOKIE" >"$TMP/stream" 2>&1 &
stream=$!
reads_on() { grep -q '^Status: 200' "$TMP/stream"; }
ok 'a stream is read with the cookie' wait_for 20 reads_on
page DELETE /auth/session
is 'signing out' 204 "$STATUS"
is 'takes the cookie away' '__Host-berth=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0' "$(header Set-Cookie)"
page GET /api/cluster/info
refused 'and the session with it' 401 unauthenticated
page DELETE /auth/session
refused 'once' 401 unauthenticated
has_ended() { ! kill -0 "$stream" 2>/dev/null; }
ok 'and the stream' wait_for 20 has_ended
sign_in
sql "UPDATE tokens SET expires_at = now() - interval '1 second'"
page GET /api/cluster/info
refused 'an expired session' 401 unauthenticated
page -d '{}' POST /api/containers
refused 'is told as such also where it would change something' 401 unauthenticated
attempt() { request -p REMOTE_ADDR=198.51.100.1 -d "{\"username\":\"admin\",\"password\":\"$1\"}" POST "$2"; }
attempt bad-guess /auth/session
is 'a guess counts' 1 "$(sql "SELECT failures FROM login_failures WHERE address = '198.51.100.1' AND name <> ''")"
sql 'UPDATE login_failures SET failures = 10, last = now()'
attempt "$PASSWORD" /auth/session
refused 'and ten are enough' 429 throttled
done_testing
