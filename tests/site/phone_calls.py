# SPDX-License-Identifier: Apache-2.0
"""A stock program made secure: it registers and calls through the daemon, behind a real
call manager, with everything seen from both ends and from the wire."""

import socket

from baresip import Baresip
from daemon import Daemon
from far_end import FarEnd
from hosts import inside
from results import equal, test, tests_run

MANAGER = "10.7.0.10"
# A stock program: nothing about security, only where its outbound proxy is.
ACCOUNT = f'<sip:1001@{MANAGER}>;outbound="sip:127.0.0.1:5060;lr";regint=60'


def phone_create(**options):
    return Baresip("phone", ACCOUNT, echo=True, **options)


def status_of(daemon):
    calls = daemon.helper("call", "list")
    return calls["calls"] if isinstance(calls, dict) else calls


def talk(call):
    """Both directions: the program says what it hears."""
    call.media.hears("far")
    equal(call.media.counts["plain"], 0, "packets in clear")
    equal(call.media.counts["refused"], 0, "packets that did not authenticate")


@test("registers-over-tls")
def registers():
    with Daemon() as daemon, phone_create() as phone:
        phone.register()
        daemon.helper("register", "status")


@test("registers-without-a-length")
def registers_without_a_length():
    """As Linphone does: a datagram need not say its length, a stream has to."""
    asked = (f"REGISTER sip:{MANAGER} SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK.length;rport\r\n"
             f"From: <sip:1001@{MANAGER}>;tag=length\r\nTo: sip:1001@{MANAGER}\r\n"
             "CSeq: 20 REGISTER\r\nCall-ID: length\r\nMax-Forwards: 70\r\n"
             "Contact: <sip:1001@127.0.0.1:5070>\r\nExpires: 60\r\n\r\n")
    with Daemon() as daemon:
        daemon.wait("signalling", "show",
                    until=lambda shown: shown["servers"][0]["state"] == "active")
        with inside("phone"), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program:
            program.settimeout(10)
            program.bind(("127.0.0.1", 5070))
            program.sendto(asked.encode(), ("127.0.0.1", 5060))
            equal(program.recv(4096).split(b"\r\n")[0], b"SIP/2.0 200 OK", "answer")


@test("calls-with-gcm-256", 256)
@test("calls-with-gcm-128", 128)
def calls(bits):
    with Daemon(), FarEnd("1002", suites=(bits,)) as far, phone_create() as phone:
        phone.register()
        phone.call(f"sip:1002@{MANAGER}")
        call = far.incoming()
        call.ring()
        call.answer()
        call.acknowledged()
        phone.established()
        talk(call)
        phone.hang_up()
        call.ended()
        phone.closed()


@test("is-called-with-gcm-256", 256)
@test("is-called-with-gcm-128", 128)
def is_called(bits):
    with Daemon(), FarEnd("1002", suites=(bits,)) as far, phone_create() as phone:
        phone.register()
        call = far.call("1001")
        call.taken_by(phone)
        talk(call)
        call.bye()
        phone.closed()


@test("holds-and-resumes")
def holds():
    with Daemon(), FarEnd("1002") as far, phone_create() as phone:
        phone.register()
        call = far.call("1001")
        call.taken_by(phone)
        talk(call)
        phone.hold()
        call.offered()
        phone.resume()
        call.offered()
        phone.echo_again()
        talk(call)
        phone.hang_up()
        call.ended()


@test("gives-new-keys-and-ends-it-ourselves")
def new_keys():
    """Requests of our own find their way through a real call manager, after a hold too."""
    with Daemon() as daemon, FarEnd("1002") as far, phone_create() as phone:
        phone.register()
        call = far.call("1001")
        call.taken_by(phone)
        talk(call)
        number = str(status_of(daemon)[0]["id"])
        before = call.remote.crypto[0].octets
        phone.hold()
        call.offered()
        phone.resume()
        call.offered()
        phone.echo_again()
        talk(call)
        daemon.helper("call", "rekey", number)
        call.offered()
        assert call.remote.crypto[0].octets != before, "the key is the old one"
        talk(call)
        daemon.helper("call", "end", number)
        call.ended()
        phone.closed()


tests_run()
