#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Memory refused to the module while it is loaded. Does not pass yet: the failures do
# not reach the module's own allocations.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

dmesg --console-level 1
program_run load_faults.py "$MODULE"
finish
