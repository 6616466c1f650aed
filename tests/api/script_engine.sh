# script_engine: an engine that is a script, engine.py, at $TMP/engine.sock; sourced by tests of the API once stack_start is
# done; needs SOURCE. What is in HELPERS ends with the test.
# shellcheck shell=bash disable=SC2154 # SOURCE and TMP are those of the test
HELPERS=()
end_all() {
	local code=$?
	{ kill "${HELPERS[@]}" && wait "${HELPERS[@]}"; } 2>/dev/null
	(exit $code) || true
	FAILED=$((FAILED + (code != 0)))
	stack_end
}
trap end_all EXIT
python3 -IS "$SOURCE/tests/api/engine.py" "$TMP/engine.sock" 2>"$TMP/engine.log" &
HELPERS+=($!)
engine() { curl -s -m 5 --unix-socket "$TMP/engine.sock" http://engine/count | jq -r ".$1"; }
engine_has() { [ "$(engine open)" = "$1" ]; } # N open streams
wait_for 60 engine_has 0 || bail 'the engine does not answer'
id() { printf "$1%.0s" {1..64}; }
