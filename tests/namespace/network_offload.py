# SPDX-License-Identifier: Apache-2.0
"""Lengths and checksums in every state of offloading; UDP_SEGMENT senders, GRO receivers (T19)."""

import socket
import struct

from calls import (GROWTH, MARKER, PEER, PHONE, Count, arrives, call, call_to_outsider, received,
                   rtp_make, socket_open)
from frames import Capture
from gateway import gateway
from hosts import offloads
from results import equal, test, tests_run

SO_NO_CHECK, UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX, UDP_SEGMENT, UDP_GRO = 11, 101, 102, 103, 104
SENDER_STATES = ("tx on", "tx off", "tx off gso off", "sg off", "tx off sg off gso off")
RECEIVER_STATES = ("rx on", "rx off", "gro on", "rx off gro on")


def rtcp_make(length=64):
    return struct.pack("!BBHI", 0x80, 200, length // 4 - 1, 0x1234) + MARKER[:length - 8].ljust(
        length - 8, b"x")


def name_of(state):
    return state.replace(" ", "-")


for family in 4, 6:
    for state in SENDER_STATES:
        @test(f"offload-sender-{name_of(state)}-ipv{family}", family, state)
        def length_and_checksum(family, state):
            """Break: datagram.c ipv4_resize() and ipv6_resize(), udp->check or the lengths."""
            with offloads("phone", state), call_to_outsider(family) as c, \
                    Capture("attacker", "eth0") as wire:
                sizes = (0, 1, 159, 160, 1000, 1400)
                for size in sizes:
                    packet = rtp_make(size)
                    c.send(packet)
                    found = received(c.b)
                    assert found is not None, f"the receiving kernel refused {size} bytes"
                    equal(len(found), len(packet) + GROWTH, "length")
                frames = wire.datagrams(0, outgoing=False)
                equal(len(frames), len(sizes), "frames")
                for frame in frames:
                    assert frame.udp_length_right(), "UDP length"
                    assert frame.ip_checksum_right, "IP header checksum"
                    equal(frame.checksum_ready, "tx off" in state, "checksum in software")
                    if frame.checksum_ready:
                        assert frame.udp_checksum_right(), "UDP checksum"
                assert not wire.holds(MARKER), "clear media on the wire"

    for state in RECEIVER_STATES:
        @test(f"offload-receiver-{name_of(state)}-ipv{family}", family, state)
        def receiver_state(family, state):
            """Break: datagram.c nf_srtp_datagram_resize(), what it does to ip_summed."""
            for sender in "tx on", "tx off":
                with offloads("phone", sender), offloads("peer", state), call(family) as c:
                    for size in 0, 160, 1400, 1472, 3000:
                        c.passes(rtp_make(size))

    @test(f"offload-no-checksum-ipv{family}", family)
    def sender_without_checksum(family):
        """A sender that leaves the UDP checksum out is obeyed, and its packets arrive."""
        for state in "tx on", "tx off":
            with offloads("phone", state), call(family) as c, Capture("wire", "to-phone") as wire:
                if family == 4:
                    c.a.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
                else:
                    c.a.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_TX, 1)
                    c.b.setsockopt(socket.IPPROTO_UDP, UDP_NO_CHECK6_RX, 1)
                for size in 0, 160, 1400:
                    c.passes(rtp_make(size))
                frames = wire.datagrams(0)
                equal([f.udp_checksum_absent() for f in frames], [True] * 3, "without checksum")
                c.passes(rtp_make(3000))

    for state in "tx on", "tx off", "tx off gso off", "tx-udp-segmentation off":
        @test(f"T19-udp-segment-{name_of(state)}-ipv{family}", family, state)
        def segmenting_sender(family, state):
            """Break: hooks.c segments_judge(), consume_skb() or one packet_judge() for all."""
            with offloads("phone", state), call(family) as c, Capture("wire", "to-phone") as wire:
                c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
                phone, peer = Count("phone"), Count("peer")
                packets = [rtp_make() for _ in range(20)] + [rtp_make(40)]
                c.send(b"".join(packets))
                for packet in packets:
                    arrives(c.b, packet)
                phone.counts("tx", 21)
                peer.counts("rx", 21)
                frames = wire.datagrams(0, outgoing=False)
                equal([len(f.payload) for f in frames], [188] * 20 + [68], "lengths on the wire")
                if "tx off" in state:
                    assert all(f.udp_checksum_right() for f in frames), "UDP checksum"
                assert all(f.udp_length_right() for f in frames), "UDP length"
                assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"T19-udp-segment-over-mtu-ipv{family}", family)
    def segments_that_no_longer_fit(family):
        """Segments of the full MTU are fragmented one by one."""
        full = 1472 if family == 4 else 1452
        with call(family) as c:
            c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, full)
            packets = [rtp_make(full - 12) for _ in range(5)]
            c.send(b"".join(packets))
            for packet in packets:
                arrives(c.b, packet)

    for state in ("gro on rx-udp-gro-forwarding on", "gro on rx-gro-list on", "gro on"):
        for gro in False, True:
            @test(f"T19-{name_of(state)}{'-udp-gro' if gro else ''}-ipv{family}",
                  family, state, gro)
            def gathering_receiver(family, state, gro):
                """Break: hooks.c packet_judge(), the branch for skb_is_gso()."""
                # A veth gathers what its other end would not have sent as one segment train.
                with offloads("peer", state), offloads("wire", "tso off", "to-peer"), \
                        call(family) as c, Capture("peer", "eth0") as tap:
                    c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
                    if gro:
                        c.b.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
                    peer = Count("peer")
                    packets = [rtp_make() for _ in range(20)]
                    c.send(b"".join(packets))
                    found = b""
                    while len(found) < 20 * 172:
                        more = received(c.b)
                        assert more, f"{len(found)} of {20 * 172} bytes arrived"
                        found += more
                    equal(found, b"".join(packets), "what arrived")
                    peer.counts("rx", 20)
                    frames = tap.datagrams(0, outgoing=False)
                    if "forwarding" in state or "list" in state or gro:
                        assert len(frames) < 20, "nothing was gathered, so nothing was tested"
                    assert not tap.holds(MARKER), "clear media at the tap"

    for state in ("gro on rx-udp-gro-forwarding on", "gro on rx-gro-list on"):
        @test(f"T19-forwarded-{name_of(state)}-ipv{family}", family, state)
        def gathered_and_forwarded(family, state):
            """A gateway gathers clear media of the phone, and ciphertext of the far end."""
            with gateway() as g, offloads("gateway", state, "lan"), \
                    offloads("gateway", state, "wan"), g.call(family) as c, \
                    Capture("outer", "eth0") as wire, Capture("gateway", "lan") as lan:
                c.passes(rtp_make())
                packets = [rtp_make() for _ in range(20)]
                for sender, pair, receiver in (c.a, c.b_pair, c.b), (c.b, c.a_pair, c.a):
                    sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
                    sender.sendto(b"".join(packets), pair)
                    for packet in packets:
                        arrives(receiver, packet)
                assert not wire.holds(MARKER), "clear media on the outer wire"
                gathered = [f for f in lan.datagrams(0, outgoing=False) if len(f.payload) > 172]
                assert gathered, "nothing was gathered, so nothing was tested"

    @test(f"T19-segments-of-strangers-ipv{family}", family)
    def segments_without_session(family):
        """Large packets of other ports stay whole, and pass untouched."""
        with call(family) as c:
            c.a_session.delete()
            c.b_session.delete()
            c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
            packets = [rtp_make() for _ in range(10)]
            before = Count("phone")
            c.send(b"".join(packets))
            for packet in packets:
                arrives(c.b, packet)
            before.counts("tx", 0)
            for end in "a", "b":
                setattr(c, end + "_session", Gone())


class Gone:
    """A session that was deleted before."""

    def delete(self):
        pass


@test("offload-rtcp-port")
def rtcp_on_its_own_port():
    with call() as c:
        with socket_open("phone", (PHONE[4], c.port + 1)) as sender, \
                socket_open("peer", (PEER[4], c.port + 1)) as receiver:
            for state in "tx on", "tx off":
                with offloads("phone", state):
                    packet = rtcp_make()
                    sender.sendto(packet, (PEER[4], c.port + 1))
                    arrives(receiver, packet)


tests_run()
