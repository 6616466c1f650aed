# The engines of a stack: the machine's own Docker, one private Docker, or several Docker hosts.
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP and what is remembered are read by other parts

engine_ids() {
	local i
	if [ "$STATE_MODE" = adopt ]; then
		echo local
	else
		for ((i = 1; i <= STATE_ENGINES; i++)); do echo "n$i"; done
	fi
}

engine_address() { # ID
	case $STATE_MODE in
	adopt) echo unix:///var/run/docker.sock ;;
	private) echo "unix://$RUN/docker.sock" ;;
	fleet) echo "tcp://$(net_address "$1"):2375" ;;
	esac
}

# The host at which the published ports of an engine's containers answer.
engine_host() { if [ "$STATE_MODE" = fleet ]; then net_address "$1"; else echo 127.0.0.1; fi; }

# Decides once for a stack; a later --engines may only extend it.
engines_decide() {
	case $STATE_MODE in
	'')
		if [ -n "$WANT_ENGINES" ]; then
			STATE_MODE=fleet STATE_ENGINES=$WANT_ENGINES
		elif docker_answers; then
			STATE_MODE=adopt
		else
			STATE_MODE=private
			STATE_FORWARD=$(cat /proc/sys/net/ipv4/ip_forward)
		fi
		;;
	fleet)
		if [ -n "$WANT_ENGINES" ] && [ "$WANT_ENGINES" -gt "$STATE_ENGINES" ]; then STATE_ENGINES=$WANT_ENGINES; fi
		if [ -n "$WANT_ENGINES" ] && [ "$WANT_ENGINES" -lt "$STATE_ENGINES" ]; then
			warn "this stack has $STATE_ENGINES engines and keeps them (take one out with: berth edelete ID)"
		fi
		;;
	*)
		[ -z "$WANT_ENGINES" ] ||
			die "this stack uses a single Docker: destroy it first, or choose another --dir for $WANT_ENGINES engines"
		;;
	esac
	if [ "$STATE_MODE" != adopt ]; then net_choose; fi
	if [ "$STATE_MODE" = private ]; then engines_only_private; fi
}

engines_up() {
	local id
	image_make
	if [ "$STATE_MODE" = adopt ]; then
		docker_answers || fail "the machine's Docker (/var/run/docker.sock) does not answer any more: start it, or destroy this stack"
		engine_image /var/run/docker.sock
		did "the machine's own Docker, $(engine_address local)"
		return
	fi
	if [ "$STATE_MODE" = fleet ]; then net_switch_up; else net_bridge_up; fi
	if etcd_wanted; then step etcd etcd_up; fi
	for id in $(engine_ids); do step "engine $id" node_up "$id"; done
	steps_wait
}

# Two Dockers in one network namespace share their packet filter's chains, and the later one empties them.
engines_only_private() {
	if ip -o link show type bridge | grep -v " ${TAG}br:" | grep -Eq ' bq[0-9a-f]{6}br:'; then
		die "another stack has the one private Docker that a machine can have: use --engines 1 for this one"
	fi
}

# Loads the demo image if it is not there.
engine_image() { # SOCKET
	if engine_has_image "$1"; then return 0; fi
	docker_api "$1" POST /images/load -H 'Content-Type: application/x-tar' -T "$(image_tar)" >>"$LOG/image.log" 2>&1 || true
	engine_has_image "$1" || fail "the demo image could not be loaded" "$LOG/image.log"
	if [ "$STATE_MODE" = adopt ]; then
		: >"$ETC/image-loaded"
	else # short to type; in somebody's own Docker the name may be taken
		docker_api "$1" POST "/images/$IMAGE/tag?repo=demo&tag=latest" >>"$LOG/image.log" 2>&1 || true
	fi
	changed
}

engine_has_image() { docker_api "$1" GET "/images/$IMAGE/json" >/dev/null 2>&1; }

# The file system is the same for all, only what is mounted on it differs: /etc/docker must exist to be mounted over.
engines_prepare() {
	if [ "$STATE_MODE" != adopt ] && [ ! -d /etc/docker ]; then
		mkdir /etc/docker
		STATE_ETC_DOCKER=1
	fi
	dockerd_path >/dev/null || [ "$STATE_MODE" = adopt ] || fail "no dockerd: apt-get install docker.io"
}

engines_down() {
	local id
	if etcd_wanted; then step etcd etcd_down; fi
	if [ "$STATE_MODE" != adopt ]; then
		for id in $(engine_ids); do step "engine $id" node_shut_down "$id"; done
		steps_wait
		cgroup_remove
	fi
	case $STATE_MODE in
	fleet) net_switch_down ;;
	private) net_bridge_down ;;
	adopt) did "the machine's own Docker goes on" && return ;;
	esac
	did "stopped"
}

# Takes away what we have put outside DIR: into the machine's own Docker, /etc and /run.
engines_forget() {
	if [ "$STATE_MODE" = adopt ]; then engines_forget_adopted; fi
	if [ "$STATE_ETC_DOCKER" = 1 ]; then rmdir /etc/docker 2>/dev/null || true; fi
	if [ "$STATE_MODE" = fleet ] && [ -z "$(ls -A /run/netns 2>&1)" ]; then
		umount /run/netns 2>/dev/null && rmdir /run/netns # ip netns made it
	fi
}

# Only containers that carry this very pool's label, as berth itself does.
engines_forget_adopted() {
	local id pool socket=/var/run/docker.sock
	pool=$(cat "$ETC/pool" 2>/dev/null) || pool=
	if [ -n "$pool" ]; then
		for id in $(docker_api $socket GET /containers/json -G -d all=1 \
			--data-urlencode "filters={\"label\":[\"berth.pool=$pool\"]}" | jq -r '.[].Id'); do
			docker_api $socket DELETE "/containers/$id?force=1" >/dev/null || warn "container $id stays in the machine's Docker"
		done
	fi
	if [ -f "$ETC/image-loaded" ]; then
		docker_api $socket DELETE "/images/$IMAGE" >/dev/null 2>&1 ||
			warn "$IMAGE stays in the machine's Docker: something uses it there"
	fi
}

engine_need() { # ID
	[ "$STATE_MODE" = fleet ] || die "only a pool made with --engines N has engines to play with; this stack uses one Docker"
	[[ " $(engine_ids | xargs) " == *" $1 "* ]] || die "no engine '$1' (there are: $(engine_ids | xargs))"
}

engine_running() { proc_alive "$1" || die "$1 is without power; ./quickstart engine revive $1"; }

command_engine() {
	[ $# -eq 2 ] || die "usage: ./quickstart engine kill|revive|cut|heal|freeze|thaw ID"
	dir_need
	dir_lock
	state_load
	engine_need "$2"
	now_ms
	STEP="engine $2" STEP_BEGAN=$NOW_MS
	case $1 in
	kill) node_power_off "$2" && did "power cut" ;;
	revive) net_switch_up && node_up "$2" && join_up "$2" ;; # whatever of it is there already
	cut) engine_running "$2" && net_cut "$2" && did "cut off silently" ;;
	heal) engine_running "$2" && net_heal "$2" && did "connected again" ;;
	freeze) engine_running "$2" && node_signal "$2" STOP && did "Docker stopped where it is" ;;
	thaw) engine_running "$2" && node_signal "$2" CONT && did "Docker goes on" ;;
	*) die "unknown: engine $1 (kill, revive, cut, heal, freeze, thaw)" ;;
	esac || die "engine $1 $2 failed"
}
