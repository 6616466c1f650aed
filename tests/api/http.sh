#!/bin/bash
# The HTTP side of the worker: paths, methods, bodies, headers, and what is refused.
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 2' 'worker_threads = 2'

log_is_json() { jq -e . "$LOG" >"$TMP/jq.out"; }

request GET /healthz
is 'healthz' "200 ok" "$STATUS $(member status)"
# shellcheck disable=SC2153 # BODY is set by request
is 'length is declared' "${#BODY}" "$(header Content-Length)"
is 'answers are not cached' no-store "$(header Cache-Control)"
ok 'a request gets an id' grep -qE '^[0-9a-f]{32}$' <<<"$(header X-Request-Id)"
request -p REQUEST_ID=0123456789abcdef0123456789abcdef GET /healthz
is "nginx's request id is kept" 0123456789abcdef0123456789abcdef "$(header X-Request-Id)"
for id in 0123456789abcdef 0123456789ABCDEF0123456789ABCDEF "$(printf 'a\r\nX: y%021d' 0)"; do
	request -p "REQUEST_ID=$id" GET /healthz
	ok 'another request id is replaced' grep -qE '^[0-9a-f]{32}$' <<<"$(header X-Request-Id)"
	is 'and nothing of it gets out' '' "$(header X)"
done
request GET /readyz
is 'readyz' "200 ready" "$STATUS $(member status)"

request GET /nothing
refused 'unknown path' 404 not_found
is 'a problem is application/problem+json' application/problem+json "$(header Content-Type)"
is 'it names the request' "$(header X-Request-Id)" "$(member request_id)"
request GET /
refused 'the root' 404 not_found
request GET /healthzz
refused 'a longer name' 404 not_found
for method in HEAD OPTIONS POST DELETE PATCH get TRACE "$(printf 'x%.0s' {1..300})"; do
	request "$method" /healthz
	refused "method ${method:0:10} of /healthz" 405 method_not_allowed
	is 'it says what is allowed' GET "$(header Allow)"
done
request GET /auth/login
refused 'GET /auth/login' 405 method_not_allowed
is 'it says what is allowed' POST "$(header Allow)"

while read -r path; do
	request GET "$path"
	refused "path $path" 400 bad_path
done <<-'PATHS'
	//healthz
	/healthz/
	/./healthz
	/a/../healthz
	/%68ealthz
	/healthz%00
	/healthz%2f
	/healthz%2F
	/healthz;x=1
	/healthz%5C
	/healthz%C0%AF
	/HealthZ
	/Auth/login
	healthz
	http://host/healthz
PATHS
request -p REQUEST_URI= GET ''
refused 'no path at all' 400 bad_path
request GET "/$(printf 'a%.0s' {1..5000})"
refused 'a path of 5000 bytes' 400 bad_path
request GET "$(printf '/a%.0s' {1..50})"
refused '50 segments' 404 not_found

request GET '/healthz?x=1'
refused 'an unknown query parameter' 400 bad_field
is 'it is named' x "$(member field)"
request GET '/healthz?token=berth_secret'
refused 'a token in the query' 400 bad_field
ok 'its value is not repeated' test "${BODY/secret/}" = "$BODY"
request GET '/healthz?'
is 'an empty query' 200 "$STATUS"
for query in '=' 'a=%' 'a=%00' 'a=%ff' '&&' "$(printf 'a=%09000d' 0)"; do
	request GET "/healthz?$query"
	refused "query ${query:0:20}" 400 bad_request
done

request -d x GET /healthz
refused 'a body where none is taken' 413 too_large
post() { request "$@" POST /auth/login; }
post
refused 'no body' 400 bad_json
while read -r code body; do
	post -d "$body"
	refused "body $body" 400 "$code"
done <<-'BODIES'
	bad_json {
	bad_json hello
	bad_json {"username":"a","password":"b"}x
	bad_json {"username":"a","username":"a","password":"b"}
	bad_json {"username":"a","password":NaN}
	bad_json {"username":"a\u0000","password":"b"}
	bad_json {'username':'a','password':'b'}
	bad_json {"username":"a","password":"b",}
	bad_field []
	bad_field "a"
	bad_field 1
	bad_field null
	bad_field {}
	bad_field {"username":"a"}
	bad_field {"password":"b"}
	bad_field {"username":"a","password":"b","x":1}
	bad_field {"Username":"a","password":"b"}
	bad_field {"username":1,"password":"b"}
	bad_field {"username":["a"],"password":"b"}
	bad_field {"username":"a","password":null}
	bad_field {"username":"","password":"b"}
	bad_field {"username":"a","password":""}
BODIES
printf '{"username":"\xff","password":"b"}' >"$TMP/body"
post -f "$TMP/body"
refused 'not UTF-8' 400 bad_json
printf '[%.0s' {1..4000} >"$TMP/body"
post -f "$TMP/body"
refused '4000 levels' 400 bad_json
head -c 4097 /dev/zero | tr '\0' ' ' >"$TMP/body"
post -f "$TMP/body"
refused 'one byte too many' 413 too_large
post -n -f "$TMP/body"
refused 'one byte too many, undeclared' 413 too_large
head -c 100000 /dev/zero | tr '\0' ' ' >"$TMP/body"
"$BUILD/tests/api/fcgi" -r 3 -f "$TMP/body" "$SOCKET" POST /auth/login >"$TMP/kept"
is 'an unread body is not taken for the next request' 3 "$(grep -c '^Status: 413' "$TMP/kept")"
head -c 4096 /dev/zero | tr '\0' ' ' >"$TMP/body"
post -f "$TMP/body"
refused 'as many bytes as allowed' 400 bad_json
head -c 3000000 /dev/zero | tr '\0' ' ' >"$TMP/body"
post -f "$TMP/body"
refused '3 MB' 413 too_large
post -n -d '{"username":"a","password":"b"}'
refused 'an undeclared length' 401 unauthenticated
for length in 5 500 -1 1e3 99999999999999999999; do
	post -n -p "CONTENT_LENGTH=$length" -d '{"username":"a","password":"b"}'
	refused "length $length is a lie" 400 bad_request
done
post -n -p CONTENT_LENGTH=5000 -d '{"username":"a","password":"b"}'
refused 'a declared length above the limit' 413 too_large

ok 'the worker still answers' answers /healthz
is 'no process has died' 0 "$(grep -c 'ended' "$LOG")"
ok 'each line of the log is JSON' log_is_json
is 'no query string in the log' 0 "$(grep -c secret "$LOG")"
line=$(jq -c 'select(.message == "request" and .path == "/readyz")' "$LOG" | head -n 1)
is 'the log tells method, status, route, address' 'GET 200 /readyz 192.0.2.7' \
	"$(jq -r '"\(.method) \(.status) \(.route) \(.address)"' <<<"$line")"
done_testing
