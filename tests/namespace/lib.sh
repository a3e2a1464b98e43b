# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # Tests use what is unused here.
#
# Sourced by the namespace tests, which run as jobs in a guest (tests/machine/job.sh):
# three hosts on one wire, the module, and results.
#
#      phone                 peer                attacker
#      10.7.0.1/24           10.7.0.2/24         10.7.0.3/24
#      fd07::1/64            fd07::2/64          fd07::3/64
#        eth0                  eth0                eth0
#          |                     |                   |
#          | to-phone            | to-peer           | to-attacker
#      ====+=====================+===================+====  bridge "switch"
#                       namespace "wire"
#
# Captures, loss and reordering belong to the namespace "wire". A test reads like
#
#      . "$TOP/tests/namespace/lib.sh"
#      module_load
#      topology_create
#      check ipv4-reaches-peer at phone ping -c 1 10.7.0.2
#      assert_module_clean
#      finish

hosts=(phone peer attacker)
passed=0 failed=0 skipped=0
kmemleak=/sys/kernel/debug/kmemleak
phonesec=${PHONESEC:-$PHONESEC_BUILD/userspace/phonesec}

ok() { echo "ok $1"; passed=$((passed + 1)); }
not_ok() { echo "not ok $1: $2"; failed=$((failed + 1)); }
skip() { echo "ok $1 # skip: $2"; skipped=$((skipped + 1)); }

# check NAME COMMAND...: the command must succeed; what it said explains a failure.
check() {
	local name=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	if [ $status = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "'$*' ended with $status"
		[ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/  /'
	fi
}

# check_equal NAME FOUND WANTED
check_equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "found '$2', wanted '$3'"; fi
}

# wait_until SECONDS COMMAND...: tries until it succeeds; fails when the time is over.
wait_until() {
	local tries=$(($1 * 10))
	shift
	while ! "$@" > /dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# at NAMESPACE COMMAND...
at() { ip netns exec "$@"; }

declare -A address4=([phone]=10.7.0.1 [peer]=10.7.0.2 [attacker]=10.7.0.3)
declare -A address6=([phone]=fd07::1 [peer]=fd07::2 [attacker]=fd07::3)

topology_create() {
	local host
	ip netns add wire
	ip -n wire link add switch type bridge
	ip -n wire link set switch up
	for host in "${hosts[@]}"; do
		ip netns add "$host"
		ip -n "$host" link set lo up
		ip -n wire link add "to-$host" type veth peer name eth0 netns "$host"
		ip -n wire link set "to-$host" master switch up
		ip -n "$host" addr add "${address4[$host]}/24" dev eth0
		# Without duplicate address detection the address works at once.
		ip -n "$host" addr add "${address6[$host]}/64" dev eth0 nodad
		ip -n "$host" link set eth0 up
	done
	for host in "${hosts[@]}"; do
		wait_until 10 at wire bash -c "bridge link show dev to-$host | grep -q forwarding"
	done
}

topology_delete() {
	local namespace
	for namespace in "${hosts[@]}" wire; do
		[ ! -e "/run/netns/$namespace" ] || ip netns del "$namespace"
	done
}

# module_load [PARAMETER=VALUE...]: with what it depends on, as modprobe would.
module_load() {
	local needed
	[ ! -e $kmemleak ] || echo clear > $kmemleak
	if [ -d "/lib/modules/$(uname -r)" ]; then
		for needed in $(modinfo -F depends "$MODULE" | tr , ' ') \
			$(modinfo -F softdep "$MODULE" | sed -n 's/^pre: *//p'); do
			modprobe -q "$needed" || true
		done
	fi
	insmod "$MODULE" "$@" || { not_ok module-load "insmod failed"; finish; }
}

# objects_left: what the module said about its objects when it was unloaded, if that
# is anything but "all freed" for each of the kinds it counts.
objects_left() {
	local kind
	dmesg | grep 'nf_srtp: .* were not freed$'
	for kind in sessions endpoints streams keys policies jobs; do
		dmesg | grep -qE "nf_srtp: all [0-9]+ [a-z_]*$kind freed\$" || echo "no word about $kind"
	done
}

# assert_module_clean: ends a run. Namespaces go, the module goes, and nothing is left.
assert_module_clean() {
	topology_delete
	# Namespaces are torn down by a worker, and each one holds the module for as long: until
	# connections have given up whose other end was cut off.
	check module-unloads wait_until 60 rmmod nf_srtp
	check_equal module-freed-all "$(objects_left)" ""
	if [ ! -e $kmemleak ]; then
		skip module-leaks-nothing "this kernel has no kmemleak"
		return
	fi
	# kmemleak reports what is older than five seconds and unchanged between two scans.
	for _ in 1 2; do
		sleep 6
		echo scan > $kmemleak
	done
	check_equal module-leaks-nothing "$(cat $kmemleak)" ""
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
	exit
}
