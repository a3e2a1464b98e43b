#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest.sh [--live]: runs as a job in a guest (tests/machine/job.sh); makes the hosts
# and hands over to the scenario, and with --live to you as soon as the call runs.

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"
# shellcheck source=tests/interop/gstreamer_ends.sh
. "$TOP/tests/interop/gstreamer_ends.sh"

read -r uptime _ < /proc/uptime
echo "   Linux $(uname -r), booted within $uptime s"
module_load
topology_create
gstreamer_create
# The sources are read-only here and no place for bytecode.
export PYTHONDONTWRITEBYTECODE=1
at phone python3 "$TOP/tests/demo/scenario.py" "$OUT" "$@" || exit
[ "${1:-}" = --live ] || exit 0

cat << END

== The call goes on, and this is the machine's shell; exit ends it
   Hosts are the namespaces phone, peer, attacker and wire (the switch). To begin with:
     ip netns exec phone phonesec media list
     ip netns exec phone phonesec media monitor
     ip netns exec wire tcpdump -ni to-phone -c 4 -X udp
     cd $TOP/tests/demo; ip netns exec attacker ./attacker.py $TMPDIR/capture.pcap 500
     ip netns exec phone phonesec media stats

END
export PATH=$PHONESEC_BUILD/userspace:$PATH PS1='machine# '
# The terminal of a guest's script is a pipe; a shell wants a real one.
exec script -qefc 'bash --norc -i' /dev/null
