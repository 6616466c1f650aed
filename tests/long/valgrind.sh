#!/bin/bash
# The unit tests under valgrind: errors, leaks, descriptors left open. Minutes on a busy machine, so not for every day.
set -u
exec make -C "${BERTH_BUILD:-$PWD/build}" --no-print-directory -s check-valgrind
