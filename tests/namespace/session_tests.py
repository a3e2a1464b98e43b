# SPDX-License-Identifier: Apache-2.0
"""Sessions and policy: addresses, hold, the end of a session, limits, floods.

Above each test stands the line of kmod that must be broken to make it fail.
"""
import os
import socket
import subprocess
import time

from genetlink import NUMBERS
from media import Call, Monitor, Wire, drops_of, namespace_counters, phonesec, policy
from srtp_reference import rtcp_report, rtp
from verdict import SLOW, Failure, check, check_equal, test

SSRC = 0x1234ABCD
STREAMS_MAX = 32
UDP_SEGMENT = 103


def namespace_drops(way, kind="drops"):
    return drops_of(namespace_counters()[way], kind)


def grown(before, after):
    return dict(after - before)


# hooks.c, session_packet(): the direction on hold is not asked for
@test
def hold_of_each_direction():
    """A direction on hold passes nothing, RTCP neither; the other one goes on."""
    with Call() as call:
        call.sends(rtp(65535))
        call.hears(rtp(65535))
        call.session.hold("tx")
        call.withholds(rtp(0), "held")
        call.hears(rtp(0), 1)
        call.session.hold("rx")
        call.sends(rtp(1), 1)
        call.refuses(call.inward.rtp_seal(rtp(1), 1), "held")
        call.rtcp_refuses(call.rtcp_seal(rtcp_report()), "held")
        call.session.hold("both")
        call.withholds(rtp(2), "held")
        call.refuses(call.inward.rtp_seal(rtp(2), 1), "held")
        call.session.hold("none")
        call.sends(rtp(3), 1)
        call.hears(rtp(3), 1)
    with Call(options=("--hold", "tx")) as call:
        call.withholds(rtp(1), "held")
        call.hears(rtp(1))


# session.c, nf_srtp_session_drain(): drain_until = jiffies
@test
def drain_protects_until_the_end():
    """A session that drains encrypts on, takes no change, and its port is closed afterwards."""
    policy("--mode", "enforce", "--protect", "20000-29999")
    try:
        with Call() as call, Monitor() as monitor:
            call.sends(rtp(1))
            call.session.delete("--drain", "8000")
            began = time.monotonic()
            check_equal(call.session.show()["state"], "draining", "state")
            call.sends(rtp(2))
            call.hears(rtp(2))
            text = call.session.refusal("set", "--silence-timeout", "0")
            check("ending" in text, f"refused with: {text}")
            monitor.await_event("session-del", session_id=call.session.id)
            check(7 < time.monotonic() - began < 20, "it did not end after eight seconds")
            text = call.session.refusal("show")
            check("no session" in text, f"refused with: {text}")
            before = namespace_drops("tx")
            call.phone.send(rtp(3), call.peer)
            check_equal(grown(before, namespace_drops("tx")), {"no-session": 1}, "drops")
            check(call.peer.is_silent(), "a packet left in clear after the end")
    finally:
        policy("--mode", "off")


# netlink_session.c, session_relocate(): err = 0 for nf_srtp_session_move()
@test
def change_of_address():
    """After a change of address the old one is a stranger, and the stream goes on."""
    for family in (4, 6):
        with Call(family=family) as call:
            call.sends(rtp(1))
            call.hears(rtp(1))
            old = call.inward.rtp_seal(rtp(2), 0)
            stale_port = call.peer.port
            call.peer_moves()
            call.sends(rtp(2))
            call.hears(rtp(2))
            call.rtcp_sends(rtcp_report())
            call.rtcp_hears(rtcp_report())
            stale = Wire("peer", family, call.peer.address, stale_port)
            before = namespace_drops("rx")
            stale.send(old, call.phone)
            call.hears(rtp(3))
            check_equal(grown(before, namespace_drops("rx")), {"wrong-address": 1}, "drops")
            stale.close()


# hooks.c, packet_judge(): without !port_taken
@test
def strangers_are_dropped():
    """A port with a session speaks to its far end alone, whatever the policy."""
    with Call() as call:
        attacker = Wire("attacker", 4, "10.7.0.3", call.peer.port)
        for octets in (call.inward.rtp_seal(rtp(1), 0), rtp(1), rtcp_report(), b"\0\1" + bytes(18)):
            before = namespace_drops("rx")
            attacker.send(octets, call.phone)
            wait_grown("rx", before, {"wrong-address": 1})
        check(call.phone.is_silent(), "a stranger's packet arrived")
        before = namespace_drops("tx")
        call.phone.send(rtp(1), attacker)
        wait_grown("tx", before, {"wrong-address": 1})
        check(attacker.is_silent(), "a packet left for a stranger")
        call.hears(rtp(1))
        attacker.close()


def wait_grown(way, before, wanted, kind="drops"):
    for _ in range(100):
        found = grown(before, namespace_drops(way, kind))
        if found == wanted:
            return
        time.sleep(0.05)
    raise Failure(f"{way} {kind} {found}, wanted {wanted}")


# policy.h, nf_srtp_policy_minds(): return false
@test
def protected_ports_without_a_session():
    """Under enforcement a protected port passes nothing plain; monitor mode only counts."""
    phone, peer = Wire("phone", 4, "10.7.0.1", 30000), Wire("peer", 4, "10.7.0.2", 30002)
    free = Wire("phone", 4, "10.7.0.1", 30020)
    try:
        policy("--mode", "enforce", "--protect", "30000-30010")
        for way, source, target in (("tx", phone, peer), ("rx", peer, phone)):
            for octets in (rtp(1), rtcp_report(), b"x" * 40):
                before = namespace_drops(way)
                source.send(octets, target)
                wait_grown(way, before, {"no-session": 1})
                check(target.is_silent(), "a packet passed")
        free.send(rtp(1), peer)
        check_equal(peer.receive(), rtp(1), "what left from a free port")
        policy("--pass", "stun")
        peer.send(b"\0\1" + bytes(18), phone)
        check_equal(phone.receive(), b"\0\1" + bytes(18), "STUN that the policy passes")
        policy("--mode", "monitor", "--pass", "none")
        before, drops = namespace_drops("rx", "monitored"), namespace_drops("rx")
        peer.send(rtp(1), phone)
        check_equal(phone.receive(), rtp(1), "what arrived in monitor mode")
        wait_grown("rx", before, {"no-session": 1}, "monitored")
        check_equal(namespace_drops("rx"), drops, "drops in monitor mode")
    finally:
        policy("--mode", "off", "--pass", "none")
        for wire in (phone, peer, free):
            wire.close()


# unprotect.c, key_usable(): NF_SRTP_DROP_REASON_KEY_EXPIRED for a missing key
@test
def direction_without_a_key():
    """A session with a key in one direction passes nothing in the other."""
    with Call(ways=("rx",)) as call:
        call.hears(rtp(1))
        call.withholds(rtp(1), "no-key")
    with Call(ways=("tx",)) as call:
        call.sends(rtp(1))
        call.refuses(call.inward.rtp_seal(rtp(1), 0), "no-key")
        call.rekey(rx=call.rx, context="new")
        call.hears(rtp(1))


# direction.h, NF_SRTP_STREAMS_MAX = 33
@test
def ssrc_limit():
    """Thirty-two SSRCs a direction, no more, until a new context."""
    with Call() as call:
        for number in range(STREAMS_MAX):
            call.sends(rtp(1, SSRC + number))
            call.hears(rtp(1, SSRC + number))
        for way in ("tx", "rx"):
            check_equal(len(call.session.show()[way]["streams"]), STREAMS_MAX, "streams")
        call.withholds(rtp(1, SSRC - 1), "ssrc-limit")
        call.refuses(call.inward.rtp_seal(rtp(1, SSRC - 1), 0), "ssrc-limit")
        call.hears(rtp(2, SSRC))
        call.rekey(tx=type(call.tx)(), rx=type(call.rx)(), context="new")
        call.sends(rtp(1, SSRC - 1))
        call.hears(rtp(1, SSRC - 1))


# session.c, nf_srtp_session_take_spare(): none is allocated when none is ready
@test
def ssrcs_that_appear_at_once():
    """New SSRCs in one burst all come through, as from a conference that joins."""
    packets = [rtp(1, SSRC + number) for number in range(6)]
    with Call() as call:
        # One large packet for the stack, so that no worker runs between its segments.
        sealed = [call.inward.rtp_seal(packet, 0) for packet in packets]
        call.peer.socket.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(sealed[0]))
        call.peer.send(b"".join(sealed), call.phone)
        heard = [call.phone.receive(1) for _ in packets]
        check_equal(heard.count(None), 0, "received packets lost")
        check_equal(heard, packets, "what the phone got")
        call.phone.socket.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(packets[0]))
        call.phone.send(b"".join(packets), call.peer)
        left = [call.peer.receive(1) for _ in packets]
        check_equal(left.count(None), 0, "sent packets lost")
        check_equal([call.outward.rtp_open(packet, 0) for packet in left], packets, "what left")


# unprotect.c, attempts_plan_any(): transform->suspicion = 0
@test
def replays_keep_their_name():
    """A replayed packet is counted as replayed, also after many others."""
    with Call() as call:
        packet = call.hears(rtp(1))
        call.refuses(packet, "replayed", 60)


# unprotect.c, attempts_plan_any(): the stream changes before the tag was seen;
# keys_choose(): the key is counted before the tag was seen
@test
def t22_forged_flood():
    """Forged packets with random sequence numbers change nothing of a live stream (T22)."""
    count = int(os.environ.get("FORGED_PACKETS", "1000000" if SLOW else "20000"))
    with Call() as call:
        for seq in range(65500, 65510):
            call.hears(rtp(seq))
        sender = call.peer.socket.fileno()
        flood = subprocess.Popen(
            [os.environ["FLOOD_PROGRAM"], str(sender), call.phone.address, str(call.phone.port),
             str(count), f"{SSRC:#x}"], pass_fds=[sender])
        heard = 10
        while flood.poll() is None or heard < 110:
            index = 65500 + heard
            call.hears(rtp(index & 0xFFFF), index >> 16)
            heard += 1
            time.sleep(0.002)
        check_equal(flood.returncode, 0, "status of the flooder")
        shown = call.session.show()["rx"]
        check_equal(shown["rtp_packets"], heard, "packets that passed")
        check_equal(shown["keys"][0]["used_rtp"], heard, "packets under the key")
        check_equal(shown["dropped"], count, "packets dropped")
        check(set(drops_of(shown)) <= {"auth-failed", "too-old", "replayed"},
              f"drops {drops_of(shown)}")
        check_equal(call.stream("rx", SSRC)["roc"], (65500 + heard - 1) >> 16, "counter")


# Here nothing is broken: a reason that no test reaches makes it fail.
OF_OTHERS = {"none", "no-memory", "cipher-error", "self-test-failed", "fragment", "too-big",
             "quoted-media"}


@test
def zz_every_drop_reason_was_reached():
    """Each reason of the contract was counted in this run, but those that other tests reach."""
    reasons = {name[len("NF_SRTP_DROP_REASON_"):].lower().replace("_", "-")
               for name in NUMBERS if name.startswith("NF_SRTP_DROP_REASON_")} - {"max"}
    reached = set(namespace_drops("tx")) | set(namespace_drops("rx"))
    check_equal(sorted(reasons - reached - OF_OTHERS), [], "reasons without a test")
