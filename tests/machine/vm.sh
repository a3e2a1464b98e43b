#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a script under one of Debian's stock kernels in a virtual machine that sees
# this machine's files; what it changes there is thrown away, except below OUT.
#
#   vm.sh [--kernel 6.1|6.12|RELEASE] [--cpus N] [--memory M] [--icount] [--append ARG]
#         [--timeout SECONDS] [--env NAME=VALUE] [--terminal] SCRIPT [ARGUMENT...]
#   vm.sh [--kernel ...] --release     prints the release that --kernel means
#
# --icount makes one instruction last one nanosecond on one emulated processor, so
# that counts of instructions repeat. `rep movsb` would count each of its rounds,
# hence no erms and no fsrm. --terminal leaves this terminal to SCRIPT, without time
# limit and without judging the kernel log. What SCRIPT finds and what the exit status
# means: tests/machine/job.sh.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
out=${OUT:-$build/out}
kernel=6.12 cpus=2 memory=1G limit=600 icount='' append=() environment=()
only_release='' terminal=''
# shellcheck source=tests/machine/job.sh
. "$here/job.sh"

while [ $# -gt 0 ]; do
	case $1 in
	--kernel) kernel=$2; shift 2 ;;
	--cpus) cpus=$2; shift 2 ;;
	--memory) memory=$2; shift 2 ;;
	--icount) icount=1; shift ;;
	--append) append+=(--append "$2"); shift 2 ;;
	--timeout) limit=$2; shift 2 ;;
	--env) environment+=("$2"); shift 2 ;;
	--release) only_release=1; shift ;;
	--terminal) terminal=1; environment+=(TERMINAL=1); shift ;;
	-*) echo "vm.sh: unknown option $1" >&2; exit 2 ;;
	*) break ;;
	esac
done

# kernel_release: the newest installed release that $kernel means.
kernel_release() {
	if [ -e "/boot/vmlinuz-$kernel" ]; then
		echo "$kernel"
	else
		find /boot -name "vmlinuz-$kernel.*" -printf '%f\n' | sed 's/^vmlinuz-//' |
			sort -V | tail -n 1
	fi
}

# accelerator: "kvm" where this kernel was really seen to boot under it, else
# "emulation". The device alone proves nothing: on some hosts it is there and hangs.
accelerator() {
	local known=$build/vm/kvm-$release answer=emulation
	mkdir -p "$build/vm"
	if [ ! -e "$known" ]; then
		# Without a root file system a healthy kernel gets exactly this far.
		if [ -w /dev/kvm ] && timeout -s KILL 20 qemu-system-x86_64 -accel kvm \
			-cpu host -smp 2 -m 512M -nodefaults -nographic -no-reboot -serial stdio \
			-kernel "/boot/vmlinuz-$release" -append 'console=ttyS0 panic=-1' \
			< /dev/null 2>&1 | grep -a 'Unable to mount root fs' > /dev/null; then
			answer=kvm
		fi
		echo "$answer" > "$known"
	fi
	cat "$known"
}

release=$(kernel_release)
if [ -z "$release" ]; then
	echo "vm.sh: no kernel $kernel in /boot; tests/machine/packages.sh vm installs it" >&2
	exit 2
fi
if [ -n "$only_release" ]; then
	echo "$release"
	exit 0
fi
[ $# -gt 0 ] || { echo "vm.sh: name the script to run" >&2; exit 2; }
script=$(realpath "$1")
arguments=("${@:2}")
module=${MODULE:-$build/module/$release/nf_srtp.ko}

processor=()
if [ -n "$icount" ]; then
	cpus=1
	processor=(--disable-kvm --qemu-opts="-cpu max,-erms,-fsrm -icount shift=0,sleep=on")
elif [ "$(accelerator)" = emulation ]; then
	processor=(--disable-kvm --qemu-opts="-cpu max")
fi

job_create vm
# vng takes the writable folders only where they exist below its own working folder.
cd /
machine=(vng --run "/boot/vmlinuz-$release" --disable-microvm "${processor[@]}" \
	--verbose --append loglevel=3 --append log_buf_len=4M "${append[@]}" \
	--cpus "$cpus" --memory "$memory" --rwdir "$job" --rwdir "$out"
	-- "$here/guest.sh $job")
if [ -n "$terminal" ]; then
	exec "${machine[@]}"
fi
job_run "${machine[@]}"
job_judge
