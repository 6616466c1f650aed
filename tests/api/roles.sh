#!/bin/bash
# Roles of one's own: grants as data, in force at once, and never a way to more rights.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'
ADMIN=$(login admin "$(cat "$TMP/password")")

as() { request -H "Authorization: Bearer $1" "${@:2}"; }
role() { as "$1" -d "$3" POST "/api/roles${2:+/$2}"; }
# account NAME ROLE: one with the admin's password.
account() { sql "INSERT INTO accounts (id, username, role, password_hash) SELECT '$1', '$1', '$2', password_hash FROM accounts WHERE username = 'admin'"; }
roles() { sql "SELECT string_agg(name || ' ' || replace(grants, chr(10), '+'), ',' ORDER BY name) FROM roles WHERE NOT builtin"; }

role "$ADMIN" '' '{"name":"auditor","grants":[{"path":"/api/events","access":"read"},{"path":"/api/account","access":"read"}]}'
is 'a role is added' '201 auditor false' "$STATUS $(member name) $(member builtin)"
is 'without options' '[]' "$(jq -c .options <<<"$BODY")"
added=$(jq -cS . <<<"$BODY")
as "$ADMIN" GET /api/roles/auditor
is 'and is there' "200 $added" "$STATUS $(jq -cS . <<<"$BODY")"
as "$ADMIN" GET /api/roles
is 'in the list, too' 'admin true,auditor false,deployer true,user true,viewer true' "$(jq -r 'map("\(.name) \(.builtin)") | join(",")' <<<"$BODY")"
as "$ADMIN" GET /api/roles/nothing
refused 'no such role' 404 not_found

account ann auditor
ANN=$(login ann "$(cat "$TMP/password")")
may() { # NAME METHOD PATH STATUS
	as "$ANN" "$2" "$3"
	is "$1" "$4" "$STATUS"
}
may 'what it grants' GET /api/events 200
may 'and what it does not' GET /api/engines 403
role "$ADMIN" auditor '{"grants":[{"path":"/api/engines","access":"read"}]}'
is 'its grants are replaced' 200 "$STATUS"
may 'at once' GET /api/engines 200
may 'all of them' GET /api/events 403
role "$ADMIN" auditor '{"grants":[]}'
may 'even by none' GET /api/engines 403

while read -r status code field body; do
	role "$ADMIN" '' "$body"
	refused "role $body" "$status" "$code"
	is 'names the field' "$field" "$(member field)"
done <<-'BODIES'
	409 conflict name {"name":"auditor","grants":[]}
	409 conflict name {"name":"admin","grants":[]}
	400 bad_field name {"grants":[]}
	400 bad_field name {"name":"","grants":[]}
	400 bad_field name {"name":"a b","grants":[]}
	400 bad_field name {"name":"a/b","grants":[]}
	400 bad_field grants {"name":"x"}
	400 bad_field grants {"name":"x","grants":{}}
	400 bad_field grants[0].access {"name":"x","grants":[{"path":"/api"}]}
	400 bad_field grants[0].x {"name":"x","grants":[{"path":"/api","access":"read","x":1}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"/api","access":"all"}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"api","access":"read"}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"/api/","access":"read"}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"/api//engines","access":"read"}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"/API/engines","access":"read"}]}
	400 bad_field grants[0] {"name":"x","grants":[{"path":"/api/containerz","access":"read"}]}
	400 bad_field grants[1] {"name":"x","grants":[{"path":"/api/engines","access":"read"},{"path":"/api/engines","access":"write"}]}
	400 bad_field options {"name":"x","grants":[],"options":1}
	400 bad_field options[0] {"name":"x","grants":[],"options":["everything"]}
	400 bad_field options[1] {"name":"x","grants":[],"options":["privileged","privileged"]}
BODIES
for name in admin user deployer viewer; do
	role "$ADMIN" $name '{"grants":[]}'
	refused "$name cannot be changed" 409 conflict
	as "$ADMIN" DELETE /api/roles/$name
	refused 'nor deleted' 409 conflict
done
role "$ADMIN" nothing '{"grants":[]}'
refused 'change what is not there' 404 not_found
as "$ADMIN" DELETE /api/roles/nothing
refused 'delete it' 404 not_found
as "$ADMIN" DELETE /api/roles/auditor
refused 'delete what an account has' 409 conflict
is 'nothing was changed by all that' 'auditor ' "$(roles)"
sql "DELETE FROM accounts WHERE username = 'ann'"
as "$ADMIN" DELETE /api/roles/auditor
is 'delete it when none has' '204 ' "$STATUS $(roles)"
is 'the history tells of it' 'add-role name=auditor admin,set-role name=auditor admin,set-role name=auditor admin,delete-role name=auditor admin' \
	"$(sql "SELECT string_agg(concat_ws(' ', type, message, account), ',' ORDER BY id) FROM events WHERE type LIKE '%-role'")"

# Who manages accounts and roles gives no right, takes no account and ends none that exceeds his own.
role "$ADMIN" '' '{"name":"manager","grants":[{"path":"/api/account","access":"write"},{"path":"/api/roles","access":"write"},{"path":"/api/containers","access":"read"}]}'
account max manager
account victor viewer
account sam manager
MAX=$(login max "$(cat "$TMP/password")")
before=$(sql "SELECT string_agg(username || role || disabled || password_hash, ',' ORDER BY id) FROM accounts")
before_roles=$(roles)
while read -r method path body; do
	as "$MAX" ${body:+-d "$body"} "$method" "$path"
	refused "$method $path $body" 403 forbidden
done <<-'REQUESTS'
	POST /api/account {"username":"eve","password":"k7Vq-m2Xp9","role":"admin"}
	POST /api/account {"username":"eve","password":"k7Vq-m2Xp9","role":"viewer"}
	POST /api/account/max/role {"role":"admin"}
	POST /api/account/sam/role {"role":"user"}
	POST /api/account/admin/role {"role":"manager"}
	POST /api/account/admin/disable
	POST /api/account/victor/disable
	POST /api/account/admin/enable
	DELETE /api/account {"username":"admin"}
	POST /account/passwdchange {"username":"admin","password":"k7Vq-m2Xp9"}
	POST /account/passwdchange {"username":"victor","password":"k7Vq-m2Xp9"}
	POST /api/tokens {"name":"t","account":"admin"}
	POST /api/roles {"name":"x","grants":[{"path":"/","access":"write"}]}
	POST /api/roles {"name":"x","grants":[{"path":"/api","access":"read"}]}
	POST /api/roles {"name":"x","grants":[{"path":"/api/containers","access":"write"}]}
	POST /api/roles {"name":"x","grants":[],"options":["privileged"]}
	POST /api/roles/manager {"grants":[],"options":["reveal-environment"]}
	POST /api/roles {"name":"x","grants":[{"path":"/api/engines/e1","access":"read"}]}
	POST /api/roles/manager {"grants":[{"path":"/","access":"write"}]}
	POST /api/roles/admin {"grants":[]}
	DELETE /api/roles/user
REQUESTS
is 'no account has changed' "$before" "$(sql "SELECT string_agg(username || role || disabled || password_hash, ',' ORDER BY id) FROM accounts")"
is 'and no role' "$before_roles" "$(roles)"
role "$MAX" '' '{"name":"x","grants":[{"path":"/api/containers/c1","access":"read"},{"path":"/api/account","access":"read"}]}'
is 'what he may do he may pass on' 201 "$STATUS"
as "$MAX" -d '{"username":"eve","password":"k7Vq-m2Xp9","role":"x"}' POST /api/account
is 'to a new account' 204 "$STATUS"
as "$MAX" POST /api/account/sam/disable
is 'and end what does not exceed it' 204 "$STATUS"

# An account that gets a role while its grants are being changed must not keep the old ones.
sql "BEGIN; SELECT pg_advisory_xact_lock(6237481922); UPDATE roles SET doc = jsonb_set(doc, '{grants}', '[]') WHERE name = 'x'; SELECT pg_sleep(1.5); COMMIT" >"$TMP/held" &
held=$!
sleeping() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; }
wait_for 30 sleeping
as "$ADMIN" -d '{"username":"late","password":"k7Vq-m2Xp9","role":"x"}' POST /api/account
wait $held
is 'a role that is changed meanwhile' '204 ' "$STATUS $(sql "SELECT grants FROM accounts WHERE username = 'late'")"

# The way back in, whatever has happened to the administrator and his role.
sql "UPDATE accounts SET disabled = true, role = 'viewer' WHERE username = 'admin'; DELETE FROM roles WHERE name = 'admin'"
line=$("$BUILD/berth-worker" --config "$CONF" --reset-admin)
ADMIN=$(login admin "$(cut -d' ' -f4 <<<"$line")")
as "$ADMIN" GET /api/account/admin
is 'a reset enables him, with his role' '200 admin false' "$STATUS $(member role.name) $(member disabled)"
sql "UPDATE roles SET doc = '{}' WHERE name = 'admin'"
line=$("$BUILD/berth-worker" --config "$CONF" --reset-admin)
ADMIN=$(login admin "$(cut -d' ' -f4 <<<"$line")")
as "$ADMIN" GET /api/roles/admin
is 'and the grants of that' '200 [{"path":"/","access":"write"}] true' "$STATUS $(jq -c .grants <<<"$BODY") $(member builtin)"
done_testing
