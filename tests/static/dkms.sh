#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Takes the way of a user through DKMS, into a tree of our own, and looks at what
# lands in it for each kernel. On a machine that is rebuilt for every run (CI is set
# there, and we are root) the real tree is taken after that.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
tree=$build/dkms
sudo=$([ "$(id -u)" = 0 ] || echo sudo)

$sudo rm -rf "$tree"
mkdir -p "$tree/state" "$tree/sources"
for series in 6.1 6.12; do
	mkdir -p "$tree/modules/$("$top/tests/machine/vm.sh" --kernel $series --release)"
done

# DKMS makes itself a key to sign with where there is none; that one goes again.
key=/var/lib/dkms/mok
[ -e $key.key ] || trap '$sudo rm -f $key.key $key.pub' EXIT
make -C "$top" dkms-tree DKMS_SOURCES="$tree/sources" DKMS_OPTIONS="--no-depmod \
	--dkmstree $tree/state --sourcetree $tree/sources --installtree $tree/modules"

for series in 6.1 6.12; do
	release=$("$top/tests/machine/vm.sh" --kernel $series --release)
	module=$(find "$tree/modules/$release" -name 'nf_srtp.ko*')
	if [ -z "$module" ]; then
		echo "not ok dkms-$series: no module below $tree/modules/$release"
		exit 1
	elif [[ $(modinfo -F vermagic "$module") != "$release "* ]]; then
		echo "not ok dkms-$series: $module is for another kernel"
		exit 1
	fi
	echo "ok dkms-$series"
done

if [ -n "${CI:-}" ] && [ "$(id -u)" = 0 ]; then
	make -C "$top" dkms-tree
	for series in 6.1 6.12; do
		release=$("$top/tests/machine/vm.sh" --kernel $series --release)
		modinfo -k "$release" nf_srtp > /dev/null
		echo "ok dkms-install-$series"
	done
else
	echo "ok dkms-install # skip: it changes the machine; done where CI is set and we are root"
fi
