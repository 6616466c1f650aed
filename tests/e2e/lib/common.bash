# What the end-to-end suites share. They run against the stack that `quickstart check` brings up, and find it in
# BERTH_DIR, BERTH_QUICKSTART and what BERTH_DIR/env gives.
# shellcheck shell=bash

LIB=$BATS_TEST_DIRNAME/lib
# shellcheck source=tests/lib/ask.bash
. "$BATS_TEST_DIRNAME/../lib/ask.bash"
# shellcheck disable=SC2034 # by name
SQL=()
if [ -x "${BERTH_BUILD:-}/tests/lib/sql" ]; then ask_open SQL "$BATS_RUN_TMPDIR" "$BERTH_BUILD/tests/lib/sql"; fi
export IMAGE=${BERTH_DEMO_IMAGE:-berth-demo:latest}

# How often a fault is repeated: `quickstart check --long` takes more, see quickstart.d/suites.sh.
export REPEAT=${BERTH_TEST_REPEAT:-5}

# Every suite's setup_file: a cache for the token, and what has to be true at the beginning.
suite_begin() { # ENGINES
	export XDG_CACHE_HOME=$BATS_FILE_TMPDIR/cache XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config
	unset BERTH_TOKEN BERTH_CONTEXT BERTH_CONFIG
	POOL=$(sql 'SELECT id FROM pool')
	TOKEN=$(login admin "$(cat "$BERTH_PASSWORD_FILE")")
	export POOL TOKEN
	if [ "$(engines | wc -l)" -lt "$1" ]; then skip "needs a pool of $1 engines"; fi
	wait_for 60 engines_up
	clean_up
}

# Waiting: wait_for SECONDS COMMAND...: until it succeeds; at the deadline its last output is shown.
wait_for() {
	local deadline=$((SECONDS + $1)) out
	shift
	until out=$("$@" 2>&1); do
		if ((SECONDS >= deadline)); then
			echo "still not so: $*"
			printf '%s\n' "$out"
			return 1
		fi
		nap 0.1
	done
}

# The stack.
PSQL=$(compgen -G '/usr/lib/postgresql/*/bin/psql' | sort -V | tail -n 1) # not Debian's wrapper, which is slow
sql() { ask_sql "$BERTH_DIR/run/postgres" "$1" "${PSQL:-psql}"; }
stack() { "$BERTH_QUICKSTART" "$@" --dir "$BERTH_DIR" --no-install </dev/null 3>&- 4>&-; }
stack_part() { "$LIB/stack" "$BERTH_QUICKSTART" "$BERTH_DIR" "$@" </dev/null 3>&- 4>&-; }
engines() { sql 'SELECT id FROM engines ORDER BY id'; }
engines_up() { [ "$(sql "SELECT count(*) FROM engines WHERE status <> 'up'")" = 0 ]; }
engine_status() { sql "SELECT status FROM engines WHERE id = '$1'"; }
engine_has_status() { [ "$(engine_status "$1")" = "$2" ]; }
engine_host() { sql "SELECT addr FROM engines WHERE id = '$1'" | sed -E 's|^.*//([^:/]*).*|\1|'; }

# docker ENGINE METHOD PATH [CURL-ARGS]: the engine's own API.
docker() {
	curl -sS --max-time 60 --unix-socket "$BERTH_DIR/run/$1.sock" -X "$2" "http://docker$3" \
		-H 'Content-Type: application/json' "${@:4}"
}
docker_inspect() { docker "$1" GET "/containers/$2/json"; } # ENGINE DOCKER-ID
docker_labelled() {                                        # ENGINE [LABEL]: Docker ids
	docker "$1" GET /containers/json -G -d all=1 \
		--data-urlencode "filters={\"label\":[\"${2:-berth.pool=$POOL}\"]}" | jq -r '.[].Id'
}
# docker_run ENGINE NAME CREATE-BODY: made past berth; prints the Docker id.
docker_run() {
	local id
	id=$(docker "$1" POST "/containers/create?name=$2" -d "$3" | jq -er .Id) || return 1
	docker "$1" POST "/containers/$id/start" -o /dev/null
	echo "$id"
}
docker_remove() { docker "$1" DELETE "/containers/$2?force=1&v=1" -o /dev/null; }

# The API by curl. api METHOD PATH [CURL-ARGS]: sets STATUS and BODY; head in HEADERS.
api() {
	local token=${AS-$TOKEN} answer
	answer=$(curl -sS --max-time 70 --cacert "$BERTH_CACERT" -X "$1" "$BERTH_URL$2" -D "$BATS_TEST_TMPDIR/headers" \
		${token:+-H "X-Access-Token: $token"} -w '\n%{http_code}' "${@:3}") || return 1
	STATUS=${answer##*$'\n'}
	BODY=${answer%$'\n'*}
	# shellcheck disable=SC2034 # for the suites; not exported, or make would take it for a variable of its own
	HEADERS=$(<"$BATS_TEST_TMPDIR/headers")
	HEADERS=${HEADERS//$'\r'/}
}
# login NAME PASSWORD: prints NAME:TOKEN.
login() {
	curl -sS --fail --cacert "$BERTH_CACERT" "$BERTH_URL/auth/login" -d "$(jq -n --arg u "$1" --arg p "$2" \
		'{username: $u, password: $p}')" | jq -r --arg u "$1" '"\($u):\(.auth_token)"'
}
# expect STATUS [JQ-CONDITION]: of the last api.
expect() {
	if [ "$STATUS" != "$1" ]; then
		echo "status $STATUS instead of $1: ${BODY:0:600}"
		return 1
	fi
	if [ -n "${2:-}" ] && ! jq -e "$2" <<<"$BODY" >/dev/null; then
		echo "not so: $2"
		echo "${BODY:0:1500}"
		return 1
	fi
}

# holds [JQ-ARGS] CONDITION: of the JSON on standard input, of which there must be some.
holds() {
	local input
	input=$(cat)
	if [ -n "$input" ] && jq -e "$@" <<<"$input" >/dev/null; then return 0; fi
	printf 'not so: %s\n%.1500s\n' "${*: -1}" "$input"
	return 1
}

# Containers.
listed() { berth containers -o json; }
field() { berth container "$1" -o json | jq -r "$2"; } # ID JQ
destroy_all() { if [ $# -gt 0 ]; then berth destroy "$@" >/dev/null; fi; }
# Everything but the demo application goes, and nothing is left to be done.
clean_up() {
	local ids
	ids=$(sql "SELECT id FROM containers WHERE removed_at IS NULL AND name <> 'demo'")
	# shellcheck disable=SC2086
	destroy_all $ids || true
	settled
}
# settled: rows and engines agree, nothing is left to be done.
settled() { python3 "$LIB/oracle.py" "$BERTH_DIR" --settle 60; }

# answers ENGINE PORT: a web server of ours answers there.
answers() { curl -sS --max-time 10 --noproxy '*' "http://$(engine_host "$1"):$2/" | grep -q 'It runs.'; }
# all_answer < lines of "ENGINE PORT"
all_answer() {
	local engine port bad=0
	while read -r engine port; do
		answers "$engine" "$port" || { echo "no answer: $engine $port" && bad=1; }
	done
	return $bad
}
