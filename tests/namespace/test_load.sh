#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Memory runs out while the module is loaded, at one allocation in sixteen; slow_load.sh
# tries each. Needs a kernel with fault injection.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

if [ ! -e /sys/kernel/debug/failslab ]; then
	skip load "this kernel has no fault injection"
	finish
fi
# The kernel shows each failed allocation of its own with a backtrace.
dmesg --console-level 1
# kmemleak tells the log of what the kernel itself leaks when a cache has no sysfs entry.
expect-report 'kmemleak: [0-9]+ new suspected memory leaks'
program_run load_faults.py "$MODULE"
finish
