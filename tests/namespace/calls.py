# SPDX-License-Identifier: Apache-2.0
"""Calls between hosts that run nf_srtp, the packets in them and the counters around them."""

import base64
import contextlib
import hashlib
import ipaddress
import itertools
import json
import os
import socket
import struct
import subprocess

from hosts import inside, wait_until
from results import equal

PHONESEC = os.environ.get("PHONESEC", os.environ["PHONESEC_BUILD"] + "/userspace/phonesec")
GROWTH = 16
RTP_HEADER = 12
SO_RCVBUFFORCE = 33
MARKER = b"media that must not be seen in clear. "
PHONE = {4: "10.7.0.1", 6: "fd07::1"}
PEER = {4: "10.7.0.2", 6: "fd07::2"}
ATTACKER = {4: "10.7.0.3", 6: "fd07::3"}
# Seconds to wait for what must come: emulation on a busy machine is slow.
PATIENCE = 20
port_numbers = itertools.count(20000, 4)


def phonesec(namespace, *words, lines="", check=True):
    """Run the helper command; its answer comes back, or None when it was refused."""
    with inside(namespace):
        done = subprocess.run([PHONESEC, "media", *map(str, words), "--json"], input=lines,
                              capture_output=True, text=True, timeout=60)
    if done.returncode:
        if check:
            raise RuntimeError(f"phonesec media {words}: {done.stdout}{done.stderr}")
        return None
    return json.loads(done.stdout) if done.stdout.strip() else {}


# No session may send under a key of an ended one, be it of an earlier program.
RUN = os.urandom(16)


def key_line(name):
    """The rest of a key line, from a name; both ends that use the name have the key."""
    key = hashlib.sha512(RUN + name.encode()).digest()[:44]
    return "AEAD_AES_256_GCM inline:" + base64.b64encode(key).decode()


def packed_address(address):
    return ipaddress.ip_address(address).packed


def address_and_port(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Session:
    """A session of one namespace; local and remote are pairs of address and port."""

    def __init__(self, namespace, local, remote, tx, rx, *options):
        self.namespace, self.local, self.remote = namespace, local, remote
        answer = phonesec(namespace, "add", "--local", address_and_port(*local), "--remote",
                          address_and_port(*remote), *options,
                          lines=f"tx {key_line(tx)}\nrx {key_line(rx)}\n")
        self.id = answer["session"]["id"]

    def show(self):
        return phonesec(self.namespace, "show", self.id)["session"]

    def delete(self):
        phonesec(self.namespace, "del", self.id)


class Call:
    """Two sessions that face each other, and the sockets of the programs behind them."""

    def __init__(self, a="phone", b="peer", a_address=PHONE[4], b_address=PEER[4],
                 options=(), holder=None, a_device=None):
        """holder: the namespace that keeps the session of a, when that is a gateway;
        a_device: what the socket of a is bound to beside its address.
        """
        port = next(port_numbers)
        self.family = 6 if ":" in a_address else 4
        self.a_pair, self.b_pair = (a_address, port), (b_address, port)
        self.name = f"{a}{port}"
        self.a_session = Session(holder or a, self.a_pair, self.b_pair, self.name + "ab",
                                 self.name + "ba", *options)
        self.b_session = None
        if b:
            self.b_session = Session(b, self.b_pair, self.a_pair, self.name + "ba",
                                     self.name + "ab", *options)
        self.a = socket_open(a, self.a_pair, a_device)
        self.b = socket_open(b or "attacker", self.b_pair)
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.a.close()
        self.b.close()
        self.a_session.delete()
        if self.b_session:
            self.b_session.delete()

    def send(self, packet, back=False):
        if back:
            return self.b.sendto(packet, self.a_pair)
        return self.a.sendto(packet, self.b_pair)

    def passes(self, packet, back=False):
        """Send a packet and check that exactly it arrives."""
        self.send(packet, back)
        arrives(self.a if back else self.b, packet)


def call(family=4, **options):
    return Call(a_address=PHONE[family], b_address=PEER[family], **options)


def call_to_outsider(family=4):
    """A call to a host without nf_srtp, whose kernel judges checksums and sees ciphertext."""
    return Call(b=None, a_address=PHONE[family], b_address=ATTACKER[family])


def socket_open(namespace, pair, device=None):
    family = socket.AF_INET6 if ":" in pair[0] else socket.AF_INET
    with inside(namespace):
        opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    if device:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    opened.bind(pair)
    return opened


def received(receiver, seconds=PATIENCE):
    """The next datagram, or None."""
    receiver.settimeout(seconds)
    try:
        return receiver.recv(1 << 16)
    except TimeoutError:
        return None


def arrives(receiver, packet):
    found = received(receiver)
    assert found is not None, f"a packet of {len(packet)} bytes did not arrive"
    assert found == packet, f"{len(packet)} bytes arrived as {len(found)} others"


def filler(length):
    return (MARKER * (length // len(MARKER) + 1))[:length]


sequence_numbers = itertools.count(1)


def rtp_make(length=160, ssrc=0x1234, seq=None):
    """An RTP packet in clear with so many bytes of payload."""
    seq = next(sequence_numbers) if seq is None else seq
    return struct.pack("!BBHII", 0x80, 0, seq & 0xffff, seq * 160 & 0xffffffff, ssrc) + \
        filler(length)


def drops(way):
    return {entry["reason"]: entry["packets"] for entry in way["drops"]}


class Count:
    """What happened to packets of a namespace between two looks."""

    def __init__(self, namespace):
        self.namespace = namespace
        self.before = self.look()

    def look(self):
        return phonesec(self.namespace, "stats")["counters"][0]

    def since(self):
        """Per way: passed, other, dropped, and the reasons that moved."""
        now, found = self.look(), {}
        for way in "tx", "rx":
            after, before = now[way], self.before[way]
            entry = {name: after[name] - before[name]
                     for name in ("rtp_packets", "rtcp_packets", "rtp_bytes", "other_packets",
                                  "dropped")}
            for kind in "drops", "monitored":
                old = {e["reason"]: e["packets"] for e in before[kind]}
                moved = {e["reason"]: e["packets"] - old.get(e["reason"], 0)
                         for e in after[kind]}
                entry[kind] = {reason: count for reason, count in moved.items() if count}
            found[way] = entry
        return found

    def counts(self, way, wanted_passed, **wanted_drops):
        """Check the RTP packets that passed and every drop; underscores stand for hyphens."""
        wanted = {name.replace("_", "-"): count for name, count in wanted_drops.items()}
        found = self.since()[way]
        equal(found["drops"], wanted, f"{self.namespace} {way} drops")
        equal(found["rtp_packets"], wanted_passed, f"{self.namespace} {way} rtp")

    def settles(self, way, total):
        """Wait until passed and dropped packets add up."""
        def enough():
            found = self.since()[way]
            return found["rtp_packets"] + found["dropped"] + found["other_packets"] >= total
        return wait_until(enough, PATIENCE)


@contextlib.contextmanager
def policy(namespace, mode, *ranges, passes="none"):
    """A policy for the block; afterwards it is off."""
    words = []
    for one in ranges:
        words += ["--protect", one]
    phonesec(namespace, "policy", "--mode", mode, *words, "--pass", passes)
    try:
        yield
    finally:
        phonesec(namespace, "policy", "--mode", "off", "--pass", "none")
