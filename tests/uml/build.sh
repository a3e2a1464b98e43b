#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the debug kernel (User-Mode Linux with every sanitizer) from Debian's
# linux-source into build/uml/linux, once: a kernel that matches kernel.config
# and the source package is kept.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
out=$build/uml
archive=/usr/src/linux-source-6.12.tar.xz
# Of the registers that a host keeps for a process, with the tiles of AMX. The kernel has room
# for AVX-512 alone, and its processes cannot run where there is more.
xstate_octets=11008

"$top/tests/machine/packages.sh" uml

stamp=$({
	grep CONFIG_ "$here/kernel.config"
	echo $xstate_octets
	dpkg-query -W -f='${Version}' linux-source-6.12
} | sha256sum | cut -c 1-16)
if [ -x "$out/linux" ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi

echo "uml: building the debug kernel, about six minutes on two idle processors"
mkdir -p "$out" "$build/linux-source"
rm -f "$out/stamp"
if [ "$(cat "$build/linux-source/.unpacked" 2>/dev/null)" != "$stamp" ]; then
	tar -xJf "$archive" -C "$build/linux-source" --strip-components=1
	sed -i "s/\(DEFINE_LONGS(HOST_FP_SIZE\), 2696)/\1, $xstate_octets)/" \
		"$build/linux-source/arch/x86/um/user-offsets.c"
	grep -q "HOST_FP_SIZE, $xstate_octets)" "$build/linux-source/arch/x86/um/user-offsets.c"
	echo "$stamp" > "$build/linux-source/.unpacked"
fi
exec 3> "$out/build.log"
make_kernel() {
	make -C "$build/linux-source" ARCH=um O="$out" "$@" >&3 2>&1 && return
	tail -n 30 "$out/build.log" >&2
	echo "uml: the build failed, see $out/build.log" >&2
	exit 1
}
make_kernel KCONFIG_ALLCONFIG="$here/kernel.config" allnoconfig

lost=$(grep -E '^CONFIG_' "$here/kernel.config" | grep -vxFf "$out/.config" || true)
[ -z "$lost" ] || { echo "uml: the kernel lost these options: $lost" >&2; exit 1; }

make_kernel -j"$(nproc)" linux modules
echo "$stamp" > "$out/stamp"
