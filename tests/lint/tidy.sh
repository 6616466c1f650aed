#!/bin/bash
# tidy: clang-tidy on every source; what it says wrongly stands in the file known, with the reason. LINT_QUICK=1 leaves
# the analyzer out.
. tests/lint/common.sh
lint_needs clang-tidy
: "${LINT_INCLUDES:?is set by make}"
read -ra FLAGS <<<"-std=gnu17 -include config.h -I$PWD ${LINT_INCLUDES//-I\/usr/-isystem /usr}"
export FLAGS_TEXT="${FLAGS[*]}"
export CHECKS=${LINT_QUICK:+-clang-analyzer-*}
# Known cases: FILE CHECK # REASON
known() { sed -n 's/^\([^# ][^ ]*\) \([^ ]*\) .*/\1 \2/p' tests/lint/known; }

# The tests go without the analyzer and are done in no time: they come last.
# shellcheck disable=SC2016 # that shell expands it
found=$(lint_c "${PRODUCT[@]}" tests | grep '\.c$' | xargs -P 2 -n 4 bash -c \
	'read -ra flags <<<"$FLAGS_TEXT"; clang-tidy --quiet --checks="$CHECKS" "$@" -- "${flags[@]}" 2>/dev/null' tidy |
	grep -E '^/.*: (warning|error): .*\[.*\]$' | sed "s#^$PWD/##; s#^.*/\.\./##" | LC_ALL=C sort -u)
lint_end tidy "$(awk -v known="$(known)" '
	BEGIN {
		n = split(known, lines, "\n")
		for (i = 1; i <= n; i++)
			excused[lines[i]] = 1
	}
	{
		file = $1
		sub(/:.*/, "", file)
		check = $NF
		gsub(/[][]|,-warnings-as-errors/, "", check)
		split(check, names, ",")
		if (names[1] == "readability-function-size")
			print "lint: tidy: note: " $0 >"/dev/stderr"
		else if (!((file " " names[1]) in excused))
			print
	}' <<<"$found")"
