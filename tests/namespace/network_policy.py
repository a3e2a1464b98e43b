# SPDX-License-Identifier: Apache-2.0
"""Policy and its counters: every packet is found again, passed or under one reason."""

import socket

from calls import (MARKER, PEER, PHONE, Count, arrives, call, phonesec, policy, port_numbers,
                   received, rtp_make, socket_open)
from frames import Capture, frame_send, ipv4_make, ipv6_make, open_mac, udp_make
from hosts import inside
from results import equal, test, tests_run

IP_NODEFRAG = 22
UDP_SEGMENT = 103
STUN = b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12)
DTLS = b"\x16\xfe\xfd" + bytes(20)
ZRTP = b"\x10\0" + bytes(20)
RTCP = b"\x80\xc8\0\6" + bytes(24)


def pair_of_ports(family, port):
    return (socket_open("phone", (PHONE[family], port)),
            socket_open("peer", (PEER[family], port)), (PEER[family], port))


def send_refused(sender, packet, pair):
    """Whether the sender was told that its packet was dropped."""
    try:
        sender.sendto(packet, pair)
    except PermissionError:
        return True
    return False


@test("policy-segments-of-two-kinds")
def segments_of_two_kinds():
    """Each segment of a large packet is judged. Break: hooks.c datagram_judge(), skb_is_gso()."""
    with policy("phone", "enforce", "20000-30000", passes="stun"):
        sender, receiver, pair = pair_of_ports(4, next(port_numbers))
        with sender, receiver:
            before = Count("phone")
            media = rtp_make()
            sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(media))
            sender.sendto(STUN.ljust(len(media), b"\0") + media, pair)
            arrives(receiver, STUN.ljust(len(media), b"\0"))
            equal(received(receiver, 0.3), None, "media behind STUN")
            equal(before.since()["tx"]["drops"], {"no-session": 1}, "drops")


for family in 4, 6:
    @test(f"policy-off-ipv{family}", family)
    def off(family):
        with policy("phone", "off", "20000-30000"):
            port = next(port_numbers)
            before = Count("phone")
            sender, receiver, pair = pair_of_ports(family, port)
            with sender, receiver:
                packet = rtp_make()
                sender.sendto(packet, pair)
                arrives(receiver, packet)
            found = before.since()["tx"]
            equal((found["dropped"], found["monitored"], found["other_packets"]), (0, {}, 0))

    @test(f"policy-monitor-ipv{family}", family)
    def monitor(family):
        """Break: hooks.c stranger_judge(), the branch for monitoring."""
        with policy("phone", "monitor", "20000-30000"):
            before = Count("phone")
            sender, receiver, pair = pair_of_ports(family, next(port_numbers))
            with sender, receiver:
                for packet in rtp_make(), RTCP, STUN, DTLS, ZRTP:
                    sender.sendto(packet, pair)
                    arrives(receiver, packet)
                    receiver.sendto(packet, sender.getsockname()[:2])
                    arrives(sender, packet)
            wanted = {"no-session": 5}
            found = before.since()
            for way in "tx", "rx":
                equal(found[way]["monitored"], wanted, way)
                equal(found[way]["dropped"], 0, way)

    @test(f"policy-enforce-ipv{family}", family)
    def enforce(family):
        """Break: hooks.c stranger_judge(), its last line."""
        with policy("phone", "enforce", "20000-30000"), Capture("wire", "to-phone") as wire:
            before = Count("phone")
            sender, receiver, pair = pair_of_ports(family, next(port_numbers))
            with sender, receiver:
                for packet in rtp_make(), RTCP, STUN, DTLS, ZRTP:
                    assert send_refused(sender, packet, pair), "the sender was not told"
                    receiver.sendto(packet, sender.getsockname()[:2])
                equal(received(receiver, 0.2), None, "what left")
                equal(received(sender, 0.2), None, "what came")
            found = before.since()
            for way in "tx", "rx":
                equal(found[way]["drops"], {"no-session": 5}, way)
            equal([f for f in wire.datagrams(0, outgoing=False)], [], "frames of the phone")

    @test(f"policy-passes-named-protocols-ipv{family}", family)
    def named_protocols(family):
        """Break: policy.c nf_srtp_pass_reason()."""
        with policy("phone", "enforce", "20000-30000", passes="stun,dtls"):
            before = Count("phone")
            sender, receiver, pair = pair_of_ports(family, next(port_numbers))
            with sender, receiver:
                for packet in STUN, DTLS:
                    sender.sendto(packet, pair)
                    arrives(receiver, packet)
                for packet in ZRTP, rtp_make(), RTCP:
                    assert send_refused(sender, packet, pair), "the sender was not told"
            found = before.since()["tx"]
            equal((found["other_packets"], found["drops"]), (2, {"no-session": 3}))

    @test(f"policy-ranges-ipv{family}", family)
    def edges_of_ranges(family):
        """Break: policy.h nf_srtp_policy_protects(), either comparison."""
        with policy("phone", "enforce", "31000-31001", "31010-31010"):
            for port, protected in ((30999, False), (31000, True), (31001, True), (31002, False),
                                    (31009, False), (31010, True), (31011, False)):
                sender, receiver, pair = pair_of_ports(family, port)
                with sender, receiver:
                    equal(send_refused(sender, rtp_make(), pair), protected, f"port {port}")
                    equal(received(receiver, 0.1) is None, protected, f"port {port}")

    @test(f"policy-session-is-strict-ipv{family}", family)
    def session_under_no_policy(family):
        """A port that has a session speaks to its far end alone, whatever the policy."""
        with call(family) as c, Capture("wire", "to-phone") as wire:
            before = Count("phone")
            assert send_refused(c.a, rtp_make(), (PEER[family], c.port + 1)), "it was not told"
            with socket_open("attacker", (PEER[family][:-1] + "3", c.port)) as attacker:
                attacker.sendto(rtp_make(), c.a_pair)
                equal(received(c.a, 0.2), None, "what came")
            before.counts("tx", 0, wrong_address=1)
            before.counts("rx", 0, wrong_address=1)
            c.passes(rtp_make())

    @test(f"policy-counters-add-up-ipv{family}", family)
    def everything_is_counted(family):
        """What the phone sent is what passed and what was dropped; so for the peer."""
        with call(family) as c, policy("phone", "enforce", "20000-30000"):
            phone, peer = Count("phone"), Count("peer")
            total = 0
            for number in range(60):
                packet = (rtp_make(), STUN, b"", b"\x80", rtp_make()[:11], ZRTP)[number % 6]
                send_refused(c.a, packet, c.b_pair)
                total += 1
            found = phone.since()["tx"]
            equal(found["rtp_packets"] + found["other_packets"] + found["dropped"], total, "sum")
            equal(found["rtp_packets"], 10, "passed")
            assert peer.settles("rx", 10), "the peer misses some"
            peer.counts("rx", 10)


@test("policy-fragment-sent-by-hand")
def fragments_past_defragmentation():
    """Fragments that hide their ports. Break: hooks.c fragment_judge()."""
    port = next(port_numbers)
    body = udp_make(PHONE[4], PEER[4], port, port, rtp_make(1000))
    pieces = [ipv4_make(PHONE[4], PEER[4], body[:800], flags=0x2000),
              ipv4_make(PHONE[4], PEER[4], body[800:], flags=100)]
    with inside("phone"):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with raw, socket_open("peer", (PEER[4], port)) as receiver, \
            Capture("wire", "to-phone") as wire:
        raw.setsockopt(socket.IPPROTO_IP, IP_NODEFRAG, 1)
        for mode, dropped in ("monitor", 0), ("enforce", 2):
            with policy("phone", mode, "20000-30000"):
                before = Count("phone")
                for piece in pieces:
                    send_refused(raw, piece, (PEER[4], 0))
                found = before.since()["tx"]
                equal(found["dropped"], dropped, f"drops under {mode}")
                equal(found["drops" if dropped else "monitored"], {"fragment": 2}, mode)
            equal(received(receiver, 0.2) is None, mode == "enforce", f"silence under {mode}")
            if mode == "monitor":
                wire.drain()
                wire.seen.clear()
        assert not wire.holds(MARKER), "clear media on the wire"


@test("policy-malformed-received")
def malformed_from_the_wire():
    """UDP that lies about its length, from the attacker's device."""
    mac = open_mac("phone")
    with call() as c:
        before = Count("phone")
        sent = 0
        for length in 0, 7, 8, 20, 100, 187, 189, 1000, 65535:
            udp = udp_make(PEER[4], PHONE[4], c.port, c.port, rtp_make() + bytes(16),
                           length=length)
            frame_send("attacker", "eth0", mac, ipv4_make(PEER[4], PHONE[4], udp))
            sent += 1
        assert before.settles("rx", sent), f"{before.since()['rx']}"
        before.counts("rx", 0, malformed=sent)
        for cut in range(8):
            udp = udp_make(PEER[4], PHONE[4], c.port, c.port, b"")[:cut]
            frame_send("attacker", "eth0", mac, ipv4_make(PEER[4], PHONE[4], udp))
            frame_send("attacker", "eth0", mac, ipv6_make(PEER[6], PHONE[6], udp))
        # A chain of extension headers that ends beyond the packet.
        for chain in b"\x3c\xff" + bytes(6), b"\0\0\1\4\0\0\0\0" * 20, b"\x2c\0" + bytes(6):
            frame_send("attacker", "eth0", mac, ipv6_make(PEER[6], PHONE[6], chain, 60))
        c.passes(rtp_make(), back=True)


@test("policy-changes-under-traffic")
def policy_swapped():
    """Changing the policy loses no packet of a session. Break: policy.c, call_rcu()."""
    with call() as c:
        before = Count("phone")
        for number in range(40):
            phonesec("phone", "policy", "--mode", ("off", "monitor", "enforce")[number % 3],
                     "--protect", f"{20000 + number}-{30000 + number}")
            c.passes(rtp_make())
        phonesec("phone", "policy", "--mode", "off")
        before.counts("tx", 40)


tests_run()
