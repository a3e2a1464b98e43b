# SPDX-License-Identifier: Apache-2.0
"""Calls in clear where the policy allows them, and what they are shown as."""

from phone_site import calls_of, nothing_left, phone_site, sessions_of
from results import equal, test, tests_run
from session_description import Description, description


def policy(word):
    return {"phone": {"name": "SEP001122334455", "security-mode": "encrypted", "media": word}}


@test("preferred-falls-back", "preferred")
@test("off-is-plain", "off")
def falls_back(word):
    with phone_site(policy(word)) as (manager, daemon, program):
        inner = program.call("1002")
        outer = manager.incoming(media=manager.media("far", suites=()))
        offered = Description(outer.invite.body)
        equal(bool(offered.crypto), word == "preferred", "keys")
        outer.reply(outer.invite, 200, None, description(
            outer.media.address, outer.media.port, profile="RTP/AVP"))
        outer.ours = description(outer.media.address, outer.media.port)
        outer.remote = offered
        inner.answered()
        inner.ack()
        outer.acknowledged()
        outer.media.connect(offered.target)
        inner.media.hears("far")
        outer.media.hears("phone")
        equal(sessions_of(daemon), [], "sessions")
        shown = calls_of(daemon, 1)[0]
        print(f"   {word}: {shown['security']}")
        assert shown["icon"] != "lock", shown
        inner.bye_with(outer)
        nothing_left(daemon)


tests_run()
