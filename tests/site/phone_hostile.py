# SPDX-License-Identifier: Apache-2.0
"""Far ends that break the rules: the daemon goes on, and tells why it did not go along."""

from phone_site import nothing_left, phone_site, talk, warning
from results import equal, test, tests_run
from session_description import Description


def called(manager, program):
    """A call to the program, up to its media."""
    outer = manager.call("1001", media=manager.media("far"))
    inner = program.incoming()
    inner.answer()
    outer.answered()
    outer.ack()
    inner.acknowledged()
    talk(inner, outer)
    return inner, outer


@test("goodbye-without-a-tag")
def goodbye_without_tag():
    with phone_site() as (manager, daemon, program):
        inner, outer = called(manager, program)
        whole = outer.far
        outer.far = whole.partition(";tag=")[0]
        outer.response(outer.ask("BYE"), 481)
        outer.far = whole
        talk(inner, outer)
        outer.bye_with(inner)
        nothing_left(daemon)


@test("description-of-another-name", "text/plain", 488)
@test("description-with-a-blank-in-its-type", "application / sdp", 200)
def other_type(kind, status):
    """Keys never reach the program under a name that only some readers know."""
    with phone_site() as (manager, daemon, program):
        inner, outer = called(manager, program)
        asked = outer.ask("INVITE", outer.describe(), kind=kind)
        outer.invite = asked
        if status == 200:
            again = inner.request("INVITE")
            equal(Description(again.body).crypto, [], "keys for the program")
            inner.reply(again, 200, None, inner.answer_description(again.body))
            outer.response(asked, 200)
            outer.ack()
            inner.request("ACK")
        else:
            response = outer.response(asked, status)
            assert "another type" in warning(response), response.headers
            outer.ack_refusal(response)
            assert not inner.inbox, inner.inbox
        outer.bye_with(inner)
        nothing_left(daemon)


tests_run()
