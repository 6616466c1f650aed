# The network of a stack's own Docker hosts: one switch in a namespace, one cable for each node.
# shellcheck shell=bash

# The switch has a namespace of its own, or the packet filter of a Docker in the root namespace would interfere.
net_namespace() { echo "$TAG-$1"; }                          # NODE or "switch"
net_address() { echo "10.77.$STATE_NET.$((10 + ${1#n}))"; }  # NODE
net_exists() { [ -e "/run/netns/$(net_namespace "$1")" ]; }
net_switch_ip() { ip -n "$(net_namespace switch)" "$@"; }

# Picks a free 10.77.x.0/24, beginning with one that follows from DIR, and remembers it.
net_choose() {
	if [ -n "$STATE_NET" ]; then return 0; fi
	local i x
	for ((i = 0; i < 256; i++)); do
		x=$(((16#${TAG:2:4} + i) % 256))
		if [ -z "$(ip -4 route show root "10.77.$x.0/24" 2>/dev/null)" ]; then
			STATE_NET=$x
			return 0
		fi
	done
	fail "no free network in 10.77.0.0/16 (ip route)"
}

net_switch_up() {
	if net_exists switch && ip link show "$TAG" >/dev/null 2>&1; then return 0; fi
	net_switch_down
	ip netns add "$(net_namespace switch)"
	net_switch_ip link add br0 type bridge forward_delay 0 stp_state 0
	net_switch_ip link set br0 up
	ip link add "$TAG" type veth peer name root netns "$(net_namespace switch)"
	net_switch_ip link set root master br0 up
	ip address add "10.77.$STATE_NET.1/24" dev "$TAG"
	ip link set "$TAG" up
	{ net_guard -A && net_guard_etcd -A; } 2>/dev/null ||
		warn "no packet filter for owners: every user of this machine can reach the engines' Docker, and etcd"
}

# Docker on a plain port means root for whoever reaches it: only root may, and no container (net_node_up).
net_guard() { # -A or -D
	iptables -w "$1" OUTPUT -o "$TAG" -p tcp --dport 2375 -m owner ! --uid-owner 0 -j REJECT
}

# Whoever writes to etcd can ask to be an engine: only root here, and of the hosts only they themselves (net_node_up).
net_guard_etcd() { # -A or -D
	iptables -w "$1" OUTPUT -d "10.77.$STATE_NET.1" -p tcp --dport 2379:2380 -m owner ! --uid-owner 0 -j REJECT
}

net_switch_down() {
	while net_guard -D 2>/dev/null; do :; done
	while net_guard_etcd -D 2>/dev/null; do :; done
	ip link delete "$TAG" 2>/dev/null || true
	if net_exists switch; then ip netns delete "$(net_namespace switch)"; fi
}

# No default route: nothing leaves the stack, and look-ups of a registry fail at once instead of after time-outs.
net_node_up() { # NODE
	local space
	space=$(net_namespace "$1")
	net_node_down "$1"
	ip netns add "$space"
	ip link add name eth0 netns "$space" type veth peer name "port-$1" netns "$(net_namespace switch)"
	net_switch_ip link set "port-$1" master br0 up
	ip -n "$space" link set lo up
	ip -n "$space" address add "$(net_address "$1")/24" dev eth0
	nsenter "--net=/run/netns/$space" iptables -w -A INPUT -p tcp --dport 2375 ! -i lo ! -s "10.77.$STATE_NET.1" -j REJECT
	# Docker leaves this chain of its own to us, whatever it does with the others.
	nsenter "--net=/run/netns/$space" iptables -w -N DOCKER-USER
	nsenter "--net=/run/netns/$space" iptables -w -A DOCKER-USER -d "10.77.$STATE_NET.1" -p tcp --dport 2379:2380 -j REJECT
	ip -n "$space" link set eth0 up
	ip neigh flush dev "$TAG" 2>/dev/null || true
}

net_node_down() { # NODE
	net_switch_ip link delete "port-$1" 2>/dev/null || true
	if net_exists "$1"; then ip netns delete "$(net_namespace "$1")"; fi
}

# unplug takes the cable out; cut loses every packet without a sign of it, both ways.
net_unplug() { net_switch_ip link set "port-$1" down 2>/dev/null || true; }
net_cut() { bridge -n "$(net_namespace switch)" link set dev "port-$1" state 0; }
net_heal() { bridge -n "$(net_namespace switch)" link set dev "port-$1" state 3; }
net_is_cut() { net_exists switch && bridge -n "$(net_namespace switch)" link show dev "port-$1" 2>/dev/null | grep -q 'state disabled'; }

# The private Docker works in the root namespace, so that it reaches registries and its ports are the machine's.
net_bridge_up() {
	if ip link show "${TAG}br" >/dev/null 2>&1; then return 0; fi
	ip link add "${TAG}br" type bridge
	ip address add "10.77.$STATE_NET.1/24" dev "${TAG}br"
	ip link set "${TAG}br" up
}

# Removes our bridge and the rules for it, and Docker's chains if no other bridge is in them.
net_bridge_down() {
	local table rule
	ip link delete "${TAG}br" 2>/dev/null || return 0
	for table in nat filter; do
		iptables -t $table -S 2>/dev/null | grep -F -e "${TAG}br" -e "10.77.$STATE_NET." | sed -n 's/^-A/-D/p' |
			while read -r rule; do eval "iptables -w -t $table $rule" || true; done
	done
	if iptables -S 2>/dev/null | grep -q '^-A DOCKER .*-j'; then return 0; fi
	if net_other_docker; then return 0; fi
	net_chains_down
	if [ "$STATE_FORWARD" = 0 ]; then echo 0 >/proc/sys/net/ipv4/ip_forward; fi
}

# Whether a Docker that is not ours works in this network namespace.
net_other_docker() {
	local pid
	for pid in $(pgrep -x dockerd); do
		if [ "/proc/$pid/ns/net" -ef /proc/self/ns/net ]; then return 0; fi
	done
	return 1
}

net_chains_down() {
	local table chain rule
	for table in nat filter; do
		iptables -w -t $table -S 2>/dev/null | grep -E -e '-j (DOCKER|DOCKER-USER|DOCKER-ISOLATION-STAGE-[12])$' | sed -n 's/^-A/-D/p' |
			while read -r rule; do eval "iptables -w -t $table $rule" || true; done
		for chain in $(iptables -w -t $table -S 2>/dev/null | sed -n 's/^-N \(DOCKER.*\)/\1/p'); do
			iptables -w -t $table -F "$chain"
		done
		for chain in $(iptables -w -t $table -S 2>/dev/null | sed -n 's/^-N \(DOCKER.*\)/\1/p'); do
			iptables -w -t $table -X "$chain" || true
		done
	done
	if [ "$STATE_FORWARD" = 0 ]; then iptables -w -P FORWARD ACCEPT; fi
}
