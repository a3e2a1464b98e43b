#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The guest's part of the benchmark of signalling: a call whose media is in clear, and one
# for which the daemon makes a session in the kernel. Runs as a job in a guest:
#
#   guest_signalling.sh ROUNDS CALLS
#
# Every measurement is one line "MODE_NAME VALUE" in the file SAMPLES of the folder OUT.

set -euo pipefail

modprobe -a aesni_intel ghash_clmulni_intel gcm ctr nf_defrag_ipv4 nf_defrag_ipv6 2> /dev/null ||
	true
insmod "$MODULE"
mkdir -p /dev/shm
# Nobody else is busy in here, and an emulated processor must not be kept from its kernel.
export SIGNALLING_INSIDE=yes
for mode in authenticated encrypted; do
	echo "$mode"
	unshare --map-root-user --net "$TOP/tests/bench/signalling.sh" "$mode" "$@" |
		sed "s/^/${mode}_/" >> "$OUT/$SAMPLES"
done
