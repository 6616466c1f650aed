# stack: a scratch PostgreSQL and a worker on it, and TAP; sourced by the tests of the API. Everything lives in
# one directory, and ends with the test.
# shellcheck shell=bash
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH # Debian's python3 has the modules that the tests need

# shellcheck disable=SC2154 # srcdir and builddir come from make
BUILD=${builddir:-$PWD}
TMP=$(mktemp -d "${TMPDIR:-/tmp}/berth-api.XXXXXX")
SOCKET=$TMP/worker.sock
CONF=$TMP/berth.conf
LOG=$TMP/worker.log
PROGRAM=$BUILD/berth-worker
VALIDATE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/validate.py
WORKER=
STATUS='' HEAD='' BODY='' # of the last request
CASES=0
FAILED=0
export BERTH_API_RECORD=$TMP/recorded # of every request; see answers_are_described
# shellcheck source=tests/lib/ask.bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib/ask.bash"
# shellcheck disable=SC2034 # by name
SQL=() CLIENT=() # open once the stack is, see ask
PG_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)

if [ -z "$PG_BIN" ]; then
	echo "1..0 # SKIP no PostgreSQL programs"
	rm -rf "$TMP"
	exit 0
fi

as_postgres() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

BESIDE=() # processes that end with the test
# Only those that still run: the number of one that has ended may be a stranger's by now.
beside_end() {
	local running pid
	running=$(jobs -pr)
	for pid in "${BESIDE[@]}"; do
		if grep -qx "$pid" <<<"$running"; then kill "$pid" 2>/dev/null; fi
	done
}
stack_end() {
	local code=$?
	trap - EXIT
	beside_end
	if [ -n "$WORKER" ]; then { kill "-${BERTH_TEST_STOP:-KILL}" "$WORKER" && wait "$WORKER"; } 2>/dev/null; fi # its processes follow
	ask_close SQL
	ask_close CLIENT
	if [ -d "$TMP/pg/data" ]; then (cd / && as_postgres "$PG_BIN/pg_ctl" -D "$TMP/pg/data" -m immediate -w stop >/dev/null 2>&1); fi
	if [ "$FAILED" = 0 ] && [ $code = 0 ]; then
		rm -rf "$TMP"
	else
		echo "# kept: $TMP"
		tail -n 5 "$LOG" 2>/dev/null | sed 's/^/# /'
	fi
	exit $code
}
trap stack_end EXIT
trap 'exit 130' INT TERM

bail() {
	echo "Bail out! $*"
	exit 99
}

pg_start() {
	as_postgres "$PG_BIN/pg_ctl" -D "$TMP/pg/data" -l "$TMP/pg/log" -w -t 30 -s \
		-o "-c listen_addresses='' -c unix_socket_directories=$TMP/pg -c fsync=off -c autovacuum=off -c jit=off -c shared_buffers=16MB" start ||
		bail "PostgreSQL does not start"
}
pg_stop() { as_postgres "$PG_BIN/pg_ctl" -D "$TMP/pg/data" -m "${1:-fast}" -w -s stop; }
sql() { ask_sql "$TMP/pg" "$1" "$PG_BIN/psql"; }
# The worker may not do that for a while: its statement fails.
without() { # PRIVILEGE TABLE COMMAND...
	sql "REVOKE $1 ON $2 FROM berth_worker"
	"${@:3}"
	sql "GRANT $1 ON $2 TO berth_worker"
}

# A new cluster with berth's schema and the administrator, and the master key that goes with it.
cluster_make() {
	cd "$TMP/pg" || bail "no directory"
	as_postgres "$PG_BIN/initdb" -D "$TMP/pg/data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust -N >"$TMP/initdb.log" 2>&1 ||
		bail "initdb failed: $TMP/initdb.log"
	cd "$TMP" || bail "no directory"
	pg_start
	od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$TMP/master.key"
	chmod 0600 "$TMP/master.key"
	(preloaded "$BUILD/berth-migrate" --config "$CONF" --admin-password-file "$TMP/password") >"$TMP/migrate.log" 2>&1 ||
		bail "berth-migrate failed: $(tail -n 1 "$TMP/migrate.log")"
}

# The same as a copy of one that is made once for each build.
cluster_copy() {
	local made=$BUILD/tests/api/cluster.$EUID
	exec {lock}>"$made.lock"
	flock "$lock" || bail "no lock"
	if [ ! "$made/password" -nt "$BUILD/berth-migrate" ]; then
		cluster_make
		pg_stop fast
		rm -rf "$made" "$made.new"
		if ! { mkdir "$made.new" && cp -a "$TMP/pg/data" "$TMP/master.key" "$made.new/" &&
			cp "$TMP/password" "$made.new/" && mv "$made.new" "$made"; }; then bail "no copy"; fi
	elif ! { cp -a "$made/data" "$TMP/pg/" && cp -a "$made/master.key" "$made/password" "$TMP/"; }; then
		bail "no copy"
	fi
	exec {lock}>&-
	cd "$TMP" || bail "no directory"
	pg_start
}

# stack_start [LINE...]: the lines are added to the configuration. With REAL_PASSWORDS set they are hashed as ever.
stack_start() {
	chmod 0711 "$TMP"
	mkdir "$TMP/pg"
	if [ "$(id -u)" = 0 ]; then chown postgres "$TMP/pg"; fi
	{
		for who in migrate worker keeper; do
			echo "${who}_database = host=$TMP/pg dbname=berth user=$(sed 's/migrate/postgres/;t;s/^/berth_/' <<<$who)"
		done
		if [[ "$*" != *worker_socket* ]]; then echo "worker_socket = $SOCKET"; fi
		echo "master_key_file = $TMP/master.key"
		printf '%s\n' "$@"
	} >"$CONF"
	if [ -n "${REAL_PASSWORDS:-}" ]; then cluster_make; else cluster_copy; fi
	ask_open SQL "$TMP" "$BUILD/tests/lib/sql" || bail "$BUILD/tests/lib/sql does not start"
	ask_open CLIENT "$TMP" "$BUILD/tests/api/fcgi" -S || bail "$BUILD/tests/api/fcgi does not start"
	worker_start
}

# BERTH_SHIM, where it is set: see tests/fault/shim.h.
preloaded() { # COMMAND...: instead of this shell
	local libraries=()
	ask_close SQL
	ask_close CLIENT
	if [ -z "${REAL_PASSWORDS:-}" ]; then libraries+=("$BUILD/tests/fault/cheap.so"); fi
	if [ -n "${BERTH_SHIM:-}" ]; then libraries+=("$BUILD/tests/fault/shim.so"); fi
	exec env "LD_PRELOAD=${libraries[*]}" ${BERTH_SHIM:+"BERTH_SHIM=$BERTH_SHIM"} "$@"
}
# clock_own, before stack_start: whatever is preloaded has a wall clock that clock_wrong_by SECONDS makes wrong.
clock_own() {
	BERTH_SHIM=$TMP/clock
	head -c 84 /dev/zero >"$BERTH_SHIM" # struct shim, whose last member is clock_s
}
clock_wrong_by() {
	printf '%b' "$(printf '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))" |
		dd of="$BERTH_SHIM" bs=1 seek=80 conv=notrunc 2>/dev/null
}
worker_start() {
	preloaded "$PROGRAM" --config "$CONF" 2>>"$LOG" </dev/null &
	WORKER=$!
	wait_for 30 answers /healthz || bail "the worker does not answer: $(tail -n 1 "$LOG")"
}
worker_children() { pgrep -P "$WORKER"; }

wait_for() { # SECONDS COMMAND...
	local until=$((SECONDS + ($1 < 30 ? 30 : $1))) # a loaded machine fails no test
	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || return 1
		nap 0.05
	done
}
answers() {
	local STATUS HEAD BODY
	request -t 5 GET "$1" 2>/dev/null
	[ "$STATUS" = 200 ]
}

# request [options of the client] METHOD URI: sets STATUS, HEAD and BODY.
request() {
	local ANSWER
	if ! ask CLIENT request "${@:1:$#-2}" "$SOCKET" "${@: -2}" || [ "${ANSWER:0:1}" = '?' ]; then
		ANSWER=0$("$BUILD/tests/api/fcgi" "${@:1:$#-2}" "$SOCKET" "${@: -2}" && echo .) # or its last line ends would go
		ANSWER=${ANSWER%.}
	fi
	ANSWER=${ANSWER:1}
	HEAD=${ANSWER%%$'\r\n\r\n'*}
	BODY=${ANSWER#*$'\r\n\r\n'}
	STATUS=
	if [[ $HEAD =~ ^Status:\ ([0-9]+) ]]; then STATUS=${BASH_REMATCH[1]}; fi
}
header() { # NAME
	local line
	while read -r line; do
		line=${line%$'\r'}
		if [[ ${line,,} == "${1,,}: "* ]]; then echo "${line#*: }"; fi
	done <<<"$HEAD"
}
member() { # PATH: of the JSON in BODY
	local ANSWER
	if ask CLIENT member ".$1" "$BODY" && [ "${ANSWER:0:1}" = 0 ]; then
		printf %s "${ANSWER:1}"
	else
		jq -r ".$1" <<<"$BODY" 2>/dev/null
	fi
}

ok() { # NAME CONDITION...
	local name=$1
	shift
	CASES=$((CASES + 1))
	if "$@"; then
		echo "ok $CASES - $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $CASES - $name"
		echo "# $*"
	fi
}
is() { # NAME EXPECTED ACTUAL
	CASES=$((CASES + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $CASES - $1"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $CASES - $1"
		echo "# expected: $2"
		echo "# actual:   $3"
	fi
}
# refused NAME STATUS CODE: the last answer is such a problem document.
refused() {
	is "$1" "$2 $3 $2" "${STATUS:-none} $(member code) $(member status)"
}
answers_are_described() {
	"$BUILD/berth-worker" --print-openapi >"$TMP/openapi.json" &&
		/usr/bin/python3 "$VALIDATE" "$TMP/openapi.json" "$BERTH_API_RECORD" >"$TMP/differences" 2>&1
}
done_testing() {
	if [ -s "$BERTH_API_RECORD" ]; then
		ok 'every answer is as the OpenAPI document says' answers_are_described
		sed 's/^/# /' "$TMP/differences"
	fi
	echo "1..$CASES"
	[ $FAILED = 0 ]
	exit
}

# login NAME PASSWORD: prints the token.
login() {
	request -t 60 -d "{\"username\":\"$1\",\"password\":\"$2\"}" POST /auth/login
	member auth_token
}
