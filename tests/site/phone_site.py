# SPDX-License-Identifier: Apache-2.0
"""What tests of the daemon between a scripted program and a scripted call manager share."""

import contextlib
import pathlib
import time

from call_manager import CallManager
from daemon import Daemon
from program import PhoneMedia, Program
from results import equal
from session_description import Description


@contextlib.contextmanager
def phone_site(changes=None, media=PhoneMedia):
    """A call manager, the daemon, and a program that is registered. What a test left that
    failed is none of the next one's."""
    with CallManager() as manager, Daemon(changes) as daemon:
        for one in daemon.wait("call", "list", until=lambda found: "calls" in found)["calls"]:
            daemon.helper("call", "end", str(one["id"]), check=False)
        with Program(media=media) as program:
            manager.registered("1001")
            try:
                yield manager, daemon, program
            except AssertionError:
                print("   ".join(daemon.log().splitlines(True)[-8:]))
                raise


def sessions_of(daemon):
    """The sessions in the kernel that no drain will end."""
    found = daemon.helper("media", "list")["sessions"]
    return [one for one in found if one["state"] != "draining"]


def calls_of(daemon, count=None):
    found = daemon.helper("call", "list")["calls"]
    assert count is None or len(found) == count, found
    return found


def numbers_of(daemon):
    return [one["id"] for one in sessions_of(daemon)]


def keys_change(outer):
    """What was on its way under the earlier keys has come."""
    time.sleep(0.3)
    outer.media.forget_earlier_keys()
    outer.media.counts["refused"] = 0


def talk(inner, outer, speaker="far"):
    """Both ends hear each other, and nothing clear or false on the way."""
    inner.media.hears(speaker, 0.6)
    outer.media.hears("phone", 0.6)
    equal(outer.media.counts["plain"], 0, "packets in clear")
    equal(outer.media.counts["refused"], 0, "packets that did not authenticate")


def begun(manager, program, **options):
    """A call of the program that rings, both of its ends."""
    inner = program.call("1002", **options)
    outer = manager.incoming(media=manager.media("far", suites=(256, 128)))
    return inner, outer


def agreed(manager, program, **options):
    """A call of the program, up to its media."""
    inner = program.call("1002", **options)
    outer = manager.incoming(media=manager.media("far"))
    outer.answer()
    inner.answered()
    inner.ack()
    outer.acknowledged()
    talk(inner, outer)
    return inner, outer


def warning(response):
    """The text of a refusal's Warning."""
    return response.get("Warning").partition('"')[2].rpartition('"')[0]


def nothing_left(daemon, seconds=10):
    """No call, no session, and nothing of either in the folder that outlives the daemon."""
    daemon.wait("call", "list", until=lambda found: not found["calls"], seconds=seconds)
    daemon.wait("media", "list", until=lambda found: not found["sessions"], seconds=seconds)
    left = [one.name for one in pathlib.Path(daemon.folder, "run").glob("call-*")]
    equal(left, [], "files of calls")


def asked_nothing(call):
    """What the daemon did by itself was none of this end's business."""
    assert not [one for one in call.inbox if one.status is None], call.inbox


def refused_answer(crypto_of, status=200):
    """An answer that is none: the call ends on both sides, and the program is told why."""
    with phone_site() as (manager, daemon, program):
        inner = program.call("1002")
        outer = manager.incoming(media=manager.media("far"))
        lines = Description(outer.invite.body).crypto
        outer.reply(outer.invite, status, None, outer.describe(crypto=crypto_of(lines)))
        response = inner.refused(488)
        print(f"   {warning(response)}")
        assert warning(response), response.headers
        if status >= 200:
            outer.request("ACK")
            outer.ended()
        else:
            cancel = outer.request("CANCEL")
            outer.reply(cancel, 200)
            outer.reply(outer.invite, 487)
            outer.request("ACK")
        nothing_left(daemon)


def offer_over(asks, answers, method, direction="sendrecv", address=None, **options):
    """An offer of one end, answered by the other, from both of their threads' views."""
    # The far end repeats its keys, the program has none.
    if asks.media.masters and asks.ours and "crypto" not in options:
        options["crypto"] = [line.partition(":")[2] for line in asks.ours.splitlines()
                             if line.startswith("a=crypto:")]
    body = asks.describe(direction, **options)
    if address:
        body = body.replace(f"c=IN IP4 {asks.media.address}", f"c=IN IP4 {address}")
    asked = asks.ask(method, body)
    if method == "INVITE":
        asks.invite = asked
    taken = answers.request(method)
    mirrored = {"sendonly": "recvonly", "inactive": "inactive"}.get(direction, "sendrecv")
    answer = answers.answer_description(taken.body, mirrored)
    answers.reply(taken, 200, None, answer)
    response = asks.response(asked, 200)
    if method == "INVITE":
        asks.ack()
        answers.request("ACK")
    if not address:
        answers.agree()
        asks.agree(response.body)
    return taken, response
