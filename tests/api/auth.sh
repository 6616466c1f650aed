#!/bin/bash
# Who may do what: logins, tokens, roles.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'
PASSWORD=$(cat "$TMP/password")

# as TOKEN METHOD URI: a request with that token.
as() { request -H "Authorization: Bearer $1" "${@:2}"; }
# took: milliseconds of the last request on PATH, as the worker saw it.
took() { jq -r "select(.message == \"request\" and .path == \"$1\") | .duration_ms | floor" "$LOG" | tail -n 1; }

request -H 'User-Agent: test/1' -d "{\"username\":\"admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
is 'a login' "200 test/1" "$STATUS $(member user_agent)"
TOKEN=$(member auth_token)
ok 'a token has the documented form' grep -qE '^berth_[0-9a-f]{16}_[A-Za-z0-9_-]{43}_[0-9a-f]{8}$' <<<"$TOKEN"
ok 'it tells its end' grep -qE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$' <<<"$(member expires_at)"
is 'the session lasts 12 hours' 12:00:00 "$(sql "SELECT date_trunc('hour', expires_at - created) FROM tokens")"
is 'the secret is not in the database' 0 "$(sql 'SELECT * FROM tokens' | grep -c "${TOKEN:23:43}")"

request -d '{"username":"admin","password":"wrong-password"}' POST /auth/login
refused 'a wrong password' 401 unauthenticated
is 'it asks for a token' 'Bearer realm="berth"' "$(header WWW-Authenticate)"
wrong=$(jq -c 'del(.request_id)' <<<"$BODY")
request -d '{"username":"nobody","password":"wrong-password"}' POST /auth/login
refused 'an unknown name' 401 unauthenticated
is 'has the same body' "$wrong" "$(jq -c 'del(.request_id)' <<<"$BODY")"
request -d "{\"username\":\"Admin\",\"password\":\"$PASSWORD\"}" POST /auth/login
refused 'names have case' 401 unauthenticated
request -d "{\"username\":\"admin\",\"password\":\"$PASSWORD \"}" POST /auth/login
refused 'a password with something behind it' 401 unauthenticated
sql "INSERT INTO accounts (id, username, role, password_hash, disabled) SELECT 'd', 'gone', 'user', password_hash, true FROM accounts"
request -d "{\"username\":\"gone\",\"password\":\"$PASSWORD\"}" POST /auth/login
refused 'a disabled account' 401 unauthenticated

is 'good logins are in the log' 1 "$(jq -c 'select(.message == "login" and .account == "admin" and .address == "192.0.2.7")' "$LOG" | wc -l)"
is 'bad ones too, with the name only when it is one' 'admin null null admin gone ' \
	"$(jq -r 'select(.message == "login failed") | .account' "$LOG" | tr '\n' ' ')"
is 'no password or token is' 0 "$(grep -cF -e "$PASSWORD" -e wrong-password -e "${TOKEN:23:43}" "$LOG")"

request GET /api/cluster/info
refused 'no token' 401 unauthenticated
as "$TOKEN" GET /api/cluster/info
is 'Authorization: Bearer' 200 "$STATUS"
request -H "X-Access-Token: admin:$TOKEN" GET /api/cluster/info
is 'X-Access-Token: NAME:TOKEN' 200 "$STATUS"
is 'the log tells the account' admin "$(jq -r 'select(.path == "/api/cluster/info" and .status == 200) | .account' "$LOG" | tail -n 1)"
bad_token() { # NAME OPTIONS...
	request "${@:2}" GET /api/cluster/info
	refused "$1" 401 unauthenticated
}
bad_token 'the name of another' -H "X-Access-Token: gone:$TOKEN"
bad_token 'an empty name' -H "X-Access-Token: :$TOKEN"
bad_token 'no name' -H "X-Access-Token: $TOKEN"
request -H "X-Access-Token: admin:$TOKEN" -H "Authorization: Bearer $TOKEN" GET /api/cluster/info
is 'the same token twice' 200 "$STATUS"
bad_token 'of another name' -H "X-Access-Token: gone:$TOKEN" -H "Authorization: Bearer $TOKEN"
for other in "Bearer ${TOKEN%?}" 'Basic YTpi' ''; do
	request -H "X-Access-Token: admin:$TOKEN" -H "Authorization: $other" GET /api/cluster/info
	refused 'two headers that differ' 400 bad_request
done
bad_token 'another scheme' -H "Authorization: Basic $TOKEN"
bad_token 'no scheme' -H "Authorization: $TOKEN"
bad_token 'an empty token' -H 'Authorization: Bearer '
bad_token 'a token cut short' -H "Authorization: Bearer ${TOKEN%?}"
bad_token 'a token with one digit changed' -H "Authorization: Bearer $(tr '[:lower:]' '[:upper:]' <<<"$TOKEN")"
bad_token 'a long one' -H "Authorization: Bearer $(printf 'a%.0s' {1..20000})"
request "GET" "/api/cluster/info?token=$TOKEN"
refused 'a token in the query' 401 unauthenticated
as "$TOKEN" GET "/api/cluster/info?token=$TOKEN"
refused 'a token in the query besides' 400 bad_field

other=$(login admin "$PASSWORD")
sql "UPDATE tokens SET digest = sha256('x') WHERE id = '${other:6:16}'"
bad_token 'a known id with another secret' -H "Authorization: Bearer $other"
other=$(login admin "$PASSWORD")
sql "UPDATE tokens SET expires_at = now() WHERE id = '${other:6:16}'"
bad_token 'an expired token' -H "Authorization: Bearer $other"
login admin "$PASSWORD" >/dev/null
is 'a login takes expired ones away' 0 "$(sql 'SELECT count(*) FROM tokens WHERE expires_at <= now()')"

other=$(login admin "$PASSWORD")
as "$other" POST /auth/logout
is 'a logout' "204 " "$STATUS $BODY"
is 'without a length' '' "$(header Content-Length)"
bad_token 'ends the token' -H "Authorization: Bearer $other"
as "$other" POST /auth/logout
refused 'a second logout' 401 unauthenticated
as "$TOKEN" GET /api/cluster/info
is "but not the account's others" 200 "$STATUS"

# One account of each role, with the admin's password.
for role in user deployer viewer; do
	sql "INSERT INTO accounts (id, username, role, password_hash) SELECT '$role', 'a $role', '$role', password_hash FROM accounts WHERE username = 'admin'"
done
sql "INSERT INTO roles VALUES ('broken', '{\"grants\": 1}'); INSERT INTO accounts (id, username, role, password_hash) SELECT 'b', 'a broken', 'broken', password_hash FROM accounts WHERE username = 'admin'"
declare -A tokens
for role in user deployer viewer broken; do
	tokens[$role]=$(login "a $role" "$PASSWORD")
done
tokens[admin]=$TOKEN
# Role, what it may read, what it may change.
while read -r role reads writes; do
	for path in /api/cluster/info /api/engines /api/containers /api/events /api/containers/0123; do
		as "${tokens[$role]}" GET "$path"
		case $reads in
		all) ok "$role may read $path" test "$STATUS" = 200 -o "$STATUS" = 404 ;;
		*) refused "$role may not read $path" 403 forbidden ;;
		esac
	done
	# An empty body is refused only after the authorisation.
	for path in /api/engines /api/containers; do
		as "${tokens[$role]}" POST "$path"
		case " $writes " in
		*" $path "*) refused "$role may change $path" 400 bad_json ;;
		*) refused "$role may not change $path" 403 forbidden ;;
		esac
	done
	as "${tokens[$role]}" GET /api/containers/0123/stop
	case " $writes " in
	*" /api/containers "*) refused "$role may stop by GET" 404 not_found ;;
	*) refused "$role may not stop by GET" 403 forbidden ;;
	esac
done <<-'ROLES'
	admin all /api/engines /api/containers
	user all /api/engines /api/containers
	deployer all /api/containers
	viewer all
	broken nothing
ROLES
request -H "X-Access-Token: a user:${tokens[user]}" GET /api/cluster/info
is 'a name with a space' 200 "$STATUS"
sql "UPDATE accounts SET role = 'viewer' WHERE id = 'user'"
as "${tokens[user]}" POST /api/engines
refused 'a changed role counts at once' 403 forbidden
sql "UPDATE accounts SET disabled = true WHERE id = 'user'"
bad_token 'a disabled account is out at once' -H "Authorization: Bearer ${tokens[user]}"
sql "DELETE FROM accounts WHERE id = 'viewer'"
bad_token 'a deleted account is out at once' -H "Authorization: Bearer ${tokens[viewer]}"

# Guessing: after ten failures an address waits, and nobody else does.
attempt() { # ADDRESS PASSWORD [NAME]
	request -p "REMOTE_ADDR=$1" -d "{\"username\":\"${3:-admin}\",\"password\":\"$2\"}" POST /auth/login
}
# failed_now: as if the last failure were only now over; on a slow machine the hash alone takes more than the first wait
failed_now() { sql 'UPDATE login_failures SET last = now()'; }
for _ in 1 2 3 4 5 6 7 8 9 10; do
	attempt 198.51.100.1 bad-guess
done
refused 'the tenth guess' 401 unauthenticated
failed_now
attempt 198.51.100.1 "$PASSWORD"
refused 'then even the right password waits' 429 throttled
is 'for a second' 1 "$(header Retry-After)"
attempt 198.51.100.2 "$PASSWORD"
is 'another address does not' 200 "$STATUS"
attempt 198.51.100.1 bad-guess nobody
refused 'nor another name' 401 unauthenticated
sleep 1.1
attempt 198.51.100.1 bad-guess
refused 'after the wait a guess is possible' 401 unauthenticated
failed_now
attempt 198.51.100.1 bad-guess
is 'and the next wait is longer' '429 2' "$STATUS $(header Retry-After)"
sql "UPDATE login_failures SET last = now() - interval '2 seconds' WHERE address = '198.51.100.1'"
attempt 198.51.100.1 "$PASSWORD"
is 'a success' 200 "$STATUS"
attempt 198.51.100.1 bad-guess
attempt 198.51.100.1 bad-guess
refused 'forgets the failures' 401 unauthenticated
sql "UPDATE login_failures SET failures = 59, last = now() WHERE address = '198.51.100.1' AND name = ''"
attempt 198.51.100.1 "$PASSWORD"
is 'many failures of one address with different names' '429 512' "$STATUS $(header Retry-After)"
sql "UPDATE login_failures SET failures = 1000000000, last = now() WHERE address = '198.51.100.1' AND name = ''"
attempt 198.51.100.1 "$PASSWORD"
is 'the wait has an end' '429 900' "$STATUS $(header Retry-After)"
for n in 1 2 3 4 5 6 7 8 9 a; do
	attempt "2001:db8::$n" bad-guess
done
failed_now
attempt 2001:db8::ffff:b "$PASSWORD"
refused 'the addresses of one IPv6 network count as one' 429 throttled
attempt 2001:db8:0:1::1 "$PASSWORD"
is 'another network does not' 200 "$STATUS"
is 'names are not kept in clear' 0 "$(sql 'SELECT name FROM login_failures' | grep -c -e admin -e nobody)"
other=$(login admin "$PASSWORD")
for _ in 1 2 3 4 5 6 7 8 9 10; do
	as "$other" -d '{"password":"Xp9-new-k7Vq","old_password":"bad-guess"}' POST /account/passwdchange
done
refused 'an old password is guessed' 403 forbidden
failed_now
as "$other" -d "{\"password\":\"Xp9-new-k7Vq\",\"old_password\":\"$PASSWORD\"}" POST /account/passwdchange
refused 'ten times only, too' 429 throttled

# The way back in.
sql "DELETE FROM accounts WHERE username = 'admin'"
line=$("$BUILD/berth-worker" --config "$CONF" --reset-admin)
ok 'a new administrator' grep -qE '^account admin, password [A-Za-z0-9]{20} ' <<<"$line"
attempt 192.0.2.7 "$(cut -d' ' -f4 <<<"$line")"
is 'can log in, from where it failed before' 200 "$STATUS"
other=$(member auth_token)
line=$("$BUILD/berth-worker" --config "$CONF" --reset-admin)
bad_token 'another reset ends its session' -H "Authorization: Bearer $other"
is 'the history tells of both' 2 "$(sql "SELECT count(*) FROM events WHERE type = 'reset-admin'")"
# The database refuses a statement in the middle: then nothing is decided, and so nothing counted.
PASSWORD=$(cut -d' ' -f4 <<<"$line")
TOKEN=$(login admin "$PASSWORD")
sql 'DELETE FROM login_failures'
without INSERT login_failures login admin "$PASSWORD" >/dev/null
refused 'a login that cannot be counted' 500 internal
without INSERT tokens login admin "$PASSWORD" >/dev/null
refused 'a login that cannot be kept' 500 internal
is 'is no failure' 0 "$(sql 'SELECT coalesce(sum(failures), 0) FROM login_failures')"
without DELETE tokens as "$TOKEN" POST /auth/logout
refused 'a logout that cannot be done' 500 internal
as "$TOKEN" GET /api/cluster/info
is 'leaves the session' 200 "$STATUS"
request -d '[]' POST /auth/login
is 'a login that is none' 400 "$STATUS"

# An unknown name costs as much as a wrong password, where that costs what it always does.
# shellcheck disable=SC2034 # stack.sh reads it
REAL_PASSWORDS=1
kill -TERM "$WORKER"
wait "$WORKER"
worker_start
"$BUILD/berth-worker" --config "$CONF" --reset-admin >/dev/null
sql 'DELETE FROM login_failures'
attempt 192.0.2.8 wrong-password
refused 'a wrong password is' 401 unauthenticated
wrong_ms=$(took /auth/login)
attempt 192.0.2.8 wrong-password nobody
refused 'an unknown name is' 401 unauthenticated
unknown_ms=$(took /auth/login)
# without the password's hash it would be hundreds of times as fast; a busy machine makes a factor of a few
ok "and takes as long ($wrong_ms ms, $unknown_ms ms)" test $((unknown_ms * 10)) -gt "$wrong_ms"
ok 'and long' test "$wrong_ms" -ge 20
done_testing
