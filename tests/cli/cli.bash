# shellcheck shell=bash
# cli.bash: what the suites of the command line share: a scripted server (stub.py) for each test.
# shellcheck disable=SC2034
bats_require_minimum_version 1.5.0
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
	for _ in $(seq 100); do
		[ -s "$T/port" ] && break
		sleep 0.05
	done
	BERTH_URL=http://127.0.0.1:$(cat "$T/port")
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
sent() {
	python3 -c 'import json, sys
for line in open(sys.argv[1]): print(json.loads(line)["line"])' "$T/requests"
}

# header NAME: its value in each request, "-" where it is missing
header() {
	python3 -c 'import json, sys
for line in open(sys.argv[1]): print(json.loads(line)["headers"].get(sys.argv[2], "-"))' "$T/requests" "$1"
}

body() {
	python3 -c 'import json, sys
print(json.loads(open(sys.argv[1]).readlines()[-1])["body"])' "$T/requests"
}
