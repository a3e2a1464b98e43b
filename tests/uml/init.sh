#!/bin/bash
# shellcheck disable=SC2154 # The kernel makes variables of arguments that it does not know.
# SPDX-License-Identifier: Apache-2.0
#
# The first process of the debug kernel. Its root is the host's own, read-only;
# the kernel's command line names the folder of the job and the folder for results,
# which are writable. /tmp stays the host's, because jobs may live there.

export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
mount -t tmpfs tmpfs /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
mount -t hostfs none "$job_folder" -o "$job_folder"
mount -t hostfs none "$out_folder" -o "$out_folder"

"$init_folder/../machine/guest.sh" "$job_folder"

sync
exec busybox poweroff -f
