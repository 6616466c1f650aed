#!/bin/bash
# The Debian package: it builds, installs on a bare Debian beside a PostgreSQL, is set up by berth-setup, runs under a
# systemd that has booted there, serves a login, and a purge leaves nothing. The Debian is made by debootstrap, from
# where this machine has its packages.
# shellcheck disable=SC2317 # functions are called by `ok`
set -u
# Processes, mounts and what is killed stay in namespaces of their own.
if [ -z "${BERTH_NAMESPACE-}" ]; then
	BERTH_NAMESPACE=1 exec unshare --pid --mount --fork --kill-child --mount-proc bash "$0"
fi
SOURCE=${BERTH_SOURCE:-$PWD}
TMP=$(mktemp -d /var/tmp/berth-package.XXXXXX)
ROOT=$TMP/root
UNITS="berth-worker.socket berth-worker.service berth-keeper.service berth-web.service"
CGROUP=$(basename "$TMP")
CGROUPS=() # the trees that systemd uses: version 1 with its own, version 2, or both
for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
	if [ -e $tree/cgroup.procs ]; then CGROUPS+=("$tree"); fi
done
BOOT= # the pid of what holds the booted Debian
CASES=0
FAILED=0

finish() {
	shut_down
	rm -rf --one-file-system "$TMP"
}
trap finish EXIT
trap 'exit 130' INT TERM

ok() { # NAME COMMAND...
	local name=$1
	shift
	CASES=$((CASES + 1))
	if "$@" </dev/null >"$TMP/out" 2>&1; then
		echo "ok $CASES - $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $CASES - $name"
		tail -n 20 "$TMP/out" | sed 's/^/# /'
		return 1
	fi
}
done_testing() {
	echo "1..$CASES"
	[ $FAILED = 0 ]
	exit
}
wait_for() { # SECONDS COMMAND...
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.2
	done
}

install_tools() {
	if [ -n "$(command -v dh)" ] && [ -n "$(command -v debootstrap)" ] && [ -n "$(command -v systemd-nspawn)" ]; then return 0; fi
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends \
		debhelper debootstrap systemd-container
}
build_package() {
	git -C "$SOURCE" archive --prefix=berth/ HEAD | tar -x -C "$TMP" && (cd "$TMP/berth" && dpkg-buildpackage -b -us -uc)
}
make_debian() {
	local mirror
	# shellcheck disable=SC2016 # apt-get puts it in
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
	debootstrap --variant=minbase --include=ca-certificates,curl,dbus,procps,systemd-sysv bookworm "$ROOT" "$mirror" &&
		rm -f "$ROOT/etc/apt/sources.list" && cp -r /etc/apt/. "$ROOT/etc/apt/"
}
# Before it boots, so that it needs no network then; nothing is started.
bare() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
install_package() {
	local code=0
	cp "$TMP"/berth_*_"$(dpkg --print-architecture)".deb "$ROOT/root/berth.deb"
	cp "$TMP"/berth-join_*_"$(dpkg --print-architecture)".deb "$ROOT/root/berth-join.deb"
	printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" && chmod +x "$ROOT/usr/sbin/policy-rc.d"
	mount --bind /dev "$ROOT/dev" && mount -t proc proc "$ROOT/proc" && bare apt-get update -q &&
		bare apt-get install -y -q --no-install-recommends postgresql nginx-light /root/berth.deb /root/berth-join.deb || code=1
	umount -l "$ROOT/proc" "$ROOT/dev"
	rm "$ROOT/usr/sbin/policy-rc.d"
	return "$code"
}

# systemd is process 1 there, on a network with nothing but a loopback, in cgroups of its own.
boot() {
	(enter_cgroups && exec systemd-nspawn --quiet --register=no --keep-unit --private-network --machine=debian \
		--directory="$ROOT" --boot) </dev/null >"$TMP/boot.log" 2>&1 &
	BOOT=$!
	wait_for 180 has_booted && ! has_ended && return
	cat "$TMP/boot.log"
	return 1
}
enter_cgroups() {
	local tree
	for tree in "${CGROUPS[@]}"; do mkdir -p "$tree/$CGROUP" && echo 0 >"$tree/$CGROUP/cgroup.procs" || return 1; done
}
leave_no_cgroups() {
	local tree
	for tree in "${CGROUPS[@]}"; do
		if [ -d "$tree/$CGROUP" ]; then find "$tree/$CGROUP" -depth -type d -exec rmdir {} + || return 1; fi
	done
}
has_booted() {
	has_ended || [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
inside() {
	local init
	init=$(pgrep -P "$BOOT" | head -n 1) && [ -n "$init" ] &&
		nsenter --all --target "$init" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}
shut_down() {
	if [ -z "$BOOT" ]; then return; fi
	kill -TERM "$BOOT" 2>/dev/null
	wait_for 30 has_ended || kill -KILL "$BOOT"
	wait "$BOOT"
	wait_for 10 leave_no_cgroups
	BOOT=
}
has_ended() { ! kill -0 "$BOOT" 2>/dev/null; }

postgres_answers() { wait_for 120 inside pg_isready -q; }
set_up() { inside berth-setup --port 18443; }
# As if an older version had made it.
renews_web() {
	inside sh -c 'cd /etc/berth && sed -i /Referrer-Policy/d nginx.conf && sha256sum /etc/berth/nginx.conf >nginx.conf.made &&
		berth-setup && grep -q Referrer-Policy nginx.conf && grep -q "listen 18443 " nginx.conf'
}
keeps_changes() {
	inside sh -c 'cd /etc/berth && echo "# mine" >>nginx.conf && berth-setup && tail -n 1 nginx.conf | grep -q "# mine" &&
		grep -q Referrer-Policy nginx.conf.new'
}
key_is_roots() { [ "$(inside stat -c '%a %U' /etc/berth/master.key)" = '600 root' ]; }
units_are_active() {
	# shellcheck disable=SC2086 # a list of names
	inside systemctl is-active $UNITS || { inside journalctl -n 30 -o cat -u 'berth-*' && return 1; }
}
runs_as() { # PROGRAM USER
	[ "$(inside ps -C "$1" -o user:20= | sort -u)" = "$2" ]
}
answers() { inside curl -sf -m 60 --cacert /etc/berth/tls/server.pem "https://localhost:18443$1"; }
log_in() {
	inside env XDG_CACHE_HOME=/tmp BERTH_CACERT=/etc/berth/tls/server.pem BERTH_URL=https://localhost:18443 BERTH_USERNAME=admin \
		BERTH_PASSWORD_FILE=/etc/berth/admin.password berth accounts | grep admin
}
starts_by_socket() {
	inside systemctl stop berth-worker.service && ! inside systemctl -q is-active berth-worker.service &&
		answers /healthz && inside systemctl is-active berth-worker.service
}
reloads() { # UNIT
	inside systemctl reload "$1" && wait_for 60 answers /readyz && inside systemctl is-active "$1"
}
verify() {
	local words
	# shellcheck disable=SC2086
	words=$(inside systemd-analyze verify --man=no $UNITS 2>&1)
	echo "$words"
	[ -z "$words" ]
}
# From 0, shut in completely, to 10; systemd calls up to 2 "OK".
is_confined() { inside systemd-analyze security --no-pager --threshold=25 "$1"; }
agent_needs_little() {
	local words
	words=$(dpkg-deb -f "$TMP"/berth-join_*.deb Depends)
	echo "$words"
	! tr , '\n' <<<"$words" | grep -vE '^ *(libc6|libcurl4|libjson-c5) '
}
# The agent finds no etcd, and says so.
agent_runs() {
	echo 'BERTH_JOIN_ETCD=http://127.0.0.1:1' | inside tee /etc/berth/join.conf && inside groupadd -f docker &&
		inside systemctl enable --now berth-join && inside systemctl is-active berth-join
}
agent_is_purged() {
	inside apt-get purge -y -q berth-join && ! inside systemctl -q is-active berth-join && ! inside test -e /etc/berth/join.conf &&
		inside test -e /etc/berth/berth.conf
}
purge() { inside apt-get purge -y -q berth; }
nothing_runs() { ! inside pgrep -a berth && ! inside systemctl list-units --no-legend 'berth-*' | grep .; }
nothing_left() {
	! inside find / -xdev -name '*berth*' | grep -vE '^/var/lib/postgresql|^/root/berth|^/var/log/(apt|dpkg)|^/var/cache' | grep .
}

ok 'the tools to build are there' install_tools
ok 'dpkg-buildpackage -b' build_package
ok 'a bare Debian' make_debian
ok 'the package installs' install_package || done_testing
ok 'systemd boots' boot || done_testing
ok 'its users are there' inside id berth_worker berth_keeper
ok 'PostgreSQL runs' postgres_answers
ok 'nothing of berth runs before it is set up' nothing_runs
ok 'berth-setup' set_up
ok 'berth-setup again' set_up
ok 'it renews the configuration of the web server' renews_web
ok 'but not one that was changed' keeps_changes
ok 'the key is for root alone' key_is_roots
ok 'the units are active' units_are_active
ok 'the worker is a user of its own' runs_as berth-worker berth_worker
ok 'the keeper is a user of its own' runs_as berth-keeper berth_keeper
ok 'the API is ready' wait_for 60 answers /readyz
ok 'and lets the first account in' log_in
ok 'a request starts the worker' starts_by_socket
ok 'the worker reloads' reloads berth-worker.service
ok 'the web server reloads' reloads berth-web.service
ok 'systemd finds nothing wrong with the units' verify
for unit in worker keeper web; do ok "berth-$unit is shut in" is_confined berth-$unit.service; done
ok 'the agent needs three libraries' agent_needs_little
ok 'it runs as a service' agent_runs
ok 'and is shut in' is_confined berth-join.service
ok 'a purge of it leaves the controller' agent_is_purged
ok 'a purge' purge
ok 'ends all of it' nothing_runs
ok 'leaves nothing' nothing_left
done_testing
