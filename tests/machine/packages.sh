#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that building and testing need, and nothing that
# is there already. Works on a bare Debian 12 or 13.
#
#   packages.sh SET...      SET is one of: build dkms vm uml unit site check demo bench
#
# What the release itself lacks (the other kernel, virtme-ng, a QEMU with fast
# AES) comes through a private package list below build/apt, so the machine's
# own apt sources stay as they are.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
state=${PHONESEC_BUILD:-$top/build}/apt

die() { echo "packages: $*" >&2; exit 1; }
say() { echo "packages: $*"; }

. /etc/os-release
[ "${ID:-}" = debian ] || die "this script knows Debian 12 and 13 only, and this is ${PRETTY_NAME:-unknown}"
case ${VERSION_ID:-} in
12) own=bookworm ;;
13) own=trixie ;;
*) die "this script knows Debian 12 and 13 only, and this is ${PRETTY_NAME:-unknown}" ;;
esac

if [ "$(id -u)" = 0 ]; then
	sudo=
else
	command -v sudo >/dev/null || die "installing packages needs root: run as root or install sudo"
	sudo=sudo
fi
apt() {
	$sudo env DEBIAN_FRONTEND=noninteractive INITRD=No NEEDRESTART_SUSPEND=1 \
		apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

# The archive this machine already uses, so that a mirror or a cache is honoured.
archive_uri() {
	{ cat /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
		awk '/^URIs:/ {uri=$2} /^Suites:/ && $0 ~ "'"$own"'( |$)" {print uri; exit}'
	{ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
		awk '$1=="deb" {for (i=2;i<NF;i++) if ($(i+1)=="'"$own"'") {print $i; exit}}'
}

# private_apt SUITE ARGS...: apt-get that also sees SUITE, pinned below the release.
private_apt() {
	local suite=$1; shift
	local dir=$state/$suite uri keys=/usr/share/keyrings/debian-archive-keyring.gpg
	if [ ! -e "$dir/ready" ]; then
		uri=$(archive_uri | head -n 1)
		[ -n "$uri" ] || die "no archive for $own in /etc/apt: name one there first"
		mkdir -p "$dir/lists/partial" "$dir/sources" "$dir/preferences"
		printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
			"$uri" "$suite" "$keys" > "$dir/sources/private.sources"
		cp -L /etc/apt/sources.list.d/*debian*.sources "$dir/sources/" 2>/dev/null || true
		[ ! -s /etc/apt/sources.list ] || cp -L /etc/apt/sources.list "$dir/sources/own.list"
		printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n' "$suite" \
			> "$dir/preferences/private"
		apt_private_raw "$dir" update
		touch "$dir/ready"
	fi
	apt_private_raw "$dir" "$@"
}

apt_private_raw() {
	local dir=$1; shift
	apt -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$dir/sources" \
		-o Dir::Etc::PreferencesParts="$dir/preferences" -o Dir::State::Lists="$dir/lists" "$@"
}

have() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# The release's own lists, brought up to date once for each build folder.
refresh() {
	[ ! -e "$state/updated" ] || return 0
	mkdir -p "$state"
	apt update >/dev/null
	touch "$state/updated"
}

# want PACKAGE...: install from the release what is missing.
want() {
	local p missing=()
	for p; do have "$p" || missing+=("$p"); done
	[ ${#missing[@]} = 0 ] && return 0
	say "installing ${missing[*]}"
	refresh
	services_stay_down
	apt install --no-install-recommends "${missing[@]}" >/dev/null
}

# The tests start servers of their own; those of the packages are not to run on this machine.
# A policy that is there already has the last word.
services_stay_down() {
	local policy=/usr/sbin/policy-rc.d
	[ ! -e $policy ] || return 0
	printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
	$sudo chmod 755 $policy
	# shellcheck disable=SC2064 # the name is that of now
	trap "$sudo rm -f $policy" EXIT
}

# want_from SUITE PACKAGE...: the same from a private list; PACKAGE/SUITE forces that suite.
want_from() {
	local suite=$1 p missing=(); shift
	for p; do have "${p%%/*}" || missing+=("$p"); done
	[ ${#missing[@]} = 0 ] && return 0
	say "installing ${missing[*]} from $suite"
	private_apt "$suite" install --no-install-recommends "${missing[@]}" >/dev/null
}


# want_kernel KIND SERIES [SUITE]: the package linux-KIND-VERSION-amd64 (headers or
# image) of a series, from the release or from a private list.
want_kernel() {
	local kind=$1 series=$2 suite=${3:-} name get=(apt)
	name=$({ dpkg-query -W -f='${db:Status-Status} ${Package}\n' "linux-$kind-$series*-amd64" \
		2>/dev/null || true; } | awk '$1 == "installed" {print $2}' | sort -V | tail -n 1)
	[ -z "$name" ] || return 0
	refresh
	[ -z "$suite" ] || get=(private_apt "$suite" -t "$suite")
	name=$("${get[@]}" -s install "linux-$kind-amd64" |
		awk -v name="^linux-$kind-${series}[0-9].*-amd64$" \
			'$1 == "Inst" && $2 ~ name {print $2}' |
		sort -V | tail -n 1)
	[ -n "$name" ] || die "${suite:-$own} has no linux-$kind for $series"
	say "installing $name${suite:+ from $suite}"
	"${get[@]}" install --no-install-recommends "$name" >/dev/null
}

want_kernels() {
	if [ "$own" = bookworm ]; then
		want_kernel "$1" 6.1.
		want_kernel "$1" 6.12. bookworm-backports
	else
		want_kernel "$1" 6.12.
		want_kernel "$1" 6.1. bookworm
	fi
}

# The debug kernel is built from the source package of the newer series.
want_kernel_source() {
	if [ "$own" = bookworm ]; then
		want_from bookworm-backports linux-source-6.12
	else
		want linux-source-6.12
	fi
}

# QEMU before 8 computes AES and carry-less products one bit at a time.
want_qemu() {
	local suite=$own
	[ "$own" != bookworm ] || suite=bookworm-backports
	if ! qemu-system-x86_64 --version 2>/dev/null | grep -qE 'version ([89]|[1-9][0-9])\.'; then
		say "installing qemu-system-x86 from $suite"
		private_apt "$suite" -t "$suite" install --no-install-recommends qemu-system-x86 \
			>/dev/null
	fi
}

# virtme-ng is a package for every architecture; Debian 12 takes the one of Debian 13.
want_virtme() {
	want python3-argcomplete python3-requests python3-setuptools \
		python3-pkg-resources busybox-static rsync udev kmod
	if ! have virtme-ng; then
		say "installing virtme-ng from trixie"
		if [ "$own" = bookworm ]; then
			(cd "$state" && private_apt trixie download virtme-ng >/dev/null &&
				$sudo dpkg --force-depends -i virtme-ng_*_all.deb >/dev/null)
		else
			want virtme-ng
		fi
	fi
}

# want_of_systemd PACKAGE: a newer QEMU may have brought a newer libsystemd0, which the
# package must fit.
want_of_systemd() {
	local version
	version=$(dpkg-query -W -f='${Version}' libsystemd0 2>/dev/null || true)
	case $version in
	*~bpo*)
		have "$1" && return
		say "installing $1 from $own-backports"
		private_apt "$own-backports" -t "$own-backports" install \
			--no-install-recommends "$1=$version" >/dev/null ;;
	*) want "$1" ;;
	esac
}

# The provider of OpenSSL for PKCS#11 is in Debian 13 and needs nothing newer than Debian 12 has;
# there it is unpacked beside the lists and not installed.
want_pkcs11_provider() {
	local dir=$state/pkcs11-provider
	[ "$own" = bookworm ] || { want pkcs11-provider; return; }
	[ ! -e "$dir/pkcs11.so" ] || return 0
	say "unpacking pkcs11-provider from trixie"
	mkdir -p "$dir"
	(cd "$dir" && private_apt trixie download pkcs11-provider >/dev/null 2>&1 &&
		dpkg -x pkcs11-provider_*.deb . && find . -name pkcs11.so -exec cp {} . \;)
}

# Tokens and a TPM that are programs.
want_tokens() {
	want openssl softhsm2 swtpm tpm2-tools tpm2-abrmd libtss2-tcti-tabrmd0 libtpm2-pkcs11-1 \
		libtpm2-pkcs11-tools
	want_pkcs11_provider
}

# OpenSSL's FIPS provider is a package of Debian 13 and needs nothing newer than Debian 12 has;
# there it is unpacked beside the lists and not installed. Tests make its configuration themselves.
want_fips_provider() {
	local dir=$state/fips-provider
	[ ! -e "$dir/fips.so" ] || return 0
	mkdir -p "$dir"
	if [ "$own" != bookworm ]; then
		want openssl-provider-fips
		dpkg -L openssl-provider-fips | grep '/fips\.so$' | xargs -I{} ln -sf {} "$dir/fips.so"
		return
	fi
	say "unpacking openssl-provider-fips from trixie"
	(cd "$dir" && private_apt trixie download openssl-provider-fips >/dev/null 2>&1 &&
		dpkg -x openssl-provider-fips_*.deb . && find . -name fips.so -exec cp {} . \;)
}

want_set() {
	case $1 in
	build)
		want build-essential pkg-config libnl-3-dev libnl-genl-3-dev libmnl-dev \
			libnftnl-dev libjansson-dev libncurses-dev \
			libssl-dev libinih-dev libexpat1-dev libcurl4-openssl-dev libc-ares-dev \
			libnl-route-3-dev libwpa-client-dev liblldpctl-dev libmicrohttpd-dev \
			libelf-dev kmod xz-utils rsync
		want_of_systemd libsystemd-dev
		want_kernels headers ;;
	dkms) want_set build; want dkms ;;
	vm)
		want_set build; want_kernels image; want_qemu; want_virtme
		want iproute2 iputils-ping nftables ethtool procps python3 ;;
	uml)
		want build-essential flex bison bc libelf-dev libssl-dev cpio xz-utils \
			rsync iproute2 nftables busybox-static kmod
		want_kernel_source ;;
	site)
		want kamailio kamailio-tls-modules baresip-core rtpengine-daemon tshark tcpdump \
			openssl dbus iproute2 python3 python3-cryptography python3-dbus \
			wpasupplicant hostapd freeradius lldpd rsyslog rsyslog-openssl nftables
		want_fips_provider ;;
	unit)
		want_of_systemd systemd
		want libcmocka-dev libssl-dev libsrtp2-dev clang "$(clang_runtime)" python3-yaml \
			python3-cryptography openssl dbus dnsmasq-base tmux \
			python3-dbus python3-gi chromium
		want_tokens
		want_fips_provider ;;
	check)
		want_set dkms; want_set vm; want_set uml; want_set unit
		want_set site; want_set demo
		want_of_systemd systemd
		want git sparse shellcheck codespell reuse python3-pytest conntrack libcap2-bin \
			python3-cryptography python3-jsonschema mandoc gstreamer1.0-tools \
			gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
			gstreamer1.0-plugins-bad ;;
	demo)
		want_set vm; want_set site
		want espeak-ng sox ;;
	bench) want_set vm; want_set unit ;;
	*) die "unknown set '$1': build dkms vm uml unit site check demo bench" ;;
	esac
}

# clang's sanitizer runtimes are a package of their own, named after its version.
clang_runtime() { [ "$own" = bookworm ] && echo libclang-rt-14-dev || echo libclang-rt-19-dev; }

[ $# -gt 0 ] || die "name at least one set: build dkms vm uml unit site check demo bench"
for set; do want_set "$set"; done
