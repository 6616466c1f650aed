#!/bin/bash
# format: every source is as clang-format writes it.
. tests/lint/common.sh
lint_needs clang-format
mapfile -t FILES < <(lint_c "${PRODUCT[@]}" tests)
lint_end format "$(clang-format --dry-run "${FILES[@]}" 2>&1 | grep ': warning:')"
