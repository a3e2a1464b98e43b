#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --append kunit.enable=0 --append cryptd.cryptd_max_cpu_qlen=16 --timeout 1700
#
# Memory runs out at every allocation of every request, with both kinds of driver.

export PHONESEC_SLOW=1
exec bash "$TOP/tests/namespace/test_faults.sh"
