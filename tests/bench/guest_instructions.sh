#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_instructions.sh RUNS PACKETS [KIND]...: instructions a packet, in a guest in
# which an instruction takes one nanosecond (vm.sh --icount). A KIND is one of none,
# none_sealed, plain, nft, user, protect, unprotect, drop, transforms, many; without any, all.

# shellcheck source=tests/bench/lib.sh
. "$TOP/tests/bench/lib.sh"

runs=$1 count=$2
shift 2
read -ra kinds <<< "${*:-none none_sealed plain nft user protect unprotect drop transforms many}"
wanted() { [[ " ${kinds[*]} " == *" $1 "* ]]; }

# instructions NAME KIND [OPTION VALUE]...: of the packets' whole way, in both sizes.
instructions() {
	local name=$1 kind=$2 size part
	shift 2
	for size in 160 1200; do
		flow_send "$kind" $size $(((runs + 1) * count)) --parts $((runs + 1)) "$@"
		# The first part fills caches and makes the stream.
		for part in "${parts[@]:1}"; do
			read -r _ _ cpu_ns _ <<< "$part"
			sample "${name}_$size" "$((cpu_ns * 10 / count))e-1"
		done
	done
}

topology_create
for kind in none none_sealed plain; do
	! wanted $kind || instructions $kind $kind
done
if wanted nft; then
	nft_drop
	instructions nft drop
	at relay nft flush ruleset
fi

# What the relay in user space takes, its share of the source with it. That sleeps after
# each batch, and so it does for the packets to compare with.
user_instructions() {
	local size start end
	instructions none_paced none --gap 2000
	for size in 160 1200; do
		flow_send user_protect $size 256 --gap 2000
		for _ in $(seq "$runs"); do
			read -r start _ < "/proc/$user_relay/schedstat"
			flow_send user_protect $size "$count" --gap 2000
			read -r end _ < "/proc/$user_relay/schedstat"
			sample "user_$size" "$(((cpu_ns + end - start) * 10 / packets))e-1"
		done
	done
}
if wanted user; then
	user_relay_start 0
	user_instructions
	user_relay_stop
fi

module_load
sessions_add 1 > /dev/null
sessions add 1 "$callee:$phone_port" "$caller:$far_port" > /dev/null || die "no session"
for kind in protect unprotect drop; do
	! wanted $kind || instructions $kind $kind
done
if wanted transforms; then
	for size in 160 1200; do
		transforms_measure $size "$runs" 16
	done
fi
echo "$(sessions module), $(uname -r)"
if wanted many; then
	sessions clear
	sessions_add 10000
	STREAMS=10000 flow_send protect 160 10000
	sleep 1
	STREAMS=10000 flow_send protect 160 20000 --parts 2
	for part in "${parts[@]}"; do
		read -r packets _ cpu_ns _ <<< "$part"
		sample many_160 "$((cpu_ns * 10 / packets))e-1"
	done
fi
module_unload
