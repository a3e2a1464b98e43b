#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The benchmark.
#
#   run.sh                          all of it: a table, and build/bench.json
#   run.sh --check                  instruction counts; fails when they exceed what
#                                   limits.json has recorded
#   run.sh --instructions KIND...   instruction counts of these kinds of packets alone
#                                   (guest_instructions.sh lists them)
#
# KERNEL is the one to run it on, 6.12 unless it is set.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
export PHONESEC_BUILD=${PHONESEC_BUILD:-$top/build}
kernel=${KERNEL:-6.12}
results=$PHONESEC_BUILD/bench/results

die() { echo "not ok bench: $*" >&2; exit 1; }

# guest SAMPLES SECONDS OPTION... SCRIPT [ARGUMENT...]: a guest whose measurements go to
# the file SAMPLES.
guest() {
	local samples=$1 limit=$2
	shift 2
	rm -f "$results/$samples"
	OUT=$results MODULE=$module "$top/tests/machine/vm.sh" --kernel "$kernel" \
		--timeout "$limit" --env SAMPLES="$samples" "$@" || die "the guest for $samples failed"
}

instructions() { guest instructions 1200 --icount "$here/guest_instructions.sh" "$@"; }

mkdir -p "$results"
make -s -C "$top/userspace" all
make -s -C "$here" -f programs.mk
module=$("$here/module.sh" "$kernel")

case ${1:-} in
--instructions)
	shift
	instructions 3 2000 none none_sealed "$@"
	"$here/report.py" --instructions "$results" ;;
--check)
	instructions 3 1000 none none_sealed protect unprotect drop
	"$here/report.py" --check "$results" ;;
'')
	instructions 5 2000
	guest ratios 1800 --cpus 2 --memory 2G --append slab_nomerge \
		"$here/guest_ratios.sh" 5 6400 10000
	make -s -C "$here" -f native.mk native > "$results/native.json"
	"$here/signalling.sh" authenticated 5 400 > "$results/signalling"
	guest signalling_guest 900 --cpus 2 --memory 1G "$here/guest_signalling.sh" 5 60
	"$here/report.py" "$results" "$PHONESEC_BUILD/bench.json" ;;
*)
	die "unknown option $1" ;;
esac
