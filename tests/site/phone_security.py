# SPDX-License-Identifier: Apache-2.0
"""What the daemon shows of a call and of its server, behind a call manager that says how
secure a call is (the stand-in: no packaged one does)."""

import subprocess
import time

from baresip import Baresip
from call import call_info
from call_manager import CallManager
from conference import TOO_LOW, Conference
from daemon import BUILD, CERTIFICATES, Daemon
from hosts import inside
from results import equal, test, tests_run
from session_description import Description
from sip_message import SipMessage, branch, token
from tokens import TokenEndpoint

MANAGER = "10.7.0.10"
ACCOUNT = f'<sip:1001@{MANAGER}>;outbound="sip:127.0.0.1:5060;lr";regint=60'


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
    call.taken_by(phone)
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
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        with inside("phone"):
            monitor = subprocess.Popen([f"{BUILD}/userspace/phonesec", "call", "monitor"],
                                       stdout=subprocess.PIPE, text=True)
        try:
            time.sleep(1)
            phone.call(f"sip:8000@{MANAGER}")
            call = manager.incoming(media=manager.media("far"))
            equal(Conference(minimum="Encrypted").enter(call, "NotAuthenticated"), False)
            assert "403" in phone.closed()["param"]
            time.sleep(1)
        finally:
            monitor.terminate()
        shown_there = monitor.communicate(timeout=20)[0]
        assert TOO_LOW in shown_there, f"phonesec call monitor: {shown_there}"
        call.close()


OAUTH = {"oauth": {"sip-oauth-mode": "yes", "client-id": "phone",
                   "token-endpoint": "https://manager.site.test:8443/token"},
         "identity": {"lsc": None, "lsc-key": None},
         "call-manager": {"primary": "manager.site.test:5090"}}


def login(daemon, refresh):
    with inside("phone"):
        subprocess.run([f"{BUILD}/userspace/phonesec", "oauth", "login"], input=refresh + "\n",
                       text=True, check=True, capture_output=True, timeout=60)


def oauth_state(daemon, *states):
    return daemon.wait("oauth", "status", until=lambda found: found["oauth"]["state"] in states)


@test("token-registers")
def token_registers():
    with TokenEndpoint() as endpoint, CallManager(good_token=endpoint.good) as manager, \
            Daemon(OAUTH, name="phonesecd-token") as daemon, phone_create() as phone:
        oauth_state(daemon, "no-token")
        login(daemon, endpoint.refresh_create())
        oauth_state(daemon, "ready")
        phone.register()
        connection = manager.registered("1001")
        equal(connection.port, 5090)
        assert not connection.certificate, "the phone showed a certificate"
        shown = [one.get("Proxy-Authorization") for one in manager.registers]
        assert shown[-1].startswith('Bearer token="access.'), shown
        call = called(manager, phone)
        call.bye()
        phone.closed()
        log = daemon.log()
        assert not any(secret in log for secret in endpoint.access), "a token is in the log"


@test("token-refused")
def token_refused():
    with TokenEndpoint() as endpoint, CallManager(good_token=lambda shown: False) as manager, \
            Daemon(OAUTH, name="phonesecd-refused") as daemon, phone_create() as phone:
        login(daemon, endpoint.refresh_create())
        oauth_state(daemon, "ready")
        phone.register("REGISTER_FAIL")
        assert manager.registers[-1].get("Proxy-Authorization"), manager.registers
        equal(manager.contacts, {}, "registrations")


@test("token-on-wrong-port")
def token_on_wrong_port():
    with TokenEndpoint() as endpoint, CallManager(good_token=endpoint.good) as manager, \
            Daemon(OAUTH, name="phonesecd-port") as daemon, phone_create() as phone:
        manager.mismatched.add(5090)
        login(daemon, endpoint.refresh_create())
        oauth_state(daemon, "ready")
        phone.register("REGISTER_FAIL")
        found = daemon.helper("register", "status")["registrations"][0]
        equal((found["status"], "port Mismatch" in found["text"]), (403, True), str(found))


SRST = {"srst": {"router": "srst.site.test:5061", "secure": "yes",
                 "certificate": f"{CERTIFICATES}/srst.pem"},
        "call-manager": {"primary": "manager.site.test:5061", "keep-alive": "2",
                         "fail-back": "3", "connect-timeout": "3"},
        "program": {"register-interval": "5"}}


def router(certificate):
    return CallManager("srst", "10.7.0.20", certificate, "srst")


@test("router-takes-over-and-gives-back")
def router_takes_over():
    with router("srst") as srst, phone_create() as phone:
        manager = CallManager().start()
        with Daemon(SRST) as daemon:
            phone.register()
            manager.registered("1001")
            manager.stop(reset=True)
            srst.registered("1001", seconds=60)
            call = called(srst, phone)
            call.bye()
            phone.closed()
            with CallManager() as again:
                again.registered("1001", seconds=90)
                equal(primary(daemon)["state"], "active")


@test("router-with-another-certificate")
def router_refused():
    with router("srst-other") as srst, Daemon(SRST) as daemon:
        found = daemon.wait("signalling", "show", until=lambda one:
                            one["servers"][3]["state"] == "failed")["servers"][3]["last"]
        print(f"   srst-other: {found['code']}: {found['detail']}")
        equal(srst.registers, [])


@test("many-messages-in-one-segment")
def many_messages():
    """And one in many segments: the INVITE in pieces, then all that ends it at once."""
    with CallManager() as manager, Daemon(), phone_create() as phone:
        phone.register()
        connection = manager.registered("1001")
        sent = []
        connection.send, usual = sent.append, connection.send
        call = manager.call("1001", media=manager.media("far"))
        connection.send = usual
        connection.send_split(sent[0], 100)
        phone.incoming()
        call.ringing()
        connection.send = sent.append
        call.cancel()
        # The answer to the INVITE is to be acknowledged under its own branch.
        asked = SipMessage(f"OPTIONS {call.target} SIP/2.0", [
            (name, value) for name, value in call.invite.headers
            if name in ("Max-Forwards", "From", "To", "Contact")])
        asked.set("Via", f"SIP/2.0/TLS {MANAGER}:5061;branch={branch()}")
        asked.set("Call-ID", token())
        asked.set("CSeq", "1 OPTIONS")
        connection.send = usual
        usual(sent[1], asked)
        call.refused(487)
        phone.closed()


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
