#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# phonesec-sign as it is built: exit codes, what goes where, files that are written whole or not
# at all, completion.
#
#   sign_command.sh PHONESEC-SIGN

# shellcheck disable=SC2317 # Functions are called by name.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sign=$(realpath "$1")
vectors=$top/tests/vectors/files
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

# expect NAME STATUS OUT ERR COMMAND...: both streams must match their patterns, "" for none
expect() {
	local name=$1 status=$2 out=$3 err=$4 found=0
	shift 4
	"$@" > "$folder/.out" 2> "$folder/.err" || found=$?
	if [ $found != "$status" ]; then
		not_ok "$name" "ended with $found, wanted $status: $(cat "$folder/.out" "$folder/.err")"
	elif ! matches "$out" "$folder/.out"; then
		not_ok "$name" "wrote '$(cat "$folder/.out")', wanted '$out'"
	elif ! matches "$err" "$folder/.err"; then
		not_ok "$name" "complained '$(cat "$folder/.err")', wanted '$err'"
	else
		ok "$name"
	fi
}

# An empty pattern is for an empty file.
matches() { if [ -n "$1" ]; then grep -qE -- "$1" "$2"; else [ ! -s "$2" ]; fi; }

check() { if "${@:2}"; then ok "$1"; else not_ok "$1" "$(ls -l "$folder")"; fi; }

cd "$folder" || exit 1
cp "$vectors/SEP001122334455.cnf.xml" name.xml
signer=(--signer "$vectors/Asterisk.pem")
golden=$vectors/SEP001122334455.cnf.xml.sgn

expect usage 2 '' 'operand-missing' "$sign"
expect help 0 'encrypt FILE' '' "$sign" --help
expect help-verb 0 '--for CERTIFICATE .*\(required\)' '' "$sign" encrypt --help
expect version 0 '^phonesec-sign [0-9]' '' "$sign" --version
expect verb-unknown 2 '' 'command-unknown' "$sign" frob
expect option-unknown 2 '' 'option-unknown' "$sign" show name.xml --frob
expect option-of-other-verb 2 '' 'option-unknown' "$sign" show name.xml --digest sha1
expect option-twice 2 '' 'option-repeated' "$sign" file name.xml "${signer[@]}" --time 1 --time 2
expect option-value 2 '' 'option-value' "$sign" file name.xml --signer
expect option-no-value 2 '' 'option-value' "$sign" show name.xml --json=1
expect option-missing 2 '' 'option-missing' "$sign" file name.xml
expect choice 2 '' 'value-invalid' "$sign" file name.xml "${signer[@]}" --digest md5
expect time-number 2 '' 'value-invalid' "$sign" file name.xml "${signer[@]}" --time 4294967296
expect operand-missing 2 '' 'operand-missing' "$sign" verify
expect operand-extra 2 '' 'operand-extra' "$sign" verify a b
expect role-unknown 2 '' "'FROB' is no role" "$sign" itl "FROB=$vectors/SAST.pem" "${signer[@]}"
expect record-form 2 '' 'value-invalid' "$sign" itl "$vectors/SAST.pem" "${signer[@]}"
expect refusal-in-json 1 '^\{"error":\{"code":"file-read"' '' "$sign" show nix --json
expect certificate-missing 1 '' 'file-store' "$sign" file name.xml --signer nix.pem
openssl x509 -in "$vectors/SAST.pem" -out certificate.pem
expect key-missing 1 '' 'no private key' "$sign" file name.xml --signer certificate.pem
expect key-of-other 1 '' "it is not the certificate's key" "$sign" file name.xml "${signer[@]}" \
	--key "$vectors/SAST.pem"
expect both-signers 2 '' 'not both' "$sign" verify "$golden" "${signer[@]}" \
	--list "$vectors/ITLFile.tlv"
expect no-signer 2 '' 'option-missing' "$sign" verify "$golden"
expect open-without-key 2 '' 'as it is encrypted' "$sign" open \
	"$vectors/SEP001122334455.cnf.xml.enc.sgn" --out plain.xml "${signer[@]}"
expect show-list 0 'CCM\+TFTP +CN=Asterisk' '' "$sign" show "$vectors/ITLFile.tlv"
expect show-unsigned 5 '' 'file-unsigned' "$sign" show name.xml
expect weak-digest 0 'SHA-1 is weak' '' "$sign" verify "$vectors/ITLFile.tlv"
expect output-full 1 '' 'could not be written' bash -c '"$1" --help > /dev/full' - "$sign"
expect file-full 1 '' 'output' bash -c '"$@" > /dev/full' - "$sign" file name.xml "${signer[@]}" \
	--out -
expect folder-missing 1 '' 'output' "$sign" file name.xml "${signer[@]}" --out nix/name.sgn

# With the same time the same file comes out, by a URI and by streams.
expect by-uri 0 "name.xml.sgn: [0-9]+ bytes, signed as 'name.xml.sgn' over SHA512" '' \
	"$sign" file name.xml --signer "file:$vectors/Asterisk.pem"
golden_by_streams() {
	"$sign" file - "${signer[@]}" --style tool --time $((0x6b03c5d3)) \
		--name SEP001122334455.cnf.xml.sgn --out - < name.xml | cmp - "$golden"
}
check golden-by-streams golden_by_streams

# What is decrypted is for its owner alone, what is signed for all.
modes() {
	"$sign" open "$vectors/SEP001122334455.cnf.xml.enc.sgn" "${signer[@]}" \
		--key "$vectors/dev.pem" --out plain.xml && cmp plain.xml name.xml &&
		[ "$(stat -c %a plain.xml name.xml.sgn)" = $'600\n644' ]
}
umask 022
check modes modes
# A folder stands where the file would: nothing is left beside it.
mkdir taken
expect name-taken 1 '' 'output' "$sign" file name.xml "${signer[@]}" --out taken
nothing_left() { [ -z "$(find . -name 'taken.*')" ]; }
check nothing-left nothing_left

completes() { [ "$("$sign" complete "${@:2}" | paste -sd ' ')" = "$1" ]; }
check complete-verb completes 'encrypt' e
check complete-option completes '--digest' file --d
check complete-choice completes 'sha1 sha256 sha512' file name.xml --digest ''
check complete-file completes '' file ''
exit $failed
