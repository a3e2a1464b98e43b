#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What is installed beside the daemon, and the daemon as it is built, without starting
# its service: unit file, users, bus policy, catalog, configuration, command line.
#
#   files.sh PHONESECD

# shellcheck disable=SC2317 # Functions are called by name.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
phonesecd=$1
data=$top/data
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

# check NAME COMMAND...: success is a pass, what it says is shown otherwise.
check() {
	local name=$1 said
	shift
	if said=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$said"; fi
}

# check_with PROGRAM NAME COMMAND...: the same where the program is there.
check_with() {
	if command -v "$1" > /dev/null; then
		check "${@:2}"
	else
		ok "$2 # skip: there is no $1 here"
	fi
}

# exits STATUS TEXT COMMAND...: ends so, and says something that holds the text.
exits() {
	local status=0 said
	said=$("${@:3}" 2>&1) || status=$?
	[ $status = "$1" ] || { echo "exit status $status: $said"; return 1; }
	[[ $said == *"$2"* ]] || { echo "said: $said"; return 1; }
}

current() { diff -u "$2" <("$phonesecd" "$1"); }

unit_verify() {
	sed "s:^ExecStart=.*:ExecStart=$phonesecd:" "$data/phonesecd.service" \
		> "$folder/phonesecd.service"
	local said
	said=$(systemd-analyze verify --man=no "$folder/phonesecd.service" 2>&1) &&
		! grep phonesecd <<< "$said"
}

# Beside the daemon's, which it comes after.
web_unit_verify() {
	sed "s:^ExecStart=.*:ExecStart=$phonesecd:" "$data/phonesec-web.service" \
		> "$folder/phonesec-web.service"
	local said
	said=$(systemd-analyze verify --man=no "$folder/phonesec-web.service" 2>&1) &&
		! grep phonesec-web <<< "$said"
}

# Keys that the running of the daemon depends on, and one that must not be there.
unit_holds() {
	local line
	# CAP_NET_RAW is for the supplicant, a program that the daemon starts.
	for line in Type=notify "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW" \
		"CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW" RuntimeDirectoryPreserve=yes \
		LimitCORE=0 MemoryDenyWriteExecute=yes Restart=on-failure User=phonesec; do
		grep -qx "$line" "$data/phonesecd.service" || { echo "no $line"; return 1; }
	done
	! grep -E '^(PrivateUsers|Requires|BindsTo|PrivateNetwork)=' "$data/phonesecd.service"
}

users() {
	local root=$folder/root
	mkdir -p "$root/usr/lib/sysusers.d" "$root/etc"
	cp "$data/phonesec.sysusers" "$root/usr/lib/sysusers.d/phonesec.conf"
	systemd-sysusers --root="$root" && grep -q '^phonesec:' "$root/etc/passwd" &&
		grep -q '^phonesec:' "$root/etc/group"
}

# The catalog as journalctl compiles it, asked for one entry.
catalog() {
	local root=$folder/catalog
	mkdir -p "$root/usr/lib/systemd/catalog" "$root/var/lib/systemd/catalog"
	cp "$data/phonesec.catalog" "$root/usr/lib/systemd/catalog/"
	journalctl --root="$root" --update-catalog && journalctl --root="$root" --list-catalog \
		> "$folder/entries" 2> /dev/null || return 1
	[ "$(grep -c phonesec "$folder/entries")" = "$(grep -c '^-- ' "$data/phonesec.catalog")" ]
}

installed() {
	local file
	make -s -C "$top/userspace" BUILD="${phonesecd%/userspace/*}" PREFIX=/usr \
		DESTDIR="$folder/usr-tree" install
	for file in usr/lib/systemd/system/phonesecd.service usr/lib/sysusers.d/phonesec.conf \
		usr/lib/modules-load.d/phonesec.conf usr/lib/systemd/catalog/phonesec.catalog \
		usr/share/dbus-1/system.d/org.phonesec.Phone1.conf etc/phonesec/phonesecd.conf \
		usr/lib/systemd/system/phonesec-web.service usr/sbin/phonesec-web \
		usr/share/man/man8/phonesec-web.8 usr/share/man/man8/phonesecd.8 \
		usr/share/man/man5/phonesecd.conf.5; do
		[ -f "$folder/usr-tree/$file" ] || { echo "no $file"; return 1; }
	done
	grep -qx ExecStart=/usr/sbin/phonesecd \
		"$folder/usr-tree/usr/lib/systemd/system/phonesecd.service" || return 1
	# What somebody has configured stays.
	echo "# mine" > "$folder/usr-tree/etc/phonesec/phonesecd.conf"
	make -s -C "$top/userspace" BUILD="${phonesecd%/userspace/*}" PREFIX=/usr \
		DESTDIR="$folder/usr-tree" install
	[ "$(cat "$folder/usr-tree/etc/phonesec/phonesecd.conf")" = "# mine" ]
}

check_with systemd-analyze unit-exposure systemd-analyze security --offline=yes --threshold=20 \
	"$data/phonesecd.service"
check_with systemd-analyze web-unit-exposure systemd-analyze security --offline=yes \
	--threshold=20 "$data/phonesec-web.service"
check_with systemd-analyze unit-verify unit_verify
check_with systemd-analyze web-unit-verify web_unit_verify
check unit-holds unit_holds
check_with systemd-sysusers sysusers users
check modules-load grep -qx nf_srtp "$data/phonesec.modules-load"
check_with journalctl catalog-compiles catalog
check bus-policy-form python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' \
	"$data/org.phonesec.Phone1.conf"
check installed installed
check defaults-current current --defaults "$data/phonesecd.conf"
check catalog-current current --catalog "$data/phonesec.catalog"

good=$folder/good.conf bad=$folder/bad.conf odd=$folder/odd.conf
printf '[call-manager]\nprimary = cucm\n' > "$good"
printf '[call-manager]\nprimary = cucm:0\n' > "$bad"
printf '[call-manager]\nprimary = cucm\nnix = 1\n' > "$odd"
check config-good exits 0 "" "$phonesecd" --check-config --config "$good"
check config-odd exits 0 "warning: $odd:3: [call-manager] has no key 'nix'" \
	"$phonesecd" --config="$odd" --check-config
check config-bad exits 1 "refused: $bad:2: primary is HOST, HOST:PORT" \
	"$phonesecd" --check-config --config "$bad"
check config-absent exits 1 "refused: $folder/absent: No such file" \
	"$phonesecd" --check-config --config "$folder/absent"
# The file that is installed lacks just the server.
check config-installed exits 1 "[call-manager] primary names no server" \
	"$phonesecd" --check-config --config "$data/phonesecd.conf"
check start-refused exits 6 "(settings-value; Mend the line" "$phonesecd" --config "$bad"
check version exits 0 "phonesecd " "$phonesecd" --version
check help exits 0 "--check-config" "$phonesecd" --help
check option-unknown exits 2 "--frob" "$phonesecd" --frob
check option-value exits 2 "--config" "$phonesecd" --config
check operand exits 2 "'start' is no option" "$phonesecd" start
check manual-part exits 2 "" "$phonesecd" --manual nix
check output-full exits 1 "could not be written" bash -c '"$1" --defaults > /dev/full' - "$phonesecd"
"$top/tests/unit-daemon/bus_policy.sh" "$data/org.phonesec.Phone1.conf" || failed=1
exit $failed
