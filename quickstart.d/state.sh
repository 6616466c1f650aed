# The stack's directory: where things are in it, what is remembered about it, and the lock on it.
# shellcheck shell=bash
# shellcheck disable=SC2034 # these are the names that the other parts use

DIR=${BERTH_DIR:-/var/lib/berth}
INSTALL=1
YES=0
LONG=0 # check takes its time
WANT_ENGINES=
WANT_PORT=
WANT_LISTEN=
BUILD=$SOURCE/build

STATE_PORT=8443        # remembered in DIR/etc/stack:
STATE_LISTEN=127.0.0.1
STATE_MODE=            # adopt (the machine's Docker), private (one of our own), fleet (several)
STATE_ENGINES=1
STATE_NET=             # the third byte of 10.77.x.0/24
STATE_ETC_DOCKER=0     # we made /etc/docker
STATE_FORWARD=         # ip_forward before the private Docker was started
STATE_KEYS="PORT LISTEN MODE ENGINES NET ETC_DOCKER FORWARD"

MARKER=.berth-quickstart

# Checks DIR and sets the names below it. The socket with the longest name is PostgreSQL's.
dir_use() {
	DIR=$(realpath -m -- "$DIR") || die "--dir: cannot resolve '$DIR'"
	[[ $DIR =~ ^[A-Za-z0-9_./-]+$ ]] || die "--dir: only letters, digits and _ . / - (it goes into configuration files): '$DIR'"
	case $DIR/ in
	/ | /run/* | /var/run/* | /proc/* | /sys/* | /dev/*) die "--dir: choose one on a disk, not $DIR" ;;
	esac
	[ ${#DIR} -le 70 ] || die "--dir: ${#DIR} characters; at most 70, because the names of sockets below it end at 107"
	RUN=$DIR/run LOG=$DIR/log ETC=$DIR/etc
	TAG=bq$(printf %s "$DIR" | sha256sum | cut -c1-6)
	CHANGES=$RUN/.changed
	ADMIN_PASSWORD=$ETC/admin.password
}

dir_is_ours() { [ -f "$DIR/$MARKER" ]; }

dir_need() {
	dir_is_ours || die "there is no stack in $DIR (./quickstart up makes one; --dir names another)"
}

dir_make() {
	if [ -e "$DIR" ] && ! dir_is_ours && [ -n "$(ls -A "$DIR" 2>&1)" ]; then
		die "$DIR is there already and not a stack of ours: choose another --dir"
	fi
	install -d -m 0755 "$DIR" || die "cannot make $DIR"
	echo "Made by berth's quickstart. ./quickstart destroy removes this directory." >"$DIR/$MARKER" || die "cannot write to $DIR"
}

dir_make_parts() {
	install -d -m 0755 "$RUN" "$DIR/bin"
	install -d -m 0700 "$ETC" "$LOG"
}

# Two commands on the same DIR wait for each other; the descriptor stays open until the command ends.
dir_lock() {
	exec 9>>"$DIR/lock" || die "cannot write to $DIR"
	if ! flock -n 9; then
		say "waiting for another quickstart on $DIR"
		flock -w 300 9 || die "another quickstart still holds $DIR/lock"
	fi
	[ "$DIR/lock" -ef "/proc/$$/fd/9" ] || die "$DIR was destroyed meanwhile"
}

# Notes that something was changed, for the closing line of up.
changed() { : >"$CHANGES"; }

state_load() {
	local key value
	[ -f "$ETC/stack" ] || return 0
	while IFS='=' read -r key value; do
		case " $STATE_KEYS " in *" $key "*) printf -v "STATE_$key" %s "$value" ;; esac
	done <"$ETC/stack"
}

state_save() {
	local key name
	for key in $STATE_KEYS; do
		name=STATE_$key
		echo "$key=${!name}"
	done | file_update "$ETC/stack" 0600 || true
}
