#!/bin/bash
# layers: who may include whom, who may know which library, what nobody may call; see layers.awk.
. tests/lint/common.sh
mapfile -t FILES < <(lint_c "${PRODUCT[@]}" tests)
lint_end layers "$(LC_ALL=C awk -f tests/lint/layers.awk "${FILES[@]}")"
