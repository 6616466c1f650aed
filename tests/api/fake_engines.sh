# fake_engines: engines without containers (tests/fake/engine.py) for tests of the API; sourced after stack.sh. They end
# with the test.
# shellcheck shell=bash
SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ENGINE='' # the process of the last one

engine_listen() { # ID: one that the pool does not know
	mkdir "$TMP/$1"
	python3 "$SRC/tests/fake/engine.py" "$TMP/$1" >/dev/null 2>"$TMP/$1/log" </dev/null &
	ENGINE=$!
	BESIDE+=("$ENGINE")
	wait_for 30 test -s "$TMP/$1/port" || bail "the engine does not start"
}
engine_start() { # ID CORES
	engine_listen "$1"
	sql "INSERT INTO engines (id, doc) VALUES ('$1', '{\"id\": \"$1\", \"engine\": {\"id\": \"$1\",
		\"addr\": \"tcp://127.0.0.1:$(cat "$TMP/$1/port")\", \"cpus\": $2, \"memory\": 4096, \"labels\": [\"$1\"]},
		\"health\": {\"status\": \"up\", \"state\": \"up\", \"reason\": \"\", \"response_time\": 1}, \"api_version\": \"1.41\"}');
		INSERT INTO engine_ports (engine_id) VALUES ('$1')"
}
stall() { touch "$TMP/$1/stall.$2"; }
go_on() { rm -f "$TMP/$1/stall.$2"; }
is_over() { # ID of an operation; api is the test's
	api GET "/api/operations/$1"
	[ "$(member status)" != running ]
}
