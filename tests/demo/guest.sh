#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest.sh [--live | --fips]: runs as a job in a guest (tests/machine/job.sh); makes the site
# and hands over to the scenario, and with --live to you as soon as the call runs. With --fips
# the scenario is the one of FIPS mode.

# Keys that a daemon's user is to own are copies, which end with the guest.
if [ "${1:-}" = --fips ]; then
	cp -r "$CERTIFICATES" "$TMPDIR/certificates"
	export CERTIFICATES=$TMPDIR/certificates
fi
# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

# Somebody who sees the switch stands in the place of the fallback router.
hosts=(phone manager far attacker)
address4[attacker]=10.7.0.3
address6[attacker]=fd07::3
site_logs=$TMPDIR/logs
export SITE_LOGS=$site_logs
# The sources are read-only here and no place for bytecode.
export PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$TOP/tests/site:$TOP/tests/namespace

# The words of the tests, as the demonstration prints them.
ok() { echo "   ok      $1, ${SECONDS} s after the begin"; }
not_ok() { echo "   FAILED  $1: $2"; failed=$((failed + 1)); }

# The site is in VLAN 100. What is not tagged on the phone's cable gets nowhere.
voice_vlan_separate() {
	local host
	# Where lldpd locks itself in.
	mkdir -p /run/lldpd
	ip -n wire link set switch type bridge vlan_filtering 1
	bridge -n wire vlan add dev switch vid 100 pvid untagged self
	bridge -n wire vlan del dev switch vid 1 self
	for host in manager far attacker; do
		bridge -n wire vlan add dev "to-$host" vid 100 pvid untagged
		bridge -n wire vlan del dev "to-$host" vid 1
	done
	bridge -n wire vlan add dev to-phone vid 100
	ip -n phone addr flush dev eth0 scope global
}

read -r uptime _ < /proc/uptime
echo "   Linux $(uname -r), booted within $uptime s"
module_load
site_create
if [ "${1:-}" = --fips ]; then
	export PHONE_INTERFACE=eth0
	scenario=fips_scenario.py
else
	export PHONE_INTERFACE=voice0
	scenario=scenario.py
	voice_vlan_separate
fi
bus_start
process_start rtpengine manager rtpengine --config-file=none --foreground --log-stderr \
	--log-level=7 --table=-1 --num-threads=1 --interface="${address4[manager]}" \
	--listen-ng=127.0.0.1:2223 --port-min=24000 --port-max=24999
kamailio_start manager kamailio 'ADMITTED="^CP-8841-SEP001122334455$"' TELLS_SECURITY \
	'MEDIA_RELAY="udp:127.0.0.1:2223"'
capture_start call -B 16384
[ "$failed" = 0 ] || exit 1
/usr/bin/python3 -B "$TOP/tests/demo/$scenario" "$OUT" "$@" || exit
[ "${1:-}" = --live ] || exit 0

cat << END

== The call goes on, and this is the machine's shell; exit ends it
   Hosts are the namespaces phone, manager, far, attacker and wire (the switch). To begin with:
     ip netns exec phone phonesec call list
     ip netns exec phone phonesec media monitor
     ip netns exec wire tcpdump -ni to-phone -c 4 -X udp
     ip netns exec phone phonesec call rekey 1
     ip netns exec phone phonesec media stats

END
export PATH=$PHONESEC_BUILD/userspace:$PATH PS1='machine# '
# The terminal of a guest's script is a pipe; a shell wants a real one.
exec script -qefc 'bash --norc -i' /dev/null
