#!/bin/bash
# Named service tokens; what one account's secrets are to another; where no secret must be.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'
ADMIN_PASSWORD=$(cat "$TMP/password")
ADMIN=$(login admin "$ADMIN_PASSWORD")
PASSWORD=canary-Pw-7Qx2

as() { request -H "Authorization: Bearer $1" "${@:2}"; }
token() { as "$1" -d "$2" POST /api/tokens; }
alive() {
	as "$1" GET /api/cluster/info
	[ "$STATUS" = 200 ]
}
dead() { ! alive "$1" && [ "$STATUS" = 401 ]; }
names() { jq -r 'map("\(.account) \(.kind) \(.name)") | sort | join(",")' <<<"$BODY"; }

for name in ann bob; do
	as "$ADMIN" -d "{\"id\":\"$name-id\",\"username\":\"$name\",\"password\":\"$PASSWORD\",\"role\":\"user\"}" POST /api/account
done
ANN=$(login ann "$PASSWORD")
BOB=$(login bob "$PASSWORD")

token "$ANN" '{"name":"ci","days":7}'
is 'a service token' '201 ci ann' "$STATUS $(member name) $(member account)"
CI=$(member auth_token)
CI_ID=$(member id)
is 'for seven days' '7 days' "$(sql "SELECT expires_at - created FROM tokens WHERE name = 'ci'")"
ok 'it works' alive "$CI"
token "$ANN" '{"name":"default"}'
is 'for 30 days by default' '30 days' "$(sql "SELECT expires_at - created FROM tokens WHERE name = 'default'")"
token "$BOB" '{"name":"ci","days":90}'
is 'names are for each account' 201 "$STATUS"
BOB_CI_ID=$(member id)
while read -r status code field body; do
	token "$ANN" "$body"
	refused "token $body" "$status" "$code"
	is 'names the field' "$field" "$(member field)"
done <<-'BODIES'
	409 conflict name {"name":"ci"}
	400 bad_field name {"days":1}
	400 bad_field name {"name":"a b"}
	400 bad_field days {"name":"x","days":0}
	400 bad_field days {"name":"x","days":91}
	400 bad_field days {"name":"x","days":"7"}
	400 bad_field id {"name":"x","id":"y"}
	403 forbidden null {"name":"x","account":"bob"}
	403 forbidden null {"name":"x","account":"nobody"}
BODIES
as "$ANN" GET /api/tokens
is 'the list: sessions and service tokens' 'ann service ci,ann service default,ann session null' "$(names)"
is 'which tells the one that asks' session "$(jq -r '.[] | select(.current) | .kind' <<<"$BODY")"
is 'and nothing secret' '["account","created","current","expires_at","id","kind","name","user_agent"]' "$(jq -c '.[0] | keys' <<<"$BODY")"
as "$ANN" GET '/api/tokens?account=bob'
refused 'not those of another' 403 forbidden
as "$ADMIN" GET '/api/tokens?account=bob'
is 'but for an administrator' 'bob service ci,bob session null' "$(names)"
as "$ADMIN" GET '/api/tokens?account=nobody'
refused 'of one that there is' 404 not_found
as "$ADMIN" GET /api/tokens
is 'or all' 6 "$(jq length <<<"$BODY")"

for id in "$BOB_CI_ID" nothing ci2; do
	as "$ANN" DELETE "/api/tokens/$id"
	refused "end $id, which is none of hers" 404 not_found
done
is 'Bob has his still' 1 "$(sql "SELECT count(*) FROM tokens WHERE id = '$BOB_CI_ID'")"
as "$ANN" DELETE /api/tokens/ci
is 'by name' 204 "$STATUS"
ok 'it ends at once' dead "$CI"
is "and Bob's of that name does not" 1 "$(sql "SELECT count(*) FROM tokens WHERE id = '$BOB_CI_ID'")"
as "$ADMIN" DELETE "/api/tokens/$BOB_CI_ID"
is 'an administrator ends that of another' 204 "$STATUS"
token "$ANN" '{"name":"ci","days":2}'
CI=$(member auth_token)
CI_ID=$(member id)
is 'the name is free again' 201 "$STATUS"
sql "UPDATE tokens SET expires_at = now() WHERE name = 'default'"
token "$ANN" '{"name":"default"}'
is 'so is that of an expired one' 201 "$STATUS"
is 'the history tells of it' 'add-token ann token=ci,add-token ann token=default,add-token bob token=ci,delete-token ann token=ci,delete-token bob token=ci' \
	"$(sql "SELECT string_agg(type || ' ' || substr(message, 6), ',' ORDER BY id) FROM (SELECT * FROM events WHERE type LIKE '%-token' ORDER BY id LIMIT 5) AS e")"

# What a service token cannot do.
token "$CI" '{"name":"child","days":3}'
refused 'make one that outlives it' 403 forbidden
token "$CI" '{"name":"child","days":1}'
is 'make a shorter one' 201 "$STATUS"
as "$CI" -d "{\"password\":\"other-Pw-7Qx2\",\"old_password\":\"$PASSWORD\"}" POST /account/passwdchange
refused 'change the password' 403 forbidden
token "$ADMIN" '{"name":"root"}'
as "$(member auth_token)" -d '{"username":"bob","password":"other-Pw-7Qx2"}' POST /account/passwdchange
refused "or anyone's" 403 forbidden
token "$ADMIN" '{"name":"for-bob","account":"bob"}'
is 'an administrator makes one for another' '201 bob' "$STATUS $(member account)"
as "$(member auth_token)" GET /api/account
refused 'with the rights of that' 403 forbidden
sql "INSERT INTO tokens (id, account_id, digest, expires_at, name) SELECT 'fill' || n, 'bob-id', sha256('x'), now() + interval '1 day', 'fill' || n FROM generate_series(1, 98) AS n"
token "$BOB" '{"name":"the-100th"}'
is 'a hundred' 201 "$STATUS"
token "$BOB" '{"name":"too-many"}'
refused 'and no more' 409 conflict

# What ends them all.
request -H "Authorization: Bearer $ANN" -d "{\"password\":\"$PASSWORD-2\",\"old_password\":\"$PASSWORD\"}" POST /account/passwdchange
ok 'a new password ends service tokens' dead "$CI"
ok 'but not the session that asked for it' alive "$ANN"
for change in disable 'role {"role":"viewer"}'; do
	token "$ADMIN" "{\"name\":\"t\",\"account\":\"ann\"}"
	doomed=$(member auth_token)
	ok 'a token' alive "$doomed"
	read -r what body <<<"$change"
	as "$ADMIN" ${body:+-d "$body"} POST "/api/account/ann/$what"
	ok "$what ends it" dead "$doomed"
	as "$ADMIN" POST /api/account/ann/enable
done
as "$ADMIN" POST /api/account/ann/disable
token "$ADMIN" '{"name":"t","account":"ann"}'
refused 'a disabled account gets none' 409 conflict
as "$ADMIN" POST /api/account/ann/enable
as "$ADMIN" -d '{"role":"user"}' POST /api/account/ann/role
ANN=$(login ann "$PASSWORD-2")

# Two users: what is private to Ann is nothing to Bob.
CI_ID=$(token "$ANN" '{"name":"private"}' && member id)
SESSION_ID=${ANN:6:16}
for id in "$CI_ID" "$SESSION_ID" private; do
	as "$BOB" DELETE "/api/tokens/$id"
	refused "Ann's token $id" 404 not_found
done
is 'are all still there' 2 "$(sql "SELECT count(*) FROM tokens WHERE account_id = 'ann-id'")"
request -H "X-Access-Token: ann:$BOB" GET /api/cluster/info
refused "Bob's token with Ann's name" 401 unauthenticated
request -H "X-Access-Token: bob:$ANN" GET /api/cluster/info
refused "Ann's with Bob's" 401 unauthenticated
request -H "Authorization: Bearer ${ANN:0:22}${BOB:22}" GET /api/cluster/info
refused "Ann's id with Bob's secret" 401 unauthenticated
# An engine that nobody answers for: what is asked of it stays under way.
sql "INSERT INTO engines (id, doc) VALUES ('e1', '{\"id\":\"e1\",\"engine\":{\"id\":\"e1\",\"addr\":\"http://127.0.0.1:9\",\"cpus\":4,\"memory\":4096,\"labels\":[]},\"health\":{\"status\":\"up\",\"state\":\"up\"},\"identity\":\"e1\"}')"
run() { # TOKEN KEY NAME
	as "$1" -H "Idempotency-Key: $2" -H 'Prefer: respond-async' -d "{\"name\":\"httpd\",\"container_name\":\"$3\",\"environment\":{\"SECRET\":\"canary-Env-5Zt8\"}}" POST /api/containers
}
run "$ANN" one-key a1
is 'Ann runs a container' 202 "$STATUS"
ANN_OPERATION=$(member id)
run "$ANN" one-key a1
is 'her key again is the same operation' "202 $ANN_OPERATION" "$STATUS $(member id)"
run "$BOB" one-key b1
is "Bob's use of that key is not hers" 202 "$STATUS"
ok 'but an operation of its own' test "$(member id)" != "$ANN_OPERATION"
is 'as the database has it' 'ann-id,bob-id' "$(sql "SELECT string_agg(account_id, ',' ORDER BY account_id) FROM operations WHERE idempotency_key = 'one-key'")"
run "$ANN" one-key a2
refused 'and hers still belongs to her request' 422 idempotency_key_reused
as "$BOB" GET "/api/operations/$ANN_OPERATION"
is 'operations are the pool'"'"'s, as containers are' 200 "$STATUS"
is 'but tell nothing of keys' 0 "$(grep -c one-key <<<"$BODY")"

# No secret in any answer, log line or the database's dump.
{
	for path in /api/account /api/account/ann /api/tokens /api/roles /api/events /api/containers /api/cluster/info \
		"/api/containers/$(sql "SELECT id FROM containers LIMIT 1")" "/api/operations/$ANN_OPERATION"; do
		as "$ADMIN" GET "$path"
		case $STATUS in
		200) ;;
		404) [[ $path == /api/containers/* ]] || echo "canary-$path" ;; # no engine: it may be given up already
		*) echo "canary-$path-$STATUS" ;;
		esac
		echo "$BODY"
	done
	as "$ANN" -d "{\"username\":\"x\",\"password\":\"$PASSWORD-2\",\"role\":1}" POST /api/account
	echo "$BODY"
	as "$ADMIN" -d "{\"username\":\"ann\",\"password\":\"$PASSWORD-2\",\"role\":\"$PASSWORD\"}" POST /api/tokens
	echo "$BODY"
	as "$ADMIN" "GET" "/api/tokens?account=$PASSWORD"
	request -d "{\"username\":\"$PASSWORD-3\",\"password\":\"$PASSWORD-3\"}" POST /auth/login
	echo "$BODY"
} >"$TMP/answers"
"$PG_BIN/pg_dump" -h "$TMP/pg" -U postgres berth >"$TMP/dump"
ok 'there are answers, a log and a dump' test -s "$TMP/answers" -a -s "$LOG" -a "$(grep -c a1 "$TMP/dump")" -gt 0
for secret in canary- "${ANN:23:43}" "${CI:23:43}" "${ADMIN:23:43}" "$ADMIN_PASSWORD"; do
	for where in answers worker.log dump pg/log; do
		is "no secret in $where" '' "$(grep -F -m 1 -e "$secret" "$TMP/$where" | cut -c 1-200)"
	done
done
done_testing
