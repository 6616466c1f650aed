#!/bin/bash
# make install into an empty directory: every file in its place, units that systemd accepts, the example configuration
# loads, and the web server's configuration that berth-setup makes is one that nginx accepts.
set -u
# shellcheck disable=SC2154 # srcdir and builddir come from make
BUILD=$builddir
TMP=$(mktemp -d /var/tmp/berth-install.XXXXXX)
trap 'rm -rf "$TMP"' EXIT
CASES=0
FAILED=0

ok() { # NAME CONDITION...
	local name=$1
	shift
	CASES=$((CASES + 1))
	if "$@" >"$TMP/out" 2>&1; then
		echo "ok $CASES - $name"
	else
		FAILED=$((FAILED + 1))
		echo "not ok $CASES - $name"
		sed 's/^/# /' "$TMP/out"
	fi
}

DEST=$TMP/dest
# make within make: the outer one's flags and job server are not for this one.
install_all() { env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$BUILD" install DESTDIR="$DEST"; }
ok 'make install' install_all
prefix=$(sed -n 's/^prefix = //p' "$BUILD/Makefile")
ROOT=$DEST$prefix
for file in bin/berth sbin/berth-worker sbin/berth-keeper sbin/berth-join sbin/berth-migrate sbin/berth-setup share/berth/berth.conf.in \
	lib/systemd/system/berth-worker.service lib/systemd/system/berth-worker.socket lib/systemd/system/berth-keeper.service lib/systemd/system/berth-join.service \
	lib/systemd/system/berth-web.service lib/sysusers.d/berth.conf share/doc/berth/berth.conf.example share/berth/console/index.html; do
	ok "$file" test -s "$ROOT/$file"
done
ok 'no name is left to fill in' bash -c "! grep -rnE '@(sbindir|pkgdatadir|prefix)@' '$ROOT/lib' '$ROOT/sbin/berth-setup'"

# Verified as installed in the root of a file system, where the programs are at the paths that the units name.
units() {
	mkdir -p "$TMP/units" && cp "$ROOT"/lib/systemd/system/* "$TMP/units/" &&
		sed -i -e "s|$prefix/sbin/|$ROOT/sbin/|" -e '/^Documentation=/d' "$TMP"/units/*.service &&
		SYSTEMD_UNIT_PATH="$TMP/units:" systemd-analyze verify --man=no "$TMP"/units/berth-*.s* >"$TMP/verify" 2>&1
	# What other packages' units are blamed for is not ours.
	if grep -F "$TMP/units/berth" "$TMP/verify"; then return 1; fi
	if grep -E 'berth-(worker|keeper|web|join)' "$TMP/verify"; then return 1; fi
}
ok 'systemd accepts the units' units
for unit in berth-worker berth-keeper berth-web berth-join; do
	# 0 = locked up, 10 = everything is open; what is exposed is told in full when it is more than we want.
	ok "$unit is locked up" systemd-analyze security --offline=true --threshold=20 "$TMP/units/$unit.service"
done

# berth-join tells what its host uses by /proc/stat and /proc/meminfo.
ok 'the agent is not locked up too far to see what its host uses' bash -c "! grep -q '^ProcSubset=pid' '$TMP/units/berth-join.service'"

ok 'the example is a configuration' "$BUILD/berth-worker" --config "$ROOT/share/doc/berth/berth.conf.example" --print-config
same() { diff "$ROOT/share/doc/berth/berth.conf.example" <("$BUILD/berth-worker" --config "$ROOT/share/doc/berth/berth.conf.example" --print-config); }
ok 'and has nothing but defaults' same
ok 'berth-setup explains itself' bash -c "sh '$ROOT/sbin/berth-setup' --help | grep -q -- '--port'"
ok 'berth-setup refuses what it does not know' bash -c "! sh '$ROOT/sbin/berth-setup' --nonsense"
ok 'berth-setup refuses a port that is none' bash -c "! sh '$ROOT/sbin/berth-setup' --port 99999"

uninstall_all() { env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$BUILD" uninstall DESTDIR="$DEST"; }
ok 'make uninstall' uninstall_all
ok 'leaves no file' bash -c "! find '$DEST' -type f | grep ."
echo "1..$CASES"
[ $FAILED = 0 ]
