#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Who may read and who may change: an unprivileged user, the owner of a user
# namespace, another network namespace.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

# shellcheck disable=SC2119 # Its parameters are not ours.
module_load
topology_create
program_run privilege.py "$@"
assert_module_clean
finish
