# SPDX-License-Identifier: Apache-2.0
"""How the phone registers: security modes, what it says of itself, its certificates."""

import ssl
import time

from call_manager import MUTUAL, PLAIN, CallManager
from daemon import CERTIFICATES
from hosts import wait_until
from results import equal, test, tests_run
from site_phone import QUICK, Daemon, phone_create, server, called, calls
from sniffer import Sniffer


MODES = {"nonsecure": ("Nonsecure", PLAIN, "NotAuthenticated", "none"),
         "authenticated": ("Authenticated", MUTUAL, "Authenticated", "shield"),
         "encrypted": ("Encrypted", MUTUAL, "Encrypted", "lock")}


@test("mode-nonsecure", "nonsecure")
@test("mode-authenticated", "authenticated")
@test("mode-encrypted", "encrypted")
def mode(word):
    title, port, level, icon = MODES[word]
    changes = {"phone": {"security-mode": word},
               "call-manager": {"primary": f"manager.site.test:{port}"}}
    keys = {} if word == "encrypted" else {"crypto": []}
    with CallManager() as manager, Daemon(changes, name=f"{word}") as daemon, \
            phone_create() as phone:
        phone.register()
        connection = manager.registered("1001")
        equal((connection.port, bool(connection.cipher)), (port, port == MUTUAL))
        status = daemon.helper("status", "show")
        assert title.lower() in str(status).lower(), status
        for begin in (lambda: called(manager, phone, level=level, **keys),
                      lambda: calls(manager, phone, **keys)):
            call = begin()
            equal(call.media.counts["plain"] > 0, word != "encrypted", str(call.media.counts))
            if begin.__code__.co_names[0] == "called":
                found = daemon.wait("call", "list", until=lambda one: one["calls"] and
                                    one["calls"][0]["icon"] == icon)
                equal(found["calls"][0]["security"], level)
            call.bye()
            phone.closed()


@test("registers-as-a-phone-of-the-call-manager")
def registers_as_phone():
    changes = {"program": {"register-interval": "6"}}
    with Sniffer("phone", "lo", "udp port 5060", "registers") as sniffer, \
            CallManager() as manager, Daemon(changes), phone_create() as phone:
        phone.register()
        asked = manager.registers[0]
        contact, supported = asked.get("Contact"), asked.get("Supported").split(",")
        assert '+sip.instance="<urn:uuid:00000000-0000-0000-0000-001122334455>"' in contact, contact
        assert '+u.sip!devicename.ccm.cisco.com="SEP001122334455"' in contact, contact
        assert '+u.sip!model.ccm.cisco.com="683"' in contact, contact
        words = [word.strip() for word in supported]
        for word in ("replaces", "X-cisco-callinfo", "X-cisco-srtp-fallback",
                     "X-cisco-sis-7.0.0"):
            equal(words.count(word), 1, f"{word} in {supported}")
        equal(len(asked.all("Contact")), 1)
        # Told to come back within 6 s, though the server gave 120, the program does.
        manager.registers_reach(3, seconds=20)
        equal(phone.seen("REGISTER_FAIL"), [])
    octets = sniffer.octets()
    said, told = (octets.partition(start)[2].partition(b"Contact: ")[2].partition(b"\r\n")[0]
                  for start in (b"REGISTER sip:", b"SIP/2.0 200 "))
    # Its own to the byte, or it would be another program's.
    equal(told.partition(b">")[0], said.partition(b">")[0])
    assert b"expires=6;" in told and b"x-cisco-newreg" in told, told


def tls12(manager, port=MUTUAL):
    """What is shown in a handshake is in clear up to TLS 1.2."""
    manager.contexts[port].maximum_version = ssl.TLSVersion.TLSv1_2
    return manager


SUITES = {"0x1301", "0x1302", "0xc02b", "0xc02c", "0xc02f", "0xc030", "0x00ff"}
HELLO, CERTIFICATE = "tls.handshake.type == 1", "tls.handshake.type == 11"


def der_hex(name):
    text = open(f"{CERTIFICATES}/{name}.pem", encoding="ascii").read()
    return ssl.PEM_cert_to_DER_cert(text[:text.index("-----END") + 25]).hex()


@test("handshake-shows-the-lsc", "lsc")
@test("handshake-shows-the-mic", "mic")
def handshake(shown):
    changes = {"call-manager": {**QUICK, "tls-resumption-timer": "8"},
               "identity": {"lsc": f"{CERTIFICATES}/{shown}.pem",
                            "lsc-key": f"{CERTIFICATES}/{shown}.key"}}
    if shown == "mic":
        changes["identity"] = {"lsc": f"{CERTIFICATES}/not-installed.pem",
                               "mic": f"{CERTIFICATES}/mic.pem", "lsc-key": None,
                               "mic-key": f"{CERTIFICATES}/mic.key"}
    with Sniffer("wire", "switch", "tcp port 5061", f"handshake-{shown}") as sniffer, \
            tls12(CallManager()) as manager, Daemon(changes, name=f"{shown}") as daemon:
        for count in (1, 2, 3):
            assert wait_until(lambda: manager.connections, 20)
            daemon.wait("signalling", "show", until=lambda found:
                        found["servers"][0]["state"] == "active")
            equal(server(daemon)["resumed"], count == 2, f"connection {count}")
            if count == 2:
                time.sleep(9)
            if count < 3:
                manager.connections[0].close(reset=True)
                assert wait_until(lambda: not manager.connections, 20)
    hellos = sniffer.fields(HELLO, "tcp.stream", "tls.handshake.ciphersuite", "ip.src")
    equal(len(hellos), 3, "ClientHellos")
    # One a connection: nobody negotiates anew.
    equal(len({stream[0] for stream, *_ in hellos}), 3)
    for _, suites, _ in hellos:
        equal({word.lower() for word in suites}, SUITES)
    certificates = sniffer.fields(CERTIFICATE, "ip.src", "tls.handshake.certificate")
    own = [one[1][0].replace(":", "") for one in certificates if one[0] == ["10.7.0.1"]]
    # Not in the one that was resumed.
    equal(own, [der_hex(shown)] * 2, "certificates of the phone")


@test("expired-lsc-makes-way-for-the-mic")
def expired_lsc():
    expired = {"lsc": f"{CERTIFICATES}/lsc-expired.pem",
               "lsc-key": f"{CERTIFICATES}/lsc-expired.key"}
    mic = {"mic": f"{CERTIFICATES}/mic.pem", "mic-key": f"{CERTIFICATES}/mic.key"}
    with CallManager() as manager, phone_create() as phone, \
            Daemon({"identity": {**expired, **mic}}, name="expired") as daemon:
        phone.register()
        issuer = str(manager.registered("1001").certificate["issuer"])
        assert "anufactur" in issuer, issuer
        daemon.says("certificate of this phone is not valid now.*MIC is shown")
    with CallManager() as manager, \
            Daemon({"identity": expired}, name="expired") as daemon:
        last = daemon.wait("signalling", "show", until=lambda found:
                           found["servers"][0]["state"] == "failed")["servers"][0]["last"]
        equal(last["code"], "tls-client-refused", str(last))
        daemon.says("certificate of this phone is not valid now.*LSC is shown")


@test("clock-that-is-wrong-has-its-words")
def wrong_clock():
    with CallManager(certificate="manager-future"), Daemon() as daemon:
        last = daemon.wait("signalling", "show", until=lambda found:
                           found["servers"][0]["state"] == "failed")["servers"][0]["last"]
        equal(last["code"], "server-early", str(last))
        assert "clock" in last["mend"] and "valid from 20" in last["detail"], last




tests_run()
