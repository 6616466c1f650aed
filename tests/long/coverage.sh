#!/bin/bash
# Coverage: make coverage, whose goals are the cases.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export builddir=${BERTH_BUILD:-$PWD/build}
exec bash "$HERE/../coverage.sh"
