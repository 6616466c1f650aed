#!/bin/bash
# size: files above 500 lines; a hint, no error. (Functions above 60 lines are told by tidy.)
. tests/lint/common.sh
lint_c "${PRODUCT[@]}" tests | xargs wc -l | awk '$2 != "total" && $1 > 500 {print "lint: size: note: " $2 " has " $1 " lines"}' >&2
echo "lint: size: ok"
