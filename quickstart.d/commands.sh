# The commands up, status, down, destroy and logs.
# shellcheck shell=bash

command_up() {
	dir_make
	dir_lock
	dir_make_parts
	rm -f "$CHANGES"
	trap steps_interrupted INT TERM
	state_load
	step packages packages_install "$LOG"
	steps_wait
	engines_decide
	STATE_PORT=${WANT_PORT:-$STATE_PORT}
	STATE_LISTEN=${WANT_LISTEN:-$STATE_LISTEN}
	engines_prepare
	state_save
	env_write
	step build build_tree "$LOG"
	steps_wait
	step engines engines_up
	step nginx web_up
	step controller controller_up
	steps_wait
	step pool engines_register
	steps_wait
	if [ ! -e "$ETC/demo-done" ]; then
		step demo demo_run
		steps_wait
	fi
	up_tell
}

up_tell() {
	local url
	url=$(demo_url)
	if [ -e "$CHANGES" ]; then say "berth runs." && rm -f "$CHANGES"; else say "Everything ran already; nothing was changed."; fi
	cat <<-TEXT

		  console      $(web_public_url)/console/
		  API          $(web_public_url)   (certificate authority: $(web_ca))
		  account      admin, password in $ADMIN_PASSWORD
		  demo         ${url:-none (remove $ETC/demo-done to get it again at the next up)}

		Try:
		  . $DIR/env
		  berth engines
		  berth run --name $IMAGE --count 3 --port tcp/::80 --memory 20
		  berth containers

	TEXT
	say "Later: $0 status, down, destroy, help$([ "$DIR" = /var/lib/berth ] || echo "; each with --dir $DIR")"
}

command_status() {
	local bad=0 name id
	dir_need
	state_load
	for name in postgres worker $(keepers) nginx; do status_part "$name" || bad=1; done
	if etcd_wanted; then status_part etcd || bad=1; fi
	for id in $(engine_ids); do
		status_engine "$id" || bad=1
		if etcd_wanted; then status_part "$(join_name "$id")" || bad=1; fi
	done
	exit $bad
}

status_line() { printf '%-10s %-22s %-9s %s\n' "$@"; } # PART STATE PID ADDRESS

status_part() { # NAME
	local name=$1 where=- probe=true
	case $name in
	postgres) where=$(pg_sockets) probe="pg_answers $(pg_programs)" ;;
	nginx) where=$(web_url) probe=web_accepts ;;
	worker) where=$(worker_socket) probe=controller_ready ;;
	etcd) where=$(etcd_url) probe=etcd_answers ;;
	esac
	if ! proc_alive "$name"; then
		status_line "$name" down - "$where"
		return 1
	fi
	local pid=$PID
	if $probe; then
		status_line "$name" running "$pid" "$where"
	else
		status_line "$name" "does not answer" "$pid" "$where"
		return 1
	fi
}

status_engine() { # ID
	local id=$1 state=running where
	where=$(engine_address "$id")
	PID=-
	if [ "$STATE_MODE" = adopt ]; then
		docker_answers || state="does not answer"
	elif ! proc_alive "$id"; then
		state=down PID=-
	elif [ "$STATE_MODE" = fleet ] && net_is_cut "$id"; then
		state="cut off"
	elif ! node_answers "$id"; then
		state="does not answer"
	fi
	status_line "$id" "$state" "$PID" "$where"
	[ "$state" = running ]
}

command_down() {
	dir_need
	dir_lock
	state_load
	trap steps_interrupted INT TERM
	down_all
	say "Everything in $DIR is stopped; the data stays."
}

down_all() {
	step nginx web_down
	steps_wait
	step worker controller_down
	steps_wait
	step PostgreSQL pg_down
	if [ -n "$STATE_MODE" ]; then step engines engines_down; fi
	steps_wait
}

command_destroy() {
	local answer
	if [ ! -e "$DIR" ]; then
		say "There is nothing in $DIR."
		return
	fi
	dir_is_ours || die "$DIR was not made by quickstart: not touched"
	if [ "$YES" = 0 ]; then
		[ -t 0 ] || die "destroy needs --yes when nobody can be asked"
		read -rp "Remove the stack in $DIR with all its data? [y/N] " answer
		[[ $answer = [yY]* ]] || die "nothing was removed"
	fi
	dir_lock
	state_load
	trap steps_interrupted INT TERM
	down_all
	engines_forget
	destroy_mounts
	rm -rf --one-file-system -- "$DIR" || die "could not remove all of $DIR"
	say "The stack in $DIR is gone."
}

# There should be none; if there is one, rm must not go into it.
destroy_mounts() {
	local path
	awk -v dir="$DIR/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
		while read -r path; do umount -l "$path" || true; done
}

command_logs() {
	dir_need
	if [ $# -gt 0 ]; then
		[ -f "$LOG/$1.log" ] || die "no log '$1' (there are: $(cd "$LOG" && printf '%s ' ./*.log | sed 's|\./||g; s|\.log||g'))"
		exec tail -n 100 -F "$LOG/$1.log"
	fi
	tail -n 10 "$LOG"/*.log
}
