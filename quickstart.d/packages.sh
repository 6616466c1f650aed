# Installs missing Debian packages without starting or enabling a single service of theirs.
# shellcheck shell=bash

POLICY=/usr/sbin/policy-rc.d
CLUSTER=/etc/postgresql-common/createcluster.d/berth-quickstart.conf

PACKAGES_UP="autoconf automake gcc libc6-dev make pkg-config libfcgi-dev libpq-dev libjson-c-dev libsodium-dev
	libssl-dev libcurl4-openssl-dev libsmartcols-dev nginx openssl curl ca-certificates jq iproute2 util-linux
	procps busybox-static xz-utils"
PACKAGES_CHECK="clang libclang-rt-dev clang-tidy clang-format cppcheck shellcheck bats libcunit1-dev valgrind wrk python3 python3-jsonschema python3-prometheus-client groff-base git systemd docker-registry gcovr etcd-server
	chromium-headless-shell nodejs fonts-dejavu-core"

# docker_answers: whether the machine has a Docker of its own that we can use.
docker_answers() {
	[ -S /var/run/docker.sock ] || return 1
	if command -v curl >/dev/null; then
		socket_answers /var/run/docker.sock
	else
		docker -H unix:///var/run/docker.sock version >/dev/null 2>&1
	fi
}

packages_needed() { # prints names, of what quickstart up needs (and check, with "check")
	echo "$PACKAGES_UP"
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || echo postgresql
	if [ -n "$WANT_ENGINES" ] || [ "${1:-}" = check ] || ! docker_answers; then
		dockerd_path >/dev/null || echo docker.io
		echo iptables
		if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then echo apparmor; fi
	fi
	if [ -n "$WANT_ENGINES" ] || [ "$STATE_MODE" = fleet ]; then command -v etcd >/dev/null || echo etcd-server; fi
	if [ "${1:-}" = check ]; then
		echo "$PACKAGES_CHECK"
		command -v npm >/dev/null || echo npm # some nodejs have it in them
	fi
}

packages_missing() {
	local name
	for name in $(packages_needed "$@"); do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
	done
}

# Links that start a service at boot: systemd's and System V's.
packages_links() {
	{
		find /etc/systemd/system/*.wants /etc/rc[2-5].d -name '[!K]*' -type l
		find /etc/systemd/system -maxdepth 1 -type l
	} 2>/dev/null | sort || true
}
packages_active() { systemctl list-units --state=active --no-legend --plain 2>/dev/null | cut -d" " -f1 | sort || true; }

packages_install() { # [check]
	local missing log=$1/packages.log
	shift
	missing=$(packages_missing "$@" | xargs)
	if [ -z "$missing" ]; then
		did "nothing missing"
		return
	fi
	[ "$INSTALL" = 1 ] || fail "missing: $missing (apt-get install them, or leave out --no-install)"
	command -v apt-get >/dev/null || fail "no apt-get here: install the counterparts of: $missing"
	local links active
	links=$(packages_links)
	active=$(packages_active)
	packages_guard
	# shellcheck disable=SC2086 # a list of names
	if ! packages_apt install $missing >>"$log" 2>&1; then
		{ packages_apt update && packages_apt install $missing; } >>"$log" 2>&1 || fail "apt-get could not install: $missing" "$log"
	fi
	packages_unguard
	packages_disable "$links" "$active" >>"$log" 2>&1
	rm -f "$BUILD/Makefile" # configure looks for what is there
	did "installed $(wc -w <<<"$missing"): $(cut -c1-38 <<<"$missing")"
}

packages_apt() {
	DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -y -q --no-install-recommends \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" </dev/null
}

# While packages are installed: no service starts, no PostgreSQL cluster is made. What was there before stays.
packages_guard() {
	trap 'packages_unguard; step_ended "$?"' EXIT
	if [ ! -e $POLICY ]; then
		printf '#!/bin/sh\n# berth-quickstart, while it installs packages\nexit 101\n' >$POLICY
		chmod 0755 $POLICY
	fi
	if [ ! -e $CLUSTER ]; then
		mkdir -p "${CLUSTER%/*}"
		printf '# berth-quickstart, while it installs packages\ncreate_main_cluster = false\n' >$CLUSTER
	fi
}

packages_unguard() {
	if grep -qs berth-quickstart $POLICY; then rm -f $POLICY; fi
	rm -f $CLUSTER
	rmdir --ignore-fail-on-non-empty -p "${CLUSTER%/*}" 2>/dev/null || true
}

# Disables what the installation enabled, and stops what it started against all advice.
packages_disable() { # LINKS-BEFORE UNITS-BEFORE
	local path name
	for path in $(comm -13 <(echo "$1") <(packages_links)); do
		name=${path##*/}
		echo "enabled by the installation, disabled again: $path"
		case $path in
		/etc/rc*) update-rc.d "${name#S[0-9][0-9]}" disable || true ;;
		*) rm -f "$path" ;; # all that systemctl disable does, and there may be no systemd here
		esac
	done
	for name in $(comm -13 <(echo "$2") <(packages_active)); do
		case $name in nginx.service | docker.* | containerd.service | etcd.service | postgresql*) systemctl stop "$name" || true ;; esac
	done
}

# What the tests of the console need from npm, by its lock file, into the build directory. It stays there. Without it
# they fail, and all others tell what they have to tell.
npm_install() { # LOG-DIRECTORY
	local from=$SOURCE/tests/console into=$BUILD/console-tests log=$1/npm.log try
	if [ -d "$into/node_modules" ] && cmp -s "$from/package-lock.json" "$into/installed"; then return; fi
	as_owner mkdir -p "$into"
	as_owner cp "$from/package.json" "$from/package-lock.json" "$into/"
	for try in 1 2 3; do
		if as_owner timeout -k 10 300 npm --prefix "$into" ci --ignore-scripts --no-audit --no-fund </dev/null >>"$log" 2>&1; then
			as_owner cp "$from/package-lock.json" "$into/installed"
			did "the browser's driver for the tests of the console"
			return
		fi
		sleep $((try * 5))
	done
	warn "npm could not install the browser's driver: the tests of the console will fail"
	tail -n 5 "$log" | sed 's/^/    | /' >&2
}
