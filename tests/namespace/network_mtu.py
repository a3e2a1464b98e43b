# SPDX-License-Identifier: Apache-2.0
"""Packets that no longer fit once they are protected: fragmented or refused, never lost."""

import errno
import socket
import struct

from calls import GROWTH, MARKER, RTP_HEADER, Count, call, received, rtp_make
from frames import ICMP, ICMP6, Capture
from gateway import gateway
from hosts import device_mtu
from results import equal, test, tests_run

IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_DONTFRAG = 10, 14, 23, 24, 62
DISCOVERY = {"dont": 0, "want": 1, "do": 2, "probe": 3, "interface": 4, "omit": 5}
HEADERS = {4: 28, 6: 48}


def fitting(family, mtu=1500, less=0):
    """The RTP payload whose packet in clear fills the MTU."""
    return mtu - HEADERS[family] - RTP_HEADER - less


def discovery_set(sender, family, discovery):
    if family == 4:
        sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, DISCOVERY[discovery])
    else:
        sender.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, DISCOVERY[discovery])


# Break: datagram.c local_allow_fragments(), skb->ignore_df = 1.
for family in 4, 6:
    for discovery in DISCOVERY:
        @test(f"mtu-local-{discovery}-ipv{family}", family, discovery)
        def local_packet_is_fragmented(family, discovery):
            with call(family) as c, Capture("wire", "to-phone") as wire:
                discovery_set(c.a, family, discovery)
                c.passes(rtp_make(fitting(family, less=GROWTH)))
                wire.drain()
                equal([f.fragment for f in wire.seen if f.protocol == 17], [False], "fits exactly")
                wire.seen.clear()
                for less in 15, 1, 0:
                    c.passes(rtp_make(fitting(family, less=less)))
                    parts = wire.frames(0, wanted=lambda f: f.fragment)
                    equal(len(parts), 2, "fragments")
                    assert not any(f.dont_fragment for f in parts), "a fragment with DF"
                    assert all(f.ip_length <= 1500 for f in parts), "a fragment over the MTU"
                    if family == 4:
                        equal(len({f.ip[4:6] for f in parts}), 1, "ids of one packet")
                    wire.seen.clear()
                assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"mtu-ids-differ-ipv{family}", family)
    def fragments_have_ids_of_their_own(family):
        """Break: datagram.c local_allow_fragments(), __ip_select_ident()."""
        with call(family) as c, Capture("wire", "to-phone") as wire:
            discovery_set(c.a, family, "do")
            for _ in range(8):
                c.passes(rtp_make(fitting(family)))
            parts = wire.frames(0, wanted=lambda f: f.fragment)
            at = slice(4, 6) if family == 4 else slice(44, 48)
            equal(len({f.ip[at] for f in parts}), 8, "identifications of eight packets")

    @test(f"mtu-larger-than-link-ipv{family}", family)
    def sender_fragments_already(family):
        with call(family) as c, Capture("wire", "to-phone") as wire:
            for length in 1473, 1489, 2000, 2944, 2960, 8000, 30000:
                c.passes(rtp_make(length))
                c.passes(rtp_make(length), back=True)
            assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"mtu-small-link-ipv{family}", family)
    def small_link(family):
        with device_mtu("phone", 1280), call(family) as c:
            for less in 17, 16, 15, 0:
                c.passes(rtp_make(fitting(family, 1280, less)))

    @test(f"mtu-oversize-ipv{family}", family)
    def no_room_in_the_length_field(family):
        """Break: datagram.c nf_srtp_datagram_fits(), the check against IP_MAX_MTU."""
        largest = 65507 if family == 4 else 65527
        with call(family) as c:
            c.passes(rtp_make(65000 - RTP_HEADER))
            before = Count("phone")
            for length in largest, largest - 1, largest - GROWTH + 1:
                try:
                    c.send(rtp_make(length - RTP_HEADER))
                except OSError as error:
                    equal(error.errno, errno.EMSGSIZE, "error of the sender")
                else:
                    raise AssertionError(f"{length} bytes were taken")
            before.counts("tx", 0, too_big=3)
            c.passes(rtp_make(160))


@test("mtu-dont-fragment-option-ipv6")
def dont_fragment_option():
    with call(6) as c:
        c.a.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, 1)
        c.passes(rtp_make(fitting(6)))


def mtu_of(connected, family):
    if family == 4:
        return connected.getsockopt(socket.IPPROTO_IP, IP_MTU)
    return connected.getsockopt(socket.IPPROTO_IPV6, IPV6_MTU)


def told_mtu(frame, family):
    """The MTU that an ICMP error tells, or None."""
    if family == 4 and frame.protocol == ICMP and frame.body[:2] == b"\x03\x04":
        return struct.unpack_from("!H", frame.body, 6)[0]
    if family == 6 and frame.protocol == ICMP6 and frame.body[:2] == b"\x02\x00":
        return struct.unpack_from("!I", frame.body, 4)[0]
    return None


for family in 4, 6:
    @test(f"mtu-forwarded-told-ipv{family}", family)
    def forwarded_sender_is_told(family):
        """Break: datagram.c ipv4_fits() and ipv6_fits(), the ICMP error."""
        with gateway() as g, g.call(family) as c, Capture("gateway", "lan") as lan:
            c.a.connect(c.b_pair)
            discovery_set(c.a, family, "do")
            equal(mtu_of(c.a, family), 1500, "path MTU before")
            before = Count("gateway")
            c.a.send(rtp_make(fitting(family)))
            equal(received(c.b, 0.3), None, "what arrived")
            before.counts("tx", 0, too_big=1)
            equal([told_mtu(f, family) for f in lan.frames(0) if told_mtu(f, family)],
                  [1500 - GROWTH], "MTU in the ICMP error")
            equal(mtu_of(c.a, family), 1500 - GROWTH, "path MTU after")
            equal(c.a.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), errno.EMSGSIZE,
                  "error of the socket")
            packet = rtp_make(fitting(family, less=GROWTH))
            c.a.send(packet)
            equal(received(c.b), packet, "packet of the told size")
            g.path_mtu_forget()

    @test(f"mtu-forwarded-fragments-ipv{family}", family)
    def forwarded_fragments(family):
        with gateway() as g, g.call(family) as c, Capture("gateway", "wan") as wan:
            discovery_set(c.a, family, "dont")
            for length in 1460, 2000, 4000:
                c.passes(rtp_make(length))
                c.passes(rtp_make(length), back=True)
            assert not wan.holds(MARKER), "clear media on the outer wire"

    @test(f"mtu-forwarded-learns-ipv{family}", family)
    def forwarded_sender_learns(family):
        """With discovery as it is by default the sender fragments once it was told."""
        with gateway() as g, g.call(family) as c:
            c.send(rtp_make(fitting(family)))
            received(c.b, 0.3)
            packet = rtp_make(fitting(family))
            try:
                c.send(packet)
            except OSError:
                c.send(packet)
            equal(received(c.b), packet, "packet after the ICMP error")
            g.path_mtu_forget()


@test("mtu-forwarded-without-df-ipv4")
def forwarded_without_df():
    with gateway() as g, g.call(4) as c, Capture("gateway", "wan") as wan:
        discovery_set(c.a, 4, "dont")
        c.passes(rtp_make(fitting(4)))
        equal(len(wan.frames(0, wanted=lambda f: f.fragment)), 2, "fragments")


@test("mtu-forwarded-at-minimum-ipv6")
def forwarded_at_the_minimum():
    """No host may be told less than 1,280 bytes. Break: ipv6_fits(), IPV6_MIN_MTU."""
    with gateway() as g, g.call(6) as c, device_mtu("gateway", 1280, "wan"), \
            device_mtu("outer", 1280):
        packet = rtp_make(fitting(6, 1280))
        c.passes(packet)
        c.passes(rtp_make(fitting(6, 1280)), back=True)


@test("mtu-forwarded-masqueraded-told-ipv4")
def masqueraded_sender_is_told():
    """The ICMP error must reach the host behind address translation, not the gateway itself."""
    with gateway() as g, g.masqueraded_call() as c:
        c.a.connect(c.b_pair)
        discovery_set(c.a, 4, "do")
        c.a.send(rtp_make(fitting(4)))
        equal(received(c.b, 0.3), None, "what arrived")
        equal(mtu_of(c.a, 4), 1500 - GROWTH, "path MTU after")
        g.path_mtu_forget()


tests_run()
