# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # Its users use what is unused here.
#
# Sourced by the guest's halves of the benchmark, which run as jobs in a guest
# (tests/machine/job.sh): three hosts in a row and what is measured between them.
#
#     caller           relay           callee
#     10.0.1.2 ------- forwards ------- 10.0.2.2
#          c0 - r0              r1 - d0
#
# The relay has the module. Its sessions are those of a phone at the near end of
# what is sent (packets leave the relay as SRTP) or at the far end (SRTP that
# arrives leaves the relay as RTP). The callee drops what it gets as early as it
# can, since it is none of the relay's cost: it sees frames for another host.
#
# Every measurement is one line "NAME VALUE" in the file SAMPLES of the folder OUT.

shopt -s extglob
# In memory: every start of a program from the machine's own files takes long here.
tools=/run/bench
mkdir -p $tools/callee
cp "$PHONESEC_BUILD"/bench/{source,relay,sessions} "$PHONESEC_BUILD/userspace/phonesec" $tools/

caller=10.0.1.2 relay_near=10.0.1.1 relay_far=10.0.2.1 callee=10.0.2.2
relay_link=02:00:00:00:01:01 other_link=02:00:00:00:01:99
protected=10000-29999
# The first port of the phone's sessions, of the other ends, and one without a session.
phone_port=10000 far_port=40000 free_port=25000

declare -A next_index=()
packets=0 elapsed_ns=0 cpu_ns=0 batch_ns=0 parts=()

die() { echo "not ok bench: $*"; exit 1; }
sample() { echo "$1 $2" >> "$OUT/$SAMPLES"; }

topology_create() {
	local pair
	modprobe -a aesni_intel ghash_clmulni_intel gcm ctr veth nf_tables \
		nf_defrag_ipv4 nf_defrag_ipv6 2> /dev/null
	for host in caller relay callee; do
		ip netns add "$host"
		ip -n "$host" link set lo up
	done
	ip -n caller link add c0 type veth peer name r0 netns relay address "$relay_link"
	ip -n relay link add r1 type veth peer name d0 netns callee
	for pair in caller:c0:$caller relay:r0:$relay_near relay:r1:$relay_far \
		callee:d0:$callee; do
		IFS=: read -r host device address <<< "$pair"
		at "$host" sysctl -qw "net.ipv6.conf.$device.disable_ipv6=1"
		ip -n "$host" addr add "$address/24" dev "$device"
		ip -n "$host" link set "$device" up
	done
	at relay sysctl -qw net.ipv4.ip_forward=1
	at callee mount -t sysfs callee $tools/callee
	ip -n relay neigh replace $callee lladdr 02:00:00:00:02:99 dev r1 nud permanent
}

# at HOST COMMAND...
at() { nsenter --net="/run/netns/$1" "${@:2}"; }
sessions() { at relay $tools/sessions "$@"; }

module_load() {
	insmod "$MODULE" || die "the module does not load"
	at relay $tools/phonesec media policy --mode enforce --protect "$protected" > /dev/null ||
		die "no policy"
}

# sessions_add COUNT: of phones at the near end. Their streams begin anew.
sessions_add() {
	sessions add "$1" "$caller:$phone_port" "$callee:$far_port" || die "no sessions"
	next_index[protect]=1
}

module_unload() {
	sessions clear
	at relay $tools/phonesec media policy --mode off > /dev/null
	rmmod nf_srtp || die "the module does not unload"
}

# What the callee has received: packets and bytes.
callee_received() {
	local counters=$tools/callee/class/net/d0/statistics
	echo "$(< $counters/rx_packets) $(< $counters/rx_bytes)"
}

# How a stream of each kind goes through the relay: link-layer destination, both ends,
# 1 for SRTP, what the frames grow by on the way, and whether the callee gets them.
declare -A flows=(
	[none]="$other_link $caller:$far_port $callee:$free_port 0 0 0"
	[none_sealed]="$other_link $caller:$far_port $callee:$phone_port 1 0 0"
	[plain]="$relay_link $caller:$phone_port $callee:$far_port 0 0 1"
	[protect]="$relay_link $caller:$phone_port $callee:$far_port 0 16 1"
	[unprotect]="$relay_link $caller:$far_port $callee:$phone_port 1 -16 1"
	[user_protect]="$relay_link $caller:$phone_port $relay_near:$far_port 0 16 1"
	[drop]="$relay_link $caller:$far_port $callee:$free_port 0 0 0"
)

# flow_send KIND PAYLOAD PACKETS [OPTION VALUE]...: sends and leaves what the source
# printed in parts, and the last of them in four variables. Fails unless the packets
# come out, or do not, as the kind says. They are spread over STREAMS; indices go on
# from call to call.
flow_send() {
	local kind=$1 payload=$2 count=$3 streams=${STREAMS:-1}
	local link from to sealed growth arrives before result
	shift 3
	read -r link from to sealed growth arrives <<< "${flows[$kind]}"
	read -ra before <<< "$(callee_received)"
	result=$(at caller $tools/source c0 "$link" "$from" "$to" \
		--payload "$payload" --packets "$count" --first "${next_index[$kind]:-1}" \
		--sealed "$sealed" --streams "$streams" "$@") || die "the source failed for $kind"
	next_index[$kind]=$((${next_index[$kind]:-1} + (count + streams - 1) / streams))
	mapfile -t parts <<< "${result//[a-z_]*([a-z_])=/}"
	read -r packets elapsed_ns cpu_ns batch_ns <<< "${parts[-1]}"
	flow_check "$kind of $payload bytes" "${before[@]}" $((count * arrives)) \
		$((14 + 20 + 8 + 12 + payload + 16 * sealed + growth))
}

# flow_check NAME PACKETS-BEFORE BYTES-BEFORE COUNT LENGTH: packets that were lost, or
# passed as they were, would make any measurement look good.
flow_check() {
	local after tries=100
	read -ra after <<< "$(callee_received)"
	while [ $((after[0] - $2)) -lt "$4" ] && [ $tries -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
		read -ra after <<< "$(callee_received)"
	done
	[ $((after[0] - $2)) = "$4" ] || die "$1: $((after[0] - $2)) packets came out, not $4"
	[ $((after[1] - $3)) = $(($4 * $5)) ] ||
		die "$1: $((after[1] - $3)) bytes came out, not $4 times $5"
}

# transforms_measure SIZE RUNS ROUNDS: the module's transforms and the bare cipher.
transforms_measure() {
	local bench=/sys/module/nf_srtp/parameters/transform_bench
	local protect unprotect seal open
	echo "$*" > $bench || die "the transforms of $1 bytes failed"
	while read -r protect unprotect seal open; do
		sample "protect_ns_$1" "$protect"
		sample "unprotect_ns_$1" "$unprotect"
		sample "seal_ns_$1" "$seal"
		sample "open_ns_$1" "$open"
	done < $bench
}

# user_relay_start PROCESSOR, user_relay_stop: a relay in user space; stopping it leaves
# its user_batch_ns.
user_relay_start() {
	exec {said}< <(exec nsenter --net=/run/netns/relay taskset -c "$1" $tools/relay protect 1 \
		"$relay_near:$far_port" "$caller:$phone_port" \
		"$relay_far:$phone_port" "$callee:$far_port")
	user_relay=$!
	read -r _ <&"$said" || die "the relay in user space does not start"
}
user_relay_stop() {
	kill "$user_relay"
	IFS='=' read -r _ user_batch_ns <&"$said" || die "the relay in user space said nothing"
	exec {said}<&-
}

# The early rule to compare with, for the packets that the module drops.
nft_drop() {
	at relay nft -f - <<- END
		table ip bench {
			chain early {
				type filter hook prerouting priority raw;
				udp dport $protected drop
			}
		}
	END
}
