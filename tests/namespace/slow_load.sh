#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 1500
#
# Memory refused at each allocation of loading the module, one load for each.

export PHONESEC_SLOW=1
exec bash "$TOP/tests/namespace/test_load.sh"
