#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --time-travel --timeout 1500
#
# What the module does to packets and requests, tested from both ends of a call. Runs as
# a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --time-travel tests/namespace/test_protocol.sh [TEST...]
#   tests/machine/vm.sh --kernel 6.1 tests/namespace/test_protocol.sh [TEST...]
#
# With PHONESEC_SLOW=1 the long tests do all of what they can: every packet of more than
# two wraps, a million forged packets. With BRIEF=1 the module is not unloaded at the end.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"

export FLOOD_PROGRAM=$TMPDIR/flood
check flood-builds cc -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$FLOOD_PROGRAM" \
	"$TOP/tests/namespace/flood.c"
module_load
topology_create
# Debian's interpreter has python3-cryptography; another one in the path may not.
/usr/bin/python3 -B "$TOP/tests/namespace/protocol.py" "$@" || failed=$((failed + 1))
[ -z "${BRIEF:-}" ] || finish
assert_module_clean
finish
