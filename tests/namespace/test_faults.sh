#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --append kunit.enable=0 --append cryptd.cryptd_max_cpu_qlen=16 --timeout 1500
#
# Memory runs out: at every allocation of a request, and under traffic, with a driver
# that answers at once and with one that answers later. Needs a kernel with fault
# injection. Every request, with both drivers: slow_faults.sh. Loading: test_load.sh. How
# errors of the cipher itself are forced: test_async.sh.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

if [ ! -e /sys/kernel/debug/failslab ]; then
	skip faults "this kernel has no fault injection"
	finish
fi
# The kernel shows each failed allocation of its own with a backtrace.
dmesg --console-level 1
# References that the kernel tracks for debugging alone are tracked in memory, too.
expect-report 'ref_tracker: memory allocation failure'

# driver_check DRIVER TEST...: the tests that these parts of their names pick; all, if none.
driver_check() {
	dmesg --clear
	module_load ${1:+"aead_driver=$1"}
	topology_create
	program_run faults.py "${@:2}"
	assert_module_clean
}

# A request of each kind; those left out differ from one of these in what they ask for alone.
brief=()
if [ -z "${PHONESEC_SLOW:-}" ] && [ $# = 0 ]; then
	brief=(without-memory sweep-session-new-mux)
	set -- "${brief[@]}" sweep-move-and-rekey-refused sweep-delete sweep-policy \
		sweep-session-get-all
fi
driver_check '' "$@"
# Requests differ in the keys alone when another driver has to allocate for them.
[ ${#brief[@]} = 0 ] || set -- "${brief[@]}"
driver_check 'cryptd(gcm_base(ctr(aes-generic),ghash-generic))' "$@"
finish
