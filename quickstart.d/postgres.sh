# A private PostgreSQL cluster, run by an unprivileged user, on a unix socket only, with peer authentication.
# shellcheck shell=bash
# shellcheck disable=SC2034 # STEP is read by did and fail

PG_USER=postgres

pg_home() { echo "$DIR/postgres"; }
pg_sockets() { echo "$RUN/postgres"; }

# The programs of the version that made the cluster, or the newest there are.
pg_programs() {
	local version='*'
	if [ -f "$(pg_home)/data/PG_VERSION" ]; then version=$(cat "$(pg_home)/data/PG_VERSION"); fi
	compgen -G "/usr/lib/postgresql/$version/bin" | sort -V | tail -n 1
}

pg_run() { setpriv "--reuid=$PG_USER" "--regid=$PG_USER" --init-groups -- "$@"; }

pg_up() {
	STEP=PostgreSQL # of the controller's step
	local bin
	bin=$(pg_programs)
	[ -n "$bin" ] || fail "no PostgreSQL programs for the cluster in $(pg_home)/data (apt-get install postgresql)"
	pg_run test -x "$DIR" || fail "user $PG_USER cannot enter $DIR: give every directory above it the x right for others, or choose another --dir"
	if proc_alive postgres && pg_answers "$bin"; then
		did "running, pid $PID"
		return
	fi
	if proc_alive postgres; then proc_stop postgres QUIT 10; fi
	install -d -m 0700 -o $PG_USER -g $PG_USER "$(pg_home)"
	install -d -m 0755 -o $PG_USER -g $PG_USER "$(pg_sockets)"
	pg_create "$bin"
	pg_configure
	pg_forget_stale
	proc_start postgres setpriv "--reuid=$PG_USER" "--regid=$PG_USER" --init-groups -- \
		"$bin/postgres" -D "$(pg_home)/data" -c "config_file=$(pg_home)/postgresql.conf"
	proc_ready postgres 60 pg_answers "$bin"
	did "started, pid $PID, socket in $(pg_sockets)"
}

pg_answers() { "$1/pg_isready" -q -h "$(pg_sockets)" -U postgres -d postgres -t 3; } # PROGRAMS

pg_query() { "$(pg_programs)/psql" -XAtq "host=$(pg_sockets) dbname=berth user=postgres" -c "$1"; } # SQL

# Made beside and renamed, so that an interrupted initdb leaves nothing half done.
pg_create() { # PROGRAMS
	local home
	home=$(pg_home)
	if [ -d "$home/data" ]; then return 0; fi
	rm -rf "$home/data.new"
	(cd "$home" && pg_run "$1/initdb" -D "$home/data.new" -U postgres -E UTF8 --locale=C.UTF-8 --data-checksums \
		--auth-local=peer --auth-host=reject) >"$LOG/initdb.log" 2>&1 || fail "initdb failed" "$LOG/initdb.log"
	mv "$home/data.new" "$home/data"
	did "cluster made in $home/data"
}

pg_configure() {
	local home
	home=$(pg_home)
	pg_settings | file_update "$home/postgresql.conf" 0644 || true
	echo 'local all all peer map=berth' | file_update "$home/pg_hba.conf" 0644 || true
	printf 'berth %s\n' 'root postgres' 'root berth_migrator' 'root berth_worker' 'root berth_keeper' 'postgres postgres' |
		file_update "$home/pg_ident.conf" 0644 || true
}

pg_settings() {
	cat <<-CONF
		data_directory = '$(pg_home)/data'
		hba_file = '$(pg_home)/pg_hba.conf'
		ident_file = '$(pg_home)/pg_ident.conf'
		listen_addresses = ''
		unix_socket_directories = '$(pg_sockets)'
		unix_socket_permissions = 0777
		max_connections = 100
		shared_buffers = 128MB
		max_wal_size = 1GB
		log_line_prefix = '%m [%p] %q%u '
		log_timezone = 'UTC'
		timezone = 'UTC'
	CONF
}

# PostgreSQL refuses to start when any process has the pid in a lock file of its own; after a reboot that may be
# anybody, and a killed postmaster that is not reaped yet counts as well.
pg_forget_stale() {
	local pid file
	file=$(pg_home)/data/postmaster.pid
	if [ -f "$file" ]; then read -r pid <"$file" || true; fi
	if [ -n "${pid:-}" ] && [ "$(readlink "/proc/$pid/cwd")" = "$(pg_home)/data" ]; then
		kill -QUIT "$pid" || true
		wait_for 10 pg_left "$pid" || fail "an older postgres (pid $pid) on $(pg_home)/data does not end"
	fi
	wait_for 10 pg_no_backends || fail "processes of an older postgres on $(pg_home)/data do not end"
	rm -f "$file" "$(pg_sockets)"/.s.PGSQL.*
}
pg_left() { [ ! -e "/proc/$1/exe" ]; }

# After a kill of the postmaster its children take a moment to notice; a new one must not start before.
pg_no_backends() {
	local cwd data
	data=$(pg_home)/data
	for cwd in /proc/[0-9]*/cwd; do # without a process for each
		if [ "$cwd" -ef "$data" ]; then return 1; fi
	done
}

pg_down() {
	proc_stop postgres INT 30
	did "stopped"
}
