#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --time-travel
#
# The module with its self-test spoilt: it loads, says so, and passes no media.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"

module_load selftest_spoil=1
topology_create
check selftest-failure-is-logged bash -c 'dmesg | grep -q "nf_srtp: .*self-test FAILED"'
/usr/bin/python3 -B "$TOP/tests/namespace/selftest.py" || failed=$((failed + 1))
assert_module_clean
finish
