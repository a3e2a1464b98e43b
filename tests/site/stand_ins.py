# SPDX-License-Identifier: Apache-2.0
"""The stand-ins of the site against programs that know nothing of them: baresip, without
any daemon between. What they do here, they do in the tests of the daemon."""

import os

from baresip import Baresip
from call_manager import CallManager
from conference import Conference
from results import equal, test, tests_run

MANAGER = "10.7.0.10"
CERTIFICATES = os.environ["CERTIFICATES"]


def phone_create(transport="tls", **options):
    lines = f"sip_cafile {CERTIFICATES}/anchors.pem\n" \
        f"sip_certificate {CERTIFICATES}/lsc-with-key.pem\n"
    return Baresip("phone", f"<sip:1001@{MANAGER};transport={transport}>;regint=60"
                   ";mediaenc=srtp-mand", modules=["srtp.so"], lines=lines, echo=True, **options)


def talk(manager, phone, bits):
    """Baresip takes an offer of GCM."""
    call = manager.call("1001", media=manager.media("far", suites=(bits,)))
    call.taken_by(phone)
    call.media.hears("far")
    return call


@test("stand-in-calls-with-gcm", 128)
@test("stand-in-calls-with-gcm-256", 256)
def stand_in_calls(bits):
    with CallManager() as manager, phone_create() as phone:
        phone.register()
        connection = manager.registered("1001")
        assert connection.certificate, "the phone showed no certificate"
        call = talk(manager, phone, bits)
        equal(call.media.counts["plain"], 0, "plain packets")
        call.bye()
        phone.closed()


@test("stand-in-holds-and-resumes")
def stand_in_holds():
    with CallManager() as manager, phone_create() as phone:
        phone.register()
        manager.registered("1001")
        call = talk(manager, phone, 256)
        phone.hold()
        asked = call.offered()
        assert b"a=sendonly" in asked.body or b"a=inactive" in asked.body, asked.body
        phone.resume()
        call.offered()
        phone.echo_again()
        call.media.hears("far")
        phone.hang_up()
        call.ended()
        phone.closed()


@test("stand-in-says-security")
def stand_in_says_security():
    with CallManager() as manager, phone_create() as phone:
        phone.register()
        manager.registered("1001")
        call = talk(manager, phone, 256)
        conference = Conference()
        conference.join(call, "Encrypted")
        conference.join_elsewhere("pstn", "NotAuthenticated")
        equal(conference.told, "NotAuthenticated")
        conference.leave("pstn")
        equal(conference.told, "Encrypted")
        told = [value for value in call.invite.all("Call-Info")]
        assert "security= Encrypted" in told[0], told
        call.bye()
        phone.closed()


@test("stand-in-takes-calls-and-forks")
def stand_in_takes_calls():
    with CallManager() as manager, phone_create("tcp") as phone:
        phone.register()
        manager.registered("1001")
        phone.call(f"sip:1002@{MANAGER}")
        call = manager.incoming()
        call.ring(tag="one")
        call.ring(tag="two")
        call.reply(call.invite, 486)
        call.request("ACK")
        phone.closed()


tests_run()
