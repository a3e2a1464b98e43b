# SPDX-License-Identifier: Apache-2.0
"""Events, as `phonesec --json media monitor` writes them.

Above each test stands the line of kmod that must be broken to make it fail.
"""
import time

from media import Call, Monitor, policy
from srtp_reference import Master, SessionKeys, rtcp_report, rtp
from verdict import check, check_equal, test

SSRC = 0x1234ABCD
THRESHOLD = 5
# Events of one kind come at most once a second.
PAUSE = 1.1


def forged(call, seq, roc=0, keys=None):
    packet = bytearray((keys or call.inward).rtp_seal(rtp(seq), roc))
    packet[-1] ^= 1
    return bytes(packet)


class Thresholds:
    """The policy's thresholds, low for a test."""

    def __enter__(self):
        policy("--auth-failure-threshold", THRESHOLD, "--replay-threshold", THRESHOLD)

    def __exit__(self, *_):
        policy("--auth-failure-threshold", 50, "--replay-threshold", 50)


def cause_of(monitor, call):
    return monitor.await_event("auth-failures", session_id=call.session.id, direction="rx")


# events.c, nf_srtp_event_key(): used is compared with 2
@test
def event_first_packet():
    """Each key tells of its first packet, each way, with the SSRC, and of no second one."""
    with Call() as call, Monitor() as monitor:
        for seq, context in ((1, None), (2, "same"), (3, "new")):
            if context:
                call.rekey(tx=Master(), rx=Master(), context=context)
            call.sends(rtp(seq))
            event = monitor.await_event("first-packet", direction="tx")
            check_equal((event["session_id"], event["ssrc"]), (call.session.id, SSRC), "sent")
            call.hears(rtp(seq))
            event = monitor.await_event("first-packet", direction="rx")
            check_equal((event["session_id"], event["ssrc"]), (call.session.id, SSRC), "received")
        call.sends(rtp(4))
        call.hears(rtp(4))
        monitor.hears_no("first-packet")


# events.c, nf_srtp_event_ssrc(): ssrc_changed = false
@test
def event_ssrc():
    """A new SSRC is told once, with the one before it, and not before it authenticates."""
    with Call() as call, Monitor() as monitor:
        call.refuses(forged(call, 1), "auth-failed")
        call.hears(rtp(1))
        event = monitor.await_event("ssrc", direction="rx", ssrc=SSRC)
        check("previous_ssrc" not in event, "a first SSRC has one before it")
        call.hears(rtp(1, SSRC + 1))
        monitor.await_event("ssrc", direction="rx", ssrc=SSRC + 1, previous_ssrc=SSRC)
        call.sends(rtp(1, SSRC + 2))
        event = monitor.await_event("ssrc", direction="tx", ssrc=SSRC + 2)
        check("previous_ssrc" not in event, "a first SSRC has one before it")
        call.hears(rtp(2))
        monitor.hears_no("ssrc")


# events.c, cause_guess(): NF_SRTP_CAUSE_WRONG_KEY
@test
def cause_wrong_key():
    """Nothing ever authenticated."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        wrong = SessionKeys.of(Master())
        for seq in range(THRESHOLD):
            call.refuses(wrong.rtp_seal(rtp(seq), 0), "auth-failed")
        event = cause_of(monitor, call)
        check_equal((event["cause"], event["count"]), ("wrong-key", THRESHOLD), "event")


# events.c, cause_guess(): NF_SRTP_CAUSE_ROC_MISMATCH
@test
def cause_roc_mismatch():
    """Packets authenticated before, and for a second none has."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        call.hears(rtp(65530))
        time.sleep(PAUSE)
        for seq in range(THRESHOLD):
            call.refuses(call.inward.rtp_seal(rtp(seq), 4), "auth-failed")
        check_equal(cause_of(monitor, call)["cause"], "roc-mismatch", "cause")


# events.c, cause_guess(): NF_SRTP_CAUSE_PLAIN_MEDIA
@test
def cause_plain_media():
    """Most of what failed looks like media in clear."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        for seq in range(THRESHOLD):
            call.refuses(rtp(seq), "plain-rtp")
        check_equal(cause_of(monitor, call)["cause"], "plain-media", "cause")


# events.c, cause_guess(): NF_SRTP_CAUSE_OLD_KEY
@test
def cause_old_key():
    """The phone has a new key, and what comes authenticates under none of those it holds."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        call.hears(rtp(1))
        call.rekey(rx=Master(), context="new", switch=False)
        for seq in range(2, 2 + THRESHOLD):
            call.refuses(call.inward.rtp_seal(rtp(seq), 0), "auth-failed")
        check_equal(cause_of(monitor, call)["cause"], "old-key", "cause")


# events.c, cause_guess(): NF_SRTP_CAUSE_FORGED
@test
def cause_forged():
    """Genuine packets passed a moment ago."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        call.hears(rtp(1))
        for seq in range(2, 2 + THRESHOLD):
            call.peer.send(forged(call, seq), call.phone)
        call.dropped("rx", {"auth-failed": THRESHOLD})
        check_equal(cause_of(monitor, call)["cause"], "forged", "cause")


# events.c, cause_guess(): NF_SRTP_CAUSE_PLAIN_MEDIA asked for first
@test
def cause_plain_injected():
    """Media in clear that somebody injects beside genuine packets is not the sender's."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        call.hears(rtp(1))
        for seq in range(2, 2 + THRESHOLD):
            call.peer.send(rtp(seq), call.phone)
        call.dropped("rx", {"plain-rtp": THRESHOLD})
        check_equal(cause_of(monitor, call)["cause"], "forged", "cause")


# events.c, failure_note(): the threshold is not compared
@test
def event_auth_failures_in_a_row():
    """A packet that passes ends the row, and one kind of event comes once a second."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        for seq in range(1, 4):
            call.hears(rtp(seq))
            call.refuses(forged(call, seq + 1), "auth-failed", THRESHOLD - 1)
        monitor.hears_no("auth-failures")
        for _ in range(3 * THRESHOLD):
            call.peer.send(forged(call, 9), call.phone)
        call.dropped("rx", {"auth-failed": 3 * THRESHOLD})
        cause_of(monitor, call)
        monitor.hears_no("auth-failures", PAUSE / 2)


# events.c, nf_srtp_event_refused(): without the cases REPLAYED and TOO_OLD
@test
def event_replay_flood():
    """Many replays in one second raise an event with their number."""
    with Thresholds(), Call() as call, Monitor() as monitor:
        packet = call.hears(rtp(1))
        for _ in range(THRESHOLD):
            call.peer.send(packet, call.phone)
        event = monitor.await_event("replay-flood", session_id=call.session.id, direction="rx")
        check_equal(event["count"], THRESHOLD, "count")
        call.hears(rtp(2))


# events.c, silence_check(): since is never compared
@test
def event_silence():
    """A session that hears nothing says so once, until it has heard something again."""
    with Call(options=("--silence-timeout", "600")) as call, Monitor() as monitor:
        event = monitor.await_event("session-silent", session_id=call.session.id)
        check(event["count"] >= 600, f"told after {event['count']} ms")
        monitor.hears_no("session-silent", 1.5)
        call.peer.send(forged(call, 1), call.phone)
        monitor.hears_no("session-silent", 1.5)
        call.hears(rtp(1))
        monitor.await_event("session-silent", session_id=call.session.id)
        call.session.hold("rx")
        call.session.set("--silence-timeout", "600")
        monitor.hears_no("session-silent", 1.5)


# netlink.c, nf_srtp_nl_session_del_doit(): without the event
@test
def event_end_and_limit():
    """The end of a session is told, and the monitor ends after as many events as asked."""
    with Call() as call, Monitor(limit=2) as monitor:
        call.session.delete()
        check_equal(monitor.await_event("session-del")["session_id"], call.session.id, "session")
        with Call() as other:
            other.rtcp_sends(rtcp_report())
        monitor.next()
        check_equal(monitor.process.wait(10), 0, "status of the monitor")
        check(monitor.next() is None, "an event beyond the limit")
