# SPDX-License-Identifier: Apache-2.0
"""The daemon dies or is replaced while calls ring, talk, are held, or are being changed. The
one after it goes on with what it can vouch for, and takes the rest down on both sides."""

import base64
import pathlib
import time

from phone_site import (agreed, asked_nothing, begun, calls_of, keys_change, nothing_left,
                        offer_over, phone_site, talk)
from results import equal, test, tests_run
from session_description import crypto_line
from srtp_reference import Master

ENDS = {"kill": lambda daemon: daemon.kill(), "upgrade": lambda daemon: daemon.stop()}


def restart(daemon, manager, how, *calls):
    """Another daemon; what the call manager says from now on goes over its connection."""
    known = manager.registered("1001")
    ENDS[how](daemon)
    keys_are_absent(daemon, manager)
    daemon.start()
    manager.wait(lambda: manager.contacts.get("1001") and
                 manager.contacts["1001"][0] is not known, "another registration", 30)
    for call in calls:
        call.connection = manager.contacts["1001"][0]


def keys_are_absent(daemon, manager):
    """What the daemon leaves in its folder has none of the keys, in no way of writing."""
    octets = [line.octets for call in manager.calls.values()
              for line in (call.remote.crypto if call.remote else [])]
    octets += [master.octets for call in manager.calls.values() if call.media
               for master in call.media.masters]
    assert octets
    for file in pathlib.Path(daemon.folder, "run").iterdir():
        content = file.read_bytes()
        for one in octets:
            text = base64.b64encode(one)
            for form in (one, one.hex().encode(), text, text.rstrip(b"=")):
                assert form not in content, f"a key is in {file.name}"


@test("killed-in-a-call", "kill")
@test("replaced-in-a-call", "upgrade")
def in_call(how):
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        restart(daemon, manager, how, outer)
        talk(inner, outer)
        found = daemon.wait("call", "list", until=lambda one: one["calls"])["calls"]
        equal([one["recovered"] for one in found], [True])
        offer_over(inner, outer, "INVITE", "sendonly")
        offer_over(inner, outer, "INVITE")
        keys_change(outer)
        talk(inner, outer)
        offer_over(outer, inner, "INVITE")
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("killed-with-a-name-that-is-no-utf-8")
def name_of_old():
    """Call managers have names in Latin-1, too; the call is found again, name and all."""
    with phone_site() as (manager, daemon, program):
        outer = manager.call("1001", media=manager.media("far"), name="M\udcfcller")
        inner = program.incoming()
        inner.answer()
        outer.answered()
        outer.ack()
        inner.acknowledged()
        restart(daemon, manager, "kill", outer)
        talk(inner, outer)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("killed-on-hold", "kill")
@test("replaced-on-hold", "upgrade")
def on_hold(how):
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        offer_over(inner, outer, "INVITE", "inactive")
        restart(daemon, manager, how, outer)
        offer_over(inner, outer, "INVITE")
        keys_change(outer)
        talk(inner, outer)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("killed-while-it-rings-far-away", "kill", True)
@test("replaced-while-it-rings-far-away", "upgrade", True)
@test("killed-with-early-media", "kill", False)
def ringing_out(how, bare):
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.ring(180 if bare else 183,
                   b"" if bare else outer.answer_description(outer.invite.body))
        inner.ringing(180 if bare else 183)
        restart(daemon, manager, how, outer)
        outer.reply(outer.request("CANCEL"), 200)
        outer.reply(outer.invite, 487)
        outer.request("ACK")
        inner.refused(480)
        nothing_left(daemon)


@test("answered-as-it-is-taken-down")
def answered_late():
    """The far end answers the call that the new daemon has just ended."""
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.ring()
        inner.ringing()
        restart(daemon, manager, "kill", outer)
        outer.request("CANCEL")
        outer.answer()
        outer.request("ACK")
        outer.ended()
        inner.refused(480)
        nothing_left(daemon)


@test("killed-while-it-rings-here", "kill")
@test("replaced-while-it-rings-here", "upgrade")
def ringing_in(how):
    with phone_site() as (manager, daemon, program):
        outer = manager.call("1001", media=manager.media("far"))
        inner = program.incoming()
        inner.ring()
        outer.ringing()
        restart(daemon, manager, how, outer)
        inner.reply(inner.request("CANCEL"), 200)
        inner.reply(inner.invite, 487)
        inner.request("ACK")
        outer.refused(480)
        nothing_left(daemon)


@test("killed-during-an-offer-of-the-program")
def in_offer_out():
    """The offer is taken back on both sides, and one of the daemon's own follows."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        asked = inner.ask("INVITE", inner.describe("sendonly"))
        inner.invite = asked
        taken = outer.request("INVITE")
        restart(daemon, manager, "kill", outer)
        inner.ack_refusal(inner.response(asked, 491))
        outer.reply(outer.request("CANCEL"), 200)
        outer.reply(taken, 487)
        outer.request("ACK")
        outer.offered(crypto=[crypto_line(outer.media.masters[0])])
        keys_change(outer)
        talk(inner, outer)
        asked_nothing(inner)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("killed-during-an-offer-of-the-far-end")
def in_offer_in():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        master = Master(256)
        before = outer.ours
        asked = outer.ask("INVITE", outer.describe(crypto=[crypto_line(master)]))
        outer.invite = asked
        taken = inner.request("INVITE")
        restart(daemon, manager, "kill", outer)
        outer.ack_refusal(outer.response(asked, 491))
        outer.ours = before
        inner.reply(inner.request("CANCEL"), 200)
        inner.reply(taken, 487)
        inner.request("ACK")
        outer.offered(crypto=[crypto_line(outer.media.masters[0])])
        keys_change(outer)
        talk(inner, outer)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("killed-during-an-offer-of-its-own")
def in_offer_own():
    """Nobody else waits for the answer: it is acknowledged, and the offer comes again."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        number = calls_of(daemon, 1)[0]["id"]
        daemon.wait("call", "list", until=lambda found: found["calls"][0]["heard"] and
                    found["calls"][0]["sent"])
        daemon.helper("call", "rekey", str(number))
        taken = outer.request("INVITE")
        restart(daemon, manager, "kill", outer)
        outer.reply(taken, 200, None, outer.answer_description(taken.body))
        outer.request("ACK")
        outer.offered()
        keys_change(outer)
        talk(inner, outer)
        asked_nothing(inner)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("goodbye-while-there-is-no-daemon")
def goodbye_unheard():
    """The kernel's session is gone when the next one looks for it: both ends are told."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        number = calls_of(daemon, 1)[0]["media"][0]["session_id"]
        daemon.kill()
        daemon.helper("media", "del", str(number))
        known = manager.contacts.get("1001", (None,))[0]
        daemon.start()
        manager.wait(lambda: manager.contacts.get("1001") and
                     manager.contacts["1001"][0] is not known, "another registration", 30)
        outer.connection = manager.contacts["1001"][0]
        time.sleep(0.1)
        outer.ended()
        inner.ended()
        nothing_left(daemon)


tests_run()
