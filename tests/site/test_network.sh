#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 400
#
# A phone at a closed port of the switch, up to a call in its voice VLAN, and what becomes of it
# when VLAN and cable go. hostapd, wpa_supplicant and lldpd are real. Runs as a job in a guest
# (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 400 tests/site/test_network.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

# Where lldpd locks itself in.
mkdir -p /run/lldpd
site_create
# The manager is in the voice VLANs, and by its name in the first one.
for vlan in 100 200; do
	ip -n manager link add link eth0 name "eth0.$vlan" type vlan id $vlan
	ip -n manager addr add "10.$vlan.0.10/24" dev "eth0.$vlan"
	ip -n manager link set "eth0.$vlan" up
done
names=$(sed "s/^${address4[manager]} /10.100.0.10 /" "$site/hosts")
echo "$names" > "$site/hosts"
module_load
bus_start
# What is tagged on the cable is not any more where the manager has it.
for vlan in 100 200; do
	process_start "capture-vlan$vlan" manager tcpdump -Z root -U -n -i "eth0.$vlan" \
		-w "$site_logs/vlan$vlan.pcap"
done
scenario_run phone_network.py "$@"
for vlan in 100 200; do
	capture_stop "vlan$vlan"
	[ $# -gt 0 ] || capture_judge "vlan$vlan" sealed
done
site_finish
