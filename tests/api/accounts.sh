#!/bin/bash
# Accounts and passwords.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'
PASSWORD=$(cat "$TMP/password")
ADMIN=$(login admin "$PASSWORD")

as() { request -H "Authorization: Bearer $1" "${@:2}"; }
add() { as "$ADMIN" -d "$1" POST /api/account; }
remove() { as "$ADMIN" -d "$1" DELETE /api/account; }
change() { as "$1" -d "$2" POST /account/passwdchange; }
is_alive() { # TOKEN: is it still good?
	as "$1" GET /api/cluster/info
	[ "$STATUS" = 200 ]
}

as "$ADMIN" GET /api/account
is 'the list' '200 ["admin"] [{"id":"admin","name":"admin"}]' "$STATUS $(jq -c 'map(.username)' <<<"$BODY") $(jq -c 'map(.role)' <<<"$BODY")"
is 'has no secrets' '["created","disabled","id","role","username"]' "$(jq -c '.[0] | keys' <<<"$BODY")"
as "$ADMIN" GET /api/roles
is 'the roles' '["admin","deployer","user","viewer"]' "$(jq -c 'map(.name)' <<<"$BODY")"

add '{"username":"clare","password":"k7Vq-m2Xp9","role":"user"}'
is 'an account is added' '204 ' "$STATUS $BODY"
CLARE=$(login clare k7Vq-m2Xp9)
ok 'and can log in' is_alive "$CLARE"
add '{"id":"d-1","username":"dan","password":"k7Vq-m2Xp9","role":{"id":"viewer","name":"viewer"}}'
is 'with an id, and a role as a record' 204 "$STATUS"
as "$ADMIN" GET /api/account/dan
is 'one account' 'd-1 dan viewer' "$(member id) $(member username) $(member role.name)"
as "$ADMIN" GET /api/account/nobody
refused 'no such account' 404 not_found
is 'the history tells of it, in the same transaction' 'add-account name=clare admin security,add-account name=dan admin security' \
	"$(sql "SELECT string_agg(concat_ws(' ', type, message, account, tags[1]), ',' ORDER BY id) FROM events WHERE type = 'add-account'")"
is 'and of the request' "$(jq -r 'select(.method == "POST" and .route == "/api/account" and .status == 204) | .request_id' "$LOG" | head -n 1)" \
	"$(sql "SELECT request_id FROM events WHERE message = 'name=clare'")"

while read -r status code field body; do
	add "$body"
	refused "add $body" "$status" "$code"
	is 'names the field' "$field" "$(member field)"
done <<-'BODIES'
	409 conflict username {"username":"clare","password":"k7Vq-m2Xp9","role":"user"}
	409 conflict id {"id":"d-1","username":"dan2","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field role {"username":"eve","password":"k7Vq-m2Xp9","role":"king"}
	400 bad_field role {"username":"eve","password":"k7Vq-m2Xp9","role":{}}
	400 bad_field x {"username":"eve","password":"k7Vq-m2Xp9","role":{"x":1}}
	400 bad_field role {"username":"eve","password":"k7Vq-m2Xp9","role":["user"]}
	400 bad_field role {"username":"eve","password":"k7Vq-m2Xp9"}
	400 bad_field password {"username":"eve","role":"user"}
	400 bad_field password {"username":"eve","password":"short","role":"user"}
	400 bad_field password {"username":"eve","password":"Password1","role":"user"}
	400 bad_field password {"username":"evelyn.b","password":"Evelyn.B1","role":"user"}
	400 bad_field username {"username":"","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"../x","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"a/b","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"a:b","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"a\r\nb","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"a\u202eb","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":"\u001b[1m","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field id {"id":"a b","username":"eve","password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field username {"username":["eve"],"password":"k7Vq-m2Xp9","role":"user"}
	400 bad_field admin {"username":"eve","password":"k7Vq-m2Xp9","role":"user","admin":true}
BODIES
is 'nothing was changed by that' 3 "$(sql 'SELECT count(*) FROM accounts')"
as "$CLARE" -d '{"username":"eve","password":"k7Vq-m2Xp9","role":"admin"}' POST /api/account
refused 'user adds no account' 403 forbidden
for path in /api/account /api/account/clare /api/roles; do
	as "$CLARE" GET $path
	refused "user does not see $path" 403 forbidden
done

second=$(login clare k7Vq-m2Xp9)
change "$CLARE" '{"password":"Xp9-new-k7Vq"}'
refused 'a new password needs the old one' 400 bad_field
change "$CLARE" '{"password":"Xp9-new-k7Vq","old_password":"wrong"}'
refused 'the right old one' 403 forbidden
is 'that is named' old_password "$(member field)"
change "$CLARE" '{"password":"password1","old_password":"k7Vq-m2Xp9"}'
refused 'not a common one' 400 bad_field
change "$CLARE" '{"username":"admin","password":"Xp9-new-k7Vq"}'
refused 'not that of another' 403 forbidden
change "$CLARE" '{"username":"nobody","password":"Xp9-new-k7Vq"}'
refused 'nor does it tell who there is' 403 forbidden
ok 'no token has died of that' is_alive "$second"
change "$CLARE" '{"username":"clare","password":"Xp9-new-k7Vq","old_password":"k7Vq-m2Xp9"}'
is 'the own password is changed' 204 "$STATUS"
ok 'the token used is still good' is_alive "$CLARE"
is_alive "$second"
is 'every other has died' 401 "$STATUS"
is 'the old password is bad' null "$(login clare k7Vq-m2Xp9)"
ok 'the new one is good' is_alive "$(login clare Xp9-new-k7Vq)"
change "$ADMIN" '{"username":"clare","password":"by-admin-Xp9"}'
is 'an administrator changes that of another' 204 "$STATUS"
is_alive "$CLARE"
is 'all tokens of it have died' 401 "$STATUS"
change "$ADMIN" '{"username":"nobody","password":"by-admin-Xp9"}'
refused 'of one that there is' 404 not_found
change "$ADMIN" '{"username":"admin","password":"by-admin-Xp9"}'
refused "even an administrator's own needs the old one" 400 bad_field
is 'the history tells of it' 'clare clare,clare admin' \
	"$(sql "SELECT string_agg(substr(message, 6) || ' ' || account, ',' ORDER BY id) FROM events WHERE type = 'change-password'")"

while read -r status code body; do
	remove "$body"
	refused "delete $body" "$status" "$code"
done <<-'BODIES'
	400 bad_field {}
	400 bad_field {"id":"d-1","username":"dan"}
	400 bad_field {"name":"dan"}
	404 not_found {"username":"nobody"}
	404 not_found {"id":"nothing"}
	409 conflict {"username":"admin"}
BODIES
remove ''
refused 'delete nothing' 400 bad_json
DAN=$(login dan k7Vq-m2Xp9)
remove '{"id":"d-1"}'
is 'deleted by id' 204 "$STATUS"
is_alive "$DAN"
is 'its token is out at once' 401 "$STATUS"
remove '{"username":"clare"}'
is 'deleted by name' 204 "$STATUS"
is 'the history tells of it' 'name=dan,name=clare' "$(sql "SELECT string_agg(message, ',' ORDER BY id) FROM events WHERE type = 'delete-account'")"

while read -r status code path body; do
	as "$ADMIN" ${body:+-d "$body"} POST "/api/account/$path"
	refused "$path $body" "$status" "$code"
done <<-'CHANGES'
	404 not_found nobody/disable
	404 not_found nobody/enable
	404 not_found nobody/role {"role":"user"}
	400 bad_field admin/role {"role":"king"}
	400 bad_field admin/role {"role":"user","x":1}
	400 bad_json admin/role
	409 conflict admin/role {"role":"user"}
	409 conflict admin/disable
CHANGES
is 'which has changed nothing' 'admin f' "$(sql "SELECT role || ' ' || disabled::text::char FROM accounts WHERE username = 'admin'")"

add '{"id":"e-1","username":"eve","password":"k7Vq-m2Xp9","role":"viewer"}'
EVE=$(login eve k7Vq-m2Xp9)
as "$ADMIN" POST /api/account/eve/enable
is 'to enable what is enabled' 204 "$STATUS"
ok 'changes nothing' is_alive "$EVE"
as "$ADMIN" -d '{"role":{"name":"viewer"}}' POST /api/account/eve/role
ok 'nor does the role that it has' is_alive "$EVE"
as "$ADMIN" POST /api/account/e-1/disable
is 'disabled, by id' '204 true' "$STATUS $(as "$ADMIN" GET /api/account/eve && member disabled)"
is_alive "$EVE"
is 'its tokens have ended at once' 401 "$STATUS"
is 'for good' 0 "$(sql "SELECT count(*) FROM tokens WHERE account_id = 'e-1'")"
request -d '{"username":"eve","password":"wrong"}' POST /auth/login
wrong=$(jq -c 'del(.request_id)' <<<"$BODY")
request -d '{"username":"eve","password":"k7Vq-m2Xp9"}' POST /auth/login
is 'a login is refused in the words of a wrong password' "401 $wrong" "$STATUS $(jq -c 'del(.request_id)' <<<"$BODY")"
as "$ADMIN" POST /api/account/eve/enable
EVE=$(login eve k7Vq-m2Xp9)
ok 'enabled again' is_alive "$EVE"
as "$ADMIN" -d '{"role":"deployer"}' POST /api/account/eve/role
is 'another role' '204 deployer' "$STATUS $(as "$ADMIN" GET /api/account/e-1 && member role.name)"
is_alive "$EVE"
is 'ends the tokens, too' 401 "$STATUS"
is 'the history tells of it' 'disable-account name=eve,enable-account name=eve,change-role name=eve role=deployer' \
	"$(sql "SELECT string_agg(type || ' ' || message, ',' ORDER BY id) FROM events WHERE message LIKE 'name=eve%' AND type <> 'add-account'")"

held_back() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%$1%'")" -gt 0 ]; }
# A login whose password has been verified must not outlive the change that comes next.
sql "BEGIN; SELECT 1 FROM accounts WHERE username = 'eve' FOR UPDATE; SELECT pg_sleep(2); UPDATE accounts SET password_hash = '*' WHERE username = 'eve'; COMMIT" >"$TMP/held" &
held=$!
wait_for 30 held_back "pg_sleep"
request -d '{"username":"eve","password":"k7Vq-m2Xp9"}' POST /auth/login
refused 'a login that the change of the password overtakes' 401 unauthenticated
wait $held

# Held back until both have come, two administrators take each other's and their own rights away: one must stay.
at_once() { # NAME METHOD/PATH/BODY of admin, the same of boss
	rm -f "$TMP/go"
	sql "BEGIN; SELECT pg_advisory_xact_lock(6237481922); SELECT pg_sleep(1.5); COMMIT" >"$TMP/held" &
	held=$!
	wait_for 30 held_back "pg_sleep"
	"$BUILD/tests/api/fcgi" -H "Authorization: Bearer $ADMIN" -d "$4" "$SOCKET" "$2" "$3" >"$TMP/by-admin" &
	by_admin=$!
	"$BUILD/tests/api/fcgi" -H "Authorization: Bearer $BOSS" -d "$7" "$SOCKET" "$5" "$6" >"$TMP/by-boss"
	wait $by_admin $held
	is "$1" "$8" "$(sed -n 's/^Status: \([0-9]*\).*/\1/p' "$TMP/by-admin" "$TMP/by-boss" | sort | paste -sd' ')"
	is 'one administrator is left' 1 "$(sql "SELECT count(*) FROM accounts WHERE role = 'admin' AND NOT disabled")"
	sql "INSERT INTO accounts (id, username, role, password_hash) VALUES ('boss', 'boss', 'admin', '*') ON CONFLICT DO NOTHING;
		UPDATE accounts SET role = 'admin', disabled = false, password_hash = (SELECT password_hash FROM accounts WHERE username = 'holder')
		WHERE username IN ('admin', 'boss')"
	ADMIN=$(login admin k7Vq-m2Xp9)
	BOSS=$(login boss k7Vq-m2Xp9)
}
add '{"username":"holder","password":"k7Vq-m2Xp9","role":"viewer"}'
add '{"username":"boss","password":"k7Vq-m2Xp9","role":"admin"}'
BOSS=$(login boss k7Vq-m2Xp9)
at_once 'both disable themselves' POST /api/account/admin/disable '' POST /api/account/boss/disable '' '204 409'
at_once 'both demote each other' POST /api/account/boss/role '{"role":"user"}' POST /api/account/admin/role '{"role":"user"}' '204 401'
at_once 'both delete themselves' DELETE /api/account '{"username":"admin"}' DELETE /api/account '{"username":"boss"}' '204 409'
is 'no password or hash is in the log' 0 "$(grep -cE 'k7Vq|Xp9|argon2' "$LOG")"
done_testing
