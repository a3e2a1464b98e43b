# SPDX-License-Identifier: Apache-2.0
"""Buffers that others share or that are in pieces: user pages, files, taps, raw sockets."""

import mmap
import os
import socket
import time

from calls import (MARKER, PEER, PHONE, Count, Session, arrives, call, port_numbers, rtp_make,
                   socket_open)
from frames import Capture, ipv4_make, ipv6_make, udp_make
from hosts import inside, offloads
from results import equal, test, tests_run

SO_ZEROCOPY, MSG_ZEROCOPY, MSG_MORE = 60, 0x4000000, 0x8000
IP_HDRINCL, IP_NODEFRAG = 3, 22
IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS = 54, 59, 55

for family in 4, 6:
    @test(f"buffer-zerocopy-ipv{family}", family)
    def pages_of_the_sender(family):
        """Break: datagram.c nf_srtp_datagram_prepare(), return 0 for what is not linear."""
        for state in "tx on", "tx off":
            with offloads("phone", state), call(family) as c, Capture("wire", "to-phone") as wire:
                c.a.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
                pages = mmap.mmap(-1, 1 << 16)
                for length in 1200, 1460, 9000, 30000:
                    packet = rtp_make(length)
                    pages[:len(packet)] = packet
                    with memoryview(pages) as view, view[:len(packet)] as part:
                        sent = c.a.sendmsg([part], [], MSG_ZEROCOPY, c.b_pair)
                    equal(sent, len(packet), "bytes taken")
                    arrives(c.b, packet)
                    assert pages[:len(packet)] == packet, "pages of the sender were written to"
                assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"buffer-sendfile-ipv{family}", family)
    def pages_of_a_file(family):
        with call(family) as c, Capture("wire", "to-phone") as wire:
            packet = rtp_make(1200)
            name = f"/dev/shm/media{c.port}"
            with open(name, "wb") as file:
                file.write(packet)
            c.a.connect(c.b_pair)
            with open(name, "rb") as file:
                os.sendfile(c.a.fileno(), file.fileno(), 0, len(packet))
            arrives(c.b, packet)
            with open(name, "rb") as file:
                assert file.read() == packet, "the file was written to"
            os.unlink(name)
            assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"buffer-splice-ipv{family}", family)
    def pages_of_a_pipe(family):
        with call(family) as c, Capture("wire", "to-phone") as wire:
            packet = rtp_make(1000)
            c.a.connect(c.b_pair)
            out, into = os.pipe()
            os.write(into, packet)
            os.splice(out, c.a.fileno(), len(packet))
            arrives(c.b, packet)
            os.close(out)
            os.close(into)
            assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"buffer-pieces-ipv{family}", family)
    def corked_pieces(family):
        """MSG_MORE leaves pages and, beyond the MTU, lists of buffers."""
        for state in "sg on", "sg off":
            with offloads("phone", state), call(family) as c, Capture("wire", "to-phone") as wire:
                c.a.connect(c.b_pair)
                for pieces in (12, 1, 1, 158), (700, 700, 60), (1400, 1400, 1400), (5000, 1, 4000):
                    packet = rtp_make(sum(pieces) - 12)
                    at = 0
                    for number, piece in enumerate(pieces, 1):
                        more = MSG_MORE if number < len(pieces) else 0
                        c.a.send(packet[at:at + piece], more)
                        at += piece
                    arrives(c.b, packet)
                assert not wire.holds(MARKER), "clear media on the wire"

    @test(f"buffer-tap-sent-ipv{family}", family)
    def tap_while_sending(family):
        with call(family) as c, Capture("phone", "eth0") as tap, Capture("phone", "lo") as lo:
            for size in 160, 1400, 3000:
                c.passes(rtp_make(size))
            assert tap.frames(0, wanted=lambda f: f.outgoing), "the tap saw nothing"
            assert not tap.holds(MARKER) and not lo.holds(MARKER), "clear media at the tap"

    @test(f"buffer-tap-received-ipv{family}", family)
    def tap_while_receiving(family):
        """A tap makes clones; its copy must not change. Break: datagram.c, !skb_cloned(skb)."""
        with call(family) as c, Capture("peer", "eth0") as tap, Capture("peer", "eth0") as second, \
                Capture("wire", "to-peer") as wire:
            for size in 0, 160, 1400, 3000:
                c.passes(rtp_make(size))
            sent = [f.ip for f in wire.frames(0, wanted=lambda f: f.outgoing and f.protocol == 17)]
            for one in tap, second:
                seen = [f.ip for f in one.frames(0, wanted=lambda f: not f.outgoing and
                                                 f.protocol == 17)]
                equal(len(seen), len(sent), "frames at the tap")
                assert seen == sent, "the tap's copy differs from the wire"
                assert not one.holds(MARKER), "clear media at the tap"


def raw_open(namespace, family):
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    with inside(namespace):
        return socket.socket(kind, socket.SOCK_RAW, socket.IPPROTO_RAW)


@test("buffer-raw-socket-ipv4")
def header_by_hand():
    """Media through IP_HDRINCL, with IP options, with and without checksum."""
    with call() as c, raw_open("phone", 4) as raw, Capture("wire", "to-phone") as wire:
        for options in b"", b"\x94\x04\0\0", b"\1" * 40:
            for check in None, 0:
                packet = rtp_make()
                body = udp_make(PHONE[4], PEER[4], c.port, c.port, packet, check=check)
                raw.sendto(ipv4_make(PHONE[4], PEER[4], body, options=options), (PEER[4], 0))
                arrives(c.b, packet)
        assert not wire.holds(MARKER), "clear media on the wire"


@test("buffer-raw-socket-ipv6")
def header_by_hand_ipv6():
    with call(6) as c, raw_open("phone", 6) as raw, Capture("wire", "to-phone") as wire:
        raw.setsockopt(socket.IPPROTO_IPV6, 36, 1)
        for extension in b"", bytes([17, 0, 1, 4, 0, 0, 0, 0]):
            packet = rtp_make()
            body = udp_make(PHONE[6], PEER[6], c.port, c.port, packet)
            raw.sendto(ipv6_make(PHONE[6], PEER[6], extension + body,
                                 60 if extension else 17), (PEER[6], 0))
            arrives(c.b, packet)
        assert not wire.holds(MARKER), "clear media on the wire"


@test("buffer-malformed-sent-ipv4")
def malformed_by_hand():
    """Wrong lengths never leave in clear. Break: hooks.c nf_srtp_datagram_is_whole()."""
    with call() as c, raw_open("phone", 4) as raw, Capture("wire", "to-phone") as wire:
        before = Count("phone")
        for length in 0, 7, 8, 20, 179, 181, 65535:
            body = udp_make(PHONE[4], PEER[4], c.port, c.port, rtp_make(), length=length)
            try:
                raw.sendto(ipv4_make(PHONE[4], PEER[4], body), (PEER[4], 0))
            except PermissionError:
                pass
        assert not wire.holds(MARKER), "clear media on the wire"
        before.counts("tx", 0, malformed=7)
        for ihl in 0, 4:
            body = udp_make(PHONE[4], PEER[4], c.port, c.port, rtp_make())
            try:
                raw.sendto(ipv4_make(PHONE[4], PEER[4], body, ihl=ihl), (PEER[4], 0))
            except OSError:
                pass
        for cut in range(0, 8):
            body = udp_make(PHONE[4], PEER[4], c.port, c.port, b"")[:cut]
            try:
                raw.sendto(ipv4_make(PHONE[4], PEER[4], body), (PEER[4], 0))
            except OSError:
                pass
        c.passes(rtp_make())


def extension_header(length=0):
    """An unknown option that is to be skipped, in so many units of 8 bytes beyond the first."""
    total = 8 + 8 * length
    return bytes([0, length, 0x1e, total - 4]) + bytes(total - 4)


for name, option, extension in (("hop-by-hop", IPV6_HOPOPTS, extension_header()),
                                ("hop-by-hop-long", IPV6_HOPOPTS, extension_header(20)),
                                ("destination", IPV6_DSTOPTS, extension_header(1))):
    @test(f"buffer-extension-{name}-ipv6", option, extension)
    def extension_headers(option, extension):
        """Break: datagram.c ipv6_parse(), ipv6_skip_exthdr()."""
        for state in "tx on", "tx off":
            with offloads("phone", state), call(6) as c, Capture("wire", "to-phone") as wire:
                c.a.setsockopt(socket.IPPROTO_IPV6, option, extension)
                # The kernel's own defragmentation loses what has destination options.
                sizes = (0, 160, 1200) if option == IPV6_DSTOPTS else (0, 160, 1200, 1440, 3000)
                for size in sizes:
                    c.passes(rtp_make(size))
                for frame in wire.datagrams(0, outgoing=False):
                    if frame.checksum_ready:
                        assert frame.udp_checksum_right(), "UDP checksum"
                    assert frame.udp_length_right(), "UDP length"
                assert not wire.holds(MARKER), "clear media on the wire"


@test("buffer-both-extensions-ipv6")
def two_extension_headers():
    with call(6) as c:
        c.a.setsockopt(socket.IPPROTO_IPV6, IPV6_HOPOPTS, extension_header(2))
        c.a.setsockopt(socket.IPPROTO_IPV6, IPV6_DSTOPTS, extension_header(3))
        c.passes(rtp_make())
        c.passes(rtp_make(), back=True)


@test("buffer-ip-options-ipv4")
def ip_options():
    with call() as c:
        c.a.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\x94\x04\0\0")
        for size in 160, 1468, 3000:
            c.passes(rtp_make(size))


@test("buffer-loopback")
def both_ends_in_one_namespace():
    """Both ends on one host: media passes lo as ciphertext. Break: hooks.c hook_arrive()."""
    for address in "127.0.0.1", "::1", PHONE[4], PHONE[6]:
        other = "127.0.0.2" if address == "127.0.0.1" else address
        with LoopbackCall(address, other) as c, Capture("phone", "lo") as lo:
            for size in 0, 160, 1400, 8000:
                packet = rtp_make(size)
                c.a.sendto(packet, c.b_pair)
                arrives(c.b, packet)
                c.b.sendto(packet, c.a_pair)
                arrives(c.a, packet)
            assert not lo.holds(MARKER), "clear media on lo"


class LoopbackCall:
    def __init__(self, address, other):
        port = next(port_numbers)
        self.a_pair, self.b_pair = (address, port), (other, port + 2)
        self.sessions = [
            Session("phone", self.a_pair, self.b_pair, f"l{port}ab", f"l{port}ba"),
            Session("phone", self.b_pair, self.a_pair, f"l{port}ba", f"l{port}ab")]
        self.a, self.b = (socket_open("phone", pair) for pair in (self.a_pair, self.b_pair))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.a.close()
        self.b.close()
        for session in self.sessions:
            session.delete()


@test("buffer-closed-port")
def port_of_the_receiver_is_closed():
    """ICMP errors quote packets; decrypted media must not come back that way."""
    for family in 4, 6:
        with call(family) as c, Capture("wire", "to-peer") as wire:
            c.passes(rtp_make())
            c.b.close()
            for _ in range(3):
                c.send(rtp_make())
                time.sleep(0.1)
            wire.frames(0.3)
            assert not wire.holds(MARKER), "clear media in an ICMP error"


tests_run()
