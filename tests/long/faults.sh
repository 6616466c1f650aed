#!/bin/bash
# Faults: the program store with every call of libpq failing in every way; `make check` takes one in six.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export builddir=${BERTH_BUILD:-$PWD/build} srcdir=$HERE/../.. BERTH_TEST_ALL=1
exec "$HERE/../store/store.sh"
