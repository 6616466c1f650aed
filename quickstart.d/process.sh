# Private daemons: started in a session of their own, known by pid and start time, stopped with a deadline.
# shellcheck shell=bash

PID=0           # set by proc_alive
PROC_START=0    # set by proc_read: start time in ticks, state letter, session
PROC_STATE=
PROC_SESSION=0
read -r BOOT_ID </proc/sys/kernel/random/boot_id

proc_read() { # PID
	local line fields
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	read -ra fields <<<"${line##*) }"
	PROC_STATE=${fields[0]} PROC_SESSION=${fields[3]} PROC_START=${fields[19]}
}

# proc_alive NAME: whether the very process of the pid file runs; a stale file is never trusted. Sets PID.
proc_alive() {
	local pid start boot
	PID=0
	{ read -r pid start boot <"$RUN/$1.pid"; } 2>/dev/null || return 1
	[ "$boot" = "$BOOT_ID" ] && proc_read "$pid" || return 1
	[ "$PROC_START" = "$start" ] && [ "$PROC_STATE" != Z ] || return 1
	PID=$pid
}
proc_gone() { ! proc_alive "$1"; }

proc_record() { # NAME PID
	proc_read "$2" || return 1
	echo "$2 $PROC_START $BOOT_ID" >"$RUN/$1.pid.$2"
	mv -f "$RUN/$1.pid.$2" "$RUN/$1.pid"
}

# What a killed daemon left behind: members of its session that work in DIR. Prints their pids.
# The kernel does not reuse a pid that is still a session's, so a leader with another start time means: not ours.
proc_orphans() { # NAME
	local pid start boot stat where
	{ read -r pid start boot <"$RUN/$1.pid"; } 2>/dev/null || return 0
	[ "$boot" = "$BOOT_ID" ] || return 0
	if proc_read "$pid" && [ "$PROC_START" != "$start" ]; then return 0; fi
	for stat in /proc/[0-9]*; do
		if proc_read "${stat#/proc/}" && [ "$PROC_SESSION" = "$pid" ] && ((PROC_START >= start)); then
			where=$(readlink "$stat/cwd") || continue
			case $where/ in "$DIR"/*) if [ "$PROC_STATE" != Z ]; then echo "${stat#/proc/}"; fi ;; esac
		fi
	done
}

proc_kill_orphans() { # NAME
	local pid pids
	pids=$(proc_orphans "$1")
	for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
	wait_for 5 proc_no_orphans "$1"
}
proc_no_orphans() { [ -z "$(proc_orphans "$1")" ]; }

# Daemons get no descriptor of the caller's: a pipe kept open would make the caller's reader wait for ever.
close_descriptors() {
	local fd
	for fd in "/proc/$BASHPID/fd"/*; do
		fd=${fd##*/}
		if [ "$fd" -gt 2 ] && [ "$fd" != 255 ]; then eval "exec $fd>&-"; fi
	done
}

log_rotate() { # NAME
	local size
	size=$(stat -c %s "$LOG/$1.log" 2>/dev/null) || size=0
	if ((size > 20000000)); then mv -f "$LOG/$1.log" "$LOG/$1.log.1"; fi
}

# proc_start NAME COMMAND...: at once in the background; the caller probes for readiness.
# The pid file is written by the child before it becomes the command, so there is no moment without one.
proc_start() {
	local name=$1
	shift
	proc_kill_orphans "$name" || fail "processes of the last run do not die: $(proc_orphans "$name" | xargs)"
	log_rotate "$name"
	rm -f "$RUN/$name.pid"
	(
		trap - EXIT
		cd "$DIR" && proc_record "$name" "$BASHPID" || exit 1
		close_descriptors
		# background children of a shell ignore INT and QUIT; daemons must not
		exec env --default-signal=INT,QUIT,HUP,TERM,PIPE setsid "$@"
	) </dev/null >>"$LOG/$name.log" 2>&1 &
	wait_for 5 test -e "$RUN/$name.pid" || fail "did not start" "$LOG/$name.log"
	changed
}

# proc_ready NAME SECONDS COMMAND...: waits until the command succeeds; fails early if the daemon dies.
proc_ready() {
	local name=$1 seconds=$2
	shift 2
	wait_for "$seconds" proc_ready_or_dead "$name" "$@" || fail "does not answer after $seconds s" "$LOG/$name.log"
	proc_alive "$name" || fail "ended right after its start" "$LOG/$name.log"
}
proc_ready_or_dead() { proc_gone "$1" || "${@:2}"; }

# proc_stop NAME SIGNAL SECONDS: asks with the signal, kills at the deadline, orphans included.
proc_stop() {
	local name=$1
	if proc_alive "$name"; then
		changed
		kill "-$2" "$PID" 2>/dev/null || true
		if ! wait_for "$3" proc_gone "$name"; then
			warn "$name did not end within $3 s: killed"
			if proc_alive "$name"; then kill -KILL "$PID" 2>/dev/null || true; fi
			wait_for 10 proc_gone "$name" || fail "$name (pid $PID) cannot be killed"
		fi
	fi
	proc_kill_orphans "$name" || fail "$name: its children cannot be killed"
	rm -f "$RUN/$name.pid"
}

# Whether the daemon runs the file that is there now (not one that was replaced since).
proc_runs() { # NAME FILE
	proc_alive "$1" && [ "/proc/$PID/exe" -ef "$2" ]
}
