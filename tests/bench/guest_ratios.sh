#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_ratios.sh ROUNDS PACKETS SESSIONS: the speeds that the ratios are made of. What
# is compared is measured turn by turn in each round, with two processors.

# shellcheck source=tests/bench/lib.sh
. "$TOP/tests/bench/lib.sh"

rounds=$1 count=$2 many=$3
several=64

# speed NAME KIND PAYLOAD [OPTION VALUE]...: nanoseconds a packet, source included.
speed() {
	local name=$1 kind=$2 payload=$3
	shift 3
	flow_send "$kind" "$payload" "$count" "$@"
	sample "$name" "$((batch_ns * 10 / 64))e-1"
}

# rate NAME KIND [OPTION VALUE]...: packets a second of all processors together, in the
# best of ten parts: the one in which the machine had most to give.
rate() {
	local name=$1 kind=$2 part best=0
	shift 2
	STREAMS=$several flow_send "$kind" 160 $((count * 2)) --parts 10 "$@"
	for part in "${parts[@]}"; do
		read -r packets elapsed_ns _ <<< "$part"
		part=$((packets * 1000000000 / elapsed_ns))
		best=$((part > best ? part : best))
	done
	sample "$name" $best
}

# The source lets the relay, on the same processor, empty its socket after each batch.
user_relay() {
	local size
	for size in 160 1200; do
		user_relay_start 0
		speed "user_source_ns_$size" user_protect $size --gap 10000
		user_relay_stop
		sample "user_ns_$size" "$((user_batch_ns * 10 / 64))e-1"
	done
}

# Everything that does not need the module, without it.
round_without_module() {
	local size
	for size in 160 1200; do
		speed "none_ns_$size" none $size
		speed "plain_ns_$size" plain $size
	done
	rate plain_cpu1 plain
	rate plain_cpu2 plain --cpus 2
	nft_drop
	speed nft_ns_160 drop 160
	at relay nft flush ruleset
	user_relay
}

round_with_module() {
	local size
	module_load
	sessions_add $several > /dev/null
	STREAMS=$several flow_send protect 160 $((several * 4))
	sleep 0.5
	for size in 160 1200; do
		speed "forward_ns_$size" protect $size
		transforms_measure $size 1 64
	done
	speed drop_ns_160 drop 160
	rate protect_cpu1 protect
	# The emulator translates code for each processor when it first runs there.
	STREAMS=$several flow_send protect 160 $((count * 2)) --cpus 2
	rate protect_cpu2 protect --cpus 2
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
		flow_send protect 160 1280
		sleep 0.5
		for _ in $(seq $(((rounds + 1) / 2))); do
			speed sessions_1_ns protect 160
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
			STREAMS=$many speed sessions_many_ns protect 160
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
