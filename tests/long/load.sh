#!/bin/bash
# Ten minutes in which every processor has four times as much to do as it can: no engine's state changes for that.
# BERTH_LOAD_SECONDS says otherwise.
set -u
SECONDS_OF_LOAD=${BERTH_LOAD_SECONDS:-600}
LOOPS=()
trap 'kill "${LOOPS[@]}" 2>/dev/null' EXIT

sql() { psql -XAtq "host=$BERTH_DIR/run/postgres user=postgres dbname=berth" -v ON_ERROR_STOP=1 -c "$1"; }
result() { # NUMBER NAME: of the last command
	if [ $? = 0 ]; then echo "ok $1 - $2"; else echo "not ok $1 - $2"; fi
}

echo 1..2
before=$(sql 'SELECT coalesce(max(id), 0) FROM events')
[ "$(sql "SELECT count(*) FILTER (WHERE status <> 'up') = 0 AND count(*) > 0 FROM engines")" = t ]
result 1 'all engines are up'
for ((i = 0; i < 4 * $(nproc); i++)); do
	while :; do :; done &
	LOOPS+=("$!")
done
for ((left = SECONDS_OF_LOAD; left > 0; left -= 10)); do
	sleep $((left < 10 ? left : 10))
	sql "SELECT max((doc #>> '{health,response_time}')::numeric) FROM engines"
done | sort -n | awk '{ ms[NR] = $1 } END { printf "# Docker answered within %d ms in the median, %d at worst; load", ms[int((NR + 1) / 2)], ms[NR] }'
echo " $(cut -d' ' -f1-2 /proc/loadavg)"
told=$(sql "SELECT time, type, message FROM events WHERE id > $before AND type ~ '^engine-'")
[ -z "$told" ] || { awk '{ print "# " $0 }' <<<"$told" && false; }
result 2 "$SECONDS_OF_LOAD seconds of full load: nobody is thought to be away"
