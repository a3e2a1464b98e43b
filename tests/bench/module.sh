#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the module with tests/bench/kernel in it, for the kernel that vm.sh calls
# $1, and prints its path. Elsewhere the module is built without.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
release=$("$top/tests/machine/vm.sh" --kernel "$1" --release)
folder=$build/bench/module/$release

mkdir -p "$folder/tests/bench"
cd "$top"
rsync -rc Kbuild kmod include "$folder/"
rsync -rc tests/bench/kernel "$folder/tests/bench/"
make -C "/lib/modules/$release/build" M="$folder" NF_SRTP_BENCH=y modules > "$folder/log" 2>&1 || {
	tail -n 30 "$folder/log" >&2
	exit 1
}
echo "$folder/nf_srtp.ko"
