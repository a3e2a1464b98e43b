# SPDX-License-Identifier: Apache-2.0
"""What a module does whose self-test failed: no session, and the policy still holds."""
import sys

import media
import verdict
from media import Wire, drops_of, namespace_counters, phonesec, policy
from srtp_reference import Master, rtp
from verdict import check, check_equal, test


# netlink_session.c, nf_srtp_nl_session_new_doit(): if (0) for nf_srtp_selftest_passed
@test
def selftest_failure_refuses_sessions():
    """A session is refused with words that say why."""
    answer = phonesec("media", "add", "--local", "10.7.0.1:31000", "--remote", "10.7.0.2:31002",
                      text=media.key_lines(Master(), Master()), check_status=False)
    check("error" in answer, "a session was made")
    check("self-test failed" in answer["error"].get("detail", ""), f"refused with {answer}")
    check_equal(phonesec("media", "list")["sessions"], [], "sessions")


# main.c, nf_srtp_init(): return -EIO when the self-test failed
@test
def selftest_failure_keeps_the_policy():
    """Protected ports pass nothing plain, as without a session."""
    phone, peer = Wire("phone", 4, "10.7.0.1", 31000), Wire("peer", 4, "10.7.0.2", 31002)
    policy("--mode", "enforce", "--protect", "31000-31001")
    try:
        for way, source, target in (("tx", phone, peer), ("rx", peer, phone)):
            source.send(rtp(1), target)
            check(target.receive(0.5) is None, "a packet passed")
            check_equal(dict(drops_of(namespace_counters()[way])), {"no-session": 1}, "drops")
    finally:
        policy("--mode", "off")


media.enter("phone")
sys.exit(verdict.run(sys.argv[1:]))
