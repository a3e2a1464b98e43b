#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Generates from nf_srtp.yaml, with the kernel's own YNL generator: the uapi
# header, the module's policies and operations, and docs/netlink.rst. With
# --check it changes nothing and fails where a committed file differs.
#
#   generate.sh [--check]

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
source=${PHONESEC_BUILD:-$top/build}/linux-source
ynl=$source/tools/net/ynl/ynl-gen-c.py

[ -e "$ynl" ] || { echo "generate: no kernel source in $source, run 'make uml' first" >&2; exit 1; }

# The generator finds the schema beside the specification and looks upwards for
# the root of a kernel tree, so it gets a small one of its own.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/Documentation/netlink/specs"
touch "$tree/MAINTAINERS"
cp "$source"/Documentation/netlink/*.yaml "$tree/Documentation/netlink/"
cp "$here/nf_srtp.yaml" "$tree/Documentation/netlink/specs/"

generate() { # MODE KIND FILE
	local out=$tree/${3##*/}
	python3 "$ynl" --spec "$tree/Documentation/netlink/specs/nf_srtp.yaml" --mode "$1" "--$2" -o "$out"
	sed -i 's,Documentation/netlink/specs/nf_srtp.yaml,include/netlink/nf_srtp.yaml,' "$out"
	settle "$out" "$3"
}

settle() { # GENERATED FILE
	if [ "$check" = 0 ]; then
		cp "$1" "$top/$2"
	elif ! diff -u "$top/$2" "$1"; then
		echo "generate: $2 differs from nf_srtp.yaml, run include/netlink/generate.sh" >&2
		exit 1
	fi
}

check=0
[ "${1:-}" != --check ] || check=1
generate uapi header include/uapi/linux/nf_srtp.h
generate kernel header kmod/netlink_gen.h
generate kernel source kmod/netlink_gen.c
python3 "${ynl%-gen-c.py}-gen-rst.py" -i "$here/nf_srtp.yaml" -o "$tree/netlink.rst"
settle "$tree/netlink.rst" docs/netlink.rst
