# SPDX-License-Identifier: Apache-2.0
"""The asynchronous path, with a driver that queues every packet and takes few at a time."""

import contextlib
import os
import socket
import sys
import time

import genetlink
from calls import (MARKER, PEER, PHONE, Call, Count, Session, arrives, call, call_to_outsider,
                   policy, port_numbers, received, rtp_make, socket_open)
from frames import Capture
from gateway import gateway
from hosts import (address_add, cable_create, host_create, hosts_delete, inside, offloads,
                   wait_until)
from results import equal, test, tests_run
from traffic import Traffic

UDP_SEGMENT = 103
driver = sys.argv.pop(1)
short_queue = "cryptd" in driver


@test("async-driver-in-use")
def driver_is_asynchronous():
    with inside("phone"):
        netlink = genetlink.GenericNetlink()
    module = dict(genetlink.attributes(netlink.request("MODULE_GET")[0]))
    netlink.close()
    equal(module[genetlink.number("A_MODULE_DRIVER")].rstrip(b"\0").decode(), driver, "driver")
    equal(module[genetlink.number("A_MODULE_ASYNCHRONOUS")], b"\1", "asynchronous")
    equal(module[genetlink.number("A_MODULE_SELF_TEST")], b"\1", "self-test")


for family in 4, 6:
    @test(f"async-call-ipv{family}", family)
    def call_both_ways(family):
        """Break: job.c job_complete(), nf_srtp_job_continue()."""
        with call(family) as c, Capture("wire", "to-phone") as wire, \
                Capture("peer", "eth0") as tap:
            phone, peer = Count("phone"), Count("peer")
            sizes = (0, 1, 160, 1400, 1456, 1472, 3000, 20000)
            for size in sizes:
                c.passes(rtp_make(size))
                c.passes(rtp_make(size), back=True)
            for one in phone, peer:
                one.counts("tx", len(sizes))
                one.counts("rx", len(sizes))
            assert not wire.holds(MARKER) and not tap.holds(MARKER), "clear media on the wire"

    @test(f"async-offloads-ipv{family}", family)
    def offload_states(family):
        for state in "tx off", "sg off", "tx off sg off gso off":
            with offloads("phone", state), offloads("peer", "gro on rx-udp-gro-forwarding on"), \
                    call(family) as c:
                for size in 0, 160, 1472:
                    c.passes(rtp_make(size))
                    c.passes(rtp_make(size), back=True)

    @test(f"async-forwarded-ipv{family}", family)
    def forwarded_call(family):
        with gateway() as g, g.call(family) as c, Capture("gateway", "wan") as wan:
            for size in 160, 1400, 4000:
                c.passes(rtp_make(size), back=True)
            for size in 160, 1400:
                c.passes(rtp_make(size))
            assert not wan.holds(MARKER), "clear media on the outer wire"


@test("async-loopback")
def both_ends_here():
    port = next(port_numbers)
    pairs = ("127.0.0.1", port), ("127.0.0.2", port)
    sessions = [Session("phone", pairs[0], pairs[1], "x", "y"),
                Session("phone", pairs[1], pairs[0], "y", "x")]
    with socket_open("phone", pairs[0]) as a, socket_open("phone", pairs[1]) as b:
        for _ in range(5):
            packet = rtp_make()
            a.sendto(packet, pairs[1])
            arrives(b, packet)
    for session in sessions:
        session.delete()


@test("async-order")
def packets_stay_in_order():
    """One queue keeps the order of a stream, and every packet is accounted for."""
    with call() as c:
        phone, peer = Count("phone"), Count("peer")
        packets = [rtp_make() for _ in range(300)]
        for packet in packets:
            # The sender hears when the queue was full.
            with contextlib.suppress(PermissionError):
                c.send(packet)
        found = []
        while (packet := received(c.b, 1)) is not None:
            found.append(packet)
        sent, came = phone.since()["tx"], peer.since()["rx"]
        equal(sent["rtp_packets"] + sent["drops"].get("cipher-error", 0), 300, "sent")
        equal(sent["rtp_packets"] + sent["dropped"], 300, "sent and dropped")
        equal(came["rtp_packets"] + came["dropped"], sent["rtp_packets"], "arrived")
        equal(len(found), came["rtp_packets"], "delivered")
        assert found == [packet for packet in packets if packet in set(found)], "out of order"
        assert len(found) > 50, f"only {len(found)} of 300 arrived"


@test("async-full-queue-sends-nothing-plain")
def cipher_refuses():
    """A cipher that returns an error drops the packet. Break: protect.c protect_end(), err."""
    with call() as c, Capture("wire", "to-phone") as wire:
        c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
        phone = Count("phone")
        for _ in range(4):
            c.send(b"".join(rtp_make() for _ in range(60)))
            time.sleep(0.1)
        assert phone.settles("tx", 240), "packets are missing"
        found = phone.since()["tx"]
        if short_queue and os.environ.get("SHORT_QUEUE"):
            assert found["drops"].get("cipher-error"), "the queue took everything"
        equal(found["rtp_packets"] + found["drops"].get("cipher-error", 0), 240, "sum")
        shown = c.a_session.show()["tx"]
        equal(shown["rtp_packets"], found["rtp_packets"], "the session's own count")
        equal(len(wire.datagrams(0.5, outgoing=False)), found["rtp_packets"], "on the wire")
        assert not wire.holds(MARKER), "clear media on the wire"


@test("async-forged")
def forged_packets():
    with call_to_outsider() as c, Capture("phone", "eth0") as tap:
        phone = Count("phone")
        for number in range(20):
            c.b.sendto(rtp_make(seq=number)[:12] + os.urandom(176), c.a_pair)
            time.sleep(0.01)
        assert phone.settles("rx", 20), "packets are missing"
        phone.counts("rx", 0, auth_failed=20)
        equal(received(c.a, 0.2), None, "what was delivered")


@test("async-session-deleted-in-flight")
def session_deleted_in_flight():
    with policy("phone", "enforce", "20000-30000"), Capture("wire", "to-phone") as wire:
        port = next(port_numbers)
        pair = (PEER[4], port)
        with socket_open("phone", (PHONE[4], port)) as sender, Traffic(sender, pair):
            for number in range(20):
                session = Session("phone", (PHONE[4], port), pair, f"f{number}", "y")
                time.sleep(0.02)
                session.delete()
        assert wire.datagrams(0), "no traffic"
        assert not wire.holds(MARKER), "clear media on the wire"


@test("async-namespace-deleted-in-flight")
def namespace_deleted_in_flight():
    """Break: netns.c netns_exit(), wait_event()."""
    for _ in range(4):
        host_create("left")
        host_create("right")
        cable_create("left", "eth0", "right", "eth0")
        address_add("left", "eth0", "10.6.0.1/24")
        address_add("right", "eth0", "10.6.0.2/24")
        c = Call("left", "right", "10.6.0.1", "10.6.0.2")
        with Traffic(c.a, c.b_pair), Traffic(c.b, c.a_pair):
            time.sleep(0.3)
            hosts_delete("left", "right")
            c.a.close()
            c.b.close()
    def unused():
        with open("/sys/module/nf_srtp/refcnt", encoding="ascii") as count:
            return int(count.read()) == 0
    assert wait_until(unused, 60), "sessions of dead namespaces hold the module"


tests_run()
