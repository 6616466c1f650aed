# postgres: a scratch PostgreSQL cluster for tests, in a directory of its own, on a unix socket only. To be sourced.
# shellcheck shell=bash

SCRATCH_PG_BIN=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1)

# PostgreSQL refuses to run as root.
scratch_pg_as() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}

# scratch_pg_start DIR: a new cluster in DIR/data, its socket in DIR. Nobody but its user and root can enter DIR, so
# every role may log in without a password.
scratch_pg_start() {
	local user
	user=$(scratch_pg_as id -un)
	mkdir -p "$1" && chmod 0711 "$(dirname "$1")" && chmod 0700 "$1" && chown "$user:" "$1" && cd / || return 1
	scratch_pg_as "$SCRATCH_PG_BIN/initdb" -D "$1/data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust --no-sync \
		>"$1.log" 2>&1 || return 1
	scratch_pg_as "$SCRATCH_PG_BIN/pg_ctl" -D "$1/data" -l "$1/log" -w -t 30 -s -o "-k $1 -c listen_addresses='' \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB \
		-c autovacuum=off -c max_connections=60" start >>"$1.log" 2>&1
}

# scratch_pg_stop DIR: whatever state it is in.
scratch_pg_stop() {
	if [ -f "$1/data/postmaster.pid" ]; then
		(cd / && scratch_pg_as "$SCRATCH_PG_BIN/pg_ctl" -D "$1/data" -m immediate -w -t 20 -s stop) >/dev/null 2>&1
	fi
}
