#!/bin/bash
# Each fuzz target for a minute, from its corpus on; FUZZ_SECONDS says otherwise.
set -u
exec make -C "${BERTH_BUILD:-$PWD/build}" --no-print-directory -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-60}" FUZZ_JOBS="$(nproc)"
