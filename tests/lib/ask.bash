# ask: programs that stay open and are asked many things (see tests/lib/serve.h): to start a process costs much more. To
# be sourced. Also in $(...) and in the background: who finds one busy does without it.
# shellcheck shell=bash

# ask_open NAME DIR PROGRAM...: sets NAME, an array for `ask`. It ends with what has opened it, or by ask_close.
ask_open() {
	local -n opened=$1
	local pipe=$2/$1.$BASHPID in out free
	mkfifo "$pipe.in" "$pipe.out" "$pipe.free" || return 1
	(SERVE_FILE=$pipe.answer "${@:3}" <"$pipe.in" >"$pipe.out" 2>>"$pipe.log" 3>&- 4>&- &) # nobody's job: no `wait` waits for it
	exec {in}>"$pipe.in" {out}<"$pipe.out" {free}<>"$pipe.free" || return 1
	opened=("$in" "$out" "$free" "$pipe.answer")
	printf . >&"$free"
}
ask_close() { # NAME
	# shellcheck disable=SC2178 # a name
	local -n opened=$1
	local one
	for one in "${opened[@]:0:3}"; do exec {one}>&-; done
	opened=()
}

# ask NAME FIELD...: sets ANSWER, its status first; fails where it is not open, or busy. (Who ends in the middle leaves it
# busy for good.)
ask() {
	local -n asked=$1
	local status text
	[ ${#asked[@]} = 4 ] && read -r -N 1 -t 0.01 -u "${asked[2]}" _ || return 1
	printf '%s\0' $(($# - 1)) "${@:2}" >&"${asked[0]}" && read -r -N 1 -u "${asked[1]}" status &&
		IFS= read -r -d '' text <"${asked[3]}" || return 1
	ANSWER=$status$text
	printf . >&"${asked[2]}"
}

# ask_sql DIR TEXT [PSQL...]: what psql prints of it, on the database berth behind the socket in DIR; PSQL is used where
# SQL is not open.
ask_sql() {
	local ANSWER
	if ! ask SQL "$1" "$2"; then
		"${@:3}" -XAtq -v ON_ERROR_STOP=1 -h "$1" -U postgres -d berth -c "$2"
	elif [ "${ANSWER:0:1}" = 0 ]; then
		printf %s "${ANSWER:1}"
	else
		printf %s "${ANSWER:1}" >&2
		return 1
	fi
}

# nap SECONDS: between two looks at something, without a process.
exec {NAP}<> <(:) # here, for it sets $!
nap() { read -r -t "$1" -u "$NAP" _ || true; }
