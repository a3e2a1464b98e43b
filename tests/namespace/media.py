# SPDX-License-Identifier: Apache-2.0
"""A call for a test: a phone that speaks plain RTP, a peer that speaks SRTP by the
reference, and between them the session of the module, set up as the daemon would.

    call = Call()
    call.sends(rtp(1), roc=0)           # the phone sends, the peer opens what arrives
    call.hears(rtp(1), roc=0)           # the peer seals and sends, the phone gets it
    call.refuses(raw, "auth-failed")    # the peer sends raw, the phone gets nothing
    call.withholds(rtp(1), "replayed")  # the phone sends, nothing leaves

This process lives in the namespace of the phone; topology_create in lib.sh made it.
"""
import collections
import ctypes
import itertools
import json
import os
import select
import socket
import subprocess
import time

import genetlink
from srtp_reference import Master, SessionKeys
from verdict import Failure, check, check_equal

PHONESEC = os.environ.get("PHONESEC") or os.environ["PHONESEC_BUILD"] + "/userspace/phonesec"
ADDRESSES = {4: {"phone": "10.7.0.1", "peer": "10.7.0.2", "attacker": "10.7.0.3"},
             6: {"phone": "fd07::1", "peer": "fd07::2", "attacker": "fd07::3"}}
# How long to wait for what must come, in seconds; emulation on a busy machine is slow.
PATIENCE = 30
CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_ports = itertools.count(20000, 10)

# Everything the helper ever said and every key it ever got, for the search at the end.
spoken = bytearray()
secrets = []


def enter(namespace):
    with open(f"/run/netns/{namespace}", encoding="ascii") as handle:
        if _libc.setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {namespace}")


def phonesec(*words, text="", check_status=True):
    """The helper's answer as an object; a refusal is {"error": ...}."""
    done = subprocess.run([PHONESEC, "--json", *map(str, words)], input=text.encode(),
                          capture_output=True, check=False, timeout=60)
    spoken.extend(done.stdout + done.stderr)
    answer = json.loads(done.stdout)
    if check_status and done.returncode:
        raise Failure(f"phonesec {' '.join(map(str, words))}: {answer['error']}")
    return answer


def policy(*words):
    return phonesec("media", "policy", *words)["policy"]


def namespace_counters():
    return phonesec("media", "stats")["counters"][0]


def drops_of(counters, kind="drops"):
    return collections.Counter({drop["reason"]: drop["packets"] for drop in counters[kind]})


class Wire:
    """A UDP socket in one of the namespaces."""

    def __init__(self, namespace, family, address, port):
        enter(namespace)
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        self.socket = socket.socket(kind, socket.SOCK_DGRAM)
        enter("phone")
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((address, port))
        self.address, self.port = address, port

    def send(self, octets, to):
        """False when the kernel told the sender that the packet was dropped."""
        try:
            self.socket.sendto(octets, (to.address, to.port))
            return True
        except PermissionError:
            return False

    def receive(self, patience=PATIENCE):
        """The next datagram, or None when none came in time."""
        if not select.select([self.socket], [], [], patience)[0]:
            return None
        return self.socket.recv(65536)

    def is_silent(self):
        return self.receive(0) is None

    def close(self):
        self.socket.close()


class Session:
    """A session of the module, through the helper."""

    def __init__(self, identity):
        self.id = identity

    def show(self):
        return phonesec("media", "show", self.id)["session"]

    def set(self, *words):
        phonesec("media", "set", self.id, *words)

    def hold(self, direction):
        phonesec("media", "hold", self.id, direction)

    def delete(self, *words):
        phonesec("media", "del", self.id, *words)

    def key_select(self, way, mki):
        """Sends under a key that was set before, or expects it first."""
        nest = genetlink.direction("KEY", [genetlink.key("MKI", mki)])
        link = genetlink.GenericNetlink()
        link.request("SESSION_SET", [genetlink.session("ID", self.id, 4),
                                     genetlink.session(way.upper(), [nest])])
        link.close()

    def refusal(self, command, *words, text=""):
        """The words with which a change was refused."""
        answer = phonesec("media", command, self.id, *words, text=text, check_status=False)
        check("error" in answer, f"media {command} {' '.join(map(str, words))} was not refused")
        return answer["error"].get("detail", answer["error"]["text"])


def key_lines(tx=None, rx=None):
    lines = []
    for word, master in (("tx", tx), ("rx", rx)):
        if master:
            secrets.append(master)
            lines.append(f"{word} {master.attribute()}\n")
    return "".join(lines)


class Call:
    """One call: addresses, sockets, a session with keys, the reference on the far side."""

    def __init__(self, bits=128, family=4, mux=False, options=(), tx=None, rx=None,
                 ways=("tx", "rx")):
        self.bits, self.family, self.mux = bits, family, mux
        self.tx = tx or Master(bits)
        self.rx = rx or Master(bits)
        self.outward, self.inward = SessionKeys.of(self.tx), SessionKeys.of(self.rx)
        self.rtcp_index = 0
        port = next(_ports)
        self.sockets_open(port)
        words = ["--local", self.name(self.phone), "--remote", self.name(self.peer), *options]
        if mux:
            words.append("--rtcp-mux")
        keys = key_lines(self.tx if "tx" in ways else None, self.rx if "rx" in ways else None)
        answer = phonesec("media", "add", *words, text=keys)
        self.session = Session(answer["session"]["id"])
        self.known = {"tx": collections.Counter(), "rx": collections.Counter()}

    def sockets_open(self, port):
        at = ADDRESSES[self.family]
        self.phone = Wire("phone", self.family, at["phone"], port)
        self.peer = Wire("peer", self.family, at["peer"], port + 2)
        self.phone_rtcp, self.peer_rtcp = self.phone, self.peer
        if not self.mux:
            self.phone_rtcp = Wire("phone", self.family, at["phone"], port + 1)
            self.peer_rtcp = Wire("peer", self.family, at["peer"], port + 3)

    def name(self, wire):
        address = wire.address if self.family == 4 else f"[{wire.address}]"
        return f"{address}:{wire.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        phonesec("media", "del", self.session.id, check_status=False)
        for wire in {self.phone, self.peer, self.phone_rtcp, self.peer_rtcp}:
            wire.close()

    # Keys and addresses

    def rekey(self, *words, tx=None, rx=None, context="same", switch=True):
        """New keys for the session; with switch the reference takes them as well."""
        phonesec("media", "rekey", self.session.id, "--context", context, *words,
                 text=key_lines(tx, rx))
        if not switch:
            return
        if tx:
            self.tx, self.outward = tx, SessionKeys.of(tx)
        if rx:
            self.rx, self.inward = rx, SessionKeys.of(rx)

    def peer_moves(self):
        """The peer goes on at other ports, and the session is told."""
        self.peer.close()
        self.peer_rtcp.close()
        port, at = next(_ports), ADDRESSES[self.family]["peer"]
        self.peer = self.peer_rtcp = Wire("peer", self.family, at, port)
        if not self.mux:
            self.peer_rtcp = Wire("peer", self.family, at, port + 1)
        self.session.set("--remote", self.name(self.peer))

    # RTP

    def leaves(self, plain):
        """The phone sends; what the peer gets, as it was on the wire."""
        check(self.phone.send(plain, self.peer), "the phone's packet was dropped")
        packet = self.peer.receive()
        check(packet is not None, "nothing left")
        return packet

    def sends(self, plain, roc=0):
        packet = self.leaves(plain)
        check_equal(self.outward.rtp_open(packet, roc), plain, f"what left, under counter {roc}")
        return packet

    def arrives(self, packet, plain):
        self.peer.send(packet, self.phone)
        check_equal(self.phone.receive(), plain, "what the phone got")

    def hears(self, plain, roc=0):
        packet = self.inward.rtp_seal(plain, roc)
        self.arrives(packet, plain)
        return packet

    def withholds(self, plain, reason, count=1):
        """The phone sends something, and nothing leaves."""
        for _ in range(count):
            self.phone.send(plain, self.peer)
        self.dropped("tx", {reason: count})
        check(self.peer.is_silent(), "a packet left although it was counted as dropped")

    def refuses(self, packet, reason, count=1):
        """The peer sends something, and the phone gets nothing."""
        for _ in range(count):
            self.peer.send(packet, self.phone)
        self.dropped("rx", {reason: count})
        check(self.phone.is_silent(), "a packet arrived although it was counted as dropped")

    def dropped(self, way, wanted):
        """Since the last call this direction dropped exactly what is wanted, by reason."""
        end = time.monotonic() + PATIENCE
        while True:
            total = drops_of(self.session.show()[way])
            found = dict(total - self.known[way])
            if found == wanted:
                self.known[way] = total
                return
            if sum(found.values()) > sum(wanted.values()) or time.monotonic() > end:
                raise Failure(f"{way} dropped {found}, wanted {wanted}")

    # RTCP

    def rtcp_sends(self, plain):
        """The phone sends RTCP; the index under which it left."""
        self.phone_rtcp.send(plain, self.peer_rtcp)
        packet = self.peer_rtcp.receive()
        check(packet is not None, "no RTCP left")
        opened = self.outward.rtcp_open(packet)
        check(opened is not None, "the RTCP that left does not authenticate")
        check_equal(opened[0], plain, "the RTCP that left")
        check(opened[2], "the RTCP that left is not encrypted")
        return opened[1]

    def rtcp_seal(self, plain, encrypted=True):
        self.rtcp_index += 1
        return self.inward.rtcp_seal(plain, self.rtcp_index, encrypted)

    def rtcp_arrives(self, packet, plain):
        self.peer_rtcp.send(packet, self.phone_rtcp)
        check_equal(self.phone_rtcp.receive(), plain, "the RTCP that the phone got")

    def rtcp_hears(self, plain, encrypted=True):
        packet = self.rtcp_seal(plain, encrypted)
        self.rtcp_arrives(packet, plain)
        return packet

    def rtcp_refuses(self, packet, reason):
        self.peer_rtcp.send(packet, self.phone_rtcp)
        self.dropped("rx", {reason: 1})
        check(self.phone_rtcp.is_silent(), "RTCP arrived although it was counted as dropped")

    # What the module tells

    def stream(self, way, ssrc):
        for stream in self.session.show()[way]["streams"]:
            if stream["ssrc"] == ssrc:
                return stream
        raise Failure(f"{way} knows no SSRC {ssrc:#x}")

    def key(self, way, slot=0):
        return self.session.show()[way]["keys"][slot]


class Monitor:
    """The helper's events, one a line; ready to hear when it has been made."""

    def __init__(self, limit=1000):
        self.process = subprocess.Popen(
            [PHONESEC, "--json", "media", "monitor", "--limit", str(limit)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.buffer = b""
        end = time.monotonic() + PATIENCE
        while not self._listens():
            check(time.monotonic() < end, "the monitor does not listen")
            time.sleep(0.02)

    def _listens(self):
        with open("/proc/net/netlink", encoding="ascii") as table:
            for line in table:
                words = line.split()
                # Columns: socket, protocol, port, groups; libnl puts the process into the port.
                if words[1] == "16" and int(words[2]) & 0x3FFFFF == self.process.pid:
                    return int(words[3], 16) != 0
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def next(self, patience=PATIENCE):
        """The next event, or None."""
        end = time.monotonic() + patience
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            octets = os.read(self.process.stdout.fileno(), 65536)
            if not octets:
                return None
            self.buffer += octets
        line, self.buffer = self.buffer.split(b"\n", 1)
        spoken.extend(line)
        return json.loads(line)

    def await_event(self, name, **members):
        """The next event of a name and with members like these; others before it pass."""
        passed = []
        while True:
            event = self.next()
            if event is None:
                raise Failure(f"no event {name} {members}; came: {passed}")
            if event["event"] == name and all(event.get(k) == v for k, v in members.items()):
                return event
            passed.append(event)

    def hears_no(self, name, patience=0.5):
        while (event := self.next(patience)) is not None:
            check(event["event"] != name, f"an event {name} came: {event}")
