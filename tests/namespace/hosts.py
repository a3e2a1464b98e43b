# SPDX-License-Identifier: Apache-2.0
"""Network namespaces from one process: a socket belongs to the namespace that it was made in."""

import contextlib
import ctypes
import os
import pathlib
import subprocess
import time

CLONE_NEWNET = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def namespace_enter(descriptor):
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace):
    """Everything in the block, subprocesses too, happens in the namespace; None stays here."""
    if namespace is None:
        yield
        return
    back = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        namespace_enter(there)
        yield
    finally:
        namespace_enter(back)
        os.close(there)
        os.close(back)


def run(namespace, command, **options):
    """Run a command line, split at spaces unless it is a list; what it says comes back."""
    words = command.split() if isinstance(command, str) else command
    with inside(namespace):
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, **options)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def sysctl(namespace, name, value):
    with inside(namespace):
        pathlib.Path("/proc/sys", *name.split(".")).write_text(f"{value}\n")


def wait_until(condition, seconds=5):
    """Poll until the condition holds; what it returned last comes back."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found or time.monotonic() > end:
            return found
        time.sleep(0.02)


@contextlib.contextmanager
def offloads(namespace, settings, device="eth0"):
    """Switch offloads ("tx off gso on") and back again."""
    words = settings.split()
    names = words[::2]
    before = {}
    long_names = {"tx": "tx-checksumming", "rx": "rx-checksumming", "sg": "scatter-gather",
                  "gso": "generic-segmentation-offload", "gro": "generic-receive-offload",
                  "tso": "tcp-segmentation-offload"}
    for line in run(namespace, f"ethtool -k {device}").splitlines():
        name, _, value = line.strip().partition(": ")
        before[name] = value.split(" ")[0]
    back = []
    for name in names:
        back += [name, before[long_names.get(name, name)]]
    run(namespace, ["ethtool", "-K", device, *words])
    try:
        yield
    finally:
        run(namespace, ["ethtool", "-K", device, *back])


@contextlib.contextmanager
def device_mtu(namespace, mtu, device="eth0"):
    run(namespace, f"ip link set {device} mtu {mtu}")
    try:
        yield
    finally:
        run(namespace, f"ip link set {device} mtu 1500")
        for family in "-4", "-6":
            run(namespace, f"ip {family} route flush cache")


def host_create(namespace):
    run(None, f"ip netns add {namespace}")
    # Without duplicate address detection neighbours answer at once.
    sysctl(namespace, "net.ipv6.conf.default.accept_dad", 0)
    run(namespace, "ip link set lo up")


def hosts_delete(*namespaces):
    for namespace in namespaces:
        if os.path.exists(f"/run/netns/{namespace}"):
            run(None, f"ip netns del {namespace}")


def cable_create(one, one_device, other, other_device):
    """A veth pair, both ends up."""
    run(None, f"ip link add {one_device} netns {one} type veth "
              f"peer name {other_device} netns {other}")
    run(one, f"ip link set {one_device} up")
    run(other, f"ip link set {other_device} up")


def address_add(namespace, device, *addresses):
    for address in addresses:
        nodad = " nodad" if ":" in address else ""
        run(namespace, f"ip addr add {address} dev {device}{nodad}")
