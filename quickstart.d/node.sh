# One Docker host of the stack's own: namespaces around a dockerd, and the ways in which it can fail.
# shellcheck shell=bash

# Debian's own dockerd: another one may come first in PATH.
dockerd_path() {
	local path
	for path in /usr/sbin/dockerd /usr/bin/dockerd "$(command -v dockerd)"; do
		if [ -x "$path" ]; then
			echo "$path"
			return 0
		fi
	done
	return 1
}

node_home() { echo "$DIR/engines/$1"; }
node_socket() { if [ "$STATE_MODE" = private ]; then echo "$RUN/docker.sock"; else echo "$RUN/$1.sock"; fi; }
node_answers() { socket_answers "$(node_socket "$1")"; }
socket_answers() { curl -sf --max-time 2 --unix-socket "$1" http://docker/_ping >/dev/null 2>&1; }
docker_api() { curl -sSf --max-time 120 --unix-socket "$1" -X "$2" "http://docker$3" "${@:4}"; } # SOCKET METHOD PATH

# Runs a command inside the node (not its network).
node_enter() {
	proc_alive "$1" || return 1
	nsenter -t "$PID" -m -p -- "${@:2}"
}
# shellcheck disable=SC2016 # the node's shell expands it
node_signal() { node_enter "$1" sh -c 'kill "-$0" "$(cat /run/docker.pid)"' "$2" 2>/dev/null; }
# shellcheck disable=SC2016
node_has_dockerd() { node_enter "$1" sh -c 'kill -0 "$(cat /run/docker.pid)"' 2>/dev/null; }
# shellcheck disable=SC2016
node_is_frozen() { node_enter "$1" sh -c 'grep -q "^State:.T" "/proc/$(cat /run/docker.pid)/status"' 2>/dev/null; }
node_lacks_dockerd() { ! node_has_dockerd "$1"; }

# node_up NODE: boots it unless it runs, undoes cut and freeze, and brings the demo image.
node_up() {
	local how="running"
	if proc_alive "$1"; then
		if net_is_cut "$1"; then
			net_heal "$1"
			how="connected again"
			changed
		fi
		if node_is_frozen "$1"; then
			node_signal "$1" CONT
			how="Docker goes on"
			changed
		elif node_lacks_dockerd "$1"; then
			kill -USR1 "$PID"
			how="Docker started again"
			changed
		fi
	else
		node_boot "$1"
		how="booted"
	fi
	proc_ready "$1" 180 node_answers "$1" # first it takes away what a power cut has left
	engine_image "$(node_socket "$1")"
	did "$how, pid $PID, $(engine_address "$1")"
}

node_boot() {
	local node=$1 home enter=()
	home=$(node_home "$node")
	mkdir -p "$home/data" "$home/etc"
	[ -f "$home/daemon.json" ] || echo '{}' >"$home/daemon.json"
	rm -f "$(node_socket "$node")"
	cgroup_remove "$node"
	node_arguments "$node"
	if [ "$STATE_MODE" = fleet ]; then
		join_down "$node" KILL # one that is left over is in a network that goes now
		net_node_up "$node"
		enter=(nsenter "--net=/run/netns/$(net_namespace "$node")")
	fi
	rm -f "$RUN/$node.pid"
	log_rotate "$node"
	(
		trap - EXIT
		cd "$DIR" || exit 1
		close_descriptors
		exec env --default-signal=INT,QUIT,HUP,TERM,PIPE setsid "${enter[@]}" \
			unshare --mount --uts --ipc --pid --fork --propagation private \
			bash "$SOURCE/quickstart.d/node-init.sh" "$node" "$home" "$RUN/$node.pid" "$NODE_NETWORK" "${NODE_DOCKERD[@]}"
	) </dev/null >>"$LOG/$node.log" 2>&1 &
	wait_for 10 test -e "$RUN/$node.pid" || fail "its namespaces could not be made" "$LOG/$node.log"
	changed
}

# Sets NODE_DOCKERD and NODE_NETWORK. Everything that dies with a power cut (exec root, pid file) is on the node's own /run.
node_arguments() { # NODE
	local home
	home=$(node_home "$1")
	NODE_NETWORK=own
	NODE_DOCKERD=("$(dockerd_path)" --config-file "$home/daemon.json" --data-root "$home/data" --exec-root /run/docker
		--pidfile /run/docker.pid -H "unix://$(node_socket "$1")" --cgroup-parent "$(cgroup_parent "$1")"
		--exec-opt native.cgroupdriver=cgroupfs --shutdown-timeout 5)
	if [ "$STATE_MODE" = private ]; then
		NODE_NETWORK=host
		NODE_DOCKERD+=(--bridge "${TAG}br")
	else
		# without --tls=false dockerd sleeps to warn about the plain port
		NODE_DOCKERD+=(-H "tcp://$(net_address "$1"):2375" --tls=false --bip 172.30.0.1/16)
	fi
}

# A power cut: the cable first, so that nobody sees a connection being reset.
node_power_off() { # NODE
	if [ "$STATE_MODE" = fleet ]; then
		net_unplug "$1"
		join_down "$1" KILL
	fi
	proc_stop "$1" KILL 10
	cgroup_remove "$1"
}

# Ends Docker in good order, then the host.
node_shut_down() { # NODE
	if [ "$STATE_MODE" = fleet ]; then join_down "$1"; fi
	if proc_alive "$1"; then
		node_signal "$1" CONT || true
		if node_signal "$1" TERM; then wait_for 12 node_lacks_dockerd "$1" || true; fi
	fi
	node_power_off "$1"
	if [ "$STATE_MODE" = fleet ]; then net_node_down "$1"; fi
	rm -f "$(node_socket "$1")"
}
