#!/bin/bash
# store: runs the program store against a scratch PostgreSQL, which ends with it whatever happens.
set -u

# shellcheck disable=SC2154 # srcdir and builddir come from make
SOURCE=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
BUILD=${builddir:-$PWD}
# shellcheck source=tests/lib/postgres.sh
. "$SOURCE/tests/lib/postgres.sh"

if [ -z "$SCRATCH_PG_BIN" ]; then
	echo "1..0 # SKIP PostgreSQL is not installed"
	exit 0
fi

DIR=$(mktemp -d "${TMPDIR:-/tmp}/berth-store.XXXXXX")
PROGRAM=
# shellcheck disable=SC2317 # a trap calls it
end() {
	local code=$?
	trap - EXIT INT TERM HUP
	if [ -n "$PROGRAM" ]; then kill -KILL "$PROGRAM" 2>/dev/null; fi
	scratch_pg_stop "$DIR/pg"
	rm -rf "$DIR"
	exit "$code"
}
trap end EXIT
trap 'exit 130' INT TERM HUP

bail() { # MESSAGE LOG
	sed 's/^/# /' "$2"
	echo "Bail out! $1"
	exit 99
}

scratch_pg_start "$DIR/pg" || bail "PostgreSQL does not start" "$DIR/pg.log"
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$DIR/master.key"
chmod 0600 "$DIR/master.key"
cat >"$DIR/berth.conf" <<-CONF
	worker_database = host=$DIR/pg dbname=berth user=berth_worker
	keeper_database = host=$DIR/pg dbname=berth user=berth_keeper
	migrate_database = host=$DIR/pg dbname=berth user=postgres
	master_key_file = $DIR/master.key
CONF
"$BUILD/berth-migrate" --config "$DIR/berth.conf" --admin-password-file "$DIR/password" >"$DIR/migrate.log" 2>&1 ||
	bail "berth-migrate failed" "$DIR/migrate.log"

export BERTH_TEST_DIR=$DIR BERTH_TEST_MIGRATE=$BUILD/berth-migrate
"$BUILD/tests/store/store" "$@" &
PROGRAM=$!
wait "$PROGRAM"
code=$?
PROGRAM=
exit $code
