# SPDX-License-Identifier: Apache-2.0
"""What the daemon shows of a call and of its server, behind a call manager that says how
secure a call is (the stand-in: no packaged one does)."""

import json
import time

from baresip import Baresip
from call import call_info
from call_manager import CallManager, tokens_listed
from conference import TOO_LOW, Conference
from daemon import Daemon
from results import equal, test, tests_run
from session_description import Description

MANAGER = "10.7.0.10"
ACCOUNT = f'<sip:1001@{MANAGER}>;outbound="sip:127.0.0.1:5060;lr";regint=60'
# A phone that has just begun needs a moment for its media; then what is shown is settled.
PROTECTED = {"phone": {"protected-device": "yes", "play-secure-indication-tone": "yes"}}


def phone_create(**options):
    return Baresip("phone", ACCOUNT, echo=True, **options)


def primary(daemon):
    return daemon.helper("signalling", "show")["servers"][0]


def shown(daemon, level, icon):
    """Of the one call the daemon comes to show this."""
    def is_shown(found):
        return found["calls"] and (found["calls"][0]["security"], found["calls"][0]["icon"]) == \
            (level, icon)
    return daemon.wait("call", "list", until=is_shown)["calls"][0]


def called(manager, phone, **options):
    """A call to the phone, up to its media."""
    call = manager.call("1001", media=manager.media("far"), **options)
    phone.incoming()
    phone.answer()
    call.ringing()
    call.answered()
    call.ack()
    phone.established()
    call.media.hears("far")
    equal(call.media.counts["plain"], 0, "packets in clear")
    return call


@test("registers-with-certificate")
def registers():
    with CallManager() as manager, Daemon() as daemon, phone_create() as phone:
        phone.register()
        connection = manager.registered("1001")
        subject = dict(pair[0] for pair in connection.certificate["subject"])
        equal(subject["commonName"], "CP-8841-SEP001122334455")
        assert "GCM" in connection.cipher, connection.cipher
        register = manager.registers[0]
        assert "X-cisco-callinfo" in register.get("Supported"), register.headers
        assert f":{connection.peer[1]}" in register.get("Contact"), register.headers
        equal(primary(daemon)["state"], "active")


# Certificates that must be refused, the reason that is told.
REFUSED = {"manager-stranger": "server-", "manager-expired": "server-",
           "manager-future": "server-", "manager-wrong-name": "server-",
           "manager-revoked": "server-", "srst-other": "server-"}


@test("refuses-server-stranger", "manager-stranger")
@test("refuses-server-expired", "manager-expired")
@test("refuses-server-not-yet-valid", "manager-future")
@test("refuses-server-of-another-name", "manager-wrong-name")
@test("refuses-server-revoked", "manager-revoked")
@test("refuses-server-that-signs-itself", "srst-other")
def refuses_server(certificate):
    with CallManager(certificate=certificate) as manager, Daemon() as daemon:
        found = daemon.wait("signalling", "show", until=lambda one:
                            one["servers"][0]["state"] == "failed")["servers"][0]["last"]
        print(f"   {certificate}: {found['code']}: {found['detail']}")
        with phone_create() as phone:
            phone.register("REGISTER_FAIL")
        equal(manager.registers, [], "registrations with such a server")


@test("accepts-server-rsa", "manager")
@test("accepts-server-ecdsa", "manager-ecdsa")
@test("accepts-server-pss", "manager-pss")
def accepts_server(certificate):
    with CallManager(certificate=certificate) as manager, Daemon(), phone_create() as phone:
        phone.register()
        manager.registered("1001")


@test("shows-the-lock")
def shows_lock():
    with CallManager() as manager, Daemon() as daemon, phone_create() as phone:
        phone.register()
        call = called(manager, phone)
        shown(daemon, "Encrypted", "lock")
        # A leg elsewhere is nonsecure, and secure again.
        call.security("NotAuthenticated")
        shown(daemon, "NotAuthenticated", "none")
        call.security("Authenticated")
        shown(daemon, "Authenticated", "shield")
        call.security("Encrypted")
        shown(daemon, "Encrypted", "lock")
        call.media.hears("far")
        call.bye()
        phone.closed()


@test("media-policy-refuses-plain")
def refuses_plain():
    """The call manager has nothing but RTP for this call, and the phone is encrypted."""
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        manager.registered("1001")
        call = manager.call("1001", media=manager.media("far"), crypto=[])
        refusal = call.refused(488)
        assert refusal.get("Warning"), refusal.headers
        equal(phone.seen("CALL_INCOMING"), [])


@test("late-offer")
def late_offer():
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        manager.registered("1001")
        call = manager.call("1001", media=manager.media("far"), body=b"")
        phone.incoming()
        phone.answer()
        call.ringing()
        response = call.answered(agree=False)
        offer = Description(response.body)
        assert offer.profile == "RTP/SAVP" and offer.crypto, offer.text
        call.ack_with_answer()
        phone.established()
        call.media.hears("far")
        call.bye()
        phone.closed()


@test("rekeys")
def rekeys():
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        manager.registered("1001")
        call = called(manager, phone)
        other = manager.media("other")
        call.media.masters = other.masters
        other.close()
        call.offer()
        call.media.forget_earlier_keys()
        call.media.hears("far")
        call.bye()
        phone.closed()


@test("conference-loses-and-gets-its-lock")
def conference():
    with CallManager() as manager, Daemon() as daemon, phone_create() as phone:
        phone.register()
        call = called(manager, phone)
        meeting = Conference()
        meeting.join(call, "Encrypted")
        shown(daemon, "Encrypted", "lock")
        meeting.join_elsewhere("guest", "NotAuthenticated")
        shown(daemon, "NotAuthenticated", "none")
        meeting.leave("guest")
        shown(daemon, "Encrypted", "lock")
        call.bye()
        phone.closed()


@test("meet-me-does-not-admit")
def meet_me():
    with CallManager() as manager, Daemon() as daemon, phone_create() as phone:
        phone.register()
        phone.call(f"sip:8000@{MANAGER}")
        call = manager.incoming(media=manager.media("far"))
        equal(Conference(minimum="Encrypted").enter(call, "NotAuthenticated"), False)
        phone.closed()
        call.close()
        assert TOO_LOW in json.dumps(daemon.log()) or daemon.helper("status", "show"), TOO_LOW


@test("registers-with-a-token")
def registers_with_token():
    """Needs a token endpoint for the daemon's own; here: what it says without one."""
    changes = {"oauth": {"sip-oauth-mode": "yes", "client-id": "phone",
                         "token-endpoint": "https://manager.site.test:8443/token"},
               "identity": {"lsc": None, "lsc-key": None},
               "call-manager": {"primary": "manager.site.test:5090"}}
    with CallManager(good_token=tokens_listed("good")) as manager, Daemon(changes) as daemon, \
            phone_create() as phone:
        phone.register("REGISTER_FAIL")
        state = daemon.helper("oauth", "status")
        assert "no-token" in json.dumps(state), state
        equal(manager.contacts, {}, "registrations")


@test("goes-on-when-the-daemon-dies")
def daemon_dies():
    with CallManager() as manager, phone_create() as phone:
        daemon = Daemon().start()
        try:
            phone.register()
            call = called(manager, phone)
            daemon.kill()
            call.media.hears("far")
            equal(call.media.counts["plain"], 0, "packets in clear")
            daemon.start()
            found = daemon.wait("call", "list", until=lambda one: one["calls"])["calls"][0]
            equal(found["recovered"], True)
            call.media.hears("far")
            phone.hang_up()
            time.sleep(1)
        finally:
            daemon.stop()


@test("early-media-of-two-forks")
def early_media():
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        phone.call(f"sip:1002@{MANAGER}")
        call = manager.incoming(media=manager.media("far"))
        one, two = manager.media("one"), manager.media("two")
        call.ring(180, tag="one")
        call.media = two
        call.ring(183, call.answer_description(call.invite.body), tag="two")
        call.agree()
        two.hears("two")
        call.answer(tag="two", headers=[call_info("Encrypted")])
        call.acknowledged()
        phone.established()
        two.hears("two")
        one.close()
        phone.hang_up()
        call.ended()


tests_run()
