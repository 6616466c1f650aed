#!/bin/bash
# The history: filters, pages in both directions, what is refused; verification.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 1'
TOKEN=$(login admin "$(cat "$TMP/password")")
get() { request -H "X-Access-Token: admin:$TOKEN" GET "$1"; }
messages() { jq -r 'map(.message) | join(" ")' <<<"$BODY"; }
# walk PATH: the messages of all pages; PAGES counts them.
walk() {
	local path=$1 list=''
	PAGES=0
	while [ -n "$path" ] && [ $PAGES -lt 50 ]; do
		get "$path"
		list+=" $(messages)"
		PAGES=$((PAGES + 1))
		path=$(header Link | sed -n 's/^<\(.*\)>; rel="next"$/\1/p')
	done
	LIST=$(xargs <<<"$list")
}
C1=$(printf 'a1%.0s' {1..32}) C2=$(printf 'a2%.0s' {1..32})
sql "DELETE FROM events"
for n in {1..12}; do
	sql "INSERT INTO events (type, tags, message, container_id, engine_id, account, time) SELECT
		CASE WHEN $n % 2 = 0 THEN 'even' ELSE 'odd' END, CASE WHEN $n % 3 = 0 THEN '{Docker}'::text[] ELSE '{cluster,security}' END,
		'm$n', CASE WHEN $n < 4 THEN '$C1' WHEN $n < 6 THEN '$C2' END, CASE WHEN $n > 9 THEN 'e1' END,
		CASE $n WHEN 7 THEN 'clare' END, now() - interval '1 hour' * (12 - $n)"
done

get /api/events
is 'newest first' 'm12 m11 m10 m9 m8 m7 m6 m5 m4 m3 m2 m1' "$(messages)"
is 'no next page' '' "$(header X-Next-Cursor)"
get '/api/events?count=3'
is 'the newest three' 'm12 m11 m10' "$(messages)"
ok 'there is more' test -n "$(header X-Next-Cursor)"
walk '/api/events?count=5'
is 'all pages' 'm12 m11 m10 m9 m8 m7 m6 m5 m4 m3 m2 m1 3' "$LIST $PAGES"
while IFS='|' read -r query wanted; do
	get "/api/events?$query"
	is "filter $query" "200 $wanted" "$STATUS $(messages)"
done <<-FILTERS
	type=even|m12 m10 m8 m6 m4 m2
	type=even&count=2|m12 m10
	type=EVEN|
	tag=docker|m12 m9 m6 m3
	tag=DOCKER&type=odd|m9 m3
	tag=security&engine=e1|m11 m10
	container=$C1|m3 m2 m1
	container=a|m5 m4 m3 m2 m1
	container=a2|m5 m4
	container=${C1:0:12}&type=odd|m3 m1
	engine=e1|m12 m11 m10
	account=clare|m7
	account=nobody|
	since=150m|m12 m11 m10
FILTERS
get "/api/events?until=570m"
is 'until' 'm2 m1' "$(messages)"
get "/api/events?since=630m&until=570m"
is 'since and until' 'm2' "$(messages)"
get "/api/events?since=$(date -u -d '-90 minutes' +%Y-%m-%dT%H:%M:%SZ)"
is 'since an RFC 3339 time' 'm12 m11' "$(messages)"
get "/api/events?since=$(date -d '-90 minutes' +%s)"
is 'since a number of seconds' 'm12 m11' "$(messages)"
walk '/api/events?count=1&tag=docker&type=even'
is 'pages of a filter' 'm12 m6 3' "$LIST $PAGES"

get '/api/events?after=oldest&count=5'
is 'forward' 'm1 m2 m3 m4 m5' "$(messages)"
get "/api/events?after=$(header X-Next-Cursor)&count=100"
is 'forward from a cursor' 'm6 m7 m8 m9 m10 m11 m12' "$(messages)"
NEXT=$(header X-Next-Cursor)
ok 'forward there is always a next page' test -n "$(header Link)"
get "/api/events?after=$NEXT"
is 'nothing new' '[]' "$BODY"
get '/api/events?after=now'
is 'from now on' '[]' "$BODY"
NOW=$(header X-Next-Cursor)
sql "INSERT INTO events (type, tags, message) VALUES ('even', '{}', 'm13')"
for cursor in "$NEXT" "$NOW"; do
	get "/api/events?after=$cursor"
	is 'what is new' 'm13' "$(messages)"
	get "/api/events?after=$(header X-Next-Cursor)"
	is 'once' '[]' "$BODY"
done
get "/api/events?after=$NEXT&type=odd"
is 'nothing new of this type' '[]' "$BODY"

while read -r field query; do
	get "/api/events?$query"
	refused "events?$query" 400 bad_field
	is 'the field is named' "$field" "$(member field)"
done <<-REFUSED
	count count=0
	count count=10001
	count count=-1
	count count=x
	since since=yesterday
	since since=2026-13-01T00:00:00Z
	since since=9999999999999
	until until=
	type type=
	container container=xyz
	container container=A1
	cursor cursor=x
	cursor cursor=e1
	cursor cursor=e1.
	cursor cursor=e01.2
	cursor cursor=eA.1
	cursor cursor=c1.1
	cursor cursor=e1.1x
	cursor cursor=effffffffffffffff.1
	cursor cursor=e1.11111111111111111
	after after=e1
	cursor cursor=e1.1&after=e1.1
	type type=a&type=b
	nonsense nonsense=1
REFUSED

get /api/events/verify
is 'nothing sealed yet' '200 true true 0 13' "$STATUS $(member ok) $(member complete) $(member seals) $(member unsealed)"
seal() { "$PG_BIN/psql" -X -q -h "$TMP/pg" -U berth_keeper -d berth -v ON_ERROR_STOP=1 -c "SET timezone = 'UTC'" -f "$srcdir/sql/query/events_seal.sql" >/dev/null; }
sealed() { seal && [ "$(sql 'SELECT sum(events) FROM event_seals')" = "$(sql 'SELECT count(*) FROM events')" ]; }
ok 'sealed' wait_for 30 sealed
get /api/events/verify
is 'the chain verifies' '200 true true 13 0 null' "$STATUS $(member ok) $(member complete) $(member events) $(member unsealed) $(member problem)"
HEAD_DIGEST=$(member digest)
get "/api/events/verify?head=$HEAD_DIGEST"
is 'and contains its head' 'true' "$(member ok)"
get "/api/events/verify?head=${HEAD_DIGEST//[0-9]/0}"
is 'but no other' 'false' "$(member ok)"
get "/api/events/verify?head=x"
refused 'what is no digest' 400 bad_field
sql "UPDATE events SET message = 'x' WHERE message = 'm5'"
get /api/events/verify
is 'a changed event is told' '200 false false' "$STATUS $(member ok) $(member complete)"
ok 'with the seal' grep -q '^Seal [0-9]*: ' <<<"$(member problem)"
sql "UPDATE events SET message = 'm5' WHERE message = 'x'"

# follow FILE QUERY [option...]: an answer that lasts, into FILE.
follow() {
	local file=$1 query=$2
	shift 2
	"$BUILD/tests/api/fcgi" -t 60 -H "X-Access-Token: admin:$TOKEN" "$@" "$SOCKET" GET "/api/events?follow=true$query" >"$file" 2>&1 &
}
for query in count=3 cursor=e1.1 until=10m after=e1; do
	get "/api/events?follow=true&$query"
	refused "follow&$query" 400 bad_field
done
follow "$TMP/all" "&after=$NEXT"
follow "$TMP/odd" '&after=oldest&type=odd&tag=docker'
follow "$TMP/sse" '&after=oldest&type=even' -H 'Accept: text/event-stream'
follow "$TMP/again" '&after=oldest' -H 'Accept: text/event-stream' -H "Last-Event-ID: $NEXT"
follow "$TMP/nowhere" '' -H 'Accept: text/event-stream' -H 'Last-Event-ID: e1'
followed() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%event_page%'")" -ge 1 ]; }
ok 'they ask' wait_for 30 followed
sleep 0.2
sql "INSERT INTO events (type, tags, message) VALUES ('odd', '{docker}', 'm14')"
sql "INSERT INTO events (type, tags, message) VALUES ('even', '{}', 'm15')"
both() { sql "SELECT 1" >/dev/null && [ "$(sql "SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(txid::text::bigint)::text::xid8 FROM events")" = t ]; }
ok 'the events are old enough to be read' wait_for 30 both
sleep 2.5
{ kill -TERM "$WORKER" && wait "$WORKER"; } 2>/dev/null
WORKER=
wait
lines() { sed '1,/^\r$/d' "$1" | grep '^{' | jq -r '.message // .end' | xargs; }
is 'followed from a cursor' 'm13 m14 m15 drain' "$(lines "$TMP/all")"
is 'followed by filter, from the oldest' 'm3 m9 m14 drain' "$(lines "$TMP/odd")"
is 'server-sent events' 'm2 m4 m6 m8 m10 m12 m13 m15' "$(sed -n 's/^data: //p' "$TMP/sse" | jq -r '.message // empty' | xargs)"
is 'they go on after the last one that was got' 'm13 m14 m15' "$(sed -n 's/^data: //p' "$TMP/again" | jq -r '.message // empty' | xargs)"
ok 'but not after what is none' grep -q '^Status: 400' "$TMP/nowhere"
is 'their type' 'text/event-stream' "$(sed -n 's/^Content-Type: //p' "$TMP/sse" | tr -d '\r')"
ok 'their ids are cursors' grep -q '^id: e[0-9a-f]*\.[0-9a-f]*$' "$TMP/sse"
is 'the last word is a cursor to go on from' 'drain e' "$(sed '1,/^\r$/d' "$TMP/all" | grep '"end"' | jq -r '.end + " " + .cursor[0:1]')"
done_testing
