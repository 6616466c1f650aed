#!/bin/bash
# Images that no registry gives are copied from an engine that has them.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
. "${srcdir:-.}/tests/api/fake_engines.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2' 'engine_allow_loopback = yes' 'image_copy_mb = 64' \
	'image_copy_stall_s = 60'
ADMIN=$(login admin "$(cat "$TMP/password")")
api() { request -t 60 -H "Authorization: Bearer $ADMIN" "$@"; }

for engine in e1 e2 e3; do
	engine_start $engine 2
	touch "$TMP/$engine/images" "$TMP/$engine/calls"
done
has() { echo "$2 ${3:-sha256:11} ${4:-amd64} ${5:-1000}" >>"$TMP/$1/images"; } # ENGINE IMAGE [ID ARCHITECTURE BYTES]
loads() { grep -c "^load $2\$" "$TMP/$1/calls"; }                              # ENGINE IMAGE
run() { # IMAGE [QUERY]: on e2
	api -d "{\"name\":\"$1\",\"memory\":16,\"labels\":[\"e2\"]}" POST "/api/containers${2:-}"
}
detail() { # NAME PATTERN: the last answer is a refusal that says so
	refused "$1" 422 image_unavailable
	ok "and says why: $2" grep -q -- "$2" <<<"$(member detail)"
}

has e3 whole:1
run whole:1 '?count=8'
is 'it is copied from the engine that has it' '201 8 running' "$STATUS $(jq -r '"\(length) \(map(.state) | unique[0])"' <<<"$BODY")"
is 'once, by whichever process' 1 "$(loads e2 whole:1)"
is 'with an event' 'image=whole:1 from=e3 to=e2 e2 {cluster}' \
	"$(sql "SELECT message, engine_id, tags FROM events WHERE type = 'copy-image'" | tr '|' ' ')"
is 'and then nobody copies any more' 0 "$(sql 'SELECT count(*) FROM image_copies')"

has e1 kept:1
run kept:1 '?pull=false'
detail 'not where nothing is to be fetched' 'No such image: kept:1'
run kept:1 '?pull=true'
detail 'nor where it must be the registry that gives it' 'pull access denied$'
run nowhere:1
detail 'an image that nobody has' 'nowhere:1 cannot be pulled: engine e2: pull access denied; no other engine has it'
is 'no event of these' 1 "$(sql "SELECT count(*) FROM events WHERE type = 'copy-image'")"

has e1 other:1 sha256:22 arm64
run other:1
detail 'of another kind of machine' 'nor can it be copied to engine e2: that of engine e1 is for linux/arm64, not for linux/amd64'
has e3 other:1
run other:1
is 'the one of the right kind is found' 201 "$STATUS"
has e1 large:1 sha256:33 amd64 100000000
run large:1
detail 'too large' 'that of engine e1 has 95 MB, and image_copy_mb allows 64'

has e1 spoilt:1
touch "$TMP/e2/spoil"
run spoilt:1
detail 'another image came' 'what came from engine e1 is another image'
rm "$TMP/e2/spoil"
has e1 full:1
touch "$TMP/e2/fail.load"
run full:1
detail 'the engine does not take it' 'to engine e2: from engine e1: engine e2: load fails'
rm "$TMP/e2/fail.load"
has e3 full:1
touch "$TMP/e1/fail.export"
run full:1
is 'an engine that does not give it: the next one does' '201 1' "$STATUS $(loads e2 full:1)"
rm "$TMP/e1/fail.export"

# Cancelled while it is under way.
copying() { # ID
	api GET "/api/operations/$1"
	[ "$(member 'items[0].progress | "\(.phase) \(.from)"')" = 'copying e1' ]
}
ended() {
	api GET "/api/operations/$1"
	[ "$(member status)" = cancelled ] && [ "$(sql 'SELECT count(*) FROM image_copies')" = 0 ]
}
has e1 slow:1
stall e1 export
api -d '{"name":"slow:1","memory":16,"labels":["e2"]}' -H 'Prefer: respond-async' POST /api/containers
operation=$(member id)
ok 'its progress is told' wait_for 30 copying "$operation"
api -H 'Prefer: respond-async' POST "/api/operations/$operation/cancel"
ok 'a cancel ends it' wait_for 30 ended "$operation"
go_on e1 export
is 'nothing of it came' 0 "$(loads e2 slow:1)"

# Another process copies it: wait until it has, or has died.
has e1 claimed:1
sql "INSERT INTO image_copies VALUES ('e2', 'claimed:1', 'another', now() + interval '60 s')"
api -d '{"name":"claimed:1","memory":16,"labels":["e2"]}' -H 'Prefer: respond-async' POST /api/containers
operation=$(member id)
tried() { [ "$(sql "SELECT max(epoch) FROM containers WHERE image = 'claimed:1'")" -ge 3 ]; }
ok 'it is looked at again and again' wait_for 30 tried
is 'meanwhile nothing is copied' 0 "$(loads e2 claimed:1)"
sql "UPDATE image_copies SET claimed_until = now() - interval '1 s'"
done_now() {
	api GET "/api/operations/$operation"
	[ "$(member status)" = 'done' ]
}
ok 'after its end it is' wait_for 30 done_now
is 'by another' 1 "$(loads e2 claimed:1)"
done_testing
