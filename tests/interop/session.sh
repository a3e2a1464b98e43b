# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # lib.sh sets what is missing here.
#
# Sourced by all.sh: a session on the phone, and its keys as both sides want them.

media_port=5004

# address_pair FAMILY: sets near and far, and their form with a port.
address_pair() {
	if [ "$1" = ipv4 ]; then
		near=${address4[phone]} far=${address4[peer]}
		near_port=$near:$media_port far_port=$far:$media_port
	else
		near=${address6[phone]} far=${address6[peer]}
		near_port=[$near]:$media_port far_port=[$far]:$media_port
	fi
}

# keys_create SUITE: two new master keys with their salts in the files key.tx and key.rx.
keys_create() {
	head -c $(($1 / 8 + 12)) /dev/urandom > "$TMPDIR/key.tx"
	head -c $(($1 / 8 + 12)) /dev/urandom > "$TMPDIR/key.rx"
}

# key_hex WAY: for programs that want it so.
key_hex() { od -An -v -tx1 "$TMPDIR/key.$1" | tr -d ' \n'; }

# session_create SUITE FAMILY RTCP MKI: a session under new keys; sets session.
session_create() {
	local suite=$1 rtcp=$3 mki=$4 parameter='' options=() way
	keys_create "$suite"
	address_pair "$2"
	[ "$mki" = none ] || parameter="|$((mki)):4"
	[ "$rtcp" = own ] || options+=(--rtcp-mux)
	session=$(for way in tx rx; do
		echo "$way AEAD_AES_${suite}_GCM inline:$(base64 -w0 "$TMPDIR/key.$way")$parameter"
	done | at phone "$phonesec" media add --local "$near_port" --remote "$far_port" \
		"${options[@]}" --json | sed -n 's/.*"id": *\([0-9]*\).*/\1/p')
	[ -n "$session" ] || not_ok session-create "no session for $*"
}

session_delete() { at phone "$phonesec" media del "$session" > /dev/null; }

# session_drops: packets that the session's namespace has dropped so far, both ways.
session_drops() {
	at phone "$phonesec" media stats --json |
		awk -F '[:,]' '/"dropped"/ { sum += $2 } END { print sum + 0 }'
}
