#!/usr/bin/env bats
# Completion and the manual page, both made of the command table.
# shellcheck disable=SC2016,SC2030,SC2031,SC2086,SC2154
load cli

# ask WORD...: the candidates without what they are
ask() {
	"$BERTH" --generate-bash-completion "$@" | cut -f1
}

# press_tab LINE: what bash would offer, by the script that is installed
press_tab() {
	bash --norc -c '
		berth() { "$BERTH" "$@"; }
		PATH=$0:$PATH
		source <("$BERTH" completion bash)
		COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
		_berth
		printf "%s\n" "${COMPREPLY[@]}"' "$T/bin" "$1"
}

bin() {
	mkdir -p "$T/bin"
	ln -sf "$(realpath "$BERTH")" "$T/bin/berth"
}

@test "names of commands, options and the words that an option may be" {
	[ "$(ask con | tr '\n' ' ')" = "context contexts containers container " ]
	[ "$(ask context u)" = use ]
	[ "$(ask run --mem)" = --memory ]
	[ "$(ask ps -o)" = "" ]
	[ "$(ask ps -o '' | tr '\n' ' ')" = "table wide json name " ]
	[ "$(ask ps --output=j)" = --output=json ]
	[ "$(ask run --type m)" = multi ]
	[ "$(ask --output json cont | head -1)" = context ]
	[ "$(ask completion z)" = zsh ]
	[ "$(ask help contex | head -1)" = context ]
	[ "$(ask destroy --d)" = --dry-run ]
	[ "$(ask events v)" = verify ]
	[ "$(ask role set ops --g)" = --grant ]
	[ "$(ask ps --f)" = --filter ]
	[ "$(ask nonsense x)" = "" ]
	[ ! -s "$T/requests" ]
}

@test "the thesis's way: the flag behind the words" {
	[ "$("$BERTH" context --generate-bash-completion | cut -f1 | head -2 | tr '\n' ' ')" = "list use " ]
	"$BERTH" --generate-bash-completion | cut -f1 | grep -qx run
}

@test "ids and names of the server, contexts, files" {
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'","image":{"name":"httpd"}},{"id":"'$ID2'"},{"id":"$(reboot)"},{"id":"a b"}]'
	answer "GET /api/engines" '"times":0,"body":[{"id":"n1","engine":{"id":"n1","addr":"http://10.0.0.1:2375"}}]'
	[ "$(ask destroy '' | tr '\n' ' ')" = "05e03fe8c689 15e03fe8c689 " ]
	[ "$(ask destroy 15e03fe8c689 0)" = 05e03fe8c689 ]
	[ "$(ask stop "${ID1:0:20}")" = "$ID1" ]
	"$BERTH" --generate-bash-completion stop 0 | grep -qx "05e03fe8c689	httpd"
	[ "$(ask engine n)" = n1 ]
	answer "GET /api/roles" '"times":0,"body":[{"name":"ops"}]'
	[ "$(ask role '' | tr '\n' ' ')" = "add set delete ops " ]
	[ "$(ask role set '')" = ops ]
	answer "GET /api/operations" '"times":0,"body":[{"id":"7f3a","type":"run-container"}]'
	"$BERTH" --generate-bash-completion wait 7 | grep -qx "7f3a	run-container"
	[ "$(ask eadd --ca-cert x)" = :files ]
	BERTH_URL=http://127.0.0.1:1 run "$BERTH" --generate-bash-completion stop 0
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a server that is slow is not waited for" {
	answer "GET /api/engines" '"times":0,"delay":30,"body":[]'
	SECONDS=0
	[ -z "$(ask engine '')" ]
	[ "$SECONDS" -lt 20 ]
}

@test "bash completes by the script" {
	bin
	answer "GET /api/containers" '"times":0,"body":[{"id":"'$ID1'"}]'
	[ "$(press_tab "berth clus")" = clusterinfo ]
	[ "$(press_tab "berth destroy ")" = 05e03fe8c689 ]
	[ "$(press_tab "berth ps --output=w")" = wide ]
	[ "$(press_tab "berth ps -o w")" = wide ]
	touch "$T/cert one.pem"
	[ "$(press_tab "berth eadd --ca-cert $T/cert")" = "$T/cert one.pem" ]
	[ "$(press_tab "berth fly ")" = "" ]
}

@test "scripts of bash, zsh and fish; each is valid where its shell is here" {
	for shell in bash zsh fish; do
		"$BERTH" completion "$shell" >"$T/script.$shell"
		grep -q -e --generate-bash-completion "$T/script.$shell"
		if command -v "$shell" >/dev/null; then "$shell" -n "$T/script.$shell"; fi
	done
	run "$BERTH" completion tcsh
	[ "$status" -eq 2 ]
}

@test "every command is in help, manual page and completion" {
	"$BERTH" help --man >"$T/berth.1"
	ask '' >"$T/offered"
	count=0
	while read -r command; do
		grep -qF ".SS \"${command//-/\\\\-}" "$T/berth.1" || { echo "manual: $command"; false; }
		grep -qx "${command%% *}" "$T/offered" || { echo "completion: $command"; false; }
		# shellcheck disable=SC2086
		run "$BERTH" help $command
		[[ "$status" -eq 0 && "$output" == *"Usage: berth $command"* && "$output" == *"Examples:"* ]] || { echo "help: $command"; false; }
		count=$((count + 1))
	done < <("$BERTH" help | sed -n '/^Options/q; s/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p' | sed 's/  .*//')
	[ "$count" -ge 20 ]
}

@test "the manual page has no warnings" {
	"$BERTH" help --man >"$T/berth.1"
	run env LC_ALL=C.UTF-8 groff -man -Tutf8 -ww -z "$T/berth.1"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
