#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Files for phones, with openssl as the other side: it confirms what phonesec-sign signs, wraps
# and encrypts, and what it signs, wraps and encrypts itself is taken. The layout is written here
# once more, from the description of the format.
#
#   openssl_files.sh PHONESEC-SIGN

# shellcheck disable=SC2317 # Functions are called by name.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
sign=$1
vectors=$top/tests/vectors/files
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

check() { # NAME COMMAND...
	local said
	if said=$("${@:2}" 2>&1); then ok "$1"; else not_ok "$1" "$said"; fi
}

refused() { # REASON COMMAND...: ends so
	local said
	! said=$("${@:2}" 2>&1) && [[ $said == *"[$1]"* ]] || { echo "said: $said"; return 1; }
}

# Elements of a header, "TAG OFFSET LENGTH" of each value; containers are stepped into.
elements() { # FILE
	od -An -v -tu1 -w1 -N 4096 "$1" | awk '
		{ byte[NR - 1] = $1 + 0 }
		END {
			length_at = 8
			end = byte[length_at] * 256 + byte[length_at + 1]
			for (at = 0; at < end; ) {
				if (byte[at] == 13) { at++; continue }
				len = byte[at + 1] * 256 + byte[at + 2]
				print byte[at], at + 3, len
				inside = byte[at] ~ /^(3|7|9|16|17|21)$/
				at += 3 + (inside ? 0 : len)
			}
			print "body", end, 0
		}'
}

part() { # FILE OFFSET [LENGTH]
	tail -c +$(($2 + 1)) "$1" | if [ $# = 3 ]; then head -c "$3"; else cat; fi
}

value() { # FILE TAG
	local at len
	read -r at len < <(elements "$1" | sed -n "s/^$2 //p")
	if [ "$2" = body ]; then part "$1" "$at"; else part "$1" "$at" "$len"; fi
}

number() { # FILE TAG
	value "$1" "$2" | od -An -v -tu1 |
		awk '{ for (i = 1; i <= NF; i++) n = n * 256 + $i; print n }'
}
hex() { od -An -v -tx1 | tr -d ' \n'; }
digest_name() { sed -n "$1p" <<< $'sha1\nsha256\nsha512'; }

# What is signed: the file without the element of the signature.
signed_part() { # FILE
	local at len
	read -r at len < <(elements "$1" | sed -n 's/^12 //p')
	head -c $((at - 3)) "$1"
	part "$1" $((at + len))
}

openssl_verifies() { # FILE PEM
	openssl x509 -in "$2" -noout -pubkey > "$folder/public.pem"
	value "$1" 12 > "$folder/signature"
	signed_part "$1" | openssl dgst "-$(digest_name "$(number "$1" 8)")" \
		-verify "$folder/public.pem" -signature "$folder/signature"
}

openssl_opens() { # FILE PEM TEXT
	local key plain=$folder/plain
	value "$1" 25 > "$folder/wrapped"
	key=$(openssl pkeyutl -decrypt -inkey "$2" -in "$folder/wrapped" \
		-pkeyopt rsa_padding_mode:pkcs1 | hex)
	[ ${#key} = 32 ] || return 1
	value "$1" body | openssl enc -d -aes-128-cbc -nopad -K "$key" \
		-iv "$(value "$1" 19 | hex)" > "$folder/padded" || return 1
	head -c -"$(number "$1" 20)" "$folder/padded" > "$plain"
	cmp "$plain" "$3" || return 1
	[ "$(tail -c "$(number "$1" 20)" "$folder/padded" | tr -d '\r' | wc -c)" = 0 ] || return 1
	[ "$(openssl dgst "-$(digest_name "$(number "$1" 26)")" -binary "$plain" | hex)" = \
		"$(value "$1" 27 | hex)" ]
}

# Writing: everything is hexadecimal until the end.
element() { printf '%02x%04x%s' "$1" $((${#2} / 2)) "$2"; } # TAG HEX
text() { printf '%s\0' "$1" | hex; }
bytes() { printf '%b' "$(sed 's/../\\x&/g' <<< "$1")"; }

# An openssl-made file: NAME PEM DIGEST-NUMBER VERSION EXTRA-ELEMENTS BODY-FILE, to $folder/made.
openssl_makes() {
	local name=$1 pem=$2 digest=$3 version=$4 extra=$5 body=$6 serial dn head rest len pad
	serial=$(openssl x509 -in "$pem" -noout -serial | sed 's/.*=//')
	dn=$(text "$(openssl x509 -in "$pem" -noout -subject -nameopt sep_comma_plus,dn_rev,sname |
		sed 's/subject=//; s/, */;/g')")
	head=$(element 3 "$(element 4 "$dn")$(element 5 "$serial")$(element 6 "$dn")")
	head+=$(element 7 "$(element 8 "$(printf %02x "$digest")")$(element 9 \
		"$(element 10 00)$(element 11 02)")")
	rest=$(element 14 "$(text "$name")")$(element 15 "$(printf %08x 1700000000)")$extra
	len=$(((10 * 2 + ${#head} + ${#rest}) / 2 + 3 + 256))
	pad=$(((4 - len % 4) % 4))
	rest+=$(printf '%.*s' $((pad * 2)) 0d0d0d)
	head=$(element 1 "$version")$(element 2 "$(printf %04x $((len + pad)))")$head
	{ bytes "$head"; bytes "$rest"; cat "$body"; } |
		openssl dgst "-$(digest_name "$digest")" -sign "$pem" > "$folder/signature" ||
		return 1
	head+=$(element 12 "$(hex < "$folder/signature")")
	{ bytes "$head"; bytes "$rest"; cat "$body"; } > "$folder/made"
}

openssl_file() { # DIGEST-NUMBER
	openssl_makes "name.xml.sgn" "$vectors/Asterisk.pem" "$1" 0100 '' \
		"$vectors/SEP001122334455.cnf.xml" &&
		"$sign" verify "$folder/made" --list "$vectors/ITLFile.tlv" &&
		"$sign" open "$folder/made" --signer "$vectors/Asterisk.pem" \
			--out "$folder/opened" &&
		cmp "$folder/opened" "$vectors/SEP001122334455.cnf.xml"
}

openssl_encrypted() {
	local key iv pad size extra plain=$vectors/SEP001122334455.cnf.xml
	key=$(openssl rand -hex 16) iv=$(openssl rand -hex 16)
	size=$(stat -c %s "$plain")
	pad=$((16 - size % 16))
	{ cat "$plain"; printf '%.*s' $pad $'\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r\r'; } |
		openssl enc -aes-128-cbc -nopad -K "$key" -iv "$iv" > "$folder/cipher" || return 1
	openssl x509 -in "$vectors/lsc.pem" -noout -pubkey > "$folder/phone.pem"
	extra=$(bytes "$key" | openssl pkeyutl -encrypt -pubin -inkey "$folder/phone.pem" \
		-pkeyopt rsa_padding_mode:pkcs1 | hex)
	extra=$(element 21 "$(element 22 00)$(element 23 0800)$(element 24 01)$(element 25 "$extra")")
	iv=$(element 18 00)$(element 19 "$iv")$(element 20 "$(printf %04x $pad)")
	extra=$(element 17 "$iv")$extra
	extra=$(element 16 "$extra")$(element 26 02)
	extra+=$(element 27 "$(openssl dgst -sha256 -binary "$plain" | hex)")
	openssl_makes "name.xml.enc.sgn" "$vectors/Asterisk.pem" 3 0200 "$extra" "$folder/cipher" &&
		"$sign" open "$folder/made" --list "$vectors/ITLFile.tlv" --key "$vectors/lsc.pem" \
			--out "$folder/opened" && cmp "$folder/opened" "$plain" &&
		refused file-key "$sign" open "$folder/made" --list "$vectors/ITLFile.tlv" \
			--key "$vectors/dev.pem" --out "$folder/opened"
}

# The last byte of what openssl has signed is another one.
changed() {
	openssl_file 3 > /dev/null && truncate -s -1 "$folder/made" && printf x >> "$folder/made" &&
		refused file-signature "$sign" verify "$folder/made" \
			--list "$vectors/ITLFile.tlv" &&
		! openssl_verifies "$folder/made" "$vectors/Asterisk.pem"
}

# Certificates that a list holds are the ones that went in.
list_certificates() {
	local name
	"$sign" show "$folder/list.tlv" --json > "$folder/list.json" || return 1
	for name in SAST Asterisk CAPF ec; do
		grep -q "$(openssl x509 -in "$(pem "$name")" -noout -fingerprint -sha256 |
			sed 's/.*=//; s/://g')" "$folder/list.json" ||
			{ echo "$name is not there"; return 1; }
	done
}

pem() { if [ "$1" = ec ]; then echo "$folder/ec.pem"; else echo "$vectors/$1.pem"; fi; }

for golden in ITLFile.tlv:SAST SEP001122334455.cnf.xml.sgn:Asterisk \
	SEP001122334455.cnf.xml.enc.sgn:Asterisk; do
	check "openssl-verifies-golden-${golden%%:*}" openssl_verifies "$vectors/${golden%:*}" \
		"$vectors/${golden#*:}.pem"
done
check openssl-opens-golden openssl_opens "$vectors/SEP001122334455.cnf.xml.enc.sgn" \
	"$vectors/dev.pem" "$vectors/SEP001122334455.cnf.xml"

cp "$vectors/SEP001122334455.cnf.xml" "$folder/name.xml"
for digest in sha1 sha256 sha512; do
	for style in server tool; do
		"$sign" file "$folder/name.xml" --signer "$vectors/Asterisk.pem" --digest $digest \
			--style $style --json > "$folder/said" 2>&1 || cat "$folder/said"
		check "openssl-verifies-$digest-$style" openssl_verifies "$folder/name.xml.sgn" \
			"$vectors/Asterisk.pem"
	done
	"$sign" encrypt "$folder/name.xml" --signer "$vectors/Asterisk.pem" --digest $digest \
		--for "$vectors/lsc.pem" > "$folder/said" 2>&1 || cat "$folder/said"
	check "openssl-verifies-encrypted-$digest" openssl_verifies "$folder/name.xml.enc.sgn" \
		"$vectors/Asterisk.pem"
	check "openssl-opens-$digest" openssl_opens "$folder/name.xml.enc.sgn" "$vectors/lsc.pem" \
		"$folder/name.xml"
done

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -noenc -keyout "$folder/ec.pem" \
	-out "$folder/ec_certificate.pem" -subj /CN=ec/OU=u/O=o -days 30 2> "$folder/said" ||
	cat "$folder/said"
cat "$folder/ec_certificate.pem" >> "$folder/ec.pem"
"$sign" itl "SAST=$vectors/SAST.pem" "ccm+tftp@cucm.example=$vectors/Asterisk.pem" \
	"CAPF=$vectors/CAPF.pem" "TFTP=$folder/ec.pem" --signer "$vectors/SAST.pem" \
	--signer-version 1.1 --out "$folder/list.tlv" > "$folder/said" 2>&1 || cat "$folder/said"
check openssl-verifies-list openssl_verifies "$folder/list.tlv" "$vectors/SAST.pem"
check list-vouches-for-itself "$sign" verify "$folder/list.tlv"
check list-certificates list_certificates
"$sign" image "$folder/name.xml" "$folder/said" --archive --signer "$vectors/Asterisk.pem" \
	--out "$folder/image.sbn" > "$folder/said" 2>&1 || cat "$folder/said"
check openssl-verifies-image openssl_verifies "$folder/image.sbn" "$vectors/Asterisk.pem"
not_verified() { ! openssl_verifies "$@"; }
check openssl-verifies-no-other not_verified "$folder/image.sbn" "$vectors/SAST.pem"

for digest in 1 2 3; do check "openssl-signs-$(digest_name $digest)" openssl_file $digest; done
check openssl-encrypts openssl_encrypted
check change-refused changed
check signer-not-in-list refused file-signer "$sign" verify "$vectors/SEP001122334455.cnf.xml.sgn" \
	--list <("$sign" itl "SAST=$vectors/SAST.pem" --signer "$vectors/SAST.pem" --out -)
check signer-in-wrong-role refused file-role "$sign" verify "$folder/name.xml.sgn" \
	--list <("$sign" itl "CAPF=$vectors/Asterisk.pem" --signer "$vectors/SAST.pem" --out -)
check unsigned refused file-unsigned "$sign" verify "$folder/name.xml" --signer "$vectors/SAST.pem"
check signer-elliptic refused file-signing-key "$sign" file "$folder/name.xml" --signer "$folder/ec.pem"
check recipient-elliptic refused file-recipient "$sign" encrypt "$folder/name.xml" \
	--signer "$vectors/SAST.pem" --for "$folder/ec.pem"
exit $failed
