# SPDX-License-Identifier: Apache-2.0
"""Packet indices through the module: wraps, losses, counters that are told, windows.

Above each test stands the line of kmod that must be broken to make it fail; mutate.sh does
so. A T number stands for a bug that libsrtp, rtpengine, pion, pjsip or another had in the
field.
"""
import random

from media import Call
from srtp_reference import Master, rtcp_report, rtp
from verdict import SLOW, check_equal, test

SSRC, OTHER_SSRC = 0x1234ABCD, 0x0BADCAFE
# RTP packets refused in a row after which the receiver tries the next counter as well.
RESYNC_AFTER = 16
WINDOW = 1024


def both_ways(call, index, ssrc=SSRC):
    """One packet each way at an extended index."""
    plain = rtp(index & 0xFFFF, ssrc)
    call.sends(plain, index >> 16)
    call.hears(plain, index >> 16)


# core/stream.c, srtp_stream_rtp_index(): return told
@test
def t1_wrap_sequence():
    """Reordering around the wrap moves the rollover counter once (T1)."""
    with Call() as call:
        for index in (65533, 65535, 65536, 65537, 65534, 65538):
            both_ways(call, index)
        for way in ("tx", "rx"):
            check_equal(call.stream(way, SSRC)["roc"], 1, f"{way} counter")
            check_equal(call.stream(way, SSRC)["seq"], 2, f"{way} sequence number")


# core/replay.h, srtp_index_guess(): delta without its sign
@test
def t1_random_reorder_at_the_wrap():
    """Any order within sixteen packets around the wrap comes through whole (T1)."""
    order = random.Random(1)
    indices = sorted(range(65400, 65700), key=lambda index: index + order.uniform(0, 16))
    with Call(256) as call:
        for index in indices:
            both_ways(call, index)


# unprotect.c, attempts_plan_any(): bool resync = false
@test
def t2_wrap_never_seen():
    """All packets before the wrap are lost; the first one after it is heard (T2)."""
    for lost in (6, 100):
        with Call() as call:
            call.hears(rtp(65536 + lost), 1)
            check_equal(call.stream("rx", SSRC)["roc"], 1, "counter")
            call.hears(rtp(65536 + lost + 1), 1)
    with Call() as call:
        # Further off than one turn is not searched for: it stays refused.
        call.refuses(call.inward.rtp_seal(rtp(3), 2), "auth-failed", 40)


# core/stream.c, srtp_stream_rtp_index(): without roc_set
@test
def t3_gap_with_told_counter():
    """12, 82630, 115999 with the counter told before each jump (T3)."""
    with Call() as call:
        both_ways(call, 12)
        for index in (82630, 115999):
            call.session.set("--roc", f"tx:{SSRC:#x}={index >> 16}",
                             "--roc", f"rx:{SSRC:#x}={index >> 16}")
            both_ways(call, index)


# unprotect.c, attempts_plan_any(): resync = false for a stream that has started
@test
def t3_gap_without_a_word():
    """A burst loss beyond half a turn heals by itself, after a bounded number of drops (T3)."""
    with Call() as call:
        for index in (12, 32000, 64000, 82630):
            call.hears(rtp(index & 0xFFFF), index >> 16)
        lost = call.inward.rtp_seal(rtp(115999 & 0xFFFF), 1)
        call.refuses(lost, "too-old", RESYNC_AFTER - 1)
        call.arrives(lost, rtp(115999 & 0xFFFF))
        call.hears(rtp(116000 & 0xFFFF), 1)
        check_equal(call.stream("rx", SSRC)["roc"], 1, "counter")


# request.c, way_apply(): without srtp_stream_set_roc()
@test
def t4_counter_told_mid_stream():
    """A counter above zero told in mid stream holds from the next packet on (T4)."""
    with Call() as call:
        both_ways(call, 100)
        call.session.set("--roc", f"tx:{SSRC:#x}=5", "--roc", f"rx:{SSRC:#x}=5")
        both_ways(call, 5 << 16 | 101)
        both_ways(call, 5 << 16 | 102)


# request.c, way_apply(): without srtp_stream_set_roc()
@test
def t4_counter_told_while_nothing_authenticates():
    """The same after a run of failures, and before any packet of an SSRC (T4)."""
    with Call(256) as call:
        call.hears(rtp(60000), 0)
        call.refuses(call.inward.rtp_seal(rtp(60001), 7), "auth-failed", 40)
        call.session.set("--roc", f"rx:{SSRC:#x}=7")
        call.hears(rtp(60001), 7)
        call.session.set("--roc", f"rx:{OTHER_SSRC:#x}=3", "--roc", f"tx:{OTHER_SSRC:#x}=3")
        both_ways(call, 3 << 16 | 65535, OTHER_SSRC)
        both_ways(call, 4 << 16, OTHER_SSRC)


# core/stream.c, srtp_stream_set_roc(): the window is emptied
@test
def t4_told_counter_frees_no_index():
    """Telling the present counter again lets no packet pass twice, sent or received (T4)."""
    with Call() as call:
        both_ways(call, 60000)
        both_ways(call, 65536 + 7)
        heard = call.inward.rtp_seal(rtp(7), 1)
        call.session.set("--roc", f"tx:{SSRC:#x}=1", "--roc", f"rx:{SSRC:#x}=1")
        call.refuses(heard, "replayed")
        call.withholds(rtp(7), "replayed")
        both_ways(call, 65536 + 8)


# direction.h, nf_srtp_stream_find(): if (likely(1))
@test
def t5_one_of_two_sources_wraps():
    """Each SSRC has a counter of its own (T5)."""
    with Call() as call:
        for step in range(12):
            both_ways(call, 65530 + step, SSRC)
            both_ways(call, 300 + step, OTHER_SSRC)
        check_equal(call.stream("rx", SSRC)["roc"], 1, "counter of the one that wrapped")
        check_equal(call.stream("rx", OTHER_SSRC)["roc"], 0, "counter of the other")


def renegotiate(call, new_key, new_address, context):
    if new_address:
        call.peer_moves()
    if new_key:
        call.rekey(tx=Master(call.bits), rx=Master(call.bits), context=context)


def renegotiation_case(new_key, new_ssrc, new_address, context):
    """At counter 1 something changes; the counter that the next packet of each way has."""
    with Call(256 if new_ssrc else 128, mux=new_address) as call:
        both_ways(call, 65530)
        both_ways(call, 65536 + 5)
        renegotiate(call, new_key, new_address, context)
        goes_on = not new_ssrc and not (new_key and context == "new")
        ssrc = OTHER_SSRC if new_ssrc else SSRC
        both_ways(call, 65536 + 6 if goes_on else 6, ssrc)
        both_ways(call, 65536 + 7 if goes_on else 7, ssrc)


# request.c, way_apply(): if (0) nf_srtp_direction_forget(direction)
@test
def t6_new_context_starts_at_zero():
    """A new key in a new context starts every SSRC at zero, at any address (T6)."""
    for new_ssrc in (False, True):
        for new_address in (False, True):
            renegotiation_case(True, new_ssrc, new_address, "new")


# request.c, way_apply(): bool same = false
@test
def t6_same_context_goes_on():
    """A new key in the same context and a new address alone keep the counters (T6)."""
    for new_key in (False, True):
        for new_ssrc in (False, True):
            for new_address in (False, True):
                renegotiation_case(new_key, new_ssrc, new_address, "same")


# core/replay.h, srtp_index_guess(): delta without its sign
@test
def t7_soak_over_two_wraps():
    """Both ways over more than two wraps, with RTCP all along, and nothing is lost (T7)."""
    stride = 1 if SLOW else 48
    with Call() as call:
        last = 65000 + 2 * 65536 + 2000
        for count, index in enumerate(range(65000, last, stride)):
            both_ways(call, index)
            if count % 25 == 0:
                check_equal(call.rtcp_sends(rtcp_report(packets=count)), count // 25 + 1,
                            "SRTCP index sent")
                call.rtcp_hears(rtcp_report(packets=count))
        check_equal(call.stream("rx", SSRC)["roc"], 3 if last >= 3 << 16 else 2, "counter")
        check_equal(call.session.show()["rx"]["dropped"], 0, "received drops")
        check_equal(call.session.show()["tx"]["dropped"], 0, "sent drops")


# core/replay.h, srtp_window_check(): if (highest - index > count)
@test
def t15_window_edges():
    """The oldest packet in the window is heard once, the one before it never (T15)."""
    highest = 40000
    with Call() as call:
        call.hears(rtp(highest))
        call.hears(rtp(highest - WINDOW + 1))
        call.refuses(call.inward.rtp_seal(rtp(highest - WINDOW + 1), 0), "replayed")
        call.refuses(call.inward.rtp_seal(rtp(highest - WINDOW), 0), "too-old")
        call.refuses(call.inward.rtp_seal(rtp(highest), 0), "replayed")
        call.hears(rtp(highest + 1))
        call.refuses(call.inward.rtp_seal(rtp(highest - WINDOW + 1), 0), "too-old")
        call.hears(rtp(highest - WINDOW + 2))


# unprotect.c, attempts_plan_any(): the window moves before the tag was seen
@test
def t15_stray_first_packet():
    """A forged or a late first packet does not lock the window (T15)."""
    with Call() as call:
        forged = bytearray(call.inward.rtp_seal(rtp(60000), 0))
        forged[-1] ^= 1
        call.refuses(bytes(forged), "auth-failed")
        for seq in (20000, 20000 - WINDOW + 1, 20001):
            call.hears(rtp(seq))
    with Call() as call:
        for seq in (5, 20000, 20001):
            call.hears(rtp(seq))


# core/stream.c, srtp_rtp_send_any(): reason = 0 for srtp_rtp_check()
@test
def t16_restart_is_refused():
    """A program that restarts its sequence numbers is held back until the next key (T16)."""
    with Call() as call:
        for seq in (5000, 5001, 5002, 9000):
            call.sends(rtp(seq))
        call.withholds(rtp(9000), "replayed")
        for seq in (5000, 5001):
            call.withholds(rtp(seq), "too-old")
        call.rekey(tx=Master(), context="same")
        call.withholds(rtp(5001), "too-old")
        call.withholds(rtp(9000), "replayed")
        call.sends(rtp(9001))
        call.rekey(tx=Master(), context="new")
        call.sends(rtp(5000))
        call.sends(rtp(5001))


# request.c, way_apply(): the streams are forgotten in the same context too
@test
def t18_rtcp_index_only_goes_up():
    """The SRTCP index goes on over a new key, a new address, hold and resume (T18)."""
    with Call() as call:
        indices = [call.rtcp_sends(rtcp_report()) for _ in range(3)]
        call.rekey(tx=Master(), rx=Master(), context="same")
        indices += [call.rtcp_sends(rtcp_report()) for _ in range(2)]
        call.peer_moves()
        indices += [call.rtcp_sends(rtcp_report()) for _ in range(2)]
        call.session.hold("both")
        call.session.hold("none")
        call.session.set("--roc", f"tx:{SSRC:#x}=4")
        indices += [call.rtcp_sends(rtcp_report()) for _ in range(2)]
        check_equal(indices, list(range(1, 10)), "indices")
        check_equal(call.stream("tx", SSRC)["rtcp_index"], 9, "index told")
