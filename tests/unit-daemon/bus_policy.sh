#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The bus policy as a real bus applies it: who may own the name, read, and call. The
# user and the group phonesec need not exist: others take their places.
#
#   bus_policy.sh POLICY

set -uo pipefail

policy=$1
name=org.phonesec.Phone1
outsider=65534 member_group=daemon owner_user=root
failed=0
pids=()
folder=$(mktemp -d)
chmod 711 "$folder"
trap 'kill "${pids[@]}" 2> /dev/null; rm -rf "$folder"' EXIT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }
skip() {
	echo "ok bus-policy # skip: $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip "several users are needed, so root"
for program in dbus-daemon busctl setpriv; do
	command -v $program > /dev/null || skip "there is no $program here"
done
/usr/bin/python3 -c 'import dbus' 2> /dev/null || skip "there is no python3-dbus here"

# What the system's bus says to everyone, with the policy behind.
{
	cat <<- END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "x">
	<busconfig>
	<type>system</type><listen>unix:path=$folder/bus</listen><auth>EXTERNAL</auth>
	<policy context="default">
	<allow user="*"/><deny own="*"/><deny send_type="method_call"/>
	<allow send_type="signal"/>
	<allow send_requested_reply="true" send_type="method_return"/>
	<allow send_requested_reply="true" send_type="error"/>
	<allow receive_type="method_call"/><allow receive_type="method_return"/>
	<allow receive_type="error"/><allow receive_type="signal"/>
	<allow send_destination="org.freedesktop.DBus"/>
	</policy>
	<include>$folder/policy.conf</include>
	</busconfig>
	END
} > "$folder/bus.conf"
sed -e "s/user=\"phonesec\"/user=\"$owner_user\"/; s/group=\"phonesec\"/group=\"$member_group\"/" \
	"$policy" > "$folder/policy.conf"

dbus-daemon --config-file="$folder/bus.conf" --nofork --nopidfile 2> "$folder/bus.log" &
pids+=($!)
for _ in {1..50}; do [ ! -S "$folder/bus" ] || break; sleep 0.1; done
chmod 666 "$folder/bus"

# hold USER: owns the name and answers nothing, until it is ended.
cat > "$folder/hold.py" <<- END
	import sys, time, dbus, dbus.bus
	connection = dbus.bus.BusConnection("unix:path=$folder/bus")
	print(connection.request_name("$name"), flush=True)
	time.sleep(100)
END
hold() {
	rm -f "$folder/held" "$folder/refused"
	setpriv --reuid="$1" --regid="$1" --clear-groups timeout 100 \
		/usr/bin/python3 "$folder/hold.py" > "$folder/held" 2> "$folder/refused" &
	pids+=($!)
	for _ in {1..50}; do
		! grep -qs . "$folder/held" "$folder/refused" || break
		sleep 0.1
	done
}
hold $outsider
if grep -q AccessDenied "$folder/refused"; then ok bus-own-outsider; else
	not_ok bus-own-outsider "$(cat "$folder/held" "$folder/refused")"; fi
hold 0
if grep -qx 1 "$folder/held"; then ok bus-own; else
	not_ok bus-own "$(cat "$folder/held" "$folder/refused" "$folder/bus.log")"; fi

# may VERDICT WHO INTERFACE MEMBER: "yes" is a call that arrives, where nobody answers it.
may() {
	local said user=$outsider group=$outsider arguments=()
	case $2 in
	root) user=0 group=0 ;;
	member) group=$(getent group $member_group | cut -d: -f3) ;;
	esac
	[ "$4" != Get ] || arguments=(ss "$name" Version)
	said=$(setpriv --reuid=$user --regid=$group --clear-groups busctl --timeout=0.5 \
		--address="unix:path=$folder/bus" call $name /org/phonesec/Phone1 "$3" "$4" \
		"${arguments[@]}" 2>&1)
	case $said in
	*"timed out"*) said=yes ;;
	*"ccess denied"* | *rejected* | *AccessDenied*) said=no ;;
	esac
	if [ "$said" = "$1" ]; then ok "bus-$2-$4"; else not_ok "bus-$2-$4" "$said"; fi
}
bus=org.freedesktop.DBus
may yes outsider $bus.Properties Get
may yes outsider $bus.Properties GetAll
may no outsider $bus.Properties Set
may yes outsider $bus.Introspectable Introspect
may yes outsider $bus.ObjectManager GetManagedObjects
may yes outsider $bus.Peer Ping
may no outsider $name.Call End
may no outsider $name Reload
may yes member $name.Call End
may yes member $name Reload
may yes root $name Reload
may no member $name.Call Capture
may yes root $name.Call Capture
may yes member $name.Identity LscUpdate
may no outsider $name.Identity LscUpdate
may no member $name.Identity ProvisionMic
may no member $name.Trust Approve
may no member $name.Trust Reset
may yes member $name.Trust Explain
may no member $name.Image Install
may no member $name.Image Verify
may yes root $name.Trust Reset
exit $failed
