#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_instructions.sh RUNS PACKETS [KIND]...: instructions a packet, in a guest in
# which an instruction takes one nanosecond (vm.sh --icount). A KIND is one of none,
# none_sealed, plain, nft, user, protect, unprotect, drop, transforms; without any, all.

# shellcheck source=tests/bench/lib.sh
. "$TOP/tests/bench/lib.sh"

runs=$1 count=$2
shift 2
read -ra kinds <<< "${*:-none none_sealed plain nft user protect unprotect drop transforms}"
wanted() { [[ " ${kinds[*]} " == *" $1 "* ]]; }

# instructions NAME KIND: of the packets' whole way, in both sizes.
instructions() {
	local size
	for size in 160 1200; do
		# The first packets fill caches and make the stream.
		flow_send "$2" $size 256
		sleep 0.1
		for _ in $(seq "$runs"); do
			flow_send "$2" $size "$count"
			sample "$1_$size" "$((cpu_ns * 10 / packets))e-1"
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
	at_relay nft flush ruleset
fi

# What the relay in user space takes beside the source.
user_instructions() {
	local size start end
	for size in 160 1200; do
		flow_send user_protect $size 256 --gap 2000
		for _ in $(seq "$runs"); do
			read -r start _ < "/proc/$user_relay/schedstat"
			flow_send user_protect $size "$count" --gap 2000
			read -r end _ < "/proc/$user_relay/schedstat"
			sample "user_$size" "$(((cpu_ns + end - start) * 10 / packets))e-1"
			# The source's share of sleeping and waking goes with every batch.
			flow_send none $size "$count" --gap 2000
			sample "none_paced_$size" "$((cpu_ns * 10 / packets))e-1"
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
module_unload
