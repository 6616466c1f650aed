#!/bin/bash
# The database is restored to an older state: berth starts frozen, does what it is asked for now, and goes on with the
# rest when it is told to.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
stack_start 'worker_processes = 1' 'worker_threads = 2' 'engine_allow_loopback = yes' 'keeper_interval_ms = 500' \
	"restore_mark_file = $TMP/restore.mark"
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }

keeper_start() { # sets KEEPER
	"$BUILD/berth-keeper" --config "$CONF" 2>>"$TMP/keeper.log" </dev/null &
	KEEPER=$!
	BESIDE+=("$KEEPER")
}
keeper_stop() {
	kill -TERM "$KEEPER"
	wait "$KEEPER"
}
is_up() { [ "$(sql "SELECT doc -> 'health' ->> 'state' FROM engines WHERE id = '$1'")" = up ]; }
unsealed() { sql "SELECT count(*) FROM events e WHERE tags <> '{docker}' AND NOT EXISTS (SELECT FROM event_seals s WHERE (e.txid, e.id) <= (s.last_txid, s.last_id))"; }
head_of_history() { sql "SELECT p.id || ' ' || s.seq || ' ' || encode(s.digest, 'hex') FROM pool p, event_seals s ORDER BY s.seq DESC LIMIT 1"; }
marked() { [ "$(unsealed)" = 0 ] && [ "$(cut -d ' ' -f -3 "$TMP/restore.mark")" = "$(head_of_history)" ]; }
is_row() { [ "$(sql "SELECT state FROM containers WHERE id = '$1'")" = "$2" ]; }
is_due() { [ "$(sql "SELECT count(*) FROM containers WHERE id = '$1' AND due_at IS NOT NULL AND state = 'missing'")" = 1 ]; }
calls() { wc -l <"$TMP/e1/calls"; }
frozen() { sql "SELECT count(*) FROM freezes WHERE kind = 'restored'"; }
is_frozen() { [ "$(frozen)" = 1 ]; }
events() { sql "SELECT count(*) FROM events WHERE type = '$1'"; }
looked() { [ "$(sql "SELECT count(*) FROM foreign_containers")" -gt "$1" ]; }
run() {
	api -d "{\"name\":\"web:1\",\"memory\":16,\"labels\":[\"e1\"]}" POST /api/containers
	ID=$(member '[0].id')
}
worker_stop() {
	kill -TERM "$WORKER"
	wait "$WORKER"
	WORKER=
}

engine_start e1 8
keeper_start
ok 'the engine is up' wait_for 60 is_up e1
run
KEPT=$ID
run
is 'two containers run' "201 running" "$STATUS $(member '[0].state')"
REMOVED=$ID
ok 'the newest seal stands outside the database too' wait_for 60 marked

# A start without a restore.
keeper_stop
worker_stop
worker_start
keeper_start
run
GONE=$ID
is 'an ordinary start freezes nothing' '201 0' "$STATUS $(frozen)"
ok 'and the mark goes on' wait_for 60 marked

# The dump has an unfinished removal; afterwards one is removed, and there is one that the dump does not know.
keeper_stop
worker_stop
sql "UPDATE containers SET desired = 'removed', state = 'removing', due_at = now() WHERE id = '$KEPT'"
"$PG_BIN/pg_dump" -h "$TMP/pg" -U postgres -Fc -f "$TMP/dump" berth || bail 'no dump'
sql "UPDATE containers SET desired = 'running', state = 'running', due_at = NULL WHERE id = '$KEPT'"
worker_start
keeper_start
api DELETE "/api/containers/$GONE"
run
is 'the world goes on' 201 "$STATUS"
ok 'and so does the mark' wait_for 60 marked
keeper_stop
worker_stop
cp "$TMP/restore.mark" "$TMP/away.mark"
restore() {
	"$PG_BIN/dropdb" -f -h "$TMP/pg" -U postgres berth && "$PG_BIN/createdb" -h "$TMP/pg" -U postgres berth &&
		"$PG_BIN/pg_restore" -h "$TMP/pg" -U postgres -d berth "$TMP/dump"
}
before=$(calls)
ok 'the database is restored' restore
worker_start
ok 'the worker alone starts frozen' wait_for 60 is_frozen
keeper_start
ok 'the keeper leads, and has looked' wait_for 60 is_due "$GONE"
wait_for 60 looked 0
is 'it is frozen, and told of once' '1 1' "$(frozen) $(events freeze-restored)"
ok 'its copy is shown as one that no row knows' looked 0
api GET /api/cluster/info
is 'what it would do is shown' "2 remove make" "$(jq -r '"\(.would.count) \(.would.list | map(split(" ")[0]) | join(" "))"' <<<"$BODY")"
ok 'with the container' grep -q "^${KEPT:0:12}\$" <(jq -r '.would.list[0] | split(" ")[2]' <<<"$BODY")
is 'nothing was done' "$before" "$(calls)"

# What is asked for now is done.
run
NEW=$ID
is 'a container asked for now runs' '201 running' "$STATUS $(member '[0].state')"
api DELETE "/api/containers/$REMOVED"
ok 'one is removed by an order' test "${STATUS:0:1}" = 2
is 'the others are left alone' '1 1' "$(sql "SELECT count(*) FROM containers WHERE id = '$KEPT' AND removed_at IS NULL") $(sql "SELECT count(*) FROM containers WHERE id = '$GONE' AND state = 'missing'")"

# Keepers come and go, and it stays so.
keeper_stop
keeper_start
ok 'the mark is that of this database' wait_for 60 marked
is 'another start is frozen still, without another event' '1 1' "$(frozen) $(events freeze-restored)"

thaw() { api POST /api/cluster/thaw && [ "$STATUS" = 200 ] && [ "$(member "thawed[0].kind")" = restored ]; }
ok 'an administrator ends it' thaw
removed() { [ "$(sql "SELECT count(*) FROM containers WHERE id = '$KEPT' AND removed_at IS NULL")" = 0 ]; }
ok 'what was withheld is done: the removal' wait_for 60 removed
ok 'and the container that is missing' wait_for 60 is_row "$GONE" running
ok 'the new one is as it was' is_row "$NEW" running
api GET /api/cluster/info
is 'nothing is shown any more' null "$(member would)"
keeper_stop
worker_stop
worker_start
keeper_start
ok 'the next start' wait_for 60 marked
is 'is not frozen again' 0 "$(frozen)"
# A keeper that was away all the time comes back with its own mark, from before.
keeper_stop
cp "$TMP/away.mark" "$TMP/restore.mark"
keeper_start
ok 'one that was away meanwhile takes the new history for its own' wait_for 60 marked
is 'and does not freeze what has been thawed' '0 1' "$(frozen) $(events freeze-restored)"
# The mark is lost as well, but an engine has a newer copy than the rows know of.
name=$(sql "SELECT name FROM containers WHERE id = '$NEW'")
engine_call() { curl -s -m 10 -o /dev/null -X "$1" "http://127.0.0.1:$(cat "$TMP/e1/port")/containers/$2" -d "${3:-}"; }
keeper_stop
engine_call DELETE "$name"
engine_call POST "create?name=$name" "{\"Image\":\"web:1\",\"Labels\":{\"berth.pool\":\"$(sql 'SELECT id FROM pool')\",
	\"berth.container\":\"$NEW\",\"berth.generation\":\"2\"}}"
engine_call POST "$name/start"
before=$(calls)
keeper_start
ok 'a copy of a newer generation: frozen' wait_for 60 is_frozen
api GET /api/cluster/info
ok 'and it is said why' grep -q "engine e1 container ${NEW:0:12} is of generation 2, by its row of 1" <<<"$(member frozen)"
ok 'thawed' thaw
generation_is() { [ "$(sql "SELECT generation, state FROM containers WHERE id = '$NEW' AND due_at IS NULL")" = "$1|running" ]; }
ok 'it is taken for the one of the row' wait_for 60 generation_is 2
is 'which was not made again' "$before" "$(calls)"
wait_for 60 marked
is 'and does not freeze again' 0 "$(frozen)"
ok 'the copy that no row knows was never touched' test "$(sql "SELECT count(*) FROM foreign_containers WHERE doc ->> 'lost' = 'true'")" = 1
keeper_stop
done_testing
