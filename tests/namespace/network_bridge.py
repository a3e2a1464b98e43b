# SPDX-License-Identifier: Apache-2.0
"""Media over VLAN and bridge interfaces, with br_netfilter looking on or not, and over VRF."""

import contextlib
import socket

from calls import (MARKER, Call, Count, arrives, policy, port_numbers, received, rtp_make,
                   socket_open)
from frames import Capture, frame_send, ipv4_make, ipv6_make, udp_make
from hosts import (address_add, cable_create, host_create, hosts_delete, offloads, run, sysctl)
from results import Skip, equal, test, tests_run

HERE = {4: "10.9.0.1", 6: "fd09::1"}
THERE = {4: "10.9.0.2", 6: "fd09::2"}
UDP_SEGMENT = 103


@contextlib.contextmanager
def hosts(*names):
    for name in names:
        host_create(name)
    try:
        yield
    finally:
        hosts_delete(*names)


def looking_on(namespace, on):
    """br_netfilter shows frames of bridges to the hooks of IP."""
    with contextlib.suppress(RuntimeError):
        run(None, "modprobe -q br_netfilter")
    for name in "iptables", "ip6tables":
        try:
            sysctl(namespace, f"net.bridge.bridge-nf-call-{name}", int(on))
        except FileNotFoundError:
            if on:
                raise Skip("this kernel has no br_netfilter") from None


@contextlib.contextmanager
def bridged_phone(watched):
    """Two hosts on a cable; the address of the one is on a bridge, be it watched or not."""
    with hosts("here", "there"):
        cable_create("here", "port0", "there", "eth0")
        run("here", "ip link add br0 type bridge")
        looking_on("here", watched)
        run("here", "ip link set port0 master br0")
        run("here", "ip link set br0 up")
        address_add("here", "br0", HERE[4] + "/24", HERE[6] + "/64")
        address_add("there", "eth0", THERE[4] + "/24", THERE[6] + "/64")
        yield


def media_both_ways(c, sizes=(0, 160, 1472, 3000)):
    for size in sizes:
        c.passes(rtp_make(size))
        c.passes(rtp_make(size), back=True)


for family in 4, 6:
    @test(f"vlan-ipv{family}", family)
    def vlan_interface(family):
        for offload in "on", "off":
            with hosts("here", "there"):
                cable_create("here", "eth0", "there", "eth0")
                for name, addresses in ("here", HERE), ("there", THERE):
                    run(name, f"ethtool -K eth0 tx-vlan-offload {offload} "
                              f"rx-vlan-offload {offload}")
                    run(name, "ip link add link eth0 name voice type vlan id 110")
                    address_add(name, "voice", addresses[4] + "/24", addresses[6] + "/64")
                    run(name, "ip link set voice up")
                with Call("here", "there", HERE[family], THERE[family]) as c, \
                        Capture("there", "eth0") as wire:
                    media_both_ways(c)
                    assert not wire.holds(MARKER), "clear media on the wire"

    for on in False, True:
        watched = "watched" if on else "plain"

        @test(f"bridge-own-media-{watched}-ipv{family}", family, on)
        def bridge_with_an_address(family, on):
            """The phone's address is on a bridge. Break: frame.c mac_is_ours()."""
            with bridged_phone(on):
                for state in "gro off", "gro on rx-udp-gro-forwarding on":
                    with offloads("here", state, "port0"), \
                            offloads("there", "tso off", "eth0"), \
                            Call("here", "there", HERE[family], THERE[family]) as c, \
                            Capture("there", "eth0") as wire:
                        before = Count("here")
                        media_both_ways(c)
                        before.counts("rx", 4)
                        before.counts("tx", 4)
                        c.b.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
                        packets = [rtp_make() for _ in range(10)]
                        c.b.sendto(b"".join(packets), c.a_pair)
                        for packet in packets:
                            arrives(c.a, packet)
                        assert not wire.holds(MARKER), "clear media on the wire"

        @test(f"bridge-broadcast-frames-{watched}-ipv{family}", family, on)
        def media_to_everybody(family, on):
            """Media in a frame to all never reaches the program. Break: frame.c nf_srtp_frame_kind()."""
            with bridged_phone(on):
                make = ipv4_make if family == 4 else ipv6_make
                with Call("here", "there", HERE[family], THERE[family]) as c:
                    c.passes(rtp_make(), back=True)
                    before = Count("here")
                    body = udp_make(THERE[family], HERE[family], c.port, c.port, rtp_make())
                    frame_send("there", "eth0", b"\xff" * 6,
                               make(THERE[family], HERE[family], body))
                    equal(received(c.a, 0.3), None, "clear media in a broadcast")
                    equal(before.since()["rx"]["dropped"], 1, "drops")
                    c.passes(rtp_make(), back=True)

        @test(f"bridge-switched-frames-{watched}-ipv{family}", family, on)
        def frames_of_others(family, on):
            """A phone with a second port switches its neighbour's media untouched."""
            with hosts("here", "there", "switching"):
                run("switching", "ip link add br0 type bridge")
                looking_on("switching", on)
                for name, addresses in ("here", HERE), ("there", THERE):
                    cable_create(name, "eth0", "switching", f"to-{name}")
                    run("switching", f"ip link set to-{name} master br0")
                    address_add(name, "eth0", addresses[4] + "/24", addresses[6] + "/64")
                run("switching", "ip link set br0 up")
                address_add("switching", "br0", "10.9.0.3/24", "fd09::3/64")
                with policy("switching", "enforce", "1024-65535"):
                    before = Count("switching")
                    # The bridge knows the very pair that a session of its own host would have.
                    with Call("here", "there", HERE[family], THERE[family]) as c:
                        media_both_ways(c)
                    port = next(port_numbers)
                    with socket_open("here", (HERE[family], port)) as a, \
                            socket_open("there", (THERE[family], port)) as b:
                        packet = rtp_make()
                        a.sendto(packet, (THERE[family], port))
                        arrives(b, packet)
                    found = before.since()
                    equal(found["rx"]["dropped"] + found["tx"]["dropped"], 0, "drops")
                    equal(found["rx"]["rtp_packets"], 0, "packets taken for its own")

        @test(f"bridge-gateway-{watched}-ipv{family}", family, on)
        def routed_from_a_bridge(family, on):
            """Packets that a bridge hands to routing are no switched frames."""
            with hosts("inside", "router", "beyond"):
                run("router", "ip link add br0 type bridge")
                run("router", "ip link add br1 type bridge")
                looking_on("router", on)
                cable_create("inside", "eth0", "router", "lan")
                cable_create("beyond", "eth0", "router", "wan")
                run("router", "ip link set lan master br0")
                run("router", "ip link set wan master br1")
                for number, name in enumerate(("inside", "beyond")):
                    run("router", f"ip link set br{number} up")
                    address_add("router", f"br{number}", f"10.9.{number}.1/24",
                                f"fd09:{number}::1/64")
                    address_add(name, "eth0", f"10.9.{number}.2/24", f"fd09:{number}::2/64")
                    run(name, f"ip route add default via 10.9.{number}.1")
                    run(name, f"ip -6 route add default via fd09:{number}::1")
                sysctl("router", "net.ipv4.ip_forward", 1)
                sysctl("router", "net.ipv6.conf.all.forwarding", 1)
                near, far = (("10.9.0.2", "10.9.1.2") if family == 4 else
                             ("fd09:0::2", "fd09:1::2"))
                with Call("inside", "beyond", near, far, holder="router") as c, \
                        Capture("beyond", "eth0") as wire:
                    before = Count("router")
                    c.send(rtp_make())
                    received(c.b, 0.5)
                    assert not wire.holds(MARKER), "clear media on the outer wire"
                    media_both_ways(c, (160, 1400))
                    before.counts("tx", 3)
                    before.counts("rx", 2)
                with policy("router", "enforce", "1024-65535"):
                    before = Count("router")
                    port = next(port_numbers)
                    with socket_open("inside", (near, port)) as a, \
                            socket_open("beyond", (far, port)) as b:
                        a.sendto(rtp_make(), (far, port))
                        b.sendto(rtp_make(), (near, port))
                        equal(received(b, 0.3), None, "clear media outwards")
                        equal(received(a, 0.3), None, "clear media inwards")
                    before.counts("rx", 0, no_session=2)

    @test(f"vrf-ipv{family}", family)
    def virtual_router(family):
        """In a VRF the hooks see a packet twice: by its device and by the router's."""
        with hosts("here", "there"):
            try:
                run("here", "ip link add voice type vrf table 10")
            except RuntimeError as error:
                raise Skip("this kernel has no VRF") from error
            run("here", "ip link set voice up")
            cable_create("here", "eth0", "there", "eth0")
            run("here", "ip link set eth0 master voice")
            address_add("here", "eth0", HERE[4] + "/24", HERE[6] + "/64")
            address_add("there", "eth0", THERE[4] + "/24", THERE[6] + "/64")
            for queue in False, True:
                if queue:
                    run("here", "tc qdisc add dev voice root pfifo limit 100")
                with Call("here", "there", HERE[family], THERE[family], a_device="voice") as c, \
                        Capture("there", "eth0") as wire:
                    before = Count("here")
                    media_both_ways(c)
                    before.counts("tx", 4)
                    before.counts("rx", 4)
                    assert not wire.holds(MARKER), "clear media on the wire"


tests_run()
