#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --append cryptd.cryptd_max_cpu_qlen=16 --timeout 900
#
# The asynchronous path, forced with drivers that complete every packet later: cryptd,
# here with a queue so short that it refuses packets, and pcrypt where there is one.
#
#   tests/uml/run.sh --append cryptd.cryptd_max_cpu_qlen=16 tests/namespace/test_async.sh

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

inner='gcm_base(ctr(aes-generic),ghash-generic)'
drivers=("cryptd($inner)")
if [ -d "/lib/modules/$(uname -r)" ]; then
	modprobe -a -q aes_generic ghash_generic gcm ctr || true
	modprobe cryptd cryptd_max_cpu_qlen=16
	export SHORT_QUEUE=1
	if modprobe -q pcrypt; then
		drivers+=("pcrypt($inner)")
	else
		skip async-pcrypt "this kernel has no pcrypt"
	fi
else
	skip async-pcrypt "a kernel for one processor has no pcrypt"
	! grep -q cryptd_max_cpu_qlen /proc/cmdline || export SHORT_QUEUE=1
fi

for driver in "${drivers[@]}"; do
	dmesg --clear
	module_load "aead_driver=$driver"
	topology_create
	program_run async.py "$driver" "$@"
	assert_module_clean
	check "async-jobs-ran-${driver%%(*}" \
		bash -c "dmesg | grep -E 'nf_srtp: all [1-9][0-9]* [a-z_]*jobs freed'"
done
finish
