# Where the stack has Docker hosts of its own: a private etcd, and in each of these hosts the agent that registers it.
# An engine enters such a pool by its registration alone.
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP is read by did and fail

etcd_wanted() { [ "$STATE_MODE" = fleet ]; }
etcd_url() { echo "http://10.77.$STATE_NET.1:2379"; }
etcd_answers() { curl -sf --max-time 2 --noproxy '*' "$(etcd_url)/health" 2>/dev/null | grep -q '"true"'; }

# On the address that the hosts reach; who may come to it is for net_guard_etcd and net_node_up to say.
etcd_up() {
	local STEP=etcd peer="http://10.77.$STATE_NET.1:2380"
	if proc_alive etcd && etcd_answers; then
		did "running, pid $PID, $(etcd_url)"
		return
	fi
	proc_stop etcd TERM 10
	command -v etcd >/dev/null || fail "no etcd: apt-get install etcd-server"
	install -d -m 0700 "$DIR/etcd"
	proc_start etcd "$(command -v etcd)" --name berth --data-dir "$DIR/etcd" --listen-client-urls "$(etcd_url)" \
		--advertise-client-urls "$(etcd_url)" --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" \
		--initial-cluster "berth=$peer" --auto-compaction-mode revision --auto-compaction-retention 1000 \
		--logger zap --log-level warn
	proc_ready etcd 30 etcd_answers
	did "started, pid $PID, $(etcd_url)"
}

etcd_down() {
	proc_stop etcd TERM 10
	did "stopped"
}

join_name() { echo "join-$1"; } # NODE

# In the host's own network, so that it finds the host's own address.
join_up() { # NODE
	local name
	name=$(join_name "$1")
	if proc_runs "$name" "$DIR/bin/berth-join"; then return 0; fi
	proc_stop "$name" TERM 5
	proc_start "$name" nsenter "--net=/run/netns/$(net_namespace "$1")" "$DIR/bin/berth-join" --etcd "$(etcd_url)" \
		--id "$1" --docker "unix://$(node_socket "$1")"
}

join_down() { # NODE [SIGNAL]
	proc_stop "$(join_name "$1")" "${2:-TERM}" 5
}
