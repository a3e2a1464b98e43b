# SPDX-License-Identifier: Apache-2.0
"""A gateway that protects the media of a phone behind it, which knows nothing of that.

    inner ---- lan  gateway  wan ---- outer
    10.8.1.2   10.8.1.1 10.8.2.1      10.8.2.2
    fd08:1::2                         fd08:2::2
"""

import contextlib

from calls import Call, Session, port_numbers, socket_open
from hosts import address_add, cable_create, host_create, hosts_delete, run, sysctl

INNER = {4: "10.8.1.2", 6: "fd08:1::2"}
OUTER = {4: "10.8.2.2", 6: "fd08:2::2"}
PUBLIC = "10.8.2.1"
FAR_PORT = 50000


class Gateway:
    def __init__(self):
        for name in "inner", "gateway", "outer":
            host_create(name)
        cable_create("inner", "eth0", "gateway", "lan")
        cable_create("outer", "eth0", "gateway", "wan")
        address_add("inner", "eth0", "10.8.1.2/24", "fd08:1::2/64")
        address_add("gateway", "lan", "10.8.1.1/24", "fd08:1::1/64")
        address_add("gateway", "wan", "10.8.2.1/24", "fd08:2::1/64")
        address_add("outer", "eth0", "10.8.2.2/24", "fd08:2::2/64")
        run("inner", "ip route add default via 10.8.1.1")
        run("outer", "ip route add 10.8.1.0/24 via 10.8.2.1")
        run("inner", "ip -6 route add default via fd08:1::1")
        run("outer", "ip -6 route add default via fd08:2::1")
        sysctl("gateway", "net.ipv4.ip_forward", 1)
        sysctl("gateway", "net.ipv6.conf.all.forwarding", 1)

    @staticmethod
    def path_mtu_forget():
        for family in "-4", "-6":
            run("inner", f"ip {family} route flush cache")

    @staticmethod
    def call(family=4):
        """A call from inner to outer, protected between gateway and outer."""
        return Call(a="inner", b="outer", a_address=INNER[family], b_address=OUTER[family],
                    holder="gateway")

    @staticmethod
    @contextlib.contextmanager
    def masqueraded_call():
        """The same behind address translation: the wire knows the gateway's address alone."""
        nft("gateway", "add table ip nat",
            "add chain ip nat out { type nat hook postrouting priority srcnat; }",
            "add rule ip nat out oifname wan masquerade")
        call = MasqueradedCall()
        try:
            yield call
        finally:
            call.close()
            nft("gateway", "delete table ip nat")


class MasqueradedCall(Call):
    def __init__(self):
        port = next(port_numbers)
        public, inner, outer = (PUBLIC, port), (INNER[4], port), (OUTER[4], FAR_PORT)
        self.a_session = Session("gateway", public, outer, f"m{port}ab", f"m{port}ba")
        self.b_session = Session("outer", outer, public, f"m{port}ba", f"m{port}ab")
        self.a, self.b = socket_open("inner", inner), socket_open("outer", outer)
        self.a_pair, self.b_pair, self.port = public, outer, port

    def close(self):
        self.__exit__()


def nft(namespace, *rules):
    run(namespace, ["nft", "; ".join(rules)])


@contextlib.contextmanager
def gateway():
    made = Gateway()
    try:
        yield made
    finally:
        hosts_delete("inner", "gateway", "outer")
