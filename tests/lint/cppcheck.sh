#!/bin/bash
# cppcheck: what it says wrongly stands in the file known, with the reason.
. tests/lint/common.sh
lint_needs cppcheck
: "${LINT_INCLUDES:?is set by make}"
read -ra INCLUDES <<<"$LINT_INCLUDES"
suppressed=()
while read -r file id; do
	suppressed+=("--suppress=${id#cppcheck-}:$file")
done < <(sed -n 's/^\([^# ][^ ]*\) \(cppcheck-[^ ]*\) .*/\1 \2/p' tests/lint/known)
lint_end cppcheck "$(lint_c "${PRODUCT[@]}" tests | cppcheck --file-list=- -j 2 --quiet --std=c11 \
	--enable=warning,performance,portability --inline-suppr --library=posix,gnu -I. "${INCLUDES[0]}" \
	--include="${INCLUDES[0]#-I}/config.h" --suppress=missingIncludeSystem --suppress=unmatchedSuppression "${suppressed[@]}" \
	--template='{file}:{line}: {severity}: {message} [{id}]' 2>&1 | LC_ALL=C sort -u)"
