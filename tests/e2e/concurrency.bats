#!/usr/bin/env bats
# Many clients at once: no count is wrong, no engine is promised twice, no port is bound twice.
# shellcheck disable=SC2153,SC2154
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() { suite_begin 3; }
teardown() { clean_up; }

@test "eight clients run, scale and destroy at once: every count is exact, nothing is promised twice" {
	python3 "$LIB/crowd.py" "$BERTH_DIR" $((4 * REPEAT)) "$BATS_TEST_TMPDIR/log"
	settled
	# every operation of the log is known and finished
	jq -r 'select(.outcome == "OK") | .key' "$BATS_TEST_TMPDIR/log" | sort >"$BATS_TEST_TMPDIR/acknowledged"
	sql "SELECT idempotency_key FROM operations WHERE finished IS NOT NULL" | sort |
		comm -23 "$BATS_TEST_TMPDIR/acknowledged" - >"$BATS_TEST_TMPDIR/unknown"
	[ ! -s "$BATS_TEST_TMPDIR/unknown" ]
}

@test "one room, ten that want it: one gets it, nine are told why" {
	memory=$(sql "SELECT memory_mb / 2 + 100 FROM engines WHERE id = 'n1'")
	berth run --name "$IMAGE" --type host --label host:n2 --memory "$memory" -q
	berth run --name "$IMAGE" --type host --label host:n3 --memory "$memory" -q
	for i in 1 2 3 4 5 6 7 8 9 10; do
		curl -sS --cacert "$BERTH_CACERT" "$BERTH_URL/api/containers" -H "X-Access-Token: $TOKEN" \
			-d "{\"name\":\"$IMAGE\",\"memory\":$memory,\"environment\":{\"N\":\"$i\"}}" -o "$BATS_TEST_TMPDIR/out.$i" \
			-w '%{http_code}\n' >>"$BATS_TEST_TMPDIR/codes" 3>&- &
	done
	wait
	[ "$(sort "$BATS_TEST_TMPDIR/codes" | uniq -c | awk '{ print $2 ":" $1 }' | xargs)" = "201:1 409:9" ]
	jq -s -e '[.[] | objects | select(.code == "no_capacity" and (.engines | length == 3))] | length == 9' "$BATS_TEST_TMPDIR"/out.*
}

@test "one container, ten that destroy it: all are told that it is gone" {
	id=$(berth run -q --name "$IMAGE" --memory 20)
	for i in 1 2 3 4 5 6 7 8 9 10; do
		curl -sS --cacert "$BERTH_CACERT" -X DELETE "$BERTH_URL/api/containers/$id" -H "X-Access-Token: $TOKEN" \
			-o "$BATS_TEST_TMPDIR/out.$i" -w '%{http_code}\n' >>"$BATS_TEST_TMPDIR/codes" 3>&- &
	done
	wait
	grep -qx 204 "$BATS_TEST_TMPDIR/codes"
	run grep -vxE '204|404' "$BATS_TEST_TMPDIR/codes"
	[ "$status" = 1 ]
}

@test "one name, five that want it: one gets it" {
	for i in 1 2 3 4 5; do
		curl -sS --cacert "$BERTH_CACERT" "$BERTH_URL/api/containers" -H "X-Access-Token: $TOKEN" \
			-d "{\"name\":\"$IMAGE\",\"memory\":20,\"container_name\":\"wanted\"}" -o "$BATS_TEST_TMPDIR/out.$i" \
			-w '%{http_code}\n' >>"$BATS_TEST_TMPDIR/codes" 3>&- &
	done
	wait
	[ "$(sort "$BATS_TEST_TMPDIR/codes" | uniq -c | awk '{ print $2 ":" $1 }' | xargs)" = "201:1 409:4" ]
}
