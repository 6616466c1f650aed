#!/bin/bash
# Process 1 of a Docker host made by quickstart: prepares its namespaces, starts dockerd, reaps what dies.
# usage: node-init.sh NODE HOME PIDFILE NETWORK DOCKERD ARGS... (NETWORK: own or host)
#   USR1 starts dockerd again, TERM ends it and then the whole host.
set -u

# /proc is still the outer one here, so these are the numbers that the outer world sees.
record() { # PIDFILE
	local line boot fields
	read -r line </proc/self/stat
	read -r boot </proc/sys/kernel/random/boot_id
	read -ra fields <<<"${line##*) }"
	echo "${line%% *} ${fields[19]} $boot" >"$1.new" && mv -f "$1.new" "$1"
}

# Nothing of the other nodes and of the machine's services is kept alive or seen in here, but who resolves names.
own_run() { # HOME
	local path
	awk '$5 ~ "^/run/" { print $5 }' /proc/self/mountinfo | sort -r | while read -r path; do umount -l "$path"; done
	mkdir -p "$1/run"
	mount --bind /run "$1/run"
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir -p /run/lock
	for path in systemd/resolve resolvconf NetworkManager; do
		if [ -d "$1/run/$path" ]; then mkdir -p "/run/$path" && mount --bind "$1/run/$path" "/run/$path"; fi
	done
	umount -l "$1/run"
}

# /sys of this network namespace, keeping the mounts of the control groups.
own_sys() { # HOME
	mkdir -p "$1/cgroup"
	mount --rbind /sys/fs/cgroup "$1/cgroup"
	mount -t sysfs sysfs /sys
	mount --rbind "$1/cgroup" /sys/fs/cgroup
	umount -l "$1/cgroup"
}

start_dockerd() {
	"$@" </dev/null >&2 &
}

# shellcheck disable=SC2317 # a trap calls it
end_dockerd() {
	kill "$(cat /run/docker.pid)"
	while [ -e "/proc/$(cat /run/docker.pid 2>/dev/null)/exe" ]; do sleep 0.05; done
	exit 0
}

main() {
	local node=$1 home=$2 pidfile=$3 network=$4
	shift 4
	mount --make-rprivate / || exit 1
	record "$pidfile" || exit 1
	mount -t proc proc /proc || exit 1
	if [ "$network" = own ]; then
		hostname "$node"
		own_sys "$home" || exit 1
	fi
	own_run "$home" || exit 1
	# key.json in it is the engine's identity: one for each node, kept over its reboots
	mount --bind "$home/etc" /etc/docker || exit 1
	trap 'start_dockerd "$@"' USR1
	trap 'end_dockerd' TERM
	start_dockerd "$@"
	while :; do
		sleep 86400 &
		wait $!
	done
}

main "$@"
exit
