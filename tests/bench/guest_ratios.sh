#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_ratios.sh ROUNDS PACKETS SESSIONS: the speeds that the ratios are made of. What
# is compared is measured turn by turn in each round, with two processors.

# shellcheck source=tests/bench/lib.sh
. "$TOP/tests/bench/lib.sh"

rounds=$1 count=$2 many=$3
several=64
pace="--batch 64 --gap 10000"

# speed NAME KIND PAYLOAD [OPTION VALUE]...: packets a second.
speed() {
	local name=$1 kind=$2 payload=$3
	shift 3
	flow_send "$kind" "$payload" "$count" "$@"
	sample "$name" $((packets * 1000000000 / elapsed_ns))
}

# paced NAME KIND PAYLOAD [PID]: nanoseconds of processor time a packet, of the source
# and of a process that relays.
paced() {
	local name=$1 kind=$2 payload=$3 relay=${4:-} start=0 end=0
	[ -z "$relay" ] || read -r start _ < "/proc/$relay/schedstat"
	# shellcheck disable=SC2086 # Several words are meant.
	flow_send "$kind" "$payload" $((count / 4)) $pace
	[ -z "$relay" ] || read -r end _ < "/proc/$relay/schedstat"
	sample "$name" $(((cpu_ns + end - start) / packets))
}

# Everything that does not need the module, without it.
round_without_module() {
	local size relay
	speed plain_pps_160 plain 160
	STREAMS=$several speed plain_cpu1_pps plain 160
	STREAMS=$several speed plain_cpu2_pps plain 160 --cpus 2
	nft_drop
	speed nft_pps_160 drop 160
	at_relay nft flush ruleset
	exec {said}< <(exec ip netns exec relay "$tools/relay" protect 1 "$relay_near:$far_port" \
		"$caller:$phone_port" "$relay_far:$phone_port" "$callee:$far_port")
	relay=$!
	read -r _ <&"$said" || die "the relay in user space does not start"
	for size in 160 1200; do
		paced "none_paced_ns_$size" none $size
		paced "user_paced_ns_$size" user_protect $size "$relay"
	done
	kill "$relay"
	exec {said}<&-
}

round_with_module() {
	local size
	module_load
	sessions_add $several > /dev/null
	STREAMS=$several flow_send protect 160 $((several * 4))
	sleep 0.5
	speed protect_pps_160 protect 160
	speed drop_pps_160 drop 160
	STREAMS=$several speed protect_cpu1_pps protect 160
	STREAMS=$several speed protect_cpu2_pps protect 160 --cpus 2
	for size in 160 1200; do
		paced "protect_paced_ns_$size" protect $size
		transforms_measure $size 1 64
	done
	module_unload
}

slab_bytes() {
	awk '/^nf_srtp_/ { total += $15 * $6 * 4096 } END { printf "%.0f\n", total }' /proc/slabinfo
}
kernel_bytes() {
	awk '/^(Slab|Percpu|VmallocUsed|KernelStack|PageTables):/ { total += $2 * 1024 }
		END { printf "%.0f\n", total }' /proc/meminfo
}

# One session and many, in turns: the many are made and ended once in between.
many_sessions() {
	local i own all added="$OUT/sessions-added" bytes
	module_load
	for i in 1 2; do
		sessions_add 1 > /dev/null
		flow_send protect 160 $((many / 10))
		sleep 0.5
		for _ in $(seq $(((rounds + 1) / 2))); do
			speed sessions_1_pps protect 160
		done
		sessions clear
		[ $i = 1 ] || break
		sleep 1
		own=$(slab_bytes) all=$(kernel_bytes)
		sessions_add "$many" > "$added"
		sample session_own_bytes $((($(slab_bytes) - own) / many))
		sample session_all_bytes $((($(kernel_bytes) - all) / many))
		sample session_setups $((many * 1000000000 / $(sed 's/.*=//' "$added")))
		read -r _ bytes _ <<< "$(sessions module)"
		sample session_module_bytes "${bytes#*=}"
		STREAMS=$many flow_send protect 160 "$many"
		sleep 2
		for _ in $(seq "$rounds"); do
			STREAMS=$many speed sessions_many_pps protect 160
		done
		sessions clear
	done
	module_unload
}

topology_create
flow_send plain 160 2000
for round in $(seq "$rounds"); do
	echo "round $round of $rounds"
	round_without_module
	round_with_module
done
echo "many sessions"
many_sessions
