# SPDX-License-Identifier: Apache-2.0
"""Forwarded media: gateway, policy on it, connection tracking, NAT, marks, queues, time stamps."""

import socket
import struct

from calls import (MARKER, Count, Session, arrives, call, policy, port_numbers, received,
                   rtp_make, socket_open)
from frames import Capture, checksum, ipv4_make, open_mac, pseudo_header, packed
from gateway import INNER, OUTER, PUBLIC, gateway, nft
from hosts import inside, run
from results import equal, test, tests_run

SO_MARK, SO_PRIORITY, SO_TXTIME = 36, 12, 61


def call_passes_both_ways(c, count=5):
    for _ in range(count):
        c.passes(rtp_make())
        c.passes(rtp_make(), back=True)


for family in 4, 6:
    @test(f"gateway-forwards-ipv{family}", family)
    def forwarded_call(family):
        with gateway() as g, g.call(family) as c, Capture("gateway", "wan") as wan, \
                Capture("inner", "eth0") as lan:
            before = Count("gateway")
            call_passes_both_ways(c)
            before.counts("tx", 5)
            before.counts("rx", 5)
            assert not wan.holds(MARKER), "clear media on the outer wire"
            assert lan.holds(MARKER), "the phone does not speak plain media"

    @test(f"gateway-enforces-ipv{family}", family)
    def gateway_with_policy(family):
        """Break: hooks.c stranger_judge(), pair_is_vouched(): clear media behind the gateway."""
        with gateway() as g, g.call(family) as c, policy("gateway", "enforce", "1024-65535"):
            before = Count("gateway")
            call_passes_both_ways(c)
            before.counts("tx", 5)
            before.counts("rx", 5)
            port = next(port_numbers)
            with socket_open("inner", (INNER[family], port)) as stranger, \
                    socket_open("outer", (OUTER[family], port)) as far:
                before = Count("gateway")
                for _ in range(4):
                    stranger.sendto(rtp_make(), (OUTER[family], port))
                    far.sendto(rtp_make(), (INNER[family], port))
                before.settles("rx", 8)
                before.counts("rx", 0, no_session=8)
                equal(received(far, 0.2), None, "clear media through the gateway")

    @test(f"gateway-conntrack-ipv{family}", family)
    def forwarded_with_tracking(family):
        with gateway() as g:
            nft("gateway", f"add table inet track",
                "add chain inet track forward "
                "{ type filter hook forward priority 0; policy drop; }",
                "add rule inet track forward ct state established,related counter accept",
                "add rule inet track forward ct state new udp dport 1024-65535 counter accept")
            with g.call(family) as c:
                call_passes_both_ways(c)
                for size in 1472, 4000:
                    c.passes(rtp_make(size), back=True)


@test("gateway-masquerades")
def masqueraded_call():
    """The session names the addresses of the wire. Break: hooks.c, NF_IP_PRI_LAST - 1."""
    with gateway() as g, g.masqueraded_call() as c, Capture("gateway", "wan") as wan:
        for _ in range(3):
            c.passes(rtp_make())
            c.passes(rtp_make(), back=True)
        assert not wan.holds(MARKER), "clear media on the outer wire"


@test("gateway-masquerades-and-enforces")
def masqueraded_call_under_policy():
    """Behind translation the ports of far ends may not be protected ones: a documented limit."""
    with gateway() as g, g.masqueraded_call() as c, policy("gateway", "enforce", "20000-30000"):
        for _ in range(3):
            c.passes(rtp_make())
            c.passes(rtp_make(), back=True)


@test("gateway-redirects")
def destination_translated():
    """dnat: the far end calls the public address, and the phone behind answers from its own."""
    with gateway() as g:
        port = next(port_numbers)
        nft("gateway", "add table ip nat",
            "add chain ip nat in { type nat hook prerouting priority dstnat; }",
            f"add rule ip nat in iifname wan udp dport {port} dnat to {INNER[4]}:{port}")
        public, outer = (PUBLIC, port), (OUTER[4], port)
        sessions = [Session("gateway", public, outer, "d1", "d2"),
                    Session("outer", outer, public, "d2", "d1")]
        with socket_open("inner", (INNER[4], port)) as a, socket_open("outer", outer) as b, \
                Capture("gateway", "wan") as wan:
            for _ in range(3):
                packet = rtp_make()
                b.sendto(packet, public)
                arrives(a, packet)
                packet = rtp_make()
                a.sendto(packet, outer)
                arrives(b, packet)
            assert not wan.holds(MARKER), "clear media on the outer wire"
        for session in sessions:
            session.delete()


@test("conntrack-on-the-phone")
def tracked_phone():
    nft("phone", "add table inet track",
        "add chain inet track in { type filter hook input priority 0; policy drop; }",
        "add rule inet track in meta l4proto ipv6-icmp accept",
        "add rule inet track in ct state established counter accept",
        "add chain inet track out { type filter hook output priority 0; }",
        "add rule inet track out ct state new,established counter accept")
    try:
        for family in 4, 6:
            with call(family) as c:
                for size in 160, 1472, 3000:
                    c.passes(rtp_make(size))
                    c.passes(rtp_make(size), back=True)
    finally:
        nft("phone", "delete table inet track")


@test("raw-rules-see-media")
def rules_see_clear_media():
    """Rules in the raw chain come after the module on the way in and see media in clear."""
    nft("peer", "add table inet seen",
        "add chain inet seen raw { type filter hook prerouting priority raw; }")
    try:
        with call() as c:
            nft("peer", f"add rule inet seen raw udp dport {c.port} udp length 180 counter")
            c.passes(rtp_make())
            assert "packets 1 bytes 200" in run("peer", "nft list table inet seen"), \
                "the rule did not see the decrypted packet"
    finally:
        nft("peer", "delete table inet seen")


@test("T21-mark-and-priority")
def metadata_is_kept():
    """Routing and queueing by mark and priority work for protected packets."""
    with gateway() as g, g.call(4) as c:
        nft("gateway", "add table inet marks",
            "add chain inet marks pre { type filter hook prerouting priority mangle; }",
            f"add rule inet marks pre udp dport {c.port} meta mark set 7",
            "add chain inet marks post { type filter hook postrouting priority mangle; }",
            "add rule inet marks post meta mark 7 counter",
            "add chain inet marks out { type filter hook output priority mangle; }")
        run("gateway", "ip rule add fwmark 7 table 77")
        run("gateway", "ip route add 10.8.2.0/24 dev wan table 77")
        run("gateway", "ip route add 10.8.1.0/24 dev lan table 77")
        run("gateway", "ip route del 10.8.2.0/24 dev wan")
        call_passes_both_ways(c)
        assert "packets 10 " in run("gateway", "nft list chain inet marks post"), "marks were lost"


for where in "phone", "gateway":
    @test(f"T21-fair-queue-{where}", where)
    def fair_queue(where):
        """fq drops what carries a foreign time stamp."""
        with gateway() as g:
            run("gateway", "tc qdisc add dev wan root fq")
            run("gateway", "tc qdisc add dev lan root fq")
            run("inner", "tc qdisc add dev eth0 root fq")
            with g.call(4) as c, Capture("gateway", "lan"), Capture("gateway", "wan"):
                if where == "phone":
                    c.a.setsockopt(socket.SOL_SOCKET, 29, 1)
                for _ in range(20):
                    c.passes(rtp_make())
                    c.passes(rtp_make(), back=True)
                said = run("gateway", "tc -s qdisc show")
                assert "dropped 0" in said, said


@test("T21-priority-of-the-socket")
def priority_is_kept():
    with call() as c:
        nft("phone", "add table inet marks",
            "add chain inet marks post { type filter hook postrouting priority 2147483647; }",
            f"add rule inet marks post udp sport {c.port} meta mark 9 meta priority 0:6 counter")
        try:
            c.a.setsockopt(socket.SOL_SOCKET, SO_MARK, 9)
            c.a.setsockopt(socket.SOL_SOCKET, SO_PRIORITY, 6)
            for _ in range(3):
                c.passes(rtp_make())
            assert "packets 3 bytes 648" in run("phone", "nft list table inet marks"), \
                run("phone", "nft list table inet marks")
        finally:
            nft("phone", "delete table inet marks")


def udp_as_one(source, destination, port, payload):
    """What a guest with UDP fragmentation offload hands over: one packet over the MTU."""
    length = 8 + len(payload)
    partial = ~checksum(pseudo_header(packed(source), packed(destination), 17, length)) & 0xffff
    udp = struct.pack("!HHHH", port, port, length, partial) + payload
    return ipv4_make(source, destination, udp)


@test("gateway-fragmentation-offload")
def large_packet_of_a_guest():
    """A packet of UFO is one datagram; its fragments must not slip by. Policy is off."""
    with gateway() as g, g.call(4) as c, Capture("gateway", "wan") as wan:
        c.passes(rtp_make())
        packet = rtp_make(4000)
        with inside("inner"):
            device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        device.setsockopt(263, 15, 1)
        device.bind(("eth0", 0))
        vnet = struct.pack("<BBHHHH", 1, 3, 42, 1480, 14 + 20, 6)
        ethernet = open_mac("gateway", "lan") + open_mac("inner", "eth0") + b"\x08\0"
        device.send(vnet + ethernet + udp_as_one(INNER[4], OUTER[4], c.port, packet))
        device.close()
        wan.frames(0.3)
        assert not wan.holds(MARKER), "clear media on the outer wire"
        arrives(c.b, packet)


tests_run()
