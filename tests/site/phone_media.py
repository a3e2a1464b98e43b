# SPDX-License-Identifier: Apache-2.0
"""Offers and answers between a program that knows RTP alone and a call manager that says
whatever a script has it say: what either gets to see, and what the kernel then has."""

import time

from phone_site import (agreed, begun, calls_of, keys_change, nothing_left, numbers_of,
                        offer_over, phone_site, refused_answer, sessions_of, talk, warning)
from program import PhoneMedia
from results import equal, test, tests_run
from session_description import Crypto, Description, crypto_line
from srtp_reference import Master


@test("early-media-and-answer-of-the-same-fork")
def early_media():
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        outer.ring(183, outer.answer_description(outer.invite.body))
        outer.agree()
        inner.ringing(183, agree=True)
        talk(inner, outer)
        before = numbers_of(daemon)
        outer.reply(outer.invite, 200, None, outer.ours)
        inner.answered()
        inner.ack()
        outer.acknowledged()
        talk(inner, outer)
        equal(numbers_of(daemon), before, "sessions")
        inner.bye_with(outer)
        nothing_left(daemon)


def fork_rings(inner, outer, tag, media, ours=None):
    """Early media of a fork, which has said @ours before."""
    outer.media = media
    if ours:
        outer.ours = ours
    else:
        outer.answer_description(outer.invite.body)
    outer.ring(183, outer.ours, tag=tag)
    outer.agree()
    inner.ringing(183, agree=True)
    inner.media.hears(tag, 0.6)
    return outer.ours


def fork_answers(inner, outer, tag):
    outer.tag, outer.local = tag, f"{outer.invite.get('To')};tag={tag}"
    outer.reply(outer.invite, 200, None, outer.ours)
    inner.answered()
    inner.ack()
    outer.acknowledged()


@test("forks-with-one-suite", (256,), (256,))
@test("forks-with-different-suites", (256,), (128,))
def forks(first, second):
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        one, two = manager.media("one", suites=first), manager.media("two", suites=second)
        fork_rings(inner, outer, "one", one)
        fork_rings(inner, outer, "two", two)
        one.close()
        fork_answers(inner, outer, "two")
        talk(inner, outer, "two")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("forks-with-different-suites-and-back")
def forks_and_back():
    """A key of ours is asked for whose session is gone: it gets another one, not its
    indices a second time."""
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        one, two = manager.media("one", suites=(256,)), manager.media("two", suites=(128,))
        ours = fork_rings(inner, outer, "one", one)
        fork_rings(inner, outer, "two", two)
        two.close()
        outer.media, outer.ours = one, ours
        fork_answers(inner, outer, "one")
        outer.offered(crypto=[crypto_line(one.masters[0])])
        keys_change(outer)
        talk(inner, outer, "one")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("two-forks-answer")
def forks_answer():
    """The first is the call, and stays it when the other is told goodbye; then the other."""
    for left in ("one", "two"):
        with phone_site() as (manager, daemon, program):
            inner, outer = begun(manager, program)
            ends = {tag: manager.media(tag) for tag in ("one", "two")}
            said, targets = {}, {}
            for tag in ends:
                outer.media = ends[tag]
                said[tag] = outer.answer_description(outer.invite.body)
                outer.reply(outer.invite, 200, None, said[tag], tag=tag)
                outer.agree()
                response = inner.answered(agree=tag == "one")
                inner.ack()
                outer.acknowledged()
                targets[tag] = response.get("To"), response.body
            inner.media.hears("one", 0.6)
            other = "two" if left == "one" else "one"
            inner.far = targets[other][0]
            goodbye = inner.ask("BYE")
            taken = outer.request("BYE")
            equal(taken.tag("To"), other)
            outer.reply(taken, 200)
            inner.response(goodbye, 200)
            inner.far = targets[left][0]
            inner.agree(targets[left][1])
            inner.media.hears(left, 0.6)
            ends[other].close()
            outer.media = ends[left]
            inner.bye_with(outer)
            nothing_left(daemon)


@test("fork-that-answers-without-description")
def fork_answers_bare():
    """Its answer came reliably before, and another fork's after that."""
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program)
        one, two = outer.media, manager.media("two")
        first = outer.answer_description(outer.invite.body)
        outer.ring(183, first, tag="one")
        early = inner.ringing(183)
        outer.media = two
        second = outer.answer_description(outer.invite.body)
        outer.ring(183, second, tag="two")
        inner.ringing(183)
        outer.media, outer.ours, outer.tag = one, first, "one"
        outer.reply(outer.invite, 200, tag="one")
        outer.local = f"{outer.invite.get('To')};tag=one"
        inner.answered()
        inner.agree(early.body)
        inner.ack()
        outer.acknowledged()
        outer.agree()
        talk(inner, outer)
        two.close()
        inner.bye_with(outer)
        nothing_left(daemon)


@test("re-invite-by-the-program", "INVITE", True)
@test("re-invite-by-the-far-end", "INVITE", False)
@test("update-by-the-program", "UPDATE", True)
@test("update-by-the-far-end", "UPDATE", False)
def offers_again(method, by_program):
    """Hold in all its forms, and back; the keys and the stream stay."""
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        asks, answers = (inner, outer) if by_program else (outer, inner)
        before, age = numbers_of(daemon), calls_of(daemon, 1)[0]["key_age_s"]
        # The age is told in whole seconds.
        time.sleep(1.1)
        for direction, address in (("sendonly", None), ("sendrecv", None), ("inactive", None),
                                   ("sendrecv", None), ("sendonly", "0.0.0.0"),
                                   ("sendrecv", None)):
            offer_over(asks, answers, method, direction, address)
            equal(numbers_of(daemon), before, "sessions")
        assert calls_of(daemon, 1)[0]["key_age_s"] > age, "another key"
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("rtcp-mux")
def rtcp_mux():
    with phone_site() as (manager, daemon, program):
        inner = program.call_create()
        inner.mux = True
        program.calls[inner.id] = inner
        target = "sip:1002@10.7.0.10"
        inner.begin(target, target, ("Phone", "sip:1001@10.7.0.10"))
        outer = manager.incoming(media=manager.media("far"))
        assert Description(outer.invite.body).mux
        outer.answer()
        inner.answered()
        inner.ack()
        outer.acknowledged()
        talk(inner, outer)
        equal(sessions_of(daemon)[0]["rtcp_mux"], True, "mux")
        # Without it, the same keys must not begin their indices anew.
        outer.mux = inner.mux = False
        taken, response = offer_over(inner, outer, "INVITE")
        first, again = Description(outer.invite.body).crypto, Description(taken.body).crypto
        used = [one.octets for one in Description(response.body).crypto]
        equal(used, [], "keys for the program")
        answered = Description(outer.ours).crypto[0].tag
        key = next(one.octets for one in again if one.tag == answered)
        assert key not in [one.octets for one in first], "a key begins twice"
        keys_change(outer)
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


VIDEO = ["m=video 30000 RTP/AVP 97", "a=rtpmap:97 H264/90000"]


@test("video-refused-by-the-far-end", False)
@test("video-taken", True)
def two_lines(taken):
    with phone_site() as (manager, daemon, program):
        inner = program.call_create()
        program.calls[inner.id] = inner
        target = "sip:1002@10.7.0.10"
        inner.begin(target, target, ("Phone", "sip:1001@10.7.0.10"),
                    inner.describe(more=VIDEO))
        outer = manager.incoming(media=manager.media("far"))
        text = outer.invite.body.decode()
        video = text[text.index("m=video"):]
        assert video.startswith("m=video 30000 RTP/SAVP"), video
        line = next(one.partition(":")[2] for one in video.splitlines()
                    if one.startswith("a=crypto:"))
        more = ["m=video 30002 RTP/SAVP 97", f"a=crypto:{crypto_line(Master(256), Crypto(line).tag)}"
                ] if taken else ["m=video 0 RTP/SAVP 97"]
        outer.answer(more=more)
        response = inner.answered()
        assert b"crypto" not in response.body and b"SAVP" not in response.body, response.body
        inner.ack()
        outer.acknowledged()
        talk(inner, outer)
        equal(len(sessions_of(daemon)), 2 if taken else 1, "sessions")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("late-offer-by-the-program")
def late_offer():
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program, body=b"")
        equal(outer.invite.body, b"", "offer")
        outer.reply(outer.invite, 200, None, outer.describe())
        inner.answered(agree=False)
        assert b"crypto" not in inner.last.body, inner.last.body
        inner.ack_with_answer()
        outer.acknowledged()
        talk(inner, outer)
        inner.bye_with(outer)
        nothing_left(daemon)


@test("offer-and-answer-in-prack")
def prack():
    """No offer in the INVITE: 183 has it, and the PRACK its answer."""
    with phone_site() as (manager, daemon, program):
        inner, outer = begun(manager, program, body=b"")
        outer.reply(outer.invite, 183, None, outer.describe(),
                    [("Require", "100rel"), ("RSeq", "1")])
        response = inner.response(inner.invite, 183)
        inner.learn(response)
        answer = inner.answer_description(response.body)
        asked = inner.ask("PRACK", answer, [("RAck", f"1 {response.get('CSeq')}")])
        inner.agree()
        taken = outer.request("PRACK")
        outer.agree(taken.body)
        outer.reply(taken, 200)
        inner.response(asked, 200)
        talk(inner, outer)
        # A second offer, by PRACK's kind of exchange: UPDATE in the early dialog.
        asked = inner.ask("UPDATE", inner.describe("sendonly"))
        taken = outer.request("UPDATE")
        outer.reply(taken, 200, None, outer.answer_description(taken.body))
        outer.agree()
        inner.agree(inner.response(asked, 200).body)
        outer.reply(outer.invite, 200)
        inner.answered()
        inner.ack()
        outer.acknowledged()
        outer.media.hears("phone")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("new-port-of-the-program-new-key")
def program_moves():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        before = [one.octets for one in Description(outer.invite.body).crypto]
        inner.media.close()
        inner.media = PhoneMedia()
        taken, _ = offer_over(inner, outer, "INVITE")
        assert not set(before) & {one.octets for one in Description(taken.body).crypto}
        keys_change(outer)
        talk(inner, outer)
        equal(len(sessions_of(daemon)), 1, "sessions")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("new-address-of-the-far-end")
def far_end_moves():
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        ours = Description(outer.invite.body).crypto
        outer.media.close()
        outer.media = manager.media("other")
        taken, response = offer_over(outer, inner, "INVITE", crypto=[
            crypto_line(outer.media.masters[0])])
        assert b"crypto" not in taken.body
        answered = Description(response.body).crypto[0].octets
        assert answered not in [one.octets for one in ours], "the key of another address"
        talk(inner, outer, "other")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("far-end-has-a-new-key", {})
@test("far-end-has-a-new-key-with-mki", {"mki": b"\0\1"})
@test("far-end-has-a-new-key-with-lifetime", {"lifetime": "2^20"})
def far_end_rekeys(options):
    with phone_site() as (manager, daemon, program):
        inner, outer = agreed(manager, program)
        outer.media.masters = [Master(256, **options)]
        offer_over(outer, inner, "INVITE", crypto=[crypto_line(outer.media.masters[0])])
        keys_change(outer)
        talk(inner, outer)
        equal(len(sessions_of(daemon)), 1, "sessions")
        inner.bye_with(outer)
        nothing_left(daemon)


@test("unpadded-keys")
def unpadded():
    with phone_site() as (manager, daemon, program):
        media = manager.media("far", suites=(256, 128))
        outer = manager.call("1001", media=media, crypto=[
            crypto_line(master, tag, padded=False) for tag, master in
            enumerate(media.masters, 1)])
        inner = program.incoming()
        inner.answer()
        outer.answered()
        outer.ack()
        inner.acknowledged()
        assert Description(outer.last.body).crypto[0].padded
        talk(inner, outer)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("offer-of-unencrypted-rtp", "UNENCRYPTED_SRTP")
@test("offer-of-unencrypted-rtcp", "UNENCRYPTED_SRTCP")
@test("offer-of-unauthenticated-rtp", "UNAUTHENTICATED_SRTP")
def weak_offer(parameter):
    refused_offer([crypto_line(Master(256), parameters=parameter)])


@test("offer-without-usable-suite")
def no_suite():
    refused_offer(["1 AES_CM_128_HMAC_SHA1_80 "
                   "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"])


@test("offer-of-plain-rtp")
def plain_offer():
    refused_offer([])


def refused_offer(crypto):
    with phone_site() as (manager, daemon, program):
        outer = manager.call("1001", crypto=crypto)
        response = outer.refused(488)
        print(f"   {warning(response)}")
        assert warning(response), response.headers
        program.asked_nothing()
        nothing_left(daemon)


@test("answer-with-a-tag-that-was-not-offered")
def answer_tag():
    refused_answer(lambda lines: [crypto_line(Master(256), 9)])


@test("answer-with-another-suite-than-its-tag")
def answer_suite():
    refused_answer(lambda lines: [crypto_line(Master(128), lines[0].tag)])


@test("answer-returns-our-key")
def answer_returns_key():
    def returned(lines):
        master = Master(256)
        master.key, master.salt = lines[0].octets[:32], lines[0].octets[32:]
        return [crypto_line(master, lines[0].tag)]
    refused_answer(returned)


@test("answer-with-two-keys")
def answer_two_keys():
    refused_answer(lambda lines: [crypto_line(Master(256), lines[0].tag),
                                  crypto_line(Master(128), lines[1].tag)])


@test("answer-in-plain-rtp")
def answer_plain():
    refused_answer(lambda lines: [])


@test("answer-early-in-plain-rtp")
def answer_early_plain():
    refused_answer(lambda lines: [], status=183)


@test("far-end-sends-at-once")
def sends_at_once():
    """The session is there before the answer leaves: nothing of the far end is lost."""
    with phone_site() as (manager, daemon, program):
        media = manager.media("far")
        outer = manager.call("1001", media=media)
        inner = program.incoming()
        inner.answer()
        outer.answered()
        outer.ack()
        inner.acknowledged()
        talk(inner, outer)
        counted = sessions_of(daemon)[0]["rx"]
        equal(counted.get("dropped", 0), 0, "dropped packets")
        media.speaks = False
        # What is under way comes within a second, however busy the machine.
        time.sleep(1)
        heard = inner.media.counts
        # The program may have had no answer to its 200 yet when the first ones came.
        equal(heard["rtp"] + heard["early"], media.packets, f"packets heard, of {heard}")
        outer.bye_with(inner)
        nothing_left(daemon)


tests_run()
