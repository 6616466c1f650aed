#!/bin/bash
# An upgrade of the schema under programs that run: berth-migrate expands what they use while they answer under load.
# Programs of an older version are not at hand, so the ones of this version run on a schema from before the migrations
# that what is asked of them here can do without.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
FROM=045_engine_usage # the first migration that is missing at first

on() { "$PG_BIN/psql" -XAtq -v ON_ERROR_STOP=1 -h "$TMP/pg" -U postgres -d "$@"; } # DATABASE OPTION...
# In place of stack.sh's: the schema of before, with the account of the newest.
cluster_copy() {
	local file name
	cluster_make
	on postgres -c 'CREATE DATABASE older' || bail 'no older database'
	on older -c "$(cat "$SRC/sql/query/migration_ledger_create.sql")" || bail 'no ledger'
	for file in "$SRC"/sql/schema/*.sql; do
		name=$(basename "$file" .sql)
		[[ $name < $FROM ]] || break
		on older -1 -f "$file" >"$TMP/older.log" 2>&1 || bail "$name: $(tail -n 1 "$TMP/older.log")"
	done
	on berth -c "COPY (SELECT * FROM schema_migrations WHERE name < '$FROM') TO STDOUT" | on older -c 'COPY schema_migrations FROM STDIN'
	on berth -c 'COPY accounts TO STDOUT' | on older -c 'COPY accounts FROM STDIN'
	on postgres -c 'ALTER DATABASE berth RENAME TO newest' -c 'ALTER DATABASE older RENAME TO berth' || bail 'not renamed'
}
stack_start 'worker_processes = 2' 'worker_threads = 2' 'engine_allow_loopback = yes' 'keeper_interval_ms = 300'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }
applied() { sql 'SELECT count(*) FROM schema_migrations'; }
migrations=("$SRC"/sql/schema/*.sql)
newest=${#migrations[@]}
older=$(applied)
ok "the schema is of before ($older of $newest)" test "$older" -lt "$newest"
engine_start e1 8
"$BUILD/berth-keeper" --config "$CONF" 2>"$TMP/keeper.log" </dev/null &
KEEPER=$!
BESIDE+=("$KEEPER")

# Until "enough": everybody's requests, of which none may fail.
for path in /readyz /api/containers /api/account; do
	"$BUILD/tests/api/fcgi" -c 2 -s 300 -q "$TMP/enough" -H "Authorization: Bearer $ADMIN" "$SOCKET" GET "$path" >"$TMP/load.${path##*/}" 2>&1 &
	LOAD+=("$!")
done
changes() {
	local id
	while [ ! -e "$TMP/enough" ]; do
		api -d '{"name":"web","memory":16}' POST /api/containers
		echo "run $STATUS"
		id=$(member '[0].id')
		api DELETE "/api/containers/$id"
		echo "destroy $STATUS"
	done >"$TMP/changes"
}
(trap - EXIT && changes) &
LOAD+=("$!")
BESIDE+=("${LOAD[@]}")
changed() { [ "$(wc -l <"$TMP/changes")" -gt "$1" ]; } # LINES
ok 'the programs answer on it' wait_for 60 changed 4

# Somebody else has changed a table that is needed, and does not end.
OTHERS="FROM pg_stat_activity WHERE query ~ '^BEGIN; LOCK engines'"
on berth -c 'BEGIN; LOCK engines IN ROW EXCLUSIVE MODE; SELECT pg_sleep(600)' >/dev/null 2>&1 &
BESIDE+=("$!")
locked() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE relation = 'engines'::regclass AND granted AND pid IN (SELECT pid $OTHERS)")" = 1 ]; }
wait_for 30 locked
"$BUILD/berth-migrate" --config "$CONF" >"$TMP/upgrade.log" 2>&1 &
MIGRATE=$!
BESIDE+=("$MIGRATE")
waits() { grep -q 'waiting for tables that are in use' "$TMP/upgrade.log"; }
ok 'an upgrade waits for a table that is in use' wait_for 60 waits
lines=$(wc -l <"$TMP/changes")
ok 'nobody waits for the upgrade' wait_for 60 changed $((lines + 4))
ok 'which still waits' kill -0 "$MIGRATE"
sql "SELECT pg_terminate_backend(pid) $OTHERS" >/dev/null
wait "$MIGRATE"
is 'the newest schema is brought in' "0 $newest" "$? $(applied)"
lines=$(wc -l <"$TMP/changes")
ok 'the programs answer on it' wait_for 60 changed $((lines + 4))
: >"$TMP/enough"
wait "${LOAD[@]}"
for path in readyz containers account; do
	read -r count failures _ <"$TMP/load.$path"
	is "not one of ${count:-none} requests for $path has failed" 0 "$failures"
done
is 'nor has a change' 'destroy 204,run 201' "$(sort -u "$TMP/changes" | paste -sd,)"
api GET /api/engines/e1
is 'what is new can be used without a start' '200 true' "$STATUS $(jq 'has("used")' <<<"$BODY")"
api -d '{"name":"web","memory":16}' POST /api/containers
id=$(member '[0].id')
had=$(sql "SELECT docker_id FROM containers WHERE id = '$id'")
curl -s -m 30 -X DELETE "http://127.0.0.1:$(cat "$TMP/e1/port")/containers/$had?force=true"
again() { [ "$(sql "SELECT docker_id <> '$had' AND state = 'running' FROM containers WHERE id = '$id'")" = t ]; }
ok 'the keeper too: what vanishes is made again' wait_for 60 again
kill -TERM "$KEEPER"
wait "$KEEPER"
is 'it ends well' 0 $?
done_testing
