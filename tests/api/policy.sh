#!/bin/bash
# Options of containers by role, on every way in: run, scale, start, restart; and who may see environments.
# shellcheck disable=SC2153 # STATUS and BODY are set by request
# shellcheck source=/dev/null
. "${srcdir:-.}/tests/api/stack.sh"
stack_start 'worker_processes = 1' 'worker_threads = 2' 'engine_allow_loopback = yes'
PASSWORD=$(cat "$TMP/password")
declare -A TOKENS IDS

as() { request -H "Authorization: Bearer ${TOKENS[$1]}" -H 'Prefer: respond-async' "${@:2}"; }
count() { sql "SELECT count(*) FROM $1"; }
give_options() { # the custom role has these options, as JSON
	sql "UPDATE roles SET doc = doc || '{\"options\": $1}' WHERE name = 'custom'"
}

sql "INSERT INTO roles (name, doc) SELECT 'custom', doc || '{\"id\": \"custom\", \"name\": \"custom\", \"options\": []}' FROM roles WHERE name = 'deployer'"
TOKENS[admin]=$(login admin "$PASSWORD")
for role in user deployer viewer custom; do
	sql "INSERT INTO accounts (id, username, role, password_hash) SELECT '$role', '$role', '$role', password_hash FROM accounts WHERE username = 'admin'"
	TOKENS[$role]=$(login "$role" "$PASSWORD")
done
# An engine that takes calls and never answers: what is run there stays placed, which is all that is needed here.
python3 -c '
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1000)
print(server.getsockname()[1], flush=True)
parent = os.getppid()
while os.getppid() == parent:
    time.sleep(0.2)' >"$TMP/engine.port" 2>/dev/null </dev/null &
engine_is_there() { [ -s "$TMP/engine.port" ]; }
wait_for 30 engine_is_there || bail 'the engine does not start'
PORT=$(cat "$TMP/engine.port")
sql "INSERT INTO engines (id, doc) VALUES ('e1', '{\"id\": \"e1\", \"engine\": {\"id\": \"e1\", \"addr\": \"tcp://127.0.0.1:$PORT\", \"cpus\": 64, \"memory\": 1000000, \"labels\": [\"berth.infra\"]}, \"health\": {\"status\": \"up\", \"state\": \"up\", \"reason\": \"\", \"response_time\": 1}, \"api_version\": \"1.41\"}')"

# OPTION FIELD MEMBERS
OPTIONS=$(
	cat <<-'ROWS'
		privileged privileged "privileged":true
		host-mounts volumes[0] "volumes":["/etc:/x:ro"]
		host-network network_mode "network_mode":"host"
		container-network network_mode "network_mode":"container:db"
		pid-mode pid_mode "pid_mode":"host"
		ipc-mode ipc_mode "ipc_mode":"container:db"
		uts-mode uts_mode "uts_mode":"host"
		userns-mode userns_mode "userns_mode":"host"
		devices devices[0] "devices":["/dev/fuse"]
		cap-add cap_add[0] "cap_add":["SYS_ADMIN"]
		security-opt security_opt[0] "security_opt":["apparmor=unconfined"]
		sysctls sysctls "sysctls":{"net.core.somaxconn":"10"}
		runtime runtime "runtime":"runc"
		cgroup-parent cgroup_parent "cgroup_parent":"/x"
		links links "links":{"db":"database"}
		host-ports-below-1024 bind_ports[0].port "bind_ports":[{"port":PORT,"container_port":80}]
		reserved-labels labels[0] "labels":["berth.infra"]
	ROWS
)

as admin -d '{"name":"busybox","memory":6,"container_name":"db"}' POST /api/containers
is 'what others link to' 202 "$STATUS"
port=79
while read -r option field members; do
	members=${members/PORT/$((port += 1))}
	spec="{\"name\":\"busybox\",\"memory\":6,$members}"
	as admin -d "$spec" POST /api/containers
	is "$option: the admin may" 202 "$STATUS"
	id=$(member 'items[0].container')
	IDS[$option]=$id
	before="$(count containers) $(count operations) $(count events)"
	give_options '["reveal-environment", "no-such-option"]'
	for way in "deployer -d $spec POST /api/containers" "deployer POST /api/containers/$id/scale?count=2" \
		"deployer GET /api/containers/$id/scale?count=0" "deployer POST /api/containers/$id/start" \
		"deployer GET /api/containers/$id/restart" "user -d $spec POST /api/containers" \
		"user POST /api/containers/$id/restart" "custom -d $spec POST /api/containers"; do
		read -ra words <<<"$way"
		as "${words[@]}"
		is "$option: ${words[0]} may not ${words[-2]} ${words[-1]##*/}" "403 forbidden $field" "$STATUS $(member code) $(member field)"
	done
	is "$option: the refusal names role, field, way out" true \
		"$(jq --arg a "role custom " --arg b "$field" --arg c "\"$option\"" '.detail | contains($a) and contains($b) and contains($c)' <<<"$BODY")"
	is "$option: nothing has changed" "$before" "$(count containers) $(count operations) $(count events)"
	give_options "[\"$option\"]"
	as custom -H "Idempotency-Key: $option" -d "${spec/:$port,/:$((port += 1)),}" POST /api/containers
	is "$option: a role with the option may run" 202 "$STATUS"
	as custom POST "/api/containers/$id/restart"
	is "$option: and restart" 202 "$STATUS"
done <<<"$OPTIONS"

id=${IDS[privileged]}
as deployer POST "/api/containers/$id/stop"
is "a deployer may stop the admin's" 202 "$STATUS"
as deployer POST "/api/containers/$id/start"
refused 'not start it again' 403 forbidden
as deployer DELETE "/api/containers/$id"
is 'and destroy it' 202 "$STATUS"
as deployer POST "/api/containers/$id/scale?count=1"
refused 'but not bring it back by scaling its tombstone' 403 forbidden
as viewer DELETE "/api/containers/${IDS[devices]}"
refused 'a viewer nothing' 403 forbidden

give_options '["privileged"]'
before=$(count containers)
as custom -d '{"name":"busybox","memory":6,"privileged":true,"volumes":["/etc:/x"]}' POST /api/containers
is 'one option is not the other' "403 volumes[0]" "$STATUS $(member field)"
for options in '"privileged"' '{"privileged": true}' '[["privileged"]]' '["Privileged"]' '["privileged\nwrite /"]' '[1, null]'; do
	sql "UPDATE roles SET doc = doc || \$\${\"options\": $options}\$\$ WHERE name = 'custom'"
	as custom -d '{"name":"busybox","memory":6,"privileged":true}' POST /api/containers
	refused "options $options give nothing" 403 forbidden
done
is 'nothing was run' "$before" "$(count containers)"
give_options '["privileged"]'
as admin GET /api/roles
is 'the options are in the role' '["privileged"]' "$(jq -c '.[] | select(.name == "custom") | .options' <<<"$BODY")"

# Environments.
give_options '[]'
SECRET=s3cr3t-canary
as deployer -d "{\"name\":\"busybox\",\"memory\":6,\"environment\":{\"A\":\"$SECRET\",\"B\":\"x=y\\n\\t\"}}" POST /api/containers
is 'anybody may set an environment' 202 "$STATUS"
id=$(member 'items[0].container')
as deployer -d "{\"name\":\"busybox\",\"memory\":6,\"environment\":{\"A\":\"$SECRET\",\"B\":\"x\"}}" POST /api/containers
other=$(member 'items[0].container')
as deployer -d '{"name":"busybox","memory":6}' POST /api/containers
none=$(member 'items[0].container')
events=$(count "events WHERE type = 'reveal-environment'")
for role in deployer user viewer custom; do
	as $role GET "/api/containers/$id/environment"
	is "$role may not see it" '403 forbidden environment' "$STATUS $(member code) $(member field)"
done
request GET "/api/containers/$id/environment"
refused 'nor nobody' 401 unauthenticated
as viewer POST "/api/containers/$id/environment"
refused 'it is only for reading' 405 method_not_allowed
is 'no event, since nothing was shown' "$events" "$(count "events WHERE type = 'reveal-environment'")"
as admin GET "/api/containers/${id:0:20}/environment"
is 'the admin may' "200 $id $SECRET" "$STATUS $(member id) $(member environment.A)"
is 'every byte of it' '"x=y\n\t"' "$(jq -c .environment.B <<<"$BODY")"
is 'it is not to be stored' no-store "$(header Cache-Control)"
is 'the history tells who' "admin security id=$id $id" \
	"$(sql "SELECT account, tags[1], message, container_id FROM events WHERE type = 'reveal-environment'" | tr '|' ' ')"
give_options '["reveal-environment"]'
as custom GET "/api/containers/$id/environment"
is 'and a role with reveal-environment' "200 $SECRET" "$STATUS $(member environment.A)"
as custom GET "/api/containers/$none/environment"
is 'none is an empty one' '200 {}' "$STATUS $(jq -c .environment <<<"$BODY")"
as admin GET /api/containers/ffffffff/environment
refused 'no such container' 404 not_found
sql "UPDATE containers SET environment = (SELECT environment FROM containers WHERE id = '$other') WHERE id = '$none'"
as admin GET "/api/containers/$none/environment"
refused 'what is sealed for another cannot be opened' 500 internal
is 'nor does an event tell of it' 0 "$(count "events WHERE type = 'reveal-environment' AND account = 'admin' AND container_id = '$none'")"

for path in /api/containers "/api/containers/$id" '/api/events?count=1000' /api/roles; do
	as admin GET "$path"
	ok "no secret in ${path:0:15}" test "${BODY/$SECRET/}" = "$BODY"
done
group() { sql "SELECT group_hash FROM containers WHERE id = '$1'"; }
ok 'other values are another scale group' test "$(group "$id")" != "$(group "$other")"
as deployer -d "{\"name\":\"busybox\",\"memory\":6,\"environment\":{\"B\":\"x\",\"A\":\"$SECRET\"}}" POST /api/containers
is 'the same values the same' "$(group "$other")" "$(group "$(member 'items[0].container')")"
is 'no secret in the database' 0 "$(PGOPTIONS='' "${PG_BIN}/pg_dump" -h "$TMP/pg" -U postgres berth | grep -c "$SECRET")"
# Hashes of it, which a dictionary would find: the bare value, the environment, the request.
body="{\"name\":\"busybox\",\"memory\":6,\"environment\":{\"A\":\"$SECRET\",\"B\":\"x\"}}"
dump=$(PGOPTIONS='' "${PG_BIN}/pg_dump" -h "$TMP/pg" -U postgres berth)
for text in "$SECRET" "{\"A\":\"$SECRET\",\"B\":\"x\"}" "$body" "$(printf 'POST /api/containers?\n%s' "$body")"; do
	digest=$(printf %s "$text" | sha256sum)
	is 'no hash of it without a key' 0 "$(grep -c "${digest%% *}" <<<"$dump")"
done
is 'no secret in the log' 0 "$(grep -c "$SECRET" "$LOG")"

# Labels of engines: an address that is not asked, so that only the labels are judged.
before=$(count engines)
as user -d '{"id":"e2","engine":{"addr":"tcp://127.0.0.1:2","cpus":1,"memory":64,"labels":["a","berth.infra"]}}' POST /api/engines
is 'a user may not give reserved labels to engines' '403 forbidden engine.labels[1]' "$STATUS $(member code) $(member field)"
is 'none was added' "$before" "$(count engines)"

ok 'the worker still answers' answers /healthz
is 'no process has died' 0 "$(grep -c 'ended' "$LOG")"
done_testing
