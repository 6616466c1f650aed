#!/bin/bash
# What specifications must not hold: each body is refused with a clear 4xx, changes nothing, and the worker lives on.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 1' 'worker_threads = 2'
TOKEN=$(login admin "$(cat "$TMP/password")")

run() { request -t 60 -H "Authorization: Bearer $TOKEN" "$@" POST /api/containers; }
rows() { sql 'SELECT (SELECT count(*) FROM containers), (SELECT count(*) FROM operations), (SELECT count(*) FROM events)'; }
# refuse NAME STATUS CODE FILE
refuse() {
	run -f "$4"
	refused "$1" "$2" "$3"
}
before=$(rows)

# Bodies.
BIG=$((1 << 20))
python3 - "$TMP" $BIG <<-'PYTHON'
	import sys
	directory, limit = sys.argv[1], int(sys.argv[2])
	def write(name, data):
	    with open(f"{directory}/body.{name}", "wb") as file:
	        file.write(data if isinstance(data, bytes) else data.encode())
	spec = b'{"name":"../x","args":["'
	for name, size in (("below", limit - 1), ("limit", limit), ("above", limit + 1)):
	    write(name, spec.ljust(size - 3, b"a") + b'"]}')
	write("empty", "")
	write("deep", '{"name":' + "[" * 10**6)
	write("deep-small", '{"name":' + "[" * 5000 + "]" * 5000 + "}")
	write("keys", "{" + ",".join(f'"{n:x}":1' for n in range(10**6)) + "}")
	write("keys-small", "{" + ",".join(f'"{n:x}":1' for n in range(50000)) + "}")
	write("digits", '{"name":"a","memory":' + "1" * 10**6 + "}")
	write("fraction", '{"name":"a","cpus":0.' + "1" * 10**6 + "}")
	write("long", '{"name":"' + "a" * (10**6) + '"}')
	write("long-key", '{"name":"a","' + "a" * (10**6) + '":1}')
	write("long-variable", '{"name":"a","environment":{"' + "a" * 10**6 + '":"1"}}')
	write("long-data", '{"name":"a","user_data":{"' + "a" * 10**6 + '":[]}}')
	write("utf8", b'{"name":"a","args":["\xff\xfe"]}')
	write("overlong", b'{"name":"a","args":["\xc0\xaf"]}')
	write("nul", b'{"name":"a\x00b"}')
PYTHON
refuse 'an empty body' 400 bad_json "$TMP/body.empty"
refuse '1 MB less one byte is read' 400 bad_field "$TMP/body.below"
refuse '1 MB is read' 400 bad_field "$TMP/body.limit"
refuse '1 MB and one byte is not' 413 too_large "$TMP/body.above"
refuse '10^6 levels' 400 bad_json "$TMP/body.deep"
refuse '5000 levels' 400 bad_json "$TMP/body.deep-small"
refuse '10^6 keys' 413 too_large "$TMP/body.keys"
refuse '50,000 keys' 400 bad_json "$TMP/body.keys-small"
refuse 'a number of 10^6 digits' 400 bad_json "$TMP/body.digits"
refuse 'a fraction of 10^6 digits' 400 bad_json "$TMP/body.fraction"
refuse 'a name of 1 MB' 400 bad_field "$TMP/body.long"
ok 'is not repeated' test ${#BODY} -lt 2000
refuse 'a key of 1 MB' 400 bad_field "$TMP/body.long-key"
ok 'is not repeated' test ${#BODY} -lt 2000
refuse 'a variable whose name has 1 MB' 400 bad_field "$TMP/body.long-variable"
refuse 'user data under a key of 1 MB' 400 bad_field "$TMP/body.long-data"
refuse 'bytes that are not UTF-8' 400 bad_json "$TMP/body.utf8"
refuse 'overlong UTF-8' 400 bad_json "$TMP/body.overlong"
refuse 'a NUL' 400 bad_json "$TMP/body.nul"
run -n -p CONTENT_LENGTH=10 -d '{"name":"a"}'
refused 'a length that is too small' 400 bad_request
run -n -p CONTENT_LENGTH=5000000000 -d '{"name":"a"}'
refused 'a length that is too large' 413 too_large
run -n -f "$TMP/body.above"
refused 'no length at all, and too much' 413 too_large

# Values: CODE FIELD and a body, of which {} stands for {"name":"a",...}.
while read -r code field members; do
	run -d "{\"name\":\"a\",$members}"
	is "refused: $members" "400 $code $field" "$STATUS $(member code) $(member field)"
done <<-'VALUES'
	bad_json null "args":["\u0000"]
	bad_json null "memory":NaN
	bad_json null "cpus":Infinity
	bad_json null "cpus":-
	bad_json null "memory":012
	bad_json null "memory":12abc
	bad_json null "memory":6,"memory":7
	bad_json null "environment":{"A":"1","A":"2"}
	bad_field no_such_field "no_such_field":1
	bad_field Memory "Memory":6
	bad_field memory "memory":-1
	bad_field memory "memory":2147483648
	bad_field memory "memory":9223372036854775808
	bad_field memory "memory":1e309
	bad_field memory "memory":"12abc"
	bad_field memory "memory":"12"
	bad_field memory "memory":true
	bad_field cpus "cpus":-1
	bad_field cpus "cpus":2147483648
	bad_field cpus "cpus":9223372036854775808
	bad_field cpus "cpus":1e309
	bad_field cpus "cpus":-1e309
	bad_field cpus "cpus":"12abc"
	bad_field bind_ports[0].container_port "bind_ports":[{"container_port":0}]
	bad_field bind_ports[0].port "bind_ports":[{"container_port":80,"port":-1}]
	bad_field bind_ports[0].port "bind_ports":[{"container_port":80,"port":2147483648}]
	bad_field bind_ports[0].port "bind_ports":[{"container_port":80,"port":9223372036854775808}]
	bad_field bind_ports[0].port "bind_ports":[{"container_port":80,"port":1e309}]
	bad_field restart_policy.maximum_retry "restart_policy":{"name":"on-failure","maximum_retry":-1}
	bad_field restart_policy.maximum_retry "restart_policy":{"name":"on-failure","maximum_retry":2147483648}
	bad_field labels[0] "labels":["a\u001b[0m"]
	bad_field labels[0] "labels":["a\r\nb"]
	bad_field labels[0] "labels":["a\u202eb"]
	bad_field environment. "environment":{"":"1"}
	bad_field user_data. "user_data":{"":[]}
	bad_field user_data.a?b "user_data":{"a\u0007b":[]}
	bad_field volumes[0] "volumes":["../etc:/x"]
	bad_field volumes[0] "volumes":["a\u001b:/x"]
	bad_field hostname "hostname":"a\r\nb"
	bad_field hostname "hostname":"a b"
	bad_field cap_add[0] "cap_add":["a%2e"]
	bad_field devices[0] "devices":["/dev/../../etc"]
	bad_field links.a"b "links":{"a\"b":"c"}
VALUES
# Names of images and of containers.
for field in name container_name; do
	while read -r value; do
		if [ $field = name ]; then members=; else members='"name":"a",'; fi
		run -d "{$members\"$field\":\"$value\"}"
		is "$field $value" "400 bad_field $field" "$STATUS $(member code) $(member field)"
	done <<-'NAMES'
		../x
		a?b
		a#b
		a\r\nb
		a'b
		a\"b
		a%2fb
		a\u001b[0mb
		a\u202eb
		a b
		-a
	NAMES
done
run -d '{"name":""}'
refused 'an empty name' 400 bad_field
for count in -1 0 2147483648 9223372036854775808 1e309 12abc '' 1.5; do
	request -H "Authorization: Bearer $TOKEN" -d '{"name":"a"}' POST "/api/containers?count=$count"
	is "count=$count" '400 bad_field count' "$STATUS $(member code) $(member field)"
done
for id in %2e%2e a%3Fb a%23b a%0D%0Ab a%22b a%25b a%1Bb a%E2%80%AEb "$(printf 'a%.0s' {1..1500})"; do
	request -H "Authorization: Bearer $TOKEN" POST "/api/containers/$id/stop"
	ok "the id ${id:0:20} is refused" grep -qE '^40[04]$' <<<"$STATUS"
done

is 'nothing has changed' "$before" "$(rows)"
ok 'the worker still answers' answers /healthz
is 'no process has died' 0 "$(grep -c 'ended' "$LOG")"
done_testing
