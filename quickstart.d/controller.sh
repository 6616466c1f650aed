# berth itself: its configuration, the schema, the worker, the keeper, and what is done through its API.
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP is read by did and fail

# The keepers of this stack: where there are several engines one stands by.
keepers() {
	echo keeper
	if [ "$STATE_MODE" = fleet ] && [ "$STATE_ENGINES" -gt 1 ]; then echo keeper2; fi
}

worker_socket() { echo "$RUN/worker.sock"; }

# Lines in etc/berth.local win over ours (the program refuses a key that comes twice).
controller_configuration() {
	{
		cat "$ETC/berth.local" 2>/dev/null || true
		controller_defaults
	} | awk -F '[ \t]*=' '/^[ \t]*(#|$)/ || !seen[$1]++'
}

controller_defaults() {
	local where
	where="host=$(pg_sockets) dbname=berth"
	cat <<-CONF
		# made by quickstart at each up
		migrate_database = $where user=postgres
		worker_database = $where user=berth_worker
		keeper_database = $where user=berth_keeper
		worker_socket = $(worker_socket)
		socket_group = $WEB_USER
		master_key_file = $ETC/master.key
		restore_mark_file = $ETC/restore.mark
		drain_grace_s = 3
	CONF
	case $STATE_MODE in
	adopt | private) echo "engine_unix_sockets = $(engine_address "$(engine_ids)" | sed 's|^unix://||')" ;;
	fleet)
		echo "etcd_endpoints = $(etcd_url)"
		echo "engine_admit_networks = 10.77.$STATE_NET.0/24"
		;;
	esac
}

# The chain that ends with a running worker and keeper; everything else is started beside it.
controller_up() {
	pg_up
	STEP=berth
	local restart=0
	if [ ! -s "$ETC/master.key" ]; then (umask 077 && openssl rand -hex 32 >"$ETC/master.key"); fi
	if controller_configuration | file_update "$ETC/berth.conf" 0600; then restart=1; fi
	build_deploy
	"$DIR/bin/berth-migrate" --config "$ETC/berth.conf" --admin-password-file "$ADMIN_PASSWORD" \
		</dev/null >>"$LOG/migrate.log" 2>&1 || fail "berth-migrate failed" "$LOG/migrate.log"
	pg_query 'SELECT id FROM pool' >"$ETC/pool" 2>>"$LOG/migrate.log" || fail "the database has no pool" "$LOG/migrate.log"
	did "schema is up to date"
	local keeper
	controller_start worker $restart
	for keeper in $(keepers); do controller_start "$keeper" $restart; done
}

controller_program() { echo "$DIR/bin/berth-${1%2}"; } # NAME

controller_start() { # NAME RESTART
	STEP=$1
	if [ "$2" = 0 ] && proc_runs "$1" "$(controller_program "$1")"; then
		did "running, pid $PID"
		return
	fi
	proc_stop "$1" TERM 20
	if [ "$1" = worker ]; then rm -f "$(worker_socket)"; fi
	proc_start "$1" "$(controller_program "$1")" --config "$ETC/berth.conf"
	if [ "$1" = worker ]; then proc_ready worker 20 test -S "$(worker_socket)"; fi
	proc_alive "$1" || fail "ended right after its start" "$LOG/$1.log"
	did "started, pid $PID"
}

controller_down() {
	for STEP in worker $(keepers); do
		proc_stop "$STEP" TERM 20
		did "stopped"
	done
}

controller_ready() { web_curl -o /dev/null "https://127.0.0.1:$STATE_PORT/readyz"; }

# Runs the command line client as the admin.
berth_cli() {
	env -u BERTH_TOKEN -u BERTH_CONTEXT -u BERTH_CONFIG XDG_CACHE_HOME="$ETC/cache" BERTH_URL="$(web_url)" BERTH_CACERT="$(web_ca)" \
		BERTH_USERNAME=admin BERTH_PASSWORD_FILE="$ADMIN_PASSWORD" "$DIR/bin/berth" "$@" </dev/null 9>&-
}

env_write() {
	file_update "$DIR/env" 0644 <<-ENV || true
		# berth's stack in $DIR; for a shell: . $DIR/env
		export BERTH_URL=$(web_url)
		export BERTH_CACERT=$(web_ca)
		export BERTH_USERNAME=admin
		export BERTH_PASSWORD_FILE=$ADMIN_PASSWORD
		export BERTH_DEMO_IMAGE=$IMAGE
		export BERTH_DIR=$DIR
		case :\$PATH: in *:$DIR/bin:*) ;; *) export PATH=$DIR/bin:\$PATH ;; esac
	ENV
}

engines_known() { berth_cli engines -o json 2>>"$LOG/register.log" | jq -r '.. | objects | .id? // empty'; }

# Brings in the engines that the pool does not know yet, except those that somebody has taken out of it.
engines_register() {
	local known id new=()
	wait_for 30 controller_ready || fail "the API does not answer on $(web_url)/readyz" "$LOG/worker.log"
	did "API ready"
	touch "$ETC/registered"
	known=$(engines_known) || fail "berth engines failed" "$LOG/register.log"
	if etcd_wanted; then for id in $(engine_ids); do join_up "$id"; done; fi
	for id in $(engine_ids); do
		if grep -qxF "$id" - "$ETC/registered" <<<"$known"; then continue; fi
		engine_enters "$id"
		echo "$id" >>"$ETC/registered"
		new+=("$id")
		changed
	done
	if [ ${#new[@]} -gt 0 ]; then did "engines added: ${new[*]}"; else did "engines known: $(engine_ids | xargs)"; fi
}

# By its own registration, or by hand.
engine_enters() { # ID
	if etcd_wanted; then
		wait_for 60 engine_has_entered "$1" || fail "$1 has not been admitted (berth engines)" "$LOG/$(join_name "$1").log"
		return
	fi
	berth_cli eadd --id "$1" --addr "$(engine_address "$1")" >>"$LOG/register.log" 2>&1 ||
		fail "berth eadd --id $1 --addr $(engine_address "$1") failed" "$LOG/register.log"
}
engine_has_entered() { berth_cli engine "$1" -o json 2>/dev/null | jq -e '[.. | objects | .health?.status? // empty] | any(. == "up")' >/dev/null; }

# A demo application, once in the life of a stack.
demo_run() {
	wait_for 30 engine_is_up || fail "no engine became up within 30 s (berth engines)" "$LOG/keeper.log"
	local run=(run --name "$IMAGE" --container-name demo --port tcp/::80 --memory 20 --restart always)
	berth_cli "${run[@]}" >>"$LOG/demo.log" 2>&1 || fail "berth ${run[*]} failed" "$LOG/demo.log"
	: >"$ETC/demo-done"
	changed
	wait_for 20 demo_answers || fail "the demo application does not answer (berth container demo)" "$LOG/demo.log"
	did "a web server in a container answers at $(demo_url)"
}
engine_is_up() { berth_cli engines -o json 2>/dev/null | jq -e '[.. | objects | .health?.status? // empty] | any(. == "up")' >/dev/null; }
demo_answers() { curl -sf --max-time 3 --noproxy '*' -o /dev/null "$(demo_url)"; }

# Prints the address of the container "demo"; nothing if there is none.
demo_url() {
	local engine port
	read -r engine port < <(berth_cli containers -o json 2>/dev/null |
		jq -r '[.. | objects | select((.name? | strings | ltrimstr("/")) == "demo" and .ports?)][0] | "\(.engine.id) \(.ports[0].port)"') || true
	if [ -n "${port:-}" ] && [ "$port" != null ]; then echo "http://$(engine_host "$engine"):$port/"; fi
}
