#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The program as it is built, where no module is: exit codes, what goes where, keys
# that must not be told, completion.
#
#   command_line.sh PHONESEC

# shellcheck disable=SC2317 # Functions are called by name.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
phonesec=$1
key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis
addresses=(--local 10.0.0.1:4000 --remote 10.0.0.2:4000)
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

# matches PATTERN FILE: an empty pattern is for an empty file
matches() { if [ -n "$1" ]; then grep -qE -- "$1" "$2"; else [ ! -s "$2" ]; fi; }

# expect NAME STATUS OUT ERR COMMAND...: both streams must match their patterns, "" for none
expect() {
	local name=$1 status=$2 out=$3 err=$4 found=0
	shift 4
	"$@" > "$folder/out" 2> "$folder/err" || found=$?
	if [ $found != "$status" ]; then
		not_ok "$name" "ended with $found, wanted $status: $(cat "$folder/out" "$folder/err")"
	elif ! matches "$out" "$folder/out"; then
		not_ok "$name" "wrote '$(cat "$folder/out")', wanted '$out'"
	elif ! matches "$err" "$folder/err"; then
		not_ok "$name" "complained '$(cat "$folder/err")', wanted '$err'"
	elif grep -qF -e "${key:8:20}" "$folder/out" "$folder/err"; then
		not_ok "$name" "a key was told"
	else
		ok "$name"
	fi
}

with() { local text=$1; shift; printf '%s\n' "$text" | "$@"; }

expect usage-without-words 2 '' 'command-unknown' "$phonesec"
expect help 0 'media add' '' "$phonesec" --help
expect help-command 0 '--context CONTEXT' '' "$phonesec" media rekey --help
expect version 0 '^phonesec [0-9]' '' "$phonesec" --version
expect error-in-json 2 '^\{"error":\{"code":"option-unknown"' '' "$phonesec" media list --oh --json
expect key-in-arguments 2 '' 'key-in-arguments' "$phonesec" media add "inline:$key"
expect key-line-refused 2 '' 'line 1' with "tx AEAD_AES_128_GCM inline:$key" \
	"$phonesec" media add "${addresses[@]}"
expect key-both-ways 5 '"code":"key-both-ways"' '' with \
	"tx AEAD_AES_256_GCM inline:$key"$'\n'"rx AEAD_AES_256_GCM inline:$key" \
	"$phonesec" media add "${addresses[@]}" --json
expect unencrypted-srtcp 5 '' 'sdes-unencrypted-srtcp' with \
	"rx AEAD_AES_256_GCM inline:$key UNENCRYPTED_SRTCP" "$phonesec" media add "${addresses[@]}"
expect families 2 '' 'address-families' "$phonesec" media add --local 10.0.0.1:4000 \
	--remote '[::1]:4000'
expect rtcp-ports 2 '' 'rtcp-ports' "$phonesec" media add "${addresses[@]}" --rtcp-mux \
	--local-rtcp-port 9
expect context-missing 2 '' 'RFC 4568' with "tx AEAD_AES_256_GCM inline:$key" \
	"$phonesec" media rekey 1
expect standby-needs-mki 2 '' 'standby-mki' with "tx AEAD_AES_256_GCM inline:$key" \
	"$phonesec" media rekey 1 --context same --standby
expect nothing-to-change 2 '' 'nothing-to-change' "$phonesec" media set 1
expect output-full 1 '' 'could not be written' bash -c "$phonesec --help > /dev/full"

# Without a bus; with one, tests/unit-daemon/bus_test.py goes on.
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$folder/bus
expect bus-missing 3 '' 'bus-missing' "$phonesec" status
expect bus-missing-json 3 '"exit":3' '' "$phonesec" call list --json
expect bus-missing-login 3 '' 'bus-missing' with "$key" "$phonesec" oauth login
expect token-in-arguments 2 '' 'key-in-arguments' "$phonesec" oauth login "x.${key:8:20}"
expect token-source 1 '' 'key-source-read' "$phonesec" oauth login --key-fd 99
expect token-empty 1 '' 'token-missing' "$phonesec" oauth login < /dev/null
expect bus-missing-lsc 3 '' 'bus-missing' with 1234 "$phonesec" lsc update
expect string-form 2 '' 'string-form' with 12a4 "$phonesec" lsc update
expect string-in-arguments 2 '' 'operand-extra' "$phonesec" lsc update 123456
expect menu-terminal 2 '' 'menu-terminal' "$phonesec" menu
expect menu-terminal-json 2 '"code":"menu-terminal"' '' "$phonesec" menu --json
expect fingerprint 2 '' 'value-invalid' "$phonesec" trust approve 0123
expect fingerprint-is-no-key 3 '' 'bus-missing' "$phonesec" trust approve \
	"$(printf '%064d' 0)"
expect file-read 1 '' 'No such file' "$phonesec" trust explain "$folder/none"
expect tone-file-missing 1 '' 'No such file' "$phonesec" tone secure --out "$folder/none/x.wav"
expect tone-full 1 '' 'No space left' "$phonesec" tone secure --out /dev/full
expect tone 0 '"samples": 9600' '' "$phonesec" tone nonsecure --out "$folder/x.wav" --json
# RIFF, 16 bit, one channel, 8,000 samples a second, and as long as it says.
expect tone-wav 0 '^52494646 244b0000 57415645 666d7420 10000000 01000100 401f0000$' '' \
	bash -c "od -An -tx4 --endian=big -N28 -w28 -v '$folder/x.wav' | sed 's/^ //'"
expect tone-length 0 "^$((44 + 2 * 9600))\$" '' stat -c %s "$folder/x.wav"

if [ -e /sys/module/nf_srtp ]; then
	echo "ok module-missing # skip: the module is loaded"
else
	expect module-missing 3 '' 'module-missing' "$phonesec" media
	expect module-missing-json 3 '"exit":3' '' "$phonesec" media list --json
	expect module-missing-add 3 '' 'module-missing' with "tx AEAD_AES_256_GCM inline:$key" \
		"$phonesec" media add "${addresses[@]}"
	expect doctor-without-module 3 'problem  module: ' '' "$phonesec" media doctor
	expect doctor-in-json 3 '"verdict": "problem"' '' "$phonesec" media doctor --json
fi

# The script for bash, as bash would call it.
completion() {
	# shellcheck source=data/completion/phonesec
	. "$top/data/completion/phonesec"
	PATH=$(dirname "$phonesec"):$PATH
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_phonesec
	echo "${COMPREPLY[*]}"
}
expect completion-verbs 0 '^rekey$' '' completion phonesec media re
expect completion-options 0 '^--protect$' '' completion phonesec media policy --pro
expect completion-values 0 '^off monitor enforce$' '' completion phonesec media policy --mode ''
expect completion-lists 0 '^ctl itl pending tvs$' '' completion phonesec trust show ''
expect completion-kinds 0 '^ec-256 ec-384 ec-521$' '' completion phonesec identity request x \
	--key ec
expect completion-file-operands 0 "^$folder/out\$" '' completion phonesec trust explain \
	"$folder/ou"
expect completion-files 0 "^$folder/out\$" '' completion phonesec tone secure --out "$folder/ou"

exit $failed
