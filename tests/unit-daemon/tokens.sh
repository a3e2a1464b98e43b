#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Private keys in a token of PKCS#11, against what stands in for the hardware: SoftHSM, and a
# TPM of swtpm behind tpm2-pkcs11. What is not installed is skipped, with the reason.
#
#   tokens.sh KEY_SITE [FOLDER]      FOLDER has pkcs11.so where the release has no package of it

set -uo pipefail

program=$1
modules=$(openssl version -m | sed 's/.*"\(.*\)"/\1/')
provider=$modules/pkcs11.so
[ -e "$provider" ] || provider=$(realpath -m "${2:-/none}/pkcs11.so")
folder=$(mktemp -d /tmp/phonesec-tokens.XXXXXX)
started=()
passed=0 failed=0 skipped=0

finish() {
	[ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT

skip() { echo "skip $1: $2"; skipped=$((skipped + 1)); }

# lacks NAME COMMAND...: skips what needs a command that is not there
lacks() {
	local name=$1 command; shift
	for command; do
		command -v "$command" >/dev/null && continue
		skip "$name" "$command is not installed"
		return 0
	done
	return 1
}

# configuration NAME MODULE: of OpenSSL, with a module of PKCS#11 behind the usual provider
configuration() {
	printf 1234 > "$folder/pin"
	printf '%s\n' 'openssl_conf = conf' '[conf]' 'providers = providers' '[providers]' \
		'default = usual' 'pkcs11 = token' '[usual]' 'activate = 1' '[token]' \
		"module = $provider" "pkcs11-module-path = $2" \
		"pkcs11-module-token-pin = file:$folder/pin" 'activate = 1' > "$folder/$1.cnf"
	export OPENSSL_CONF=$folder/$1.cnf
	openssl list -providers 2>/dev/null | grep -q '^  pkcs11' && return
	skip "$1" 'OpenSSL cannot load pkcs11-provider with its module'
	return 1
}

# The libraries of the hardware keep what they have once; that is not ours to free.
run() {
	local name=$1; shift
	if ASAN_OPTIONS=detect_leaks=0 timeout 120 "$program" "$@" > "$folder/out" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name"
		tail -n 40 "$folder/out"
		failed=$((failed + 1))
	fi
}

softhsm() {
	local module
	lacks softhsm softhsm2-util && return
	module=$(dpkg -L libsofthsm2 | grep -m 1 'softhsm/libsofthsm2\.so$')
	mkdir "$folder/softhsm"
	printf '%s\n' "directories.tokendir = $folder/softhsm" 'log.level = ERROR' \
		> "$folder/softhsm2.conf"
	export SOFTHSM2_CONF=$folder/softhsm2.conf
	softhsm2-util --init-token --free --label phone --pin 1234 --so-pin 5678 >/dev/null ||
		{ skip softhsm 'it makes no token here'; return; }
	configuration softhsm "$module" || return
	run softhsm-rsa-and-ec pkcs11:token=phone rsa-2048 ec-256 ec-384
	run softhsm-pin-in-a-file "pkcs11:token=phone?pin-source=file:$folder/pin" ec-256
}

# tpm2-pkcs11 needs a resource manager before the TPM, which needs a bus.
tpm() {
	local s=$folder/swtpm/s module
	lacks tpm swtpm tpm2-abrmd tpm2_ptool dbus-daemon && return
	unset OPENSSL_CONF
	module=$(dpkg -L libtpm2-pkcs11-1 2>/dev/null | grep -m 1 'pkcs11\.so$')
	mkdir "$folder/swtpm" "$folder/store"
	swtpm socket --tpm2 --tpmstate dir="$folder/swtpm" --server type=unixio,path="$s" \
		--ctrl type=unixio,path="$s.ctrl" --flags not-need-init,startup-clear \
		> "$folder/swtpm.log" 2>&1 &
	started+=($!)
	dbus-daemon --session --nofork --address="unix:path=$folder/bus" > "$folder/bus.log" 2>&1 &
	started+=($!)
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$folder/bus
	for _ in $(seq 100); do [ -S "$s" ] && [ -S "$folder/bus" ] && break; sleep 0.05; done
	tpm2-abrmd --session --allow-root --tcti="swtpm:path=$s" > "$folder/abrmd.log" 2>&1 &
	started+=($!)
	export TPM2TOOLS_TCTI=tabrmd:bus_type=session TPM2_PKCS11_TCTI=tabrmd:bus_type=session
	export TPM2_PKCS11_STORE=$folder/store
	for _ in $(seq 50); do tpm2_getrandom 1 >/dev/null 2>&1 && break; sleep 0.1; done
	{ tpm2_ptool init && tpm2_ptool addtoken --pid=1 --sopin=5678 --userpin=1234 --label=phone
	} > "$folder/ptool.log" 2>&1 || { skip tpm "$(tail -n 1 "$folder/ptool.log")"; return; }
	configuration tpm "$module" || return
	run tpm-rsa-and-ec pkcs11:token=phone rsa-2048 ec-256
}

if [ -e "$provider" ]; then
	softhsm
	tpm
else
	skip tokens 'pkcs11-provider is not installed'
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
