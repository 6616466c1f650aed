#!/bin/bash
# Batches in the middle of which every process dies, the database is replaced by its standby, or its disk is full: what
# was acknowledged is there once, what was refused is not there at all.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
STANDBY=$TMP/standby
DATABASE=$TMP/pg # where its socket is
sql() { ask_sql "$DATABASE" "$1" "$PG_BIN/psql"; }
recovery_end() {
	local code=$?
	if [ -d "$STANDBY/data" ]; then (cd / && standby_ctl -m immediate -w stop) >/dev/null 2>&1; fi
	if mountpoint -q "$STANDBY/data"; then umount "$STANDBY/data"; fi
	(exit $code)
	stack_end
}
trap recovery_end EXIT
clock_own
stack_start 'worker_processes = 2' 'worker_threads = 2' 'engine_allow_loopback = yes' 'operation_wait_s = 3'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 30 -H "Authorization: Bearer $ADMIN" "$@"; }
now_ms() { date +%s%3N; }

KEEPERS=()
keeper_start() {
	(preloaded "$BUILD/berth-keeper" --config "$CONF") 2>>"$TMP/keeper.log" </dev/null &
	KEEPERS+=("$!")
	BESIDE+=("$!")
}
is_up() { [ "$(sql "SELECT doc -> 'health' ->> 'state' FROM engines WHERE id = '$1'")" = up ]; }
stand_by() { api GET /api/cluster/info && [ "$(member keepers_standing_by) $(member keeper | grep -c keeper/)" = "$1 1" ]; }
# Who works on how many containers: worker or keeper.
works() { [ "$(sql "SELECT count(*) FROM containers WHERE claimed_by ~ '^$1' AND claimed_until > now()")" -gt 0 ]; }
begin() { # COUNT: a batch that stalls; sets OPERATION
	stall e1 create
	stall e2 create
	api -d '{"name":"web","memory":16,"bind_ports":[{"container_port":80}]}' -H 'Prefer: respond-async' POST "/api/containers?count=$1"
	OPERATION=$(member id)
}
go_on_all() {
	go_on e1 create
	go_on e2 create
}
rows() { sql "SELECT count(*) FROM containers WHERE removed_at IS NULL AND $1"; }
copies() { cat "$TMP/e1/containers" "$TMP/e2/containers"; }
# All of so many run, each once, and that is what the rows say.
is_exactly() {
	[ "$(copies | wc -l) $(copies | grep -c ' running$') $(copies | cut -d' ' -f1 | sort -u | wc -l)" = "$1 $1 $1" ] &&
		[ "$(rows "state = 'running' AND due_at IS NULL AND error IS NULL") $(rows true)" = "$1 $1" ]
}
ends_done() { is_over "$1" && [ "$(jq -r '"\(.status) \(.done)"' <<<"$BODY")" = "done $2" ]; }

engine_start e1 8
engine_start e2 8
keeper_start
keeper_start
ok 'one keeper leads, another one stands by' wait_for 60 stand_by 1

# Whoever works on a batch of twenty is paused or dies.
kill -STOP "${KEEPERS[@]}" # or they might be faster
begin 20
is 'twenty are acknowledged' 202 "$STATUS"
ok 'a worker is at it' wait_for 30 works worker
kill -CONT "${KEEPERS[@]}"

# The wall clock jumps meanwhile.
claims() { sql "SELECT coalesce(string_agg(id || claimed_by || epoch, ',' ORDER BY id), '') FROM containers WHERE claimed_by ~ '^worker'"; }
renewed_until() { sql "SELECT min(claimed_until) FROM containers WHERE claimed_by ~ '^worker'"; }
renewed() { [ "$(sql "SELECT min(claimed_until) > '$1' FROM containers WHERE claimed_by ~ '^worker'")" = t ]; }
claimed=$(claims) epoch=$(sql 'SELECT epoch FROM keeper_lease')
for days in 1 -1 0; do
	clock_wrong_by $((days * 86400))
	ok "the clock is wrong by $days days: who works renews its claims" wait_for 30 renewed "$(renewed_until)"
done
is 'nobody has taken over one' "$claimed" "$(claims)"
is 'and the same keeper leads' "$epoch" "$(sql 'SELECT epoch FROM keeper_lease')"

children=$(worker_children)
# shellcheck disable=SC2086 # a list
kill -STOP "$WORKER" $children
ok 'all workers are paused: a keeper takes over' wait_for 60 works keeper
kill -KILL "${KEEPERS[@]}" && wait "${KEEPERS[@]}" 2>/dev/null
KEEPERS=()
go_on_all
# shellcheck disable=SC2086
kill -CONT "$WORKER" $children
# shellcheck disable=SC2086
kill -KILL $children
keeper_start
keeper_start
ok 'both keepers and the workers are killed, others started: the batch is finished' wait_for 90 ends_done "$OPERATION" 20
ok 'each runs once' wait_for 60 is_exactly 20

# The database's disk is lost; its synchronous standby becomes the database.
standby_ctl() { as_postgres "$PG_BIN/pg_ctl" -D "$STANDBY/data" -l "$STANDBY/log" -s "$@"; }
standby_follows() { [ "$(sql "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")" = 1 ]; }
mkdir -p "$STANDBY/data" && if [ "$(id -u)" = 0 ]; then chown postgres "$STANDBY"; fi
SMALL=
if mount -t tmpfs -o size="$(($(du -sm "$TMP/pg/data/base" | cut -f1) + 40))M" tmpfs "$STANDBY/data" 2>/dev/null; then SMALL=yes; fi
if [ "$(id -u)" = 0 ]; then chown postgres "$STANDBY/data"; fi
chmod 0700 "$STANDBY/data"
as_postgres "$PG_BIN/pg_basebackup" -h "$TMP/pg" -U postgres -D "$STANDBY/data" --waldir="$STANDBY/wal" -R -c fast 2>"$TMP/basebackup.log" ||
	bail "no standby: $(cat "$TMP/basebackup.log")"
standby_ctl -w -t 60 -o "-c listen_addresses='' -c unix_socket_directories=$STANDBY -c fsync=off -c shared_buffers=16MB" start ||
	bail 'the standby does not start'
sql "ALTER SYSTEM SET synchronous_standby_names = '*'"
sql 'SELECT pg_reload_conf()' >/dev/null
ok 'a standby follows' wait_for 60 standby_follows
sed -i "s|host=$TMP/pg |host=$TMP/pg,$STANDBY target_session_attrs=read-write |" "$CONF"
kill -KILL "${KEEPERS[@]}" && wait "${KEEPERS[@]}" 2>/dev/null
KEEPERS=()
kill -HUP "$WORKER"
keeper_start
answers_ready() { answers /readyz; }
follows_conf() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ 'keeper'")" -gt 0 ] && answers_ready; }
ok 'berth knows both' wait_for 60 follows_conf
begin 20
is 'twenty more are acknowledged' 202 "$STATUS"
ok 'somebody is at it' wait_for 30 works '.'
pg_stop immediate
refuses() { api GET /api/containers && [ "$STATUS" = 503 ] && [ -n "$(header Retry-After)" ]; }
ok 'the database is lost: 503, with a time to try again' wait_for 30 refuses
began=$(now_ms)
standby_ctl -w promote
DATABASE=$STANDBY
ok 'the standby is promoted: back' wait_for 60 answers_ready
echo "# within $(($(now_ms) - began)) ms"
go_on_all
ok 'what was acknowledged is finished' wait_for 90 ends_done "$OPERATION" 20
ok 'each runs once' wait_for 60 is_exactly 40
is 'nothing seems to be restored' 0 "$(sql 'SELECT count(*) FROM freezes')"

# The disk of the database is full.
run_many() { api -d '{"name":"web","memory":16}' POST '/api/containers?count=10'; }
refused_for_space() { # sets ACKNOWLEDGED; until the space within its files is used up
	run_many
	if [ "$STATUS" = 201 ] || [ "$STATUS" = 202 ]; then ACKNOWLEDGED=$((ACKNOWLEDGED + 10)); fi
	[ "$STATUS" = 503 ]
}
if [ -n "$SMALL" ]; then
	ACKNOWLEDGED=40
	dd if=/dev/zero of="$STANDBY/data/filler" bs=64k 2>/dev/null
	ok 'the disk is full: refused' wait_for 60 refused_for_space
	is 'for a while' '503 unavailable' "$STATUS $(member code)"
	ok 'and it is said why' grep -q 'disk of the database is full' <<<"$BODY"
	api GET /api/containers
	is 'reads go on' "200 $ACKNOWLEDGED" "$STATUS $(jq length <<<"$BODY")"
	rm "$STANDBY/data/filler"
	runs_again() { run_many && [ "${STATUS:0:2}" = 20 ]; }
	ok 'there is space again: they run' wait_for 60 runs_again
	ok 'and nothing is there of what was refused' wait_for 60 is_exactly $((ACKNOWLEDGED + 10))
fi
api GET /api/events/verify
is 'the history is whole' '200 true' "$STATUS $(member ok)"
kill -TERM "${KEEPERS[@]}"
wait "${KEEPERS[@]}"
is 'the keeper ends well' 0 $?
done_testing
