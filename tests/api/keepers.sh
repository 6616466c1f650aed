#!/bin/bash
# Two keepers: one leads; the other one takes over when it dies, is paused or ends, and a stale leader changes nothing.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
KEEPERS=()
end_keepers() {
	local code=$?
	if [ ${#KEEPERS[@]} -gt 0 ]; then kill -KILL "${KEEPERS[@]}" 2>/dev/null; fi
	(exit $code)
	stack_end
}
trap end_keepers EXIT
stack_start 'worker_processes = 1' 'worker_threads = 2'
ADMIN=$(login admin "$(cat "$TMP/password")")

keeper_start() { # NAME of its log; sets KEEPER
	"$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/$1.log" </dev/null &
	KEEPER=$!
	KEEPERS+=("$KEEPER")
}
cluster() { request -H "Authorization: Bearer $ADMIN" GET /api/cluster/info; }
leads_pid() { cluster && [[ "$(member keeper)" == keeper/*/$1 ]]; }
stand_by() { cluster && [ "$(member keepers_standing_by)" = "$1" ]; }
epoch() { sql "SELECT epoch FROM keeper_lease"; }
lease_until() { sql "SELECT until FROM keeper_lease"; }
renewed() { [ "$(lease_until)" != "$was" ]; }
leads_in() { [ "$(epoch)" -gt "$1" ]; }
logged() { grep -q "$2" "$TMP/$1.log"; }
now_ms() { date +%s%3N; }
# sealed: what has happened up to now is sealed, by whoever leads
unsealed() { sql "SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT FROM event_seals s WHERE (e.txid, e.id) <= (s.last_txid, s.last_id))"; }
all_sealed() { [ "$(unsealed)" = 0 ]; }
something_happens() { sql "INSERT INTO events (type, tags, message) VALUES ('test', '{cluster}', 'x')"; }

cluster
is 'no keeper, no leader' '200 null 0 0' "$STATUS $(member keeper) $(member keeper_epoch) $(member keepers_standing_by)"
keeper_start a
A=$KEEPER
ok 'a keeper that is alone leads' wait_for 30 leads_pid "$A"
is 'in the first epoch' 1 "$(member keeper_epoch)"
keeper_start b
B=$KEEPER
ok 'a second one stands by' wait_for 30 stand_by 1
ok 'and says who leads' wait_for 30 logged b "stands by: keeper/.*/$A leads in epoch 1"
ok 'the leader seals the history' wait_for 30 all_sealed
is 'its lead is an event' 1 "$(sql "SELECT count(*) FROM events WHERE type = 'keeper-leads' AND message ~ '/$A epoch=1$'")"

before=$(epoch) began=$(now_ms)
kill -KILL "$A"
wait "$A" 2>/dev/null
ok 'the leader is killed: the other one takes over' wait_for 30 leads_in "$before"
echo "# within $(($(now_ms) - began)) ms"
ok 'and leads' leads_pid "$B"
something_happens
ok 'it seals the history' wait_for 30 all_sealed

# It is paused, another one takes over, it goes on.
keeper_start c
C=$KEEPER
ok 'a third one stands by' wait_for 30 logged c 'stands by'
before=$(epoch)
kill -STOP "$B"
ok 'the leader is paused: the other one takes over' wait_for 30 leads_in "$before"
ok 'and leads' leads_pid "$C"
something_happens
ok 'it seals the history' wait_for 30 all_sealed
kill -CONT "$B"
ok 'the paused one notices when it goes on' wait_for 30 logged b 'is over: another keeper has taken the lease'
ok 'and stands by' wait_for 30 logged b "stands by: keeper/.*/$C leads"
ok 'the other one goes on leading' leads_pid "$C"
is 'in the same epoch' $((before + 1)) "$(epoch)"

# It believes that it leads while it does not: its lease cannot be renewed, nor refused, as long as this table is locked.
mkfifo "$TMP/hold"
"$PG_BIN/psql" -X -q -h "$TMP/pg" -U postgres -d berth <"$TMP/hold" &
holder=$!
exec 7>"$TMP/hold"
echo 'BEGIN; LOCK TABLE keepers IN EXCLUSIVE MODE;' >&7
locked() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE relation = 'keepers'::regclass AND mode = 'ExclusiveLock' AND granted")" = 1 ]; }
wait_for 30 locked || bail 'the table is not locked'
sql "SELECT pg_advisory_xact_lock(6237481923); -- between two transactions of the leader, as who takes it does: lease_lock.sql
	UPDATE keeper_lease SET epoch = epoch + 1, holder = 'nobody', until = now() + interval '20 seconds'" >/dev/null
something_happens
ok 'what a stale leader changes is refused' wait_for 30 logged c 'Another keeper leads now: epoch .* is over'
is 'and nothing is changed' 1 "$(unsealed)"
exec 7>&-
wait $holder
ok 'it stands by then' wait_for 30 logged c 'is over: another keeper has taken the lease'
sql "UPDATE keeper_lease SET until = '-infinity'"
ok 'one of the two leads again' wait_for 30 all_sealed

leader=$(sql "SELECT substring(holder FROM '[0-9]+\$') FROM keeper_lease")
other=$((B + C - leader))
log=b
if [ $other = "$C" ]; then log=c; fi
before=$(epoch) began=$(now_ms)
kill -TERM "$leader"
ok 'the leader ends in order: the other one takes over' wait_for 30 leads_in "$before"
echo "# within $(($(now_ms) - began)) ms"
wait "$leader"
is 'it ends well' 0 $?
ok 'the other one leads' leads_pid "$other"
is 'it is not there any more' 0 "$(sql "SELECT count(*) FROM keepers WHERE name ~ '/$leader\$'")"

pg_stop immediate
ok 'the database is away: the leader tells it' wait_for 30 logged "$log" 'the lease of the keepers: The database is away'
pg_start
was=$(lease_until)
ok 'the leader goes on when the database is back' wait_for 30 renewed
ok 'and is the same' leads_pid "$other"
is 'in its epoch' $((before + 1)) "$(epoch)"
something_happens
ok 'and seals' wait_for 30 all_sealed
kill -TERM "$other"
wait "$other"
is 'the last one ends well' 0 $?
cluster
is 'nobody leads then' '200 null' "$STATUS $(member keeper)"
request -H "Authorization: Bearer $ADMIN" GET /api/events/verify
is 'the seals are those of one chain' '200 true true' "$STATUS $(member ok) $(member complete)"
done_testing
