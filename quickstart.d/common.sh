# Messages, timed steps that run side by side, and waiting with a deadline.
# shellcheck shell=bash

STEP=quickstart # the name of the step that runs in this shell
STEP_BEGAN=0    # its start, ms
STEPS=()        # the processes of the steps under way
FAILED=0        # the step has already said why it failed
NOW_MS=0

say() { printf '%s\n' "$*"; }
warn() { printf 'quickstart: %s\n' "$*" >&2; }
die() {
	warn "$*"
	exit 1
}

is_number() { # TEXT MIN MAX
	[[ $1 =~ ^[0-9]{1,6}$ ]] && ((10#$1 >= $2 && 10#$1 <= $3))
}

now_ms() { # sets NOW_MS without a process
	local us=${EPOCHREALTIME//[.,]/}
	NOW_MS=$((us / 1000))
}

# step NAME FUNCTION ARGS...: runs the function in the background, where any failing command ends it.
# Must not be called in a condition: there bash ignores set -e.
step() {
	(step_main "$@") &
	STEPS+=("$!")
}

step_main() {
	STEP=$1
	STEPS=()
	now_ms
	STEP_BEGAN=$NOW_MS
	trap 'step_ended "$?"' EXIT
	set -e
	"${@:2}"
}

step_ended() {
	if [ "$1" != 0 ] && [ "$FAILED" = 0 ]; then warn "$STEP: failed unexpectedly (exit $1)"; fi
}

# Waits for every step started in this shell; one failure ends the shell.
steps_wait() {
	local pid bad=0
	for pid in "${STEPS[@]}"; do wait "$pid" || bad=1; done
	STEPS=()
	if [ "$bad" != 0 ]; then
		FAILED=1
		exit 1
	fi
}

steps_interrupted() {
	trap - INT TERM
	[ ${#STEPS[@]} = 0 ] || kill "${STEPS[@]}" 2>/dev/null
	die "interrupted; the same command goes on from here"
}

# One line about what the step has done, with the time since its start or since the last such line.
did() {
	now_ms
	local ms=$((NOW_MS - STEP_BEGAN))
	STEP_BEGAN=$NOW_MS
	printf '  %-11s %-64s %3d.%02d s\n' "$STEP" "$*" $((ms / 1000)) $((ms % 1000 / 10))
}

# fail MESSAGE [LOG]: ends the step with what to do, and the end of the log.
fail() {
	FAILED=1
	warn "$STEP: $1"
	if [ -n "${2:-}" ]; then
		if [ -s "$2" ]; then tail -n 8 "$2" | sed 's/^/    | /' >&2; fi
		warn "  log: $2"
	fi
	exit 1
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails at the deadline.
wait_for() {
	local deadline
	now_ms
	deadline=$((NOW_MS + $1 * 1000))
	shift
	until "$@"; do
		now_ms
		((NOW_MS < deadline)) || return 1
		sleep 0.05
	done
}

# file_update PATH MODE: writes standard input there; true if that changed the file.
file_update() {
	local new="$1.new.$BASHPID"
	(umask 077 && cat >"$new") || fail "cannot write $new (is the disk full?)"
	chmod "$2" "$new"
	if cmp -s "$new" "$1"; then
		rm -f "$new"
		return 1
	fi
	mv -f "$new" "$1"
}
