# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # lib.sh and session.sh set what is missing here.
#
# Sourced by all.sh: calls of two seconds between GStreamer's plain RTP on the phone and
# its srtpenc and srtpdec on the peer, both speaking at once. What each hears must be
# what the other said, to the sample.

# shellcheck source=tests/interop/gstreamer_ends.sh
. "$here/gstreamer_ends.sh"

# Each pair of choices is there: suite, family, RTCP port, MKI, wrap in the call.
gstreamer_list='
128 ipv4 mux none 1000
128 ipv4 own 1d07c0de 1000
128 ipv6 own none 65500
256 ipv4 mux 1d07c0de 65500
256 ipv6 mux none 1000
256 ipv6 own 1d07c0de 65500'

# speech_create END WORDS: two seconds of mu-law speech in END.said.
speech_create() {
	espeak-ng -v en -w "$TMPDIR/$1.wav" "$2"
	sox -V1 --ignore-length "$TMPDIR/$1.wav" -t ul -r 8000 -c 1 "$TMPDIR/$1.said" \
		pad 0 2 trim 0 2
}

gstreamer_has_report() { # END SSRC: a sender report has come to END
	od -An -v -tx1 "$TMPDIR/$1.reports" | tr -d ' \n' |
		grep -q "80c80006$(printf %08x "$2")\|81c8000c$(printf %08x "$2")"
}

# heard_all END: it has heard as many samples as were said.
heard_all() { [ "$(stat -c %s "$TMPDIR/$1.heard")" -ge 16000 ]; }

ends_start() {
	local end
	for end in phone peer; do
		rm -f "$TMPDIR/$end".{heard,reports,microphone}
		mkfifo "$TMPDIR/$end.microphone"
		# Opened both ways, the pipe has no end before the call's.
		"gstreamer_$end" "$TMPDIR" <> "$TMPDIR/$end.microphone" > "$TMPDIR/$end.log" 2>&1 &
		ends+=($!)
	done
	for end in phone peer; do
		wait_until 30 gstreamer_is_listening $end ||
			not_ok "$name-$end-listens" "$(tail -n 5 "$TMPDIR/$end.log")"
	done
}

ends_speak() {
	local microphones=() end
	for end in phone peer; do
		python3 "$here/microphone.py" --pace 2 "$TMPDIR/$end.said" \
			> "$TMPDIR/$end.microphone" 2> "$TMPDIR/$end.frames" &
		microphones+=($!)
	done
	wait "${microphones[@]}"
	wait_until 5 heard_all phone
	wait_until 5 heard_all peer
}

# gstreamer_call SUITE FAMILY RTCP MKI FIRST-SEQ
gstreamer_call() {
	local suite=$1 mki=$4 first_seq=$5 name=gstreamer-$1-$2-$3-$4-$5 ends=()
	local phone_ssrc=0x11223344 peer_ssrc=0x55667788 rtcp_port=$((media_port + 1))
	local key_tx key_rx session_mki=$mki failed_before=$failed
	[ "$mki" = none ] || session_mki=0x$mki
	[ "$3" = own ] || rtcp_port=$media_port
	session_create "$suite" "$2" "$3" "$session_mki"
	key_tx=$(key_hex tx) key_rx=$(key_hex rx)
	ends_start
	ends_speak
	check "$name-peer-heard" cmp "$TMPDIR/phone.said" "$TMPDIR/peer.heard"
	check "$name-phone-heard" cmp "$TMPDIR/peer.said" "$TMPDIR/phone.heard"
	check "$name-peer-report" wait_until 8 gstreamer_has_report peer $phone_ssrc
	check "$name-phone-report" wait_until 8 gstreamer_has_report phone $peer_ssrc
	kill "${ends[@]}"
	wait "${ends[@]}" 2> /dev/null
	[ "$failed" = "$failed_before" ] || head -n 20 "$TMPDIR"/{phone,peer}.log
	session_delete
}

gstreamer_calls() {
	local suite family rtcp mki seq
	gstreamer_create
	speech_create phone "This is the phone. Who is there?"
	speech_create peer "Here is the other side, loud and clear."
	while read -r suite family rtcp mki seq; do
		[ -n "$suite" ] || continue
		gstreamer_call "$suite" "$family" "$rtcp" "$mki" "$seq" < /dev/null
	done <<< "$gstreamer_list"
	check_equal gstreamer-nothing-dropped "$(session_drops)" 0
}
