#!/bin/bash
# The description of the API is held against the rules of redocly, a linter from npm. Needs npm and its registry.
# shellcheck disable=SC2317 # functions are called by `result`
set -u
BUILD=${BERTH_BUILD:-$PWD/build}
REDOCLY=@redocly/cli@1.34.5
TMP=$(mktemp -d /tmp/berth-openapi.XXXXXX)
trap 'rm -rf "$TMP"' EXIT

install_npm() {
	command -v npx >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends npm </dev/null
}
# lint FILE: the lines of a stream have a schema that only our own x-line-schema names, so it counts as unused there.
lint() {
	cd "$TMP" && timeout -k 10 300 npx --yes "$REDOCLY" lint --extends recommended --skip-rule no-unused-components "$1" </dev/null
}

result() { # NUMBER NAME COMMAND...
	if "${@:3}" >"$TMP/out" 2>&1; then
		echo "ok $1 - $2"
	else
		echo "not ok $1 - $2"
		tail -n 40 "$TMP/out" | sed 's/^/# /'
		FAILED=1
	fi
}
FAILED=0
export REDOCLY_TELEMETRY=off
echo 1..3
"$BUILD/berth-worker" --print-openapi >"$TMP/openapi.json"
jq '.paths["/healthz"].get.responses."200".content."application/json".schema."$ref" = "#/nowhere"' "$TMP/openapi.json" >"$TMP/broken.json"
is_clean() { lint "$1" && ! grep -q 'You have [0-9]* warning' "$TMP/out"; }
is_refused() { ! lint "$1" && grep -q no-unresolved-refs "$TMP/out"; }
result 1 'npm is there' install_npm
result 2 "$REDOCLY finds nothing wrong" is_clean openapi.json
result 3 'what is wrong it finds' is_refused broken.json
exit $FAILED
