#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# guest.sh JOB: inside a guest, runs the job that job.sh left in the folder JOB,
# follows the kernel log into it, and leaves the exit status there last of all:
# a guest that dies leaves none.

export JOB=$1
command=()
# shellcheck source=/dev/null
. "$JOB/command"
export PATH=$TOP/tests/machine/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/run/home TMPDIR=/run/tmp LANG=C.UTF-8
mkdir -p "$HOME" "$TMPDIR" /run/netns
ip link set lo up

# Warnings and worse reach the console too: all that is left when the guest dies.
dmesg --console-level 5
stdbuf -oL dmesg --follow > "$JOB/kernel.log" 2>/dev/null &
follower=$!

read -r uptime _ < /proc/uptime
echo "$uptime" > "$JOB/boot-seconds"
cd "$TOP" || exit 1
echo "phonesec: begin of the job"
if [ -n "${TERMINAL:-}" ]; then
	bash -- "${command[@]}"
else
	bash -- "${command[@]}" < /dev/null
fi
status=$?

echo "phonesec: end of the job"
echo "<6>phonesec: end of the job" > /dev/kmsg
for _ in $(seq 100); do
	grep -q 'phonesec: end of the job' "$JOB/kernel.log" && break
	sleep 0.1
done
kill "$follower"
sync
echo "$status" > "$JOB/status"
