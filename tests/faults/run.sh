#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Shows each sanitizer of the debug kernel alive by a planted fault, each in a boot
# of its own, because many of them fall silent after their first report.

set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
copy=$build/module/faults
log=$build/faults.log

mkdir -p "$copy"
cp -a "$here/Kbuild" "$here/planted.c" "$copy/"
make -C "$build/linux-source" ARCH=um O="$build/uml" M="$copy" modules > "$log" 2>&1 ||
	{ cat "$log"; exit 1; }
export MODULE=$copy/planted.ko

passed=0 failed=0
# verdict NAME WANTED-STATUS GUEST-ARGUMENT...
verdict() {
	local name=$1 wanted=$2 status=0
	shift 2
	"$top/tests/uml/run.sh" --time-travel "$here/guest.sh" "$@" > "$log" 2>&1 || status=$?
	if [ $status = "$wanted" ]; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name: exit status $status instead of $wanted"
		cat "$log"
		failed=$((failed + 1))
	fi
}

verdict kasan-use-after-free 0 use-after-free 'KASAN: slab-use-after-free in .*planted'
verdict kasan-out-of-bounds 0 out-of-bounds 'KASAN: slab-out-of-bounds in .*planted'
verdict ubsan-shift 0 shift 'UBSAN: shift-out-of-bounds'
verdict lockdep-order 0 lock-order 'possible circular locking dependency'
verdict lockdep-rcu 0 rcu-unlocked 'suspicious RCU usage'
verdict atomic-sleep 0 atomic-sleep 'sleeping function called from invalid context'
verdict debug-objects 0 timer-freed 'ODEBUG: free active' 'WARNING: .*debug_print_object'
verdict kmemleak 0 leak 'kmemleak: [0-9]+ new suspected'
verdict failslab 0 allocate
verdict runner-sees-surprise 99 shift
verdict runner-misses-report 99 allocate 'KASAN: never'

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
