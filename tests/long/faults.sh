#!/bin/bash
# Faults: the program store with every call of libpq failing in every way, and a worker with every call of libpq,
# libcurl, write and send; `make check` takes a few of them.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export builddir=${BERTH_BUILD:-$PWD/build} srcdir=$HERE/../.. BERTH_TEST_ALL=1
"$HERE/../store/store.sh"
code=$?
"$HERE/../api/faults.sh" || code=1
exit $code
