# SPDX-License-Identifier: Apache-2.0
"""The switch's port to the phone: closed, opened by EAP-TLS, and the voice VLAN behind it."""
import contextlib
import os
import socket
import struct

from closed_port import ClosedPort
from hosts import inside, run
from lldp_daemon import CLASS_PHONE, Lldpd
from phone import phonesec_json

VOICE_VLAN = 100
FRAMES = 5
# A number that is nobody's, for frames that are to be counted (IEEE 802, local experiments).
EXPERIMENT = 0x88b5
# The section [dot1x] and the way to the switch, of a phone that trusts nobody else yet.
CHANGES = {
    "network": {"switch-port": "eth0", "lldpd-socket": f"{os.environ['SITE']}/lldpd-phone"},
    "dot1x": {"device-authentication": "on", "server-name": "manager.site.test",
              "anchors": f"{os.environ['CERTIFICATES']}/manager-ca.pem", "start-period": "2",
              "held-period": "5"},
}


def frames_through():
    """How many of FRAMES into the voice VLAN get through the switch, to everyone there."""
    with inside("far"):
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENT))
        listener.bind(("eth0", EXPERIMENT))
        listener.settimeout(2)
    with inside("phone"):
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        sender.bind(("eth0", 0))
    with sender, listener:
        own = sender.getsockname()[4]
        for _ in range(FRAMES):
            sender.send(bytes(6 * [0xff]) + own +
                        struct.pack("!HHH", 0x8100, VOICE_VLAN, EXPERIMENT) + bytes(46))
        count = 0
        with contextlib.suppress(TimeoutError):
            while count < FRAMES:
                listener.recv(2048)
                count += 1
    return count


class SwitchPort(contextlib.ExitStack):
    """@scenario: whose verdicts these are

    In the block hostapd and lldpd run at the switch, and lldpd on the phone.
    """

    def __init__(self, scenario):
        super().__init__()
        self.scenario, self.verdicts = scenario, scenario.verdicts
        self.port = None

    def __enter__(self):
        super().__enter__()
        self.port = self.enter_context(ClosedPort())
        switch = self.enter_context(Lldpd("wire", "to-phone", "switch"))
        self.enter_context(Lldpd("phone", "eth0", "phone", CLASS_PHONE))
        switch.voice(VOICE_VLAN)
        return self

    @staticmethod
    def dot1x():
        return phonesec_json("dot1x", "status").get("dot1x", {})

    @staticmethod
    def vlan():
        return phonesec_json("vlan", "status").get("vlan", {})

    def authenticated(self, place):
        """Whether the port comes to be open for this certificate."""
        return self.scenario.wait_for(90, f"EAP-TLS with the {place.upper()}", lambda: (
            self.dot1x().get("state"), self.dot1x().get("identity")) == ("Authenticated", place))

    def closed(self):
        self.verdicts.step("The switch's port is closed")
        count = frames_through()
        self.verdicts.add("port-closed", count == 0,
                          f"of {FRAMES} frames of the phone {count} get through the switch")

    def opens(self):
        self.verdicts.step("802.1X: hostapd at the switch asks who is there")
        self.port.begin()
        good = self.authenticated("mic")
        self.scenario.journal()
        self.scenario.show("dot1x", "status")
        self.verdicts.add("eap-tls", good and self.dot1x()["method"] == "EAP-TLS",
                          f"{self.dot1x().get('method')} with the maker's certificate, "
                          f"{self.dot1x().get('transaction_status')}")
        passed = self.scenario.wait_for(20, "the port opens", lambda: frames_through() == FRAMES)
        self.verdicts.add("port-open", passed, f"now {FRAMES} of {FRAMES} get through")

    def voice_vlan(self):
        self.verdicts.step("The voice VLAN, which the switch tells by LLDP-MED")
        up = self.scenario.wait_for(60, "the VLAN is learned",
                                    lambda: self.vlan().get("state") == "up")
        self.scenario.journal()
        self.scenario.show("vlan", "status")
        vlan = self.vlan()
        self.verdicts.add("voice-vlan", up and vlan["id"] == VOICE_VLAN,
                          f"VLAN {vlan.get('id')} of {vlan.get('source')}, on "
                          f"{vlan.get('interface')}")
        # As the system's DHCP client would.
        for address in ("10.7.0.1/24", "fd07::1/64 nodad"):
            run("phone", f"ip addr add {address} dev {vlan['interface']}")

    def shows_lsc(self):
        self.verdicts.step("802.1X once more, with the certificate of the site")
        good = self.authenticated("lsc")
        self.scenario.journal()
        self.verdicts.add("eap-tls-with-lsc", good and frames_through() == FRAMES,
                          "as soon as there is an LSC the phone authenticates with it, and the "
                          "port stays open")
