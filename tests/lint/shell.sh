#!/bin/bash
# shell: shellcheck on every script of a shell or of bats.
. tests/lint/common.sh
lint_needs shellcheck
mapfile -t FILES < <(find quickstart quickstart.d autogen.sh .ci tests -type f \
	\( -name '*.sh' -o -name '*.bats' -o -name '*.bash' -o -exec grep -lqE -m1 '^#!.*\b(sh|bash)$' {} \; \) -print | LC_ALL=C sort)
lint_end shell "$(shellcheck -x -f gcc "${FILES[@]}")"
