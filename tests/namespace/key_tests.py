# SPDX-License-Identifier: Apache-2.0
"""Master keys: slots by MKI, changes in mid call, lifetimes, and keys that are refused.

Above each test stands the line of kmod that must be broken to make it fail.
"""
import json
import os
import time

from media import Call, Monitor, key_lines, phonesec
from srtp_reference import Master, SessionKeys, rtcp_report, rtp
from verdict import check, check_equal, test

SSRC = 0x1234ABCD
# For so long after the first packet under the next key, without MKI, a key is still tried.
PREVIOUS_SECONDS = 2


def active_mkis(call, way):
    return [key["mki"] for key in call.session.show()[way]["keys"] if key["active"]]


# direction.c, nf_srtp_direction_key_by_mki(): if (key) for the comparison of MKIs
@test
def mki_of_several_slots():
    """The peer may use any of the keys that the phone holds, in any order."""
    masters = [Master(mki=bytes([0, number])) for number in (1, 2, 3, 4)]
    with Call(rx=masters[0], tx=Master(mki=b"\x09")) as call:
        for master in masters[1:]:
            call.rekey("--standby", rx=master, switch=False)
        for seq, number in enumerate((0, 1, 0, 3, 2, 1)):
            call.inward = SessionKeys.of(masters[number])
            call.hears(rtp(seq))
            call.rtcp_hears(rtcp_report())
            check_equal(len(active_mkis(call, "rx")), 1, "active keys")
        used = [key["used_rtp"] for key in call.session.show()["rx"]["keys"]]
        check_equal(used, [2, 2, 1, 1], "packets of each key")
        call.sends(rtp(1))
        call.rtcp_sends(rtcp_report())


# direction.c, slot_for(): without the comparison of MKIs
@test
def mki_names_its_slot():
    """A key with an MKI that is held takes its place; a fifth takes the oldest idle one's."""
    masters = [Master(mki=bytes([number])) for number in (1, 2, 3, 4)]
    with Call(rx=masters[0]) as call:
        for master in masters[1:]:
            call.rekey("--standby", rx=master, switch=False)
        second = Master(mki=b"\x02")
        call.rekey("--standby", rx=second, switch=False)
        check_equal(len(call.session.show()["rx"]["keys"]), 4, "keys held")
        call.refuses(SessionKeys.of(masters[1]).rtp_seal(rtp(1), 0), "auth-failed")
        call.inward = SessionKeys.of(second)
        call.hears(rtp(1))
        call.rekey("--standby", rx=Master(mki=b"\x05"), switch=False)
        keys = call.session.show()["rx"]["keys"]
        check_equal(len(keys), 4, "keys held")
        check(any(key["active"] for key in keys), "the active key was replaced")
        call.hears(rtp(2))


# direction.c, nf_srtp_direction_install(): if (1) for the condition of activation
@test
def standby_key_then_activation():
    """A standby key protects nothing until it is made the sending one; counters go on."""
    first, second = Master(mki=b"\x01"), Master(mki=b"\x02")
    with Call(tx=first) as call:
        call.sends(rtp(65535))
        call.rekey("--standby", tx=second, switch=False)
        call.sends(rtp(0), 1)
        call.session.key_select("tx", second.mki)
        check_equal(active_mkis(call, "tx"), ["02"], "active keys")
        call.outward = SessionKeys.of(second)
        call.sends(rtp(1), 1)
        call.rtcp_sends(rtcp_report())
        call.session.key_select("tx", first.mki)
        call.outward = SessionKeys.of(first)
        call.sends(rtp(2), 1)
        check_equal([key["used_rtp"] for key in call.session.show()["tx"]["keys"]], [3, 1], "used")


# request.c, keys_check(): lengths are not compared
@test
def mki_length_stays():
    """In the same context every MKI has the same length, or the receiver could not find it."""
    with Call(tx=Master(mki=b"\x01"), rx=Master(mki=b"\x01")) as call:
        text = call.session.refusal("rekey", "--context", "same",
                                    text=key_lines(tx=Master(mki=b"\0\x02")))
        check("as long as before" in text, f"refused with: {text}")
        call.rekey(tx=Master(mki=b"\0\x02"), rx=Master(mki=b"\0\x02"), context="new")
        call.sends(rtp(1))
        call.hears(rtp(1))


# unprotect.c, keys_choose(): attempts->at[1].key = NULL
@test
def rekey_phone_first():
    """Without MKI the phone changes keys first: packets under the old key still pass."""
    for bits in (128, 256):
        with Call(bits) as call:
            call.hears(rtp(65533))
            old, new = call.rx, Master(bits)
            call.rekey(rx=new, switch=False)
            for seq, roc in ((65534, 0), (65535, 0), (0, 1), (1, 1)):
                call.hears(rtp(seq), roc)
                call.rtcp_hears(rtcp_report())
            call.inward = SessionKeys.of(new)
            for seq in (2, 3, 4):
                call.hears(rtp(seq), 1)
                call.rtcp_hears(rtcp_report())
            stale = SessionKeys.of(old)
            time.sleep(PREVIOUS_SECONDS + 0.5)
            call.refuses(stale.rtp_seal(rtp(5), 1), "auth-failed")
            check_equal(call.session.show()["rx"]["dropped"], 1, "drops")


# direction.c, nf_srtp_direction_install(): if (replace_all) for the condition of activation
@test
def rekey_peer_first():
    """The peer changes keys at once: no packet of the new key waits for one of the old."""
    with Call() as call:
        call.hears(rtp(65535))
        call.rekey(rx=Master())
        call.hears(rtp(0), 1)
        call.rtcp_hears(rtcp_report())
        late = call.inward
        call.rekey(rx=Master(), switch=False)
        call.inward = late
        call.hears(rtp(1), 1)
        check_equal(call.session.show()["rx"]["dropped"], 0, "drops")


# direction.c, nf_srtp_direction_promote(): previous_retire() at once
@test
def rekey_with_late_packets():
    """Packets of the old key that were overtaken at the change are still heard."""
    with Call() as call:
        call.hears(rtp(1))
        late = [call.inward.rtp_seal(rtp(seq), 0) for seq in (2, 3)]
        late_report = call.rtcp_seal(rtcp_report())
        call.rekey(rx=Master())
        call.hears(rtp(4))
        for seq, packet in enumerate(late, 2):
            call.arrives(packet, rtp(seq))
        call.rtcp_arrives(late_report, rtcp_report())
        call.hears(rtp(5))


# direction.c, nf_srtp_direction_install(): if (replace_all) for the condition of activation
@test
def rekey_of_what_is_sent():
    """Each packet that leaves is under one key whole, and the change skips no index."""
    with Call() as call:
        for seq in range(65530, 65536):
            call.sends(rtp(seq))
        call.rekey(tx=Master())
        for seq in range(6):
            call.sends(rtp(seq), 1)
        check_equal(call.key("tx")["used_rtp"], 6, "packets under the new key")


# protect.c, transform_admit(): used is not compared with limit
@test
def lifetime_of_what_is_sent():
    """Soft and hard event, then nothing leaves until there is a new key."""
    with Call(tx=Master(lifetime=16)) as call, Monitor() as monitor:
        for seq in range(14):
            call.sends(rtp(seq))
        soft = monitor.await_event("key-soft", session_id=call.session.id, direction="tx")
        check_equal(soft["remaining"], 2, "packets that remain")
        for seq in (14, 15):
            call.sends(rtp(seq))
        monitor.await_event("key-hard", session_id=call.session.id, direction="tx")
        call.withholds(rtp(16), "key-expired", 3)
        check_equal((call.key("tx")["used_rtp"], call.key("tx")["expired"]), (16, True), "key")
        call.phone_rtcp.send(rtcp_report(), call.peer_rtcp)
        call.dropped("tx", {"key-expired": 1})
        check(call.peer_rtcp.is_silent(), "RTCP left under an expired key")
        call.rekey(tx=Master(lifetime=16))
        call.sends(rtp(16))


# unprotect.c, keys_choose(): key->used[0]++
@test
def lifetime_of_what_is_received():
    """Only packets that authenticate count, and the last of them kills the key."""
    with Call(rx=Master(lifetime=8)) as call, Monitor() as monitor:
        forged = bytearray(call.inward.rtp_seal(rtp(100), 0))
        forged[-1] ^= 1
        call.refuses(bytes(forged), "auth-failed", 30)
        replayed = call.hears(rtp(0))
        call.refuses(replayed, "replayed", 10)
        for seq in range(1, 7):
            call.hears(rtp(seq))
        soft = monitor.await_event("key-soft", session_id=call.session.id, direction="rx")
        check_equal(soft["remaining"], 1, "packets that remain")
        call.hears(rtp(7))
        monitor.await_event("key-hard", session_id=call.session.id, direction="rx")
        call.refuses(call.inward.rtp_seal(rtp(8), 0), "key-expired", 3)
        check_equal((call.key("rx")["used_rtp"], call.key("rx")["expired"]), (8, True), "key")
        call.rekey(rx=Master())
        call.hears(rtp(8))


# request.c, key_limit(): key->limit[1] = NF_SRTP_RTCP_LIFETIME_MAX
@test
def lifetime_of_rtcp():
    """SRTCP has a count of its own under the same limit."""
    with Call(tx=Master(lifetime=4)) as call:
        for _ in range(4):
            call.rtcp_sends(rtcp_report())
        call.phone_rtcp.send(rtcp_report(), call.peer_rtcp)
        call.dropped("tx", {"key-expired": 1})
        check_equal(call.key("tx")["used_rtcp"], 4, "RTCP packets under the key")


# request.c, keys_check(): without the comparison with the other direction
@test
def same_key_both_ways():
    """A key of one direction is refused for the other, in one request and in two."""
    with Call() as call:
        text = call.session.refusal("rekey", "--context", "same", text=key_lines(rx=call.tx))
        check("other direction" in text, f"refused with: {text}")
        text = call.session.refusal("rekey", "--context", "new", text=key_lines(tx=call.rx))
        check("other direction" in text, f"refused with: {text}")
        call.sends(rtp(1))
        call.hears(rtp(1))


# request.c, sent_under(): return false
@test
def same_key_in_a_new_context():
    """A new sending context under the key in use would use nonces twice: refused."""
    with Call() as call:
        for seq in (1, 2, 3):
            call.sends(rtp(seq))
        text = call.session.refusal("rekey", "--context", "new", text=key_lines(tx=call.tx))
        check("used before" in text, f"refused with: {text}")
        call.withholds(rtp(1), "replayed")
        call.sends(rtp(4))
        text = call.session.refusal("rekey", "--context", "same", text=key_lines(rx=call.rx))
        check("used before" in text, f"refused with: {text}")


# request.c, sent_under(): return false
@test
def same_key_after_its_end():
    """A key that reached its lifetime does not come back under a fresh count."""
    with Call(tx=Master(lifetime=2)) as call, Monitor() as monitor:
        for seq in (1, 2):
            call.sends(rtp(seq))
        monitor.await_event("key-hard", session_id=call.session.id)
        for context in ("same", "new"):
            text = call.session.refusal("rekey", "--context", context, text=key_lines(tx=call.tx))
            check("used before" in text, f"refused with: {text}")


# request.c, sent_under(): return false
@test
def same_key_after_another():
    """A sending key that another one replaced is refused as long as the session lives."""
    with Call() as call:
        first = call.tx
        call.sends(rtp(1))
        call.rekey(tx=Master(), context="new")
        call.sends(rtp(1))
        text = call.session.refusal("rekey", "--context", "new", text=key_lines(tx=first))
        check("used before" in text, f"refused with: {text}")


# session.c, keys_remember(): return at once
@test
def same_key_in_another_session():
    """A key that a session has sent under before it ended does not come back in another."""
    with Call() as call:
        call.sends(rtp(1))
    answer = phonesec("media", "add", "--local", "10.7.0.1:46000", "--remote", "10.7.0.2:46000",
                      text=key_lines(call.tx, Master()), check_status=False)
    check("used before" in json.dumps(answer), f"answered with: {answer}")


# request.c, streams_check(): if (0 for the comparison of counters
@test
def counter_never_goes_back():
    """A counter below the present one is refused under a key in use, both ways."""
    with Call() as call:
        for way, move in (("tx", call.sends), ("rx", call.hears)):
            move(rtp(65535))
            move(rtp(0), 1)
            text = call.session.refusal("set", "--roc", f"{way}:{SSRC:#x}=0")
            check("go back" in text, f"refused with: {text}")
            move(rtp(1), 1)
        call.rekey("--roc", f"tx:{SSRC:#x}=0", tx=Master(), context="new")
        call.sends(rtp(9))


# request.c, nf_srtp_request_apply(): a key of a refused request is counted
@test
def refused_change_changes_nothing():
    """Key, counter and address of a request are applied all or not at all."""
    with Call() as one, Call() as other:
        one.phone.close()
        before = one.session.show()
        words = ("--context", "same", "--roc", f"rx:{SSRC:#x}=1")
        one.session.refusal("rekey", *words, text=key_lines(tx=Master(), rx=one.tx))
        one.session.refusal("set", "--remote", "10.7.0.2:1", "--remote-rtcp-port", "1",
                            "--silence-timeout", "1")
        after = one.session.show()
        for shown in (before, after):
            del shown["age_s"]
            for way in ("tx", "rx"):
                for key in shown[way]["keys"]:
                    del key["age_s"]
        check_equal(after, before, "the session")
        other.sends(rtp(os.getpid() & 0xFFFF))
