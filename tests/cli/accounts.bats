#!/usr/bin/env bats
# Accounts, roles and tokens: requests sent, output.
# shellcheck disable=SC2030,SC2031,SC2154
load cli

@test "accounts as a table, as ids; one account" {
	answer "GET /api/account/clare" '"body":{"id":"a1","username":"clare","role":{"id":"user","name":"user"}}'
	answer "GET /api/account" '"times":0,"body":[{"id":"a1","username":"clare","role":{"id":"user","name":"user"},"disabled":true,"created":"2026-01-01T00:00:00Z"}]'
	run berth accounts
	[[ "${lines[0]}" =~ ^ID\ +NAME\ +ROLE\ +STATE ]]
	[[ "${lines[1]}" =~ ^a1\ +clare\ +user\ +disabled\ +[0-9]+\ [a-z]+\ ago ]]
	[ "$(berth accounts -q)" = a1 ]
	[[ "$(berth account clare)" =~ role.name\ +user ]]
}

@test "aadd, with the password of the command line, of standard input" {
	answer "POST /api/account" '"status":204,"times":0'
	run berth aadd --id a1 --name clare --password 'se cret' --role user
	[ "$output" = clare ]
	[ "$(body)" = '{"id":"a1","username":"clare","password":"se cret","role":"user"}' ]
	"$BERTH" aadd --name dan --role viewer --password-stdin <<<"from stdin"
	[ "$(body)" = '{"username":"dan","password":"from stdin","role":"viewer"}' ]
	run berth aadd --name eve --role viewer
	[ "$status" -eq 2 ]
	grep -q -e --password-stdin "$T/stderr"
	run berth aadd --name eve --role viewer --password a --password-stdin
	[ "$status" -eq 2 ]
	run berth aadd --name eve
	[ "$status" -eq 2 ]
	[ "$(sent | wc -l)" -eq 2 ]
}

@test "adelete, adisable, aenable, arole" {
	answer "GET /api/account/clare" '"body":{"username":"clare"}'
	answer "DELETE /api/account" '"status":204'
	answer "POST /api/account" '"status":204,"times":0'
	[ "$(berth adelete --dry-run clare)" = "Would delete account clare with its tokens." ]
	[ "$(berth adelete clare)" = clare ]
	[ "$(body)" = '{"username":"clare"}' ]
	berth adisable clare
	berth aenable clare
	[ -z "$(body)" ]
	berth arole clare viewer
	[ "$(body)" = '{"role":"viewer"}' ]
	[ "$(sent | tr '\n' ,)" = "GET /api/account/clare,DELETE /api/account,POST /api/account/clare/disable,POST /api/account/clare/enable,POST /api/account/clare/role," ]
}

@test "passwd: one's own needs the old one, that of another does not" {
	answer "POST /account/passwdchange" '"status":204,"times":0'
	printf 'old\nnew\n' | "$BERTH" passwd --password-stdin
	[ "$(body)" = '{"old_password":"old","password":"new"}' ]
	printf 'new\n' | "$BERTH" passwd clare --password-stdin
	[ "$(body)" = '{"username":"clare","password":"new"}' ]
	run berth passwd
	[ "$status" -eq 2 ]
	[ "$(sent | wc -l)" -eq 2 ]
}

@test "roles" {
	answer "GET /api/roles" '"body":[{"id":"x","name":"x","builtin":false,"grants":[{"path":"/api/events","access":"read"},{"path":"/api/engines","access":"write"}],"options":["host-ports"]}]'
	answer "POST /api/roles" '"status":201,"times":0,"body":{"name":"x"}'
	answer "DELETE /api/roles/x" '"status":204'
	run berth roles
	[[ "${lines[1]}" =~ ^x\ +own\ +read:/api/events,\ write:/api/engines\ +host-ports ]]
	[ "$(berth role add x --grant read:/api/events --option host-ports)" = x ]
	[ "$(body)" = '{"name":"x","grants":[{"path":"/api/events","access":"read"}],"options":["host-ports"]}' ]
	berth role set x
	[ "$(body)" = '{"grants":[],"options":[]}' ]
	berth role delete x
	run berth role add y --grant /api/events
	[ "$status" -eq 2 ]
	[ "$(sent | tr '\n' ,)" = "GET /api/roles,POST /api/roles,POST /api/roles/x,DELETE /api/roles/x," ]
}

@test "tokens: what is added is printed, and nothing else" {
	answer "POST /api/tokens" '"status":201,"times":0,"body":{"id":"t1","name":"ci","auth_token":"berth_x"}'
	answer "GET /api/tokens" '"times":0,"body":[{"id":"t1","name":"ci","kind":"service","account":"clare","expires_at":"2199-01-01T00:00:00Z","current":true}]'
	answer "DELETE /api/tokens/ci" '"status":204'
	[ "$(berth token add ci)" = berth_x ]
	[ "$(body)" = '{"name":"ci"}' ]
	berth token add ci --days 7 --account dan
	[ "$(body)" = '{"name":"ci","days":7,"account":"dan"}' ]
	run berth token add ci --days 91
	[ "$status" -eq 2 ]
	run berth token list --account dan
	[[ "${lines[1]}" =~ ^t1\ +ci\ +service\ +clare\ +in\ [0-9]+\ years\ +-\ +this\ one ]]
	[ "$(berth tokens -q)" = t1 ]
	[ "$(berth token revoke ci)" = ci ]
	[ "$(sent | tail -3 | tr '\n' ,)" = "GET /api/tokens?account=dan,GET /api/tokens,DELETE /api/tokens/ci," ]
}
