# common: the files that are looked at, and how a part of lint ends. To be sourced in the source directory.
# shellcheck shell=bash
set -u

# shellcheck disable=SC2034 # for those that source this
PRODUCT=(core fcgi keeper cli sql)

lint_c() { # DIRECTORIES...: sources without generated ones
	find "$@" \( -name '*.c' -o -name '*.h' \) ! -path 'sql/statements.*' | LC_ALL=C sort
}

lint_needs() { # PROGRAM
	command -v "$1" >/dev/null || {
		echo "lint: $1 is not installed" >&2
		exit 1
	}
}

# lint_end NAME FINDINGS: prints them and fails if there are any.
lint_end() {
	if [ -n "$2" ]; then
		printf '%s\n' "$2" >&2
		echo "lint: $1: $(grep -c . <<<"$2") findings" >&2
		exit 1
	fi
	echo "lint: $1: ok"
}
