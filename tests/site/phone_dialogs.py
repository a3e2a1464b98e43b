# SPDX-License-Identifier: Apache-2.0
"""How calls change and end between a program and a call manager: new keys, glare, goodbyes
that cross, refusals, transfer, several at once, and what a protected phone does without."""

import contextlib
import os
import re
import subprocess
import threading
import time

from call import call_info
from hosts import inside
from phone_site import (agreed, asked_nothing, begun, calls_of, keys_change, nothing_left,
                        numbers_of, offer_over, phone_site, talk, warning)
from results import equal, test, tests_run
from session_description import Description, crypto_line
from srtp_reference import Master, rtcp_report, rtp

PROTECTED = {"phone": {"name": "SEP001122334455", "security-mode": "encrypted",
                       "protected-device": "yes", "play-secure-indication-tone": "yes"}}


def settled(daemon):
    """Both directions were heard, so that the call may be changed."""
    return daemon.wait("call", "list", until=lambda found: found["calls"] and
                       found["calls"][0]["heard"] and found["calls"][0]["sent"])["calls"][0]


@test("new-keys-by-command")
def rekeys():
    """And the numbers of requests and descriptions are the program's own from then on."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        first = [one.octets for one in Description(outer.invite.body).crypto]
        number = settled(daemon)["id"]
        for _ in range(2):
            asking = threading.Thread(target=daemon.helper,
                                      args=("call", "rekey", str(number)))
            asking.start()
            outer.media.masters = [Master(256)]
            asked = outer.offered()
            asking.join()
            again = [one.octets for one in Description(asked.body).crypto]
            assert not set(first) & set(again), "an old key"
            first += again
            keys_change(outer)
            talk(inner, outer)
        asked_nothing(inner)
        before = numbers_of(daemon)
        offer_over(inner, outer, "INVITE", "sendonly")
        offer_over(inner, outer, "INVITE")
        equal(numbers_of(daemon), before, "sessions")
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("new-keys-before-the-old-ones-end")
def rekeys_in_time():
    """The far end's key is good for 256 packets."""
    with phone_site() as (manager, daemon, program):
        inner = program.call("1002")
        media = manager.media("far")
        media.masters = [Master(256, lifetime="2^8")]
        outer = manager.incoming(media=media)
        outer.answer()
        inner.answered()
        inner.ack()
        outer.acknowledged()
        media.masters = [Master(256)]
        outer.offered()
        keys_change(outer)
        talk(inner, outer)
        assert media.packets > 128
        inner.bye_with(outer)
        nothing_left(daemon)


@test("new-keys-after-glare")
def rekey_glare():
    """Both offer at once, both are told to wait, and ours comes again."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        number = settled(daemon)["id"]
        daemon.helper("call", "rekey", str(number))
        ours = outer.request("INVITE")
        asked = outer.ask("INVITE", outer.describe(crypto=[
            crypto_line(outer.media.masters[0])]))
        outer.invite, kept = asked, outer.invite
        outer.ack_refusal(outer.response(asked, 491))
        outer.invite = kept
        outer.reply(ours, 491)
        outer.request("ACK")
        outer.offered()
        keys_change(outer)
        talk(inner, outer)
        asked_nothing(inner)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("glare-of-both-ends")
def glare():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        before = numbers_of(daemon)
        said = outer.ours, inner.ours
        one = inner.ask("INVITE", inner.describe("sendonly"))
        two = outer.ask("INVITE", outer.describe("sendonly", crypto=[
            crypto_line(outer.media.masters[0])]))
        outer.reply(outer.request("INVITE"), 491)
        inner.reply(inner.request("INVITE"), 491)
        for call, asked in ((inner, one), (outer, two)):
            call.invite = asked
            call.ack_refusal(call.response(asked, 491))
        outer.ours, inner.ours = said
        outer.request("ACK")
        inner.request("ACK")
        offer_over(inner, outer, "INVITE")
        equal(numbers_of(daemon), before, "sessions")
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("refused-offer-leaves-the-call")
def refused_offer():
    """An offer within the call that the policy does not allow, and one the far end refuses."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        said = outer.ours
        asked = outer.ask("INVITE", outer.describe(crypto=[]))
        outer.invite, kept = asked, outer.invite
        response = outer.response(asked, 488)
        assert warning(response), response.headers
        outer.ack_refusal(response)
        outer.invite, outer.ours = kept, said
        asked = inner.ask("INVITE", inner.describe("inactive"))
        inner.invite = asked
        outer.reply(outer.request("INVITE"), 488)
        inner.ack_refusal(inner.response(asked, 488))
        outer.request("ACK")
        talk(inner, outer)
        # Our own offer repeats what was agreed on, not what was refused.
        daemon.helper("call", "rekey", str(settled(daemon)["id"]))
        offered = outer.offered()
        equal(Description(offered.body).direction, "sendrecv")
        keys_change(outer)
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("goodbye-of-the-far-end")
def far_goodbye():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("goodbyes-that-cross")
def goodbyes_cross():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        one, two = inner.ask("BYE"), outer.ask("BYE")
        inner.reply(inner.request("BYE"), 200)
        outer.reply(outer.request("BYE"), 200)
        inner.response(one, 200)
        outer.response(two, 200)
        inner.close()
        outer.close()
        nothing_left(daemon)


@test("program-cancels")
def program_cancels():
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.ring(183, outer.answer_description(outer.invite.body))
        inner.ringing(183)
        inner.cancel()
        outer.reply(outer.request("CANCEL"), 200)
        outer.reply(outer.invite, 487)
        inner.refused(487)
        outer.request("ACK")
        nothing_left(daemon)


@test("answer-after-cancel")
def answer_after_cancel():
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.ring()
        inner.ringing()
        inner.cancel()
        cancel = outer.request("CANCEL")
        outer.answer()
        outer.reply(cancel, 200)
        inner.answered()
        inner.ack()
        outer.acknowledged()
        inner.bye_with(outer)
        nothing_left(daemon)


@test("far-end-cancels")
def far_end_cancels():
    with phone_site() as (manager, daemon, program):
        outer = manager.call("1001", media=manager.media("far"))
        inner = program.incoming()
        inner.ring()
        outer.ringing()
        outer.cancel()
        inner.reply(inner.request("CANCEL"), 200)
        inner.reply(inner.invite, 487)
        outer.refused(487)
        inner.request("ACK")
        nothing_left(daemon)


@test("far-end-refuses-486", 486, True)
@test("far-end-refuses-603", 603, True)
@test("program-refuses-486", 486, False)
@test("program-refuses-603", 603, False)
def refuses(status, outgoing):
    with phone_site() as (manager, daemon, program):
        if outgoing:
            asks, answers = begun(manager, program)
        else:
            asks = manager.call("1001", media=manager.media("far"))
            answers = program.incoming()
        answers.ring()
        asks.ringing()
        answers.reply(answers.invite, status)
        asks.refused(status)
        answers.request("ACK")
        nothing_left(daemon)


@test("nothing-clear-after-goodbye")
def drains():
    """The program goes on for a moment, and says goodbye in RTCP, as some do."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        goodbye = inner.ask("BYE")
        outer.reply(outer.request("BYE"), 200)
        inner.response(goodbye, 200)
        media = inner.media
        for number in range(20):
            # What is dropped on its way out is told so; that is as good as sealed.
            with contextlib.suppress(PermissionError):
                media.rtp.sendto(rtp(number, 0x5EAF00D, b"clear after goodbye".ljust(160)),
                                 media.target)
            with contextlib.suppress(PermissionError):
                media.rtcp.sendto(rtcp_report(0x5EAF00D, 1, b"clear-after-goodbye@phone"),
                                  (media.target[0], media.target[1] + 1))
            time.sleep(0.05)
        equal(outer.media.counts["plain"], 0, "packets in clear")
        equal(outer.media.counts["refused"], 0, "packets that did not authenticate")
        # The drain ends, and what comes then is nobody's.
        nothing_left(daemon)
        heard = outer.media.counts["rtp"]
        time.sleep(1)
        assert outer.media.counts["rtp"] <= heard + 1, outer.media.counts
        inner.close()
        outer.close()


@test("ports-are-guarded-without-a-call")
def guarded():
    with phone_site() as (manager, daemon, program):
        inner, outer = program.call_create(), manager.media("far")
        inner.media.connect((outer.address, outer.port))
        outer.connect((inner.media.address, inner.media.port))
        time.sleep(1)
        equal(inner.media.counts["rtp"] + inner.media.counts["plain"], 0, "packets that came")
        equal(outer.counts["rtp"] + outer.counts["plain"], 0, "packets that left")
        inner.media.close()
        outer.close()
        nothing_left(daemon)


@test("two-calls-at-once")
def two_calls():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        second = manager.call("1001", media=manager.media("other"))
        inner2 = program.incoming()
        inner2.answer()
        second.answered()
        second.ack()
        inner2.acknowledged()
        talk(inner2, second, "other")
        talk(inner, outer)
        calls_of(daemon, 2)
        inner.bye_with(outer)
        talk(inner2, second, "other")
        second.bye_with(inner2)
        nothing_left(daemon)


@test("calls-itself")
def calls_itself():
    """One Call-ID, two calls: the call manager sends the INVITE back to where it came from."""
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        target = manager.contacts["1001"][1]
        back = manager.call_create(outer.connection, media=manager.media("other"))
        back.id, back.tag = outer.id, outer.invite.tag("From")
        back.begin(target, "sip:1001@10.7.0.10", ("Phone", "sip:1001@10.7.0.10"))
        inner2 = program.call_create()
        # Each side has one inbox for what has one Call-ID.
        inner2.accept(inner.request("INVITE"))
        calls_of(daemon, 2)
        inner2.answer()
        response = outer.response(back.invite, 200)
        back.learn(response)
        back.agree(response.body)
        back.ack()
        inner.request("ACK")
        outer.answer()
        inner.answered()
        inner.ack()
        outer.acknowledged()
        talk(inner, outer)
        talk(inner2, back, "other")
        goodbye = back.ask("BYE")
        inner2.reply(inner.request("BYE"), 200)
        outer.response(goodbye, 200)
        back.media.close()
        inner2.media.close()
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("transfer-by-the-program")
def transfer():
    """REFER goes through, and the call that replaces this one is a call of its own."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        asked = inner.ask("REFER", headers=[("Refer-To", "<sip:1003@10.7.0.10>"),
                                            ("Referred-By", "<sip:1001@10.7.0.10>")])
        taken = outer.request("REFER")
        equal(taken.get("Refer-To"), "<sip:1003@10.7.0.10>")
        outer.reply(taken, 202)
        inner.response(asked, 202)
        told = outer.ask("NOTIFY", "SIP/2.0 200 OK", [("Event", "refer"), (
            "Subscription-State", "terminated;reason=noresource")], "message/sipfrag")
        taken = inner.request("NOTIFY")
        equal(taken.body, b"SIP/2.0 200 OK")
        inner.reply(taken, 200)
        outer.response(told, 200)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("transfer-to-the-program")
def replaces():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        value = f"{outer.id};to-tag={inner.tag};from-tag={outer.tag}"
        second = manager.call("1001", media=manager.media("other"),
                              headers=[("Replaces", value)])
        inner2 = program.incoming()
        equal(inner2.invite.get("Replaces"), value)
        inner2.answer()
        second.answered()
        second.ack()
        inner2.acknowledged()
        inner.bye_with(outer)
        talk(inner2, second, "other")
        second.bye_with(inner2)
        nothing_left(daemon)


@test("attended-transfer-by-the-program")
def attended():
    """Refer-To names the other call by what both ends know it by."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        to = f"<sip:1003@10.7.0.10?Replaces={inner.id}%3Bto-tag%3D{outer.tag}" \
            f"%3Bfrom-tag%3D{inner.tag}>"
        asked = inner.ask("REFER", headers=[("Refer-To", to)])
        taken = outer.request("REFER")
        equal(taken.get("Refer-To"), to)
        outer.reply(taken, 202)
        inner.response(asked, 202)
        outer.bye_with(inner)
        nothing_left(daemon)


class Tones:
    """Signals of the bus that say which tone is to be played."""

    def __enter__(self):
        with inside("phone"):
            self.process = subprocess.Popen(
                ["stdbuf", "-oL", "gdbus", "monitor", "--address",
                 os.environ["DBUS_SYSTEM_BUS_ADDRESS"], "--dest", "org.phonesec.Phone1"],
                stdout=subprocess.PIPE, text=True)
        # The first lines say that it listens.
        self.process.stdout.readline()
        self.process.stdout.readline()
        return self

    def heard(self):
        time.sleep(0.5)
        self.process.terminate()
        return re.findall(r"\.Tone \('(\w+)',\)", self.process.stdout.read())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def shown(daemon, level, icon):
    daemon.wait("call", "list", until=lambda found: found["calls"] and (
        found["calls"][0]["security"], found["calls"][0]["icon"]) == (level, icon))


@test("levels-and-tones-of-a-protected-phone")
def levels():
    """Told in 180, in 200, by re-INVITE and by UPDATE; a leg of a telephone network that is
    told as encrypted keeps the lock, one that is told as not loses it."""
    with phone_site(PROTECTED) as (manager, daemon, program), Tones() as tones:
        inner, outer = begun(manager, program)
        outer.ring(headers=[call_info("NotAuthenticated")])
        inner.ringing()
        shown(daemon, "NotAuthenticated", "none")
        outer.answer(headers=[call_info("Encrypted")])
        inner.answered()
        inner.ack()
        outer.acknowledged()
        talk(inner, outer)
        shown(daemon, "Encrypted", "lock")
        for method, level, icon in (("INVITE", "NotAuthenticated", "none"),
                                    ("UPDATE", "Authenticated", "shield"),
                                    ("UPDATE", "Encrypted", "lock")):
            level_told(inner, outer, method, level)
            shown(daemon, level, icon)
        talk(inner, outer)
        equal(tones.heard(), ["secure", "nonsecure", "secure"], "tones")
        inner.bye_with(outer)
        nothing_left(daemon)


def level_told(inner, outer, method, level):
    body = outer.describe(crypto=[line.partition(":")[2] for line in outer.ours.splitlines()
                                  if line.startswith("a=crypto:")])
    asked = outer.ask(method, body, [call_info(level)])
    taken = inner.request(method)
    inner.reply(taken, 200, None, inner.answer_description(taken.body))
    outer.agree(outer.response(asked, 200).body)
    if method == "INVITE":
        outer.invite = asked
        outer.ack()
        inner.request("ACK")


@test("lowered-when-nothing-is-heard")
def unheard():
    with phone_site(PROTECTED) as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.media.speaks = False
        outer.answer(headers=[call_info("Encrypted")])
        outer.media.speaks = False
        inner.answered()
        inner.ack()
        outer.acknowledged()
        outer.media.speaks = False
        inner.media.speaks = False
        time.sleep(5)
        found = calls_of(daemon, 1)[0]
        assert found["icon"] != "lock", found
        outer.media.speaks = inner.media.speaks = True
        shown(daemon, "Encrypted", "lock")
        inner.bye_with(outer)
        nothing_left(daemon)


REMOTECC = """<?xml version="1.0" encoding="UTF-8"?>
<x-cisco-remotecc-request><softkeyeventmsg><softkeyevent>{}</softkeyevent>
</softkeyeventmsg></x-cisco-remotecc-request>
"""


@test("protected-phone-does-without", PROTECTED, 403)
@test("other-phones-do-with", None, 202)
def features(changes, status):
    with phone_site(changes) as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        for key in ("Conference", "CBarge"):
            asked = inner.ask("REFER", REMOTECC.format(key), [
                ("Refer-To", "<cid:1@phone>")], "application/x-cisco-remotecc-request+xml")
            if status == 202:
                outer.reply(outer.request("REFER"), 202)
            response = inner.response(asked, status)
            assert status == 202 or "phone-protected" in warning(response), response.headers
        asked = inner.ask("SUBSCRIBE", headers=[("Event", "dialog;sla"), ("Expires", "60")])
        if status == 202:
            outer.reply(outer.request("SUBSCRIBE"), 202)
        inner.response(asked, status)
        # What is not of that kind goes on.
        asked = inner.ask("SUBSCRIBE", headers=[("Event", "dialog"), ("Expires", "60")])
        outer.reply(outer.request("SUBSCRIBE"), 202)
        inner.response(asked, 202)
        talk(inner, outer)
        inner.bye_with(outer)
        joining = manager.call("1001", media=manager.media("other"),
                               headers=[("Join", "1@site.test;to-tag=1;from-tag=2")])
        if status == 202:
            program.incoming()
            joining.cancel()
            joining.close()
        else:
            joining.refused(403)


tests_run()
