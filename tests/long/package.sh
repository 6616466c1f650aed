#!/bin/bash
# The Debian package: it builds, installs on a bare Debian beside a PostgreSQL, is set up by berth-setup, serves a login,
# and a purge leaves nothing. The Debian is made by debootstrap, from where this machine has its packages.
set -u
# Processes, mounts and what is killed stay in namespaces of their own.
if [ -z "${BERTH_NAMESPACE-}" ]; then
	BERTH_NAMESPACE=1 exec unshare --pid --mount --fork --kill-child --mount-proc bash "$0"
fi
SOURCE=${BERTH_SOURCE:-$PWD}
TMP=$(mktemp -d /var/tmp/berth-package.XXXXXX)
ROOT=$TMP/root
CASES=0
FAILED=0

finish() {
	umount -l "$ROOT/proc" "$ROOT/dev" 2>/dev/null
	rm -rf --one-file-system "$TMP"
}
trap finish EXIT

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
	fi
}
inside() { chroot "$ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"; }
install_debian() { apt-get install -y -q --no-install-recommends debhelper debootstrap; }

build_package() {
	git -C "$SOURCE" archive --prefix=berth/ HEAD | tar -x -C "$TMP" && (cd "$TMP/berth" && dpkg-buildpackage -b -us -uc)
}
make_debian() {
	local mirror
	# shellcheck disable=SC2016 # apt-get puts it in
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
	debootstrap --variant=minbase --include=ca-certificates,curl,procps bookworm "$ROOT" "$mirror" &&
		rm -f "$ROOT/etc/apt/sources.list" && cp -r /etc/apt/. "$ROOT/etc/apt/" &&
		printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" && chmod +x "$ROOT/usr/sbin/policy-rc.d" &&
		mount --bind /dev "$ROOT/dev" && mount -t proc proc "$ROOT/proc"
}
install_package() {
	cp "$TMP"/berth_*_amd64.deb "$ROOT/root/berth.deb" && inside apt-get update -q &&
		inside apt-get install -y -q --no-install-recommends postgresql nginx-light /root/berth.deb
}
start_postgres() { inside pg_ctlcluster 15 main start; }
set_up() { inside berth-setup --port 18443 --no-start; }
wait_for_socket() {
	for _ in {1..300}; do
		if [ -S "$ROOT/run/berth/worker.sock" ]; then return 0; fi
		sleep 0.1
	done
	return 1
}
# What the units do, without systemd.
start_services() {
	inside install -d -o www-data /run/berth-web /var/lib/berth-web /var/log/berth-web
	inside install -d -o berth_worker -g www-data -m 2755 /run/berth
	for who in worker keeper; do
		inside install -m 0600 -o berth_$who /etc/berth/master.key /run/berth/$who.key
		inside setpriv --reuid=berth_$who --regid=berth_$who --clear-groups /usr/sbin/berth-$who \
			--config /etc/berth/berth.conf --set master_key_file=/run/berth/$who.key </dev/null >"$TMP/$who.log" 2>&1 &
	done
	wait_for_socket && inside chgrp www-data /run/berth/worker.sock &&
		inside setpriv --reuid=www-data --regid=www-data --init-groups nginx -e stderr -c /etc/berth/nginx.conf
}
log_in() {
	inside bash -c 'BERTH_CACERT=/etc/berth/tls/server.pem BERTH_URL=https://localhost:18443 BERTH_USERNAME=admin \
		BERTH_PASSWORD_FILE=/etc/berth/admin.password berth accounts' | grep -q admin
}
purge() { inside bash -c 'pkill -x berth-worker; pkill -x berth-keeper; pkill nginx; apt-get purge -y -q berth'; }
nothing_left() { ! find "$ROOT" -xdev -path "$ROOT/proc" -prune -o -name '*berth*' -print | grep -vE '/var/lib/postgresql|/root/berth.deb|/var/log/(apt|dpkg)|/run/berth|/var/cache' | grep .; }

ok 'the tools to build are there' install_debian
ok 'dpkg-buildpackage -b' build_package
ok 'a bare Debian' make_debian
ok 'the package installs' install_package
ok 'its users are there' inside id berth_worker
ok 'PostgreSQL starts' start_postgres
ok 'berth-setup' set_up
ok 'berth-setup again' set_up
ok 'the key is for root alone' bash -c "[ \"\$(stat -c '%a %U' '$ROOT/etc/berth/master.key')\" = '600 root' ]"
ok 'the services start' start_services
ok 'and let the first account in' log_in
ok 'a purge' purge
ok 'leaves nothing' nothing_left
echo "1..$CASES"
[ $FAILED = 0 ]
