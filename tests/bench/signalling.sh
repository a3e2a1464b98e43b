#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The daemon between a SIP program and a call manager, in a network namespace of its own
# and with a message bus of its own.
#
#   signalling.sh MODE ROUNDS CALLS      lines of a name and a value on standard output
#
# Arguments are those of signalling.c.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
if [ "${SIGNALLING_INSIDE:-}" != yes ]; then
	# Before others, where that is allowed: else the slowest calls tell how busy they are.
	first=()
	! chrt -f 1 true 2> /dev/null || first=(chrt -f 1)
	SIGNALLING_INSIDE=yes exec "${first[@]}" unshare --map-root-user --net "$0" "$@"
fi

# The daemon keeps the state of calls in memory, as it does below /run.
folder=$(mktemp -d -p /dev/shm)
bus=

cleanup() {
	[ -z "$bus" ] || kill "$bus"
	rm -rf "$folder"
}
trap cleanup EXIT

ip link set lo up
ip address add 10.7.0.10/32 dev lo
mkdir "$folder/daemon"
/usr/bin/python3 -B "$top/tests/site/certificates.py" "$folder/certificates"

export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus
cat > "$folder/bus.conf" <<- END
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "x">
	<busconfig>
	<type>system</type><listen>$DBUS_SYSTEM_BUS_ADDRESS</listen><auth>EXTERNAL</auth>
	<policy context="default">
	<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_type="*"/>
	</policy>
	</busconfig>
END
dbus-daemon --config-file="$folder/bus.conf" --nofork --nopidfile 2> /dev/null &
bus=$!
tries=100
until [ -S "$folder/bus" ] || [ $((tries -= 1)) = 0 ]; do sleep 0.1; done

"$build/bench/signalling" "$build/userspace/phonesecd" "$folder/certificates" \
	"$folder/daemon" "$@" || { cat "$folder/daemon/log" >&2; exit 1; }
