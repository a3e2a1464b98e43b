# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # Tests use what is unused here.
#
# Sourced by the tests of a whole site, which run as jobs in a guest: a phone, its call
# manager, somebody to call and the fallback router, on one switch.
#
#      phone            manager               far              srst
#      10.7.0.1/24      10.7.0.10, .11/24     10.7.0.2/24      10.7.0.20/24
#        |                |                     |                |
#      ==+================+=====================+================+==  bridge "switch"
#                                                  namespace "wire"
#
# Names of the site (manager.site.test, ...) are in /etc/hosts of the guest.
# A test reads like
#
#      . "$TOP/tests/site/site.sh"
#      site_create
#      kamailio_start
#      scenario_run some_calls.py
#      site_finish

# shellcheck source=tests/namespace/lib.sh
. "$TOP/tests/namespace/lib.sh"

hosts=(phone manager far srst)
address4=([phone]=10.7.0.1 [manager]=10.7.0.10 [far]=10.7.0.2 [srst]=10.7.0.20)
address6=([phone]=fd07::1 [manager]=fd07::10 [far]=fd07::2 [srst]=fd07::20)
subscriber4=10.7.0.11
daemon_user=64990
oauth_token='eyJhbGciOiJub25lIn0.c2l0ZS10ZXN0.good'

# What is made for a test ends with the guest, but for logs and captures.
site=$TMPDIR/site
# They may have been made before, where that takes less time.
certificates=${CERTIFICATES:-$site/certificates}
site_logs=$OUT/site/$(basename "$0" .sh)
export SITE=$site SITE_LOGS=$site_logs CERTIFICATES=$certificates OAUTH_TOKEN=$oauth_token
export DAEMON_USER=$daemon_user
declare -A process_of=()
sealed=()

# site_folders_create: folders, and the daemon's user: all that a test of one part needs.
site_folders_create() {
	local file
	mkdir -p "$site" "$certificates"
	rm -rf "$site_logs"
	mkdir -p "$site_logs"
	chmod 755 "$TMPDIR" "$site"
	# The daemon's own user, as systemd-sysusers would make it.
	{ cat /etc/passwd; echo "phonesec:x:$daemon_user:$daemon_user::/:/usr/sbin/nologin"; } \
		> "$site/passwd"
	{ cat /etc/group; echo "phonesec:x:$daemon_user:"; } > "$site/group"
	for file in passwd group; do mount --bind "$site/$file" "/etc/$file"; done
}

site_create() {
	site_folders_create
	topology_create
	ip -n manager addr add "$subscriber4/24" dev eth0
	cat > "$site/hosts" <<-EOF
		127.0.0.1 localhost
		${address4[manager]} manager.site.test
		$subscriber4 subscriber.site.test
		${address4[srst]} srst.site.test
	EOF
	mount --bind "$site/hosts" /etc/hosts
	[ -e "$certificates/phones.pem" ] ||
		check certificates-are-made /usr/bin/python3 -B "$TOP/tests/site/certificates.py" \
			"$certificates"
}

# site_finish: ends what runs, and the test.
site_finish() {
	local name
	for name in "${!process_of[@]}"; do process_stop "$name"; done
	leaks_judge
	if grep -q '^nf_srtp ' /proc/modules; then assert_module_clean; else topology_delete; fi
	finish
}

# process_start NAME NAMESPACE COMMAND...: in the background, with its output in a log.
process_start() {
	local name=$1
	# A function in the background is a shell; the program is to have its number.
	ip netns exec "$2" "${@:3}" > "$site_logs/$name.log" 2>&1 &
	process_of[$name]=$!
}

process_runs() { kill -0 "${process_of[$1]}" 2> /dev/null; }

# process_stop NAME [SIGNAL]: waits until it has ended.
process_stop() {
	local process=${process_of[$1]:-}
	[ -n "$process" ] || return 0
	unset "process_of[$1]"
	kill "-${2:-TERM}" "$process" 2> /dev/null
	wait_until 10 eval "! kill -0 $process" || kill -KILL "$process"
	wait "$process" 2> /dev/null
}

# listens NAMESPACE ADDRESS PORT: somebody waits for TCP connections there.
listens() { at "$1" ss -Hltn "src $2:$3" | grep -q .; }

# kamailio_start [SERVER [NAME [DEFINE...]]]: the call manager with that certificate
# ("manager"), which NAME is that of the process and DEFINE is for kamailio.cfg. Its end
# is process_stop NAME; so that its children end too it keeps to the foreground.
kamailio_start() {
	local server=${1:-manager} name=${2:-kamailio} define defines=()
	local address=${address4[manager]} folder
	[ "$name" != subscriber ] || address=$subscriber4
	folder=$site/$name
	mkdir -p "$folder"
	for define in "${@:3}"; do defines+=(-A "$define"); done
	sed -e "s|@FOLDER@|$certificates|; s|@SERVER@|$server|; s|@ADDRESS@|$address|" \
		"$TOP/tests/site/tls.cfg" > "$folder/tls.cfg"
	process_start "$name" manager kamailio -DD -E -m 32 -M 8 -Y "$folder" -w "$folder" \
		-f "$TOP/tests/site/kamailio.cfg" \
		-A "TLS_CONFIG=\"$folder/tls.cfg\"" -A OAUTH_PORT=5090 \
		-A "OAUTH_TOKEN=\"$oauth_token\"" "${defines[@]}" \
		-l "udp:$address:5060" -l "tcp:$address:5060" -l "tls:$address:5061" \
		-l "tls:$address:5090"
	check "$name-starts" wait_until 20 listens manager "$address" 5090
}

# bus_start: a system bus for the daemon and the helper, with the policy that is installed.
bus_start() {
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$site/bus
	cat > "$site/bus.conf" <<-EOF
		<!DOCTYPE busconfig PUBLIC
		"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "x">
		<busconfig>
		<type>system</type><listen>$DBUS_SYSTEM_BUS_ADDRESS</listen><auth>EXTERNAL</auth>
		<policy context="default">
		<allow user="*"/><deny own="*"/><deny send_type="method_call"/>
		<allow send_type="signal"/><allow send_requested_reply="true"/>
		<allow receive_type="method_call"/><allow receive_type="method_return"/>
		<allow receive_type="error"/><allow receive_type="signal"/>
		<allow send_destination="org.freedesktop.DBus"/>
		</policy>
		<include>$TOP/data/org.phonesec.Phone1.conf</include>
		</busconfig>
	EOF
	process_start bus phone dbus-daemon --config-file="$site/bus.conf" --nofork --nopidfile
	check bus-starts wait_until 10 test -S "$site/bus"
}

# capture_start NAME [FILTER...]: what is on the switch, into the logs.
capture_start() {
	process_start "capture-$1" wire tcpdump -Z root -U -n -i switch -w "$site_logs/$1.pcap" \
		"${@:2}"
	wait_until 10 grep -q 'listening on' "$site_logs/capture-$1.log"
}

capture_stop() {
	sleep 0.5
	process_stop "capture-$1"
}

# capture_judge NAME clear|sealed: what was said can be heard on the wire, or cannot.
capture_judge() {
	[ "$2" != sealed ] || sealed+=("$1.pcap")
	check "wire-$1-is-$2" env PYTHONPATH="$TOP/tests/site" /usr/bin/python3 -B \
		"$TOP/tests/site/capture.py" "$2" "$site_logs/$1.pcap" phone far other one two
}

# leaks_judge: no key that the stand-ins know is in a log, a capture or a file of the daemon.
leaks_judge() {
	[ -e "$site/keys" ] || return 0
	# Without the daemon the programs of the site encrypt for themselves, and log how.
	[ -e "$site/phonesecd" ] || return 0
	# What the kernel and a core would say is looked through as well.
	dmesg > "$site_logs/kernel.log" 2> /dev/null
	check nothing-leaks env PYTHONPATH="$TOP/tests/site" /usr/bin/python3 -B \
		"$TOP/tests/site/leaks.py" "$site/keys" "$site_logs" "$site" \
		--sealed "${sealed[@]}"
}

# scenario_run FILE [ARGUMENT...]: a program beside this file; its results count.
scenario_run() {
	local log=$site_logs/${1%.py}.results status
	PYTHONPATH=$TOP/tests/site:$TOP/tests/namespace /usr/bin/python3 -Bu \
		"$TOP/tests/site/$1" "${@:2}" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	passed=$((passed + $(grep '^ok ' "$log" | grep -vc ' # skip:')))
	skipped=$((skipped + $(grep -c '^ok .* # skip:' "$log")))
	failed=$((failed + $(grep -c '^not ok ' "$log")))
	# A program that dies has run fewer tests than it says.
	[ "$status" = 0 ] || grep -q '^not ok ' "$log" || not_ok "$1" "it ended with $status"
}
