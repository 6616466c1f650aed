#!/bin/bash
# The description of the API: it is served to anyone, it has every route and parameter and nothing else, and it is sound.
# What the other tests are answered is held against it by each of them (stack.sh, done_testing).
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2119,SC2317 # quoted code; called by ok
. "${srcdir:-.}/tests/api/stack.sh"
DOCUMENT=$TMP/document.json

# check NAME PROGRAM: python; `doc` is the document, `operations` are (method, path, operation), argv[2] the routes.
check() {
	ok "$1" /usr/bin/python3 -c "
import json, re, sys
doc = json.load(open(sys.argv[1]))
routes = [line.rstrip('\n').split('\t') for line in open(sys.argv[2])]
operations = [(m.upper(), path, o) for path, item in doc['paths'].items() for m, o in item.items()]
def follow(part):
    while '\$ref' in part:
        found = doc
        for name in part['\$ref'].removeprefix('#/').split('/'):
            found = found[name]
        part = found
    return part
def parts(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)
def expect(wrong):
    wrong = list(wrong)
    if wrong:
        sys.exit(' '.join(map(str, wrong[:20])))
$2" "$DOCUMENT" "$TMP/routes"
}

stack_start
request GET /api/openapi.json
is 'it is served to anyone' '200 application/json' "$STATUS $(header Content-Type)"
is 'for some minutes' 'max-age=300' "$(header Cache-Control)"
printf '%s' "$BODY" >"$DOCUMENT"
"$PROGRAM" --print-openapi >"$TMP/printed.json"
"$PROGRAM" --print-routes >"$TMP/routes"
ok 'it is what the program prints' diff <(jq -S . "$DOCUMENT") <(jq -S . "$TMP/printed.json")
is 'its version' "3.1.0 $("$PROGRAM" --version | sed 's/.* //')" "$(jq -r '"\(.openapi) \(.info.version)"' "$DOCUMENT")"
request GET '/api/openapi.json?some=thing'
refused 'it takes no parameters' 400 bad_field

check 'every route is in it, and nothing else' "
expect({(m, p) for m, p, _ in operations} ^ {(r[0], r[1]) for r in routes})"
check 'with its summary and the right that it needs' "
told = {(m, p): (o['summary'], o['x-need'], o.get('security')) for m, p, o in operations}
expect(r for r in routes if told[r[0], r[1]] != (r[3], r[2], [] if r[2] == 'none' else None))"
check 'every operation has a name of its own' "
names = [o['operationId'] for _, _, o in operations]
expect(n for n in names if names.count(n) > 1 or not re.fullmatch('[a-z0-9_]+', n))"
check 'every reference leads somewhere' "
for part in parts(doc):
    if '\$ref' in part:
        follow(part)"
check 'every schema is one' "
import jsonschema
for name, schema in doc['components']['schemas'].items():
    jsonschema.Draft202012Validator.check_schema(schema)
for _, _, o in operations:
    for part in parts(o):
        if isinstance(part.get('schema'), dict):
            jsonschema.Draft202012Validator.check_schema(part['schema'])"
check 'every schema is used' "
used = {part['\$ref'] for part in parts(doc) if '\$ref' in part}
expect(n for n in doc['components']['schemas'] if '#/components/schemas/' + n not in used)"
check 'what a schema requires it describes' "
expect((s['required'], n) for n, root in doc['components']['schemas'].items() for s in parts(root)
       if isinstance(s.get('required'), list) and not set(s['required']) <= set(s.get('properties', {})))"
check 'every segment of a path that stands for something is a parameter, once' "
expect((m, p) for m, p, o in operations if sorted(re.findall('{(.*?)}', p)) !=
       sorted(q['name'] for q in map(follow, o.get('parameters', [])) if q['in'] == 'path' and q['required'] is True))"
check 'every parameter says what it is' "
expect((p, q['name']) for _, p, o in operations for q in map(follow, o.get('parameters', []))
       if q['in'] != 'path' and not q.get('description'))"
check 'every operation tells a good answer, and how it refuses' "
expect((m, p) for m, p, o in operations if not any(s[0] == '2' for s in o['responses']) or 'default' not in o['responses'])"
check 'who needs no token is not told 401, everyone else is' "
expect((m, p) for m, p, o in operations if ('401' in o['responses']) == (o['x-need'] == 'none'))"

# Each parameter is one that the program knows: whatever else is wrong with the request.
TOKEN=$(login admin "$(cat "$TMP/password")")
every_parameter() {
	local method path name
	while read -r method path name; do
		request -H "Authorization: Bearer $TOKEN" "$method" "$path?$name=%7f"
		if [ -z "$STATUS" ] || [[ "$BODY" == *"is not a query parameter"* ]]; then
			echo "# $method $path: $STATUS $BODY"
			return 1
		fi
	done <"$TMP/parameters"
}
jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] | .key as $method | .value.parameters // [] | .[]
	| select(.in == "query") | "\($method | ascii_upcase) \($path | gsub("{[^}]*}"; "nosuch")) \(.name)"' "$DOCUMENT" >"$TMP/parameters"
ok 'there are parameters' [ "$(wc -l <"$TMP/parameters")" -gt 40 ]
ok 'each is one that the program knows' every_parameter

# A difference is seen: an answer that the document does not allow.
differs() { # ANSWER
	printf '%s\n' "$1" >"$TMP/made-up"
	! /usr/bin/python3 "$VALIDATE" "$DOCUMENT" "$TMP/made-up" >/dev/null 2>&1
}
answer() { # URI STATUS TYPE BODY
	jq -cn --arg uri "$1" --arg answer "Status: $2"$'\r\n'"Content-Type: $3"$'\r\n\r\n'"$4" '{method: "GET", $uri, $answer}'
}
ok 'a good answer is none' eval '! differs "$(answer /healthz "200 OK" application/json "{\"status\":\"ok\",\"more\":1}")"'
ok 'a missing member is a difference' differs "$(answer /healthz '200 OK' application/json '{}')"
ok 'another type' differs "$(answer /healthz '200 OK' application/json '{"status":1}')"
ok 'another media type' differs "$(answer /healthz '200 OK' text/plain ok)"
ok 'another status' differs "$(answer /healthz '201 Created' application/json '{"status":"ok"}')"
ok 'a refusal without its code' differs "$(answer /nosuch '404 Not Found' application/problem+json '{"title":"a","status":404,"detail":"b","request_id":"c"}')"
ok 'a line of a stream' differs "$(answer '/api/events?follow=true' '200 OK' application/x-ndjson '{"id":1}')"
done_testing
