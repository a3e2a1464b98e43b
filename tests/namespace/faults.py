# SPDX-License-Identifier: Apache-2.0
"""Memory that cannot be had: no half state after any request, nothing plain on the wire."""

import contextlib
import ctypes
import errno
import hashlib
import itertools
import os
import socket
import time

import genetlink as g
from allocation import NthAllocation, module_without_memory
from calls import (MARKER, PEER, PHONE, Count, Session, call, packed_address, phonesec, policy,
                   port_numbers, received, rtp_make)
from frames import Capture
from hosts import inside, offloads
from results import equal, test, tests_run

UDP_SEGMENT = 103
SWEEP_LIMIT = 2000


def key_nest(name, mki=b""):
    parts = [g.key("MASTER", hashlib.sha512(name.encode()).digest()[:44])]
    if mki:
        parts.append(g.key("MKI", mki))
    return g.direction("KEY", parts)


def request_new(port, mux=True, mki=b""):
    """The attributes of a session-new request."""
    ways = [g.session(way, [key_nest(way, mki)]) for way in ("TX", "RX")]
    return [g.session("SUITE", 8, 4), g.session("LOCAL_ADDRESS", packed_address(PHONE[4])),
            g.session("LOCAL_PORT", port, 2),
            g.session("REMOTE_ADDRESS", packed_address(PEER[4])),
            g.session("REMOTE_PORT", port, 2), g.session("RTCP_MUX", int(mux), 1), *ways]


def request_rekey(session, name, context):
    context = g.direction("CONTEXT", g.NUMBERS[f"NF_SRTP_CONTEXT_{context}"], 4)
    return [g.session("ID", session, 4), g.session("TX", [key_nest(name + "tx"), context]),
            g.session("RX", [key_nest(name + "rx"), context])]


def state():
    """Sessions and policy of the phone without ages."""
    def lasting(value):
        if isinstance(value, dict):
            return {name: lasting(entry) for name, entry in value.items() if name != "age_s"}
        return [lasting(entry) for entry in value] if isinstance(value, list) else value
    return lasting([phonesec("phone", "list"), phonesec("phone", "policy")])


def changes(before, after, where=""):
    """Where two states differ, in words."""
    if isinstance(before, dict) and isinstance(after, dict):
        return "; ".join(filter(None, (changes(before[name], after.get(name), f"{where}.{name}")
                                       for name in before)))
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return "; ".join(filter(None, (changes(*pair, f"{where}[{at}]")
                                       for at, pair in enumerate(zip(before, after)))))
    return "" if before == after else f"{where} was {before}, is {after}"


def sweep(prepare, command, parts, undo, dump=False):
    """Let every allocation of a request fail in turn.

    prepare() makes what the request needs and undo() takes back what it did; parts(made) are
    its attributes. What is refused has changed nothing; what is said to be done is done.
    """
    with inside("phone"):
        netlink = g.GenericNetlink()
    nth = NthAllocation()
    refused = 0
    for number in itertools.count(1):
        assert number < SWEEP_LIMIT, "the sweep does not end"
        made = prepare()
        before = state()
        attributes = parts(made)
        outcome = request_with_fault(netlink, nth, number, command, attributes, dump)
        found = state()
        if outcome == "refused":
            refused += 1
            assert found == before, f"allocation {number} failed: {changes(before, found)}"
        elif outcome == "unknown":
            netlink.close()
            with inside("phone"):
                netlink = g.GenericNetlink()
        undo(made)
        if outcome == "untouched":
            break
    netlink.close()
    print(f"  {command}: {number - 1} allocations, {refused} refusals", flush=True)
    assert refused or dump, "no allocation of the request could fail"


def request_with_fault(netlink, nth, number, command, attributes, dump):
    """What became of a request whose so manieth allocation failed."""
    real_send = netlink.socket.send
    fired = []

    def send(octets):
        nth.fail(number)
        try:
            return real_send(octets)
        finally:
            fired.append(nth.failed())

    class Sender:
        """The socket of the request, with memory failing while it is handed over."""

        def __init__(self, inner):
            self.send, self.recv, self.inner = send, inner.recv, inner

    inner, netlink.socket = netlink.socket, Sender(netlink.socket)
    inner.settimeout(0.5)
    try:
        netlink.request(command, attributes, dump)
        outcome = "done"
    except g.Refusal as refusal:
        outcome = "refused"
    except (OSError, TimeoutError):
        # Neither request nor answer may have got through.
        outcome = "unknown"
    finally:
        netlink.socket = inner
    return outcome if fired and fired[0] else "untouched"


def nothing(*_):
    return None


def session_make():
    return Session("phone", (PHONE[4], 24000), (PEER[4], 24000), "tx", "rx").id


def session_end(number):
    phonesec("phone", "del", number)


def all_end(_=None):
    phonesec("phone", "del", "all")


for shape, options in (("mux", {}), ("two-ports", {"mux": False}), ("mki", {"mki": b"\1\2\3\4"})):
    @test(f"fault-sweep-session-new-{shape}", options)
    def sweep_new(options):
        """Break: netlink.c session_create(), nf_srtp_session_put() after an error."""
        sweep(nothing, "SESSION_NEW", lambda _: request_new(24000, **options), all_end)

for context in "SAME", "NEW":
    @test(f"fault-sweep-rekey-{context.lower()}", context)
    def sweep_rekey(context):
        names = itertools.count()
        sweep(session_make, "SESSION_SET",
              lambda made: request_rekey(made, f"new{next(names)}", context), session_end)


@test("fault-sweep-move")
def sweep_move():
    """Break: session.c nf_srtp_session_move(), endpoints_free() after an error."""
    sweep(session_make, "SESSION_SET",
          lambda made: [g.session("ID", made, 4),
                        g.session("REMOTE_ADDRESS", packed_address(PEER[4][:-1] + "9")),
                        g.session("REMOTE_PORT", 7000, 2)], session_end)


@test("fault-sweep-move-and-rekey")
def sweep_both():
    """Break: netlink_session.c session_change(), any return before session_relocate()."""
    sweep(session_make, "SESSION_SET",
          lambda made: request_rekey(made, "both", "NEW") + [g.session("REMOTE_PORT", 7000, 2)],
          session_end)


@test("fault-sweep-move-and-rekey-refused")
def sweep_refused():
    """Break: netlink_session.c session_change(), which puts the old address back."""
    def parts(made):
        context = g.direction("CONTEXT", 0, 4)
        same = [key_nest("same"), context]
        return [g.session("ID", made, 4), g.session("TX", same), g.session("RX", same),
                g.session("REMOTE_PORT", 7000, 2)]
    sweep(session_make, "SESSION_SET", parts, session_end)


@test("fault-sweep-delete")
def sweep_delete():
    sweep(session_make, "SESSION_DEL", lambda made: [g.session("ID", made, 4)], all_end)


@test("fault-sweep-drain")
def sweep_drain():
    sweep(session_make, "SESSION_DEL",
          lambda made: [g.session("ID", made, 4), g.session("DRAIN", 60000, 4)], all_end)


@test("fault-sweep-policy")
def sweep_policy():
    """Break: netlink.c, the policy that is swapped only when it is whole."""
    def ranges(_):
        part = [g.attribute(g.number("A_RANGE_FIRST"), 100, 2),
                g.attribute(g.number("A_RANGE_LAST"), 200, 2)]
        return [g.attribute(g.number("A_POLICY_MODE"), 2, 4),
                g.attribute(g.number("A_POLICY_RANGE"), part)]

    def back(_):
        phonesec("phone", "policy", "--mode", "off", "--protect", "1-2")
    back(None)
    sweep(nothing, "POLICY_SET", ranges, back)


for command, parts, dump in (("SESSION_GET", "id", False), ("SESSION_GET", "", True),
                             ("COUNTERS_GET", "", False), ("COUNTERS_GET", "", True),
                             ("POLICY_GET", "", False), ("MODULE_GET", "", False)):
    @test(f"fault-sweep-{command.lower().replace('_', '-')}{'-all' if dump else ''}",
          command, parts, dump)
    def sweep_read(command, parts, dump):
        def attributes(made):
            return [g.session("ID", made, 4)] if parts else []
        sweep(session_make, command, attributes, session_end, dump)


def drain(receiver):
    """Everything that arrived so far."""
    found = []
    while (packet := received(receiver, 0.1)) is not None:
        found.append(packet)
    return found


class Flow:
    """Media with everything that makes the module allocate: taps, pieces, new sources."""

    def __init__(self, c, sizes=(0, 160, 1400, 1472, 3000, 160)):
        self.c, self.sizes, self.sent = c, sizes, 0

    def send_some(self, back=False):
        sender, pair = (self.c.b, self.c.a_pair) if back else (self.c.a, self.c.b_pair)
        for number, size in enumerate(self.sizes):
            self.sent += 1
            ssrc = 0x5000 + self.sent if number == 5 and self.sent < 100 else 0x1234
            with contextlib.suppress(PermissionError, OSError):
                sender.sendto(rtp_make(size, ssrc), pair)


for percent in 30, 100:
    @test(f"fault-sending-without-memory-{percent}", percent)
    def sender_without_memory(percent):
        """Break: protect.c or datagram.c, any return that ignores -ENOMEM."""
        with call() as c, Capture("wire", "to-phone") as wire, Capture("phone", "eth0") as tap, \
                offloads("phone", "sg on"):
            c.passes(rtp_make())
            wire.drain()
            before, flow = Count("phone"), Flow(c)
            with module_without_memory(percent):
                for _ in range(20):
                    flow.send_some()
                time.sleep(0.3)
            assert before.settles("tx", flow.sent), before.since()["tx"]
            found = before.since()["tx"]
            equal(found["rtp_packets"] + found["dropped"], flow.sent, "passed and dropped")
            assert found["drops"].get("no-memory"), f"nothing failed: {found}"
            # The queue of the asynchronous driver is short, and full is an error, too.
            assert set(found["drops"]) <= {"no-memory", "ssrc-limit", "cipher-error"}, \
                found["drops"]
            wire.frames(0.3)
            assert not wire.holds(MARKER) and not tap.holds(MARKER), "clear media on the wire"
            equal(c.a_session.show()["tx"]["rtp_packets"], found["rtp_packets"] + 1,
                  "of the session")
            drain(c.b)
            c.passes(rtp_make())

    @test(f"fault-receiving-without-memory-{percent}", percent)
    def receiver_without_memory(percent):
        """Break: unprotect.c nf_srtp_unprotect_begin(), the check of prepare()."""
        with call() as c, Capture("peer", "eth0"):
            c.passes(rtp_make())
            # What the kernel fragments below an asynchronous job it loses uncounted.
            flow = Flow(c, sizes=(0, 160, 600, 1200, 1400, 160))
            phone, peer = Count("phone"), Count("peer")
            deliveries = []
            for _ in range(10):
                with module_without_memory(percent):
                    for _ in range(2):
                        flow.send_some()
                    time.sleep(0.05)
                deliveries += drain(c.b)
            passed = phone.since()["tx"]["rtp_packets"]
            peer.settles("rx", passed)
            found = peer.since()["rx"]
            equal(found["rtp_packets"] + found["dropped"], passed, "passed and dropped")
            assert all(MARKER[:20] in packet or len(packet) < 40 for packet in deliveries), \
                "something else than media was delivered"
            c.passes(rtp_make())


@test("fault-segments-without-memory")
def segments_without_memory():
    """Break: hooks.c segments_judge(), the drop when there are no segments."""
    with call() as c, Capture("wire", "to-phone") as wire:
        c.a.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 172)
        with module_without_memory(30):
            for _ in range(20):
                with contextlib.suppress(PermissionError, OSError):
                    c.send(b"".join(rtp_make() for _ in range(10)))
        wire.frames(0.3)
        assert not wire.holds(MARKER), "clear media on the wire"
    with call() as c:
        c.passes(rtp_make())


@test("fault-netlink-and-traffic-without-memory")
def everything_without_memory():
    """Sessions come and go over netlink while packets flow and the module lacks memory."""
    with policy("phone", "enforce", "20000-30000"), call() as c, \
            Capture("wire", "to-phone") as wire:
        before, flow = Count("phone"), Flow(c)
        with module_without_memory(10):
            for number in range(40):
                flow.send_some()
                port = next(port_numbers)
                with contextlib.suppress(RuntimeError):
                    Session("phone", (PHONE[4], port), (PEER[4], port), f"n{number}", "r")
                with contextlib.suppress(RuntimeError):
                    phonesec("phone", "policy", "--protect", f"20000-{30000 + number}")
        for session in phonesec("phone", "list")["sessions"]:
            assert session["tx"]["keys"] and session["rx"]["keys"], "half a session"
            if session["id"] != c.a_session.id:
                phonesec("phone", "del", session["id"])
        found = before.since()["tx"]
        equal(found["rtp_packets"] + found["dropped"], flow.sent, "passed and dropped")
        assert not wire.holds(MARKER), "clear media on the wire"
        drain(c.b)
        c.passes(rtp_make())


@test("fault-namespace-without-memory")
def namespace_without_memory():
    """Break: netns.c netns_init(), nf_srtp_policy_free()."""
    for times in 1, 2:
        child = os.fork()
        if child == 0:
            with module_without_memory(100, times):
                failed = libc_unshare_network() == errno.ENOMEM
            os._exit(0 if failed or times == 2 else 1)
        equal(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, "unshare without memory")


def libc_unshare_network():
    libc = ctypes.CDLL(None, use_errno=True)
    return ctypes.get_errno() if libc.unshare(0x40000000) else 0


tests_run()
