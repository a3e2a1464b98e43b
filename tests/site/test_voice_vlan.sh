#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 600
#
# The voice VLAN of a phone between a switch and a PC, all of which have a real lldpd. Runs as a
# job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 600 tests/site/test_voice_vlan.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

mkdir -p "$site" "$certificates" "$site_logs"
chmod 755 "$TMPDIR" "$site"
# Where lldpd locks itself in.
mkdir -p /run/lldpd
topology_create
# A PC on the second port of the phone.
ip netns add pc
ip -n pc link add eth0 type veth peer name eth1 netns phone
ip -n pc link set eth0 up
ip -n phone link set eth1 up
# The manager is in the voice VLANs, too.
for vlan in 100 200; do
	ip -n manager link add link eth0 name "eth0.$vlan" type vlan id $vlan
	ip -n manager addr add "10.$vlan.0.10/24" dev "eth0.$vlan"
	ip -n manager link set "eth0.$vlan" up
done
scenario_run phone_voice_vlan.py "$@"
ip netns del pc
topology_delete
finish
