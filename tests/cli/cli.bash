# shellcheck shell=bash
# cli.bash: what the suites of the command line share: a scripted server (stub.py) for each test.
# shellcheck disable=SC2034
bats_require_minimum_version 1.5.0
# shellcheck source=tests/lib/ask.bash
. "$BATS_TEST_DIRNAME/../lib/ask.bash"
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH # Debian's python3 starts fastest

ID1=05e03fe8c68917be01b0532a03baf9d8d3e88cfb1e4e8751a2a48d032fffd155
ID2=15e03fe8c68917be01b0532a03baf9d8d3e88cfb1e4e8751a2a48d032fffd155

setup_file() {
	here=${srcdir:-$BATS_TEST_DIRNAME/../..}/tests/cli
	[ -d "$here" ] || here=$BATS_TEST_DIRNAME
	export here BERTH=${BERTH:-${builddir:-.}/berth}
}

setup() {
	unset BERTH_CACERT BERTH_USERNAME BERTH_PASSWORD_FILE BERTH_CONFIG BERTH_CONTEXT NO_COLOR
	T=$BATS_TEST_TMPDIR
	export HOME=$T/home XDG_CACHE_HOME=$T/cache XDG_CONFIG_HOME=$T/config
	: >"$T/script"
	: >"$T/requests"
	python3 "$here/stub.py" "$T" 3>&- &
	STUB=$!
	for ((i = 0; i < 400; i++)); do
		[ -s "$T/port" ] && break
		nap 0.05
	done
	BERTH_URL=http://127.0.0.1:$(<"$T/port")
	export BERTH_URL BERTH_TOKEN=given
}

teardown() {
	kill "$STUB"
	wait "$STUB" 2>/dev/null || true
}

# answer LINE [JSON-MEMBERS]: one line of the server's script
answer() {
	printf '{"on":"%s",%s}\n' "$1" "$2" >>"$T/script"
}

berth() {
	"$BERTH" "$@" 2>"$T/stderr" </dev/null
}

# tty COMMAND: as a person would, on a terminal
tty() {
	script -qefc "$*" /dev/null
}

# sent: the requests so far, as "METHOD PATH" lines
sent() { jq -r .line "$T/requests"; }

# header NAME: its value in each request, "-" where it is missing
header() { jq -r --arg name "$1" '.headers[$name] // "-"' "$T/requests"; }

body() { tail -n 1 "$T/requests" | jq -r .body; }
