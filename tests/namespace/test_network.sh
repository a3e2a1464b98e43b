#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900
#
# How the module lives in the network stack. Each program beside this file named
# network_NOUN.py is one part; arguments run these parts only.
#
#   tests/uml/run.sh tests/namespace/test_network.sh [NOUN[:TEST]...]

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/namespace/programs.sh
. "$TOP/tests/namespace/programs.sh"

[ $# -gt 0 ] || set -- mtu offload bridge buffer gateway policy lifetime
# shellcheck disable=SC2119 # Its parameters are not ours.
module_load
topology_create
for part in "$@"; do
	test=
	[ "${part#*:}" = "$part" ] || test=${part#*:}
	program_run "network_${part%%:*}.py" ${test:+"$test"}
done
assert_module_clean
finish
