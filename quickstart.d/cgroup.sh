# The control groups of a stack's own Docker hosts: DIR's tag / node, in each hierarchy there is.
# shellcheck shell=bash

cgroup_parent() { echo "/$TAG/$1"; } # NODE

# Prints the directories of a group: one with cgroup v2, one for each controller with v1.
cgroup_directories() { # [NODE]
	local path
	for path in "/sys/fs/cgroup/$TAG${1:+/$1}" /sys/fs/cgroup/*/"$TAG${1:+/$1}"; do
		if [ -d "$path" ]; then echo "$path"; fi
	done
}

# Groups can be removed only once their processes are reaped, which takes a moment after a kill.
cgroup_remove() { # [NODE]
	wait_for 5 cgroup_removed "${1:-}" || fail "control groups are still in use: $(cgroup_directories "${1:-}" | xargs)"
}

cgroup_removed() {
	local path
	for path in $(cgroup_directories "${1:-}"); do
		find "$path" -depth -type d -exec rmdir {} + 2>/dev/null || true
	done
	[ -z "$(cgroup_directories "${1:-}")" ]
}
