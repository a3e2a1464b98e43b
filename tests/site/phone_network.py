# SPDX-License-Identifier: Apache-2.0
"""A phone on its way into the network: the port is closed, it authenticates, learns the voice VLAN,
registers and calls there; then the VLAN is another one, is withdrawn, and the cable is pulled."""

import os
import subprocess

from call_manager import CallManager
from closed_port import CERTIFICATES, ClosedPort
from daemon import AS_USER_OF_NETWORK
from hosts import inside, run, wait_until
from lldp_daemon import CLASS_PHONE, Lldpd
from results import equal, test, tests_run
from site_phone import Daemon, called, phone_create

SITE = os.environ["SITE"]
MANAGER = "10.100.0.10"
CHANGES = {
    "identity": {"mic": f"{CERTIFICATES}/mic.pem", "mic-key": f"{CERTIFICATES}/mic.key"},
    "call-manager": {"primary": "manager.site.test:5061", "keep-alive": "2",
                     "connect-timeout": "3", "fail-back": "3"},
    "network": {"switch-port": "eth0", "lldpd-socket": f"{SITE}/lldpd-phone",
                "voice-vlan-wait": "4"},
    "dot1x": {"device-authentication": "on", "certificate": "mic", "start-period": "1",
              "held-period": "2", "server-name": "manager.site.test"},
}


class Phone(Daemon):
    """It authenticates and learns its voice VLAN."""

    as_user = AS_USER_OF_NETWORK

    def dot1x(self, seconds=30, **wanted):
        return self.wait("dot1x", "status", seconds=seconds, until=lambda found: all(
            found["dot1x"][key] == value for key, value in wanted.items()))["dot1x"]

    def vlan(self, seconds=30, **wanted):
        return self.wait("vlan", "status", seconds=seconds, until=lambda found: all(
            found["vlan"][key] == value for key, value in wanted.items()))["vlan"]

    def speaks_from(self, address, seconds=30):
        """The connection to the call manager is of this address, and up."""
        self.wait("signalling", "show", seconds=seconds, until=lambda found:
                  found["servers"][0]["state"] == "active" and
                  found["servers"][0]["local"].startswith(address))


def passes():
    """Whether anything of the phone gets through the port."""
    with inside("phone"):
        return not subprocess.run(["ping", "-c", "1", "-W", "1", "10.7.0.10"],
                                  capture_output=True, check=False).returncode


def address_give(vlan):
    """As the system's DHCP client would, with the way to the call manager."""
    run("phone", f"ip addr add 10.{vlan}.0.1/24 dev voice0")
    if vlan != 100:
        run("phone", f"ip route replace {MANAGER} via 10.{vlan}.0.10 dev voice0")


def port_opens(port, phone):
    port.begin()
    said = phone.dot1x(transaction_status="Connected", state="Authenticated")
    equal((said["method"], said["identity"]), ("EAP-TLS", "mic"), "what the port opened for")
    assert wait_until(passes, 10), "the port stays closed"


def program_create():
    """It is started when the voice VLAN has its address, and speaks from there."""
    return phone_create(lines="net_interface voice0\n")


def calls_from(manager, phone, program, address):
    """A call over the VLAN: encrypted, from this address, and nothing in clear."""
    phone.speaks_from(address)
    program.register()
    manager.registered("1001")
    call = called(manager, program)
    session = phone.helper("media", "list")["sessions"][-1]
    assert address in str(session["local"]), session
    equal(call.media.counts["plain"], 0, "packets in clear")
    return call


@test("closed-port-vlan-call-and-its-losses")
def whole():
    with ClosedPort() as port, Lldpd("wire", "to-phone", "switch") as switch, \
            Lldpd("phone", "eth0", "phone", CLASS_PHONE), CallManager(address=MANAGER) as manager, \
            Phone(CHANGES, name="network") as phone:
        switch.voice(100)
        assert not passes(), "a closed port lets something through"
        equal(phone.helper("dot1x", "status")["dot1x"]["transaction_status"], "Disconnected")
        equal(manager.connections, [], "connections through a closed port")
        # There is a way over the native VLAN, too, which is the one that works at first.
        run("phone", "ip route add 10.100.0.0/24 via 10.7.0.10 metric 1000")
        port_opens(port, phone)
        phone.vlan(state="up", id=100, source="lldp-med", interface="voice0")
        phone.speaks_from("10.7.0.1")
        address_give(100)
        phone.speaks_from("10.100.0.1")
        with program_create() as program:
            call = calls_from(manager, phone, program, "10.100.0.1")
            # The VLAN is another one in the middle of the call.
            switch.voice(200)
            phone.vlan(state="up", id=200)
            address_give(200)
            phone.speaks_from("10.200.0.1")
            equal(call.media.counts["plain"], 0, "packets in clear after the VLAN")
        with program_create() as program:
            call = calls_from(manager, phone, program, "10.200.0.1")
            # The cable is pulled in the middle of the call, and the port closes behind it.
            port.unplug()
            phone.dot1x(state="Disconnected", transaction_status="Disconnected", seconds=10)
            assert not passes(), "something passes without a cable"
            run("wire", "ip link set to-phone up")
            port.set(0)
            assert not passes(), "the port is open for whoever comes"
            port_opens(port, phone)
            equal(call.media.counts["plain"], 0, "packets in clear after the cable")
        # The switch has no voice VLAN any more: the native one has the phone's address.
        switch.voice_unknown()
        phone.vlan(state="native", id=0, interface="eth0")
        phone.speaks_from("10.7.0.1")


tests_run()
