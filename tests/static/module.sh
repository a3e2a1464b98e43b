#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Has the module judged by one of the tools; any word of warning is a failure.
#
#   module.sh gcc RELEASE      builds for an installed kernel with W=1; this is the
#                              module that the machines under tests/machine load
#   module.sh sparse RELEASE   sparse with endian and context checks
#   module.sh clang            the other compiler, which Debian's headers refuse,
#                              on a small tree made from the kernel's source
#   module.sh checkpatch       the kernel's own style

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
source=$build/linux-source

# copy_sources FOLDER
copy_sources() {
	mkdir -p "$1"
	rsync -rc "$top/Kbuild" "$top/kmod" "$top/include" "$1/"
}

# build_module FOLDER MAKE-ARGUMENT...: fails on whatever looks like a complaint.
build_module() {
	local copy=$1 log
	shift
	copy_sources "$copy"
	log=$copy/build.log
	# Everything is compiled again, because a complaint is made only once.
	find "$copy" -name '*.o' -delete
	make "$@" M="$copy" modules > "$log" 2>&1 || { cat "$log"; return 1; }
	! grep -E '(warning|error):|WARNING:|ERROR:' "$log" | grep -vE "${meant:-^\$}"
}

prepare_clang_tree() {
	local log=$tree/prepare.log
	[ ! -e "$tree/prepared" ] || return 0
	mkdir -p "$tree"
	{
		make -C "$source" O="$tree" CC=clang \
			KCONFIG_ALLCONFIG="$top/tests/static/clang.config" allnoconfig &&
			make -C "$source" O="$tree" CC=clang modules_prepare
	} > "$log" 2>&1 || { cat "$log"; return 1; }
	touch "$tree/prepared"
}

# check_style: prints what checkpatch says and nobody has accepted with a reason.
check_style() {
	local files said=$build/checkpatch/said
	# checkpatch leaves a cache in its working folder.
	mkdir -p "$build/checkpatch"
	ln -sfn "$top/kmod" "$top/tests" "$build/checkpatch/"
	cd "$build/checkpatch"
	mapfile -t files < <(find kmod/ tests/ -name '*.[ch]' ! -name '*_gen.[ch]' \
		\( -path 'kmod/*' -o -path 'tests/kunit/*' -o -path 'tests/faults/*' \))
	perl "$source/scripts/checkpatch.pl" --no-tree --strict --terse --show-types \
		--no-summary -f "${files[@]}" > "$said" || true
	! grep -vEf <(grep -v '^#' tests/static/checkpatch.accepted) "$said"
}

case ${1:-} in
gcc)
	build_module "$build/module/$2" -C "/lib/modules/$2/build" W=1 KCFLAGS=-Werror ;;
sparse)
	build_module "$build/module/sparse-$2" -C "/lib/modules/$2/build" \
		C=2 CF="-D__CHECK_ENDIAN__ -Wcontext" ;;
clang)
	tree=$build/clang
	prepare_clang_tree
	# The tree holds no kernel, so the symbols that the module takes from one are not found.
	meant='modpost: .* (undefined!|unresolved symbol warnings)|Module.symvers is missing'
	build_module "$build/module/clang" -C "$tree" CC=clang W=1 KCFLAGS=-Werror \
		KBUILD_MODPOST_WARN=1 ;;
checkpatch)
	check_style ;;
*)
	echo "module.sh: gcc RELEASE, sparse RELEASE, clang or checkpatch" >&2
	exit 2 ;;
esac
