# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # lib.sh and session.sh set what is missing here.
#
# Sourced by all.sh: calls with libsrtp2, a session for each way to set one up and in
# it a source for each of three patterns, so that every pattern meets every pair of
# choices. libsrtp_call knows what the patterns are.

libsrtp_call=$PHONESEC_BUILD/interop/libsrtp_call
libsrtp_mki=0x1d07c0de
libsrtp_patterns=(in-order wrap wrap-loss wrap-reorder wrap-loss-reorder wrap-unseen roc-told)

# libsrtp_pattern NAME PATTERN SSRC OPTION...: one call within the session.
libsrtp_pattern() {
	local name=$1 pattern=$2 ssrc=$3 roc=()
	shift 3
	if [ "$pattern" = roc-told ]; then
		pattern=wrap-reorder roc=(--roc 41)
		check "$name-is-taken" at phone "$phonesec" media set "$session" \
			--roc "tx:$ssrc=41" --roc "rx:$((ssrc + 1))=41"
	fi
	check "$name" "$libsrtp_call" --pattern "$pattern" --ssrc "$ssrc" "${roc[@]}" "$@" \
		--key-fd 0 < "$TMPDIR/keys"
}

# libsrtp_session PATTERN SUITE FAMILY RTCP MKI
libsrtp_session() {
	local first=$1 mki=none options=(--suite "$2") step pattern ssrc
	shift
	[ "$3" = own ] || options+=(--mux)
	[ "$4" = plain ] || { mki=$libsrtp_mki; options+=(--mki); }
	session_create "$1" "$2" "$3" "$mki"
	cat "$TMPDIR/key.tx" "$TMPDIR/key.rx" > "$TMPDIR/keys"
	options+=(--local "$near" --remote "$far" --port "$media_port")
	for step in 0 1 2; do
		pattern=${libsrtp_patterns[(first + step) % ${#libsrtp_patterns[@]}]}
		ssrc=$((0x5e550000 + 16 * step))
		libsrtp_pattern "libsrtp-$1-$2-$3-$4-$pattern" "$pattern" $ssrc "${options[@]}"
	done
	session_delete
}

libsrtp_calls() {
	local suite family rtcp mki s=0 f r m
	# With these factors no pair is left out.
	for suite in 128 256; do
		f=0
		for family in ipv4 ipv6; do
			r=0
			for rtcp in own mux; do
				m=0
				for mki in plain mki; do
					libsrtp_session $((s + 3 * (f + r + m))) \
						$suite $family $rtcp $mki
					m=1
				done
				r=1
			done
			f=1
		done
		s=1
	done
	check_equal libsrtp-nothing-dropped "$(session_drops)" 0
}
