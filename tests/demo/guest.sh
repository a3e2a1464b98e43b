#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest.sh [--live]: runs as a job in a guest (tests/machine/job.sh); makes the hosts
# and hands over to the scenario.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/interop/gstreamer_ends.sh
. "$TOP/tests/interop/gstreamer_ends.sh"

read -r uptime _ < /proc/uptime
echo "   Linux $(uname -r), booted within $uptime s"
module_load
topology_create
gstreamer_create
# Neither leaves bytecode beside the sources, which are read-only here.
export PYTHONDONTWRITEBYTECODE=1
at phone python3 "$TOP/tests/demo/scenario.py" "$OUT" "$@"
