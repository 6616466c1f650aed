#!/usr/bin/env bats
# An engine over TLS with client certificates, and a registry with a login: a Docker host beside those of the stack, whose
# dockerd demands certificates and trusts a registry of the suite's own.
# shellcheck disable=SC2153,SC2154,SC2016
bats_require_minimum_version 1.5.0
load lib/common.bash

setup_file() {
	suite_begin 1
	NET=$(engine_host n1)
	NET=${NET%.*}
	export NET TLS=$NET.19 REGISTRY=$NET.1:5000 CERTS=$BATS_FILE_TMPDIR PASSWORD=pull-secret-7531
	certificates
	registry_start
	home=$BERTH_DIR/engines/n9
	mkdir -p "$home/etc/certs.d/$REGISTRY"
	cp "$CERTS"/{ca.pem,server.pem,server.key} "$home/etc/"
	cp "$CERTS/ca.pem" "$home/etc/certs.d/$REGISTRY/ca.crt"
	echo '{"tlsverify": true, "tlscacert": "/etc/docker/ca.pem", "tlscert": "/etc/docker/server.pem", "tlskey": "/etc/docker/server.key"}' \
		>"$home/daemon.json"
	stack_part boot n9
	stack_part add-address n9 "$NET.29"
}
teardown_file() {
	destroy_there || true
	berth edelete --yes n9 || true
	stack_part remove n9
	if [ -s "$CERTS/registry.pid" ]; then kill "$(cat "$CERTS/registry.pid")"; fi
}

certificates() {
	# shellcheck source=tests/lib/certs.sh
	. "$BERTH_SOURCE/tests/lib/certs.sh"
	cd "$CERTS" || return 1
	for name in ca other; do cert_authority $name; done
	cert_signed ca server "IP:$TLS"
	cert_signed ca registry "IP:${REGISTRY%:*}"
	cert_signed ca client DNS:client
	cert_signed ca old DNS:client -1
	cert_signed other stranger DNS:client
}

registry_start() {
	echo "puller:$(perl -e 'print crypt($ARGV[0], q($2b$05$abcdefghijklmnopqrstuu))' "$PASSWORD")" >"$CERTS/htpasswd"
	jq -n --arg dir "$CERTS" --arg addr "$REGISTRY" '{version: 0.1, log: {level: "warn"},
		storage: {filesystem: {rootdirectory: "\($dir)/registry"}},
		http: {addr: $addr, tls: {certificate: "\($dir)/registry.pem", key: "\($dir)/registry.key"}},
		auth: {htpasswd: {realm: "berth", path: "\($dir)/htpasswd"}}}' >"$CERTS/registry.yml"
	docker-registry serve "$CERTS/registry.yml" </dev/null >"$CERTS/registry.log" 2>&1 3>&- 4>&- &
	echo $! >"$CERTS/registry.pid"
	wait_for 60 registry_demands_a_login
}
registry_demands_a_login() {
	[ "$(curl -s --noproxy '*' --cacert "$CERTS/ca.pem" "https://$REGISTRY/v2/" -o /dev/null -w '%{http_code}')" = 401 ]
}

add() { # ADDRESS [CA [CERTIFICATE [ID]]]: names of files; without an id it must answer
	berth eadd ${4:+--id "$4"} --addr "$1" ${2:+--ca-cert "$CERTS/$2.pem"} ${3:+--ssl-cert "$CERTS/$3.pem" --ssl-key "$CERTS/$3.key"}
}
refuses() { # EXIT-CODE WORDS ADDRESS...
	run --separate-stderr add "${@:3}"
	if [ "$status" != "$1" ] || [[ $stderr != *"$2"* ]]; then
		echo "exit code $status instead of $1, '$2' expected: $output $stderr"
		return 1
	fi
}

@test "an engine that berth cannot trust, or that does not trust berth, is not added" {
	refuses 6 'TLS with' "https://$TLS:2375" other client
	refuses 6 'TLS with' "https://$NET.29:2375" ca client # the certificate is for its other address
	refuses 6 'client certificate' "https://$TLS:2375" ca
	refuses 6 'certificate' "https://$TLS:2375" ca stranger
	refuses 2 'expired' "https://$TLS:2375" ca old
	refuses 6 'HTTPS server' "http://$TLS:2375"
	[ "$(sql "SELECT count(*) FROM engines WHERE addr LIKE '%:2375' AND addr LIKE 'https:%'")" = 0 ]
	add "https://$TLS:2375" other client n9 # to wait for it
	berth engine n9 -o json | holds '.health.status != "up" and (.health.reason | test("TLS with"))'
	berth edelete --yes n9
}

@test "over TLS: run, log, stop, start, destroy; what happens there is heard of" {
	add "https://$TLS:2375" ca client n9
	berth engine n9 -o json | holds '.tls and .warning == null and .ca_cert_expires and (has("ssl_key") | not or .ssl_key == null)'
	wait_for 60 engine_has_status n9 up
	id=$(berth run --name "$IMAGE" --type host --label host:n9 --memory 20 --entrypoint /bin/sh --arg -c \
		--arg 'echo over TLS; sleep 1000' -o json | jq -er '.[0].id')
	said() { [ "$(berth log "$id")" = 'over TLS' ]; }
	wait_for 60 said
	berth stop "$id"
	docker n9 POST "/containers/$(field "$id" .docker_id)/start" -o /dev/null
	has_state() { [ "$(field "$id" .state)" = "$1" ]; }
	wait_for 60 has_state running # told by the engine's stream of events
	berth restart "$id"
	has_state running
	berth destroy "$id"
	[ -z "$(docker_labelled n9)" ]
}

push() { # IMAGE: of n9, with a layer of its own
	docker_run n9 planted "{\"Image\":\"$IMAGE\",\"Labels\":{\"e2e.planted\":\"1\"}}"
	head -c 24M /dev/urandom >"$BATS_TEST_TMPDIR/layer"
	tar -cC "$BATS_TEST_TMPDIR" layer | docker n9 PUT '/containers/planted/archive?path=/' --data-binary @- -H 'Content-Type: application/x-tar'
	docker n9 POST "/commit?container=planted&repo=${1%:*}&tag=${1##*:}" -o /dev/null
	docker_remove n9 planted
	docker n9 POST "/images/${1%:*}/push?tag=${1##*:}" -H "X-Registry-Auth: $(jq -nc --arg p "$PASSWORD" \
		'{username: "puller", password: $p}' | base64 -w 0)" >"$BATS_TEST_TMPDIR/pushed"
}
forget() { docker n9 DELETE "/images/$1?force=1" -o /dev/null; }
there() { [ "$(docker n9 GET "/images/$1/json" -o /dev/null -w '%{http_code}')" = 200 ]; } # IMAGE
login_is() { berth eupdate n9 --registry "$REGISTRY" --registry-username puller --registry-password-stdin <<<"$1"; }
# the engine's own, for the suites' oracle has no certificate
destroy_there() {
	# shellcheck disable=SC2046
	destroy_all $(sql "SELECT id FROM containers WHERE removed_at IS NULL AND engine_id = 'n9'")
}
run_there() { berth run --name "$1" --type host --label host:n9 --memory 20 "${@:2}"; }

@test "a registry with a login: pulled by tag and by digest, with progress; refused in its own words" {
	app=$REGISTRY/team/app:1.2
	push "$app"
	digest=$(jq -er '.aux.Digest // empty' "$BATS_TEST_TMPDIR/pushed")
	forget "$app"
	run ! there "$app"

	run -5 --separate-stderr run_there "$app" # without a login
	[[ $stderr == *"no basic auth credentials"* ]]
	login_is wrong-one
	run -5 --separate-stderr run_there "$app"
	[[ $stderr == *unauthorized* ]]
	[[ $stderr == *"no other engine has it"* ]]

	login_is "$PASSWORD"
	api POST /api/containers -H 'Prefer: respond-async' \
		-d "{\"name\":\"$app\",\"type\":\"host\",\"labels\":[\"host:n9\"],\"memory\":20}"
	expect 202
	operation=$(jq -r .id <<<"$BODY")
	seen=
	for ((end = SECONDS + 120; SECONDS < end; )); do
		api GET "/api/operations/$operation"
		seen+=$(jq -r '.items[0].progress.phase // empty' <<<"$BODY")
		if jq -e '.status != "running"' <<<"$BODY" >/dev/null; then break; fi
	done
	expect 200 '.status == "done" and .items[0].state == "running"'
	[ -n "$seen" ]
	destroy_there

	forget "$app"
	run_there "${app%:*}@$digest" -o json | holds '.[0].state == "running"'
	destroy_there
	forget "${app%:*}@$digest"
	run -5 --separate-stderr run_there "${app%:*}:nosuchtag"
	[[ $stderr == *"manifest"*"unknown"* ]]
	run ! grep -rq "$PASSWORD" "$BERTH_DIR/log"
}
