#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest.sh FAULT [PATTERN...]: inside the debug kernel, commits one planted fault and
# declares its report. Without a pattern the report is a surprise to the runner.

set -eu

fault=$1
for pattern in "${@:2}"; do
	expect-report "$pattern"
done
insmod "$MODULE"
parameter=/sys/module/planted/parameters/fault

# Fails the only allocation of the module, and no other: 0 when it was told so.
commit_without_memory() {
	local knobs=/sys/kernel/debug/failslab text
	text=$(cat /sys/module/planted/sections/.text)
	echo "$text" > $knobs/require-start
	printf '0x%x\n' $((text + 0x10000)) > $knobs/require-end
	echo N > $knobs/ignore-gfp-wait
	echo Y > $knobs/task-filter
	echo 100 > $knobs/probability
	echo -1 > $knobs/times
	if ! echo "$fault" > $parameter; then
		echo "not ok failslab: the allocation failed before it was told to"
		return 1
	fi
	if (echo 1 > /proc/self/make-it-fail && echo "$fault" > $parameter) 2> "$TMPDIR/error"; then
		echo "not ok failslab: the allocation succeeded"
		return 1
	fi
	grep -q 'Cannot allocate memory' "$TMPDIR/error"
}

case $fault in
allocate)
	commit_without_memory ;;
leak)
	# kmemleak reports what is older than five seconds and unchanged between two scans.
	echo $fault > $parameter
	for _ in 1 2; do
		sleep 6
		echo scan > /sys/kernel/debug/kmemleak
	done
	grep -q planted /sys/kernel/debug/kmemleak ;;
*)
	echo "$fault" > $parameter ;;
esac
