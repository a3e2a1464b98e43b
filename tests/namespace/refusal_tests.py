# SPDX-License-Identifier: Apache-2.0
"""Requests that the module refuses, each with a text that names the attribute and the mend;
and the keys, which no answer, event or log may ever carry.
"""
import base64
import errno
import glob
import os
import re
import socket
import struct
import subprocess

import media
from genetlink import NUMBERS, GenericNetlink, Refusal, attribute, direction, key, number, session
from genetlink import stream
from media import Call, Monitor, enter, phonesec
from srtp_reference import Master, SessionKeys, rtp
from verdict import check, check_equal, test

PHONE, PEER = socket.inet_aton("10.7.0.1"), socket.inet_aton("10.7.0.2")
SUITE_128 = NUMBERS["NF_SRTP_SUITE_AEAD_AES_128_GCM"]
CONTEXT_NEW, CONTEXT_SAME = NUMBERS["NF_SRTP_CONTEXT_NEW"], NUMBERS["NF_SRTP_CONTEXT_SAME"]
STREAMS_MAX, KEYS_MAX, RANGES_MAX = 32, 4, 16

heard = set()


def key_nest(octets=None, *parts):
    return direction("KEY", [key("MASTER", os.urandom(28) if octets is None else octets), *parts])


def way(name, *parts, context=None):
    if context is not None:
        parts += (direction("CONTEXT", context, 4),)
    return session(name, list(parts))


def new_parts(**changes):
    """The attributes of a good session-new, with some exchanged or, as None, left out."""
    parts = {"suite": session("SUITE", SUITE_128, 4),
             "local": session("LOCAL_ADDRESS", PHONE),
             "local_port": session("LOCAL_PORT", 45000, 2),
             "remote": session("REMOTE_ADDRESS", PEER),
             "remote_port": session("REMOTE_PORT", 45002, 2)}
    parts.update(changes)
    return [part for part in parts.values() if part is not None]


class Requests:
    """Requests to a session of its own over a raw socket."""

    def __init__(self):
        self.link = GenericNetlink()
        self.first = os.urandom(28)
        self.ids = []
        self.id = self.make(tx=way("TX", key_nest(self.first)), rx=way("RX", key_nest()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for identity in self.ids:
            try:
                self.link.request("SESSION_DEL", [session("ID", identity, 4)])
            except Refusal:
                pass
        self.link.close()

    def make(self, **changes):
        answer = self.link.request("SESSION_NEW", new_parts(**changes))[0]
        self.ids.append(struct.unpack("=I", answer[4:8])[0])
        return self.ids[-1]

    def refused(self, text, command, parts, error=errno.EINVAL):
        """The request is refused with this text, and the answer holds no key of it."""
        try:
            self.link.request(command, parts)
        except Refusal as refusal:
            heard.add(refusal.text)
            check(text in refusal.text, f"refused with '{refusal.text}', wanted '{text}'")
            check_equal(refusal.error, error, f"errno of '{text}'")
            return
        check(False, f"not refused: {text}")

    def new_refused(self, text, error=errno.EINVAL, **changes):
        self.refused(text, "SESSION_NEW", new_parts(**changes), error)

    def set_refused(self, text, *parts, error=errno.EINVAL):
        self.refused(text, "SESSION_SET", [session("ID", self.id, 4), *parts], error)

    def set(self, *parts):
        self.link.request("SESSION_SET", [session("ID", self.id, 4), *parts])


@test
def refusals_of_addresses():
    """Addresses and ports of a new session and of one that moves."""
    with Requests() as requests:
        refuse = requests.new_refused
        refuse("local-address and local-port are needed", local=None)
        refuse("local-address and local-port are needed", local_port=None)
        refuse("remote-address and remote-port are needed", remote=None)
        refuse("remote-address and remote-port are needed", remote_port=None)
        for octets in (b"", b"\x0a\x07\0", bytes(5), bytes(17)):
            refuse("4 bytes for IPv4 or 16", local=session("LOCAL_ADDRESS", octets))
        for octets in (bytes(4), bytes(16), b"\xe0\0\0\1", b"\xff" * 4, b"\xff\2" + bytes(14)):
            refuse("that of one host", local=session("LOCAL_ADDRESS", octets))
            refuse("that of one host" if len(octets) == 4 else "", remote=session(
                "REMOTE_ADDRESS", octets))
        refuse("same family", remote=session("REMOTE_ADDRESS", socket.inet_pton(
            socket.AF_INET6, "fd07::2")))
        mux = session("RTCP_MUX", 1, 1)
        refuse("local-rtcp-port makes no sense", mux=mux, rtcp=session("LOCAL_RTCP_PORT", 9, 2))
        refuse("remote-rtcp-port makes no sense", mux=mux, rtcp=session("REMOTE_RTCP_PORT", 9, 2))
        refuse("local-rtcp-port is needed", local_port=session("LOCAL_PORT", 65535, 2))
        refuse("remote-rtcp-port is needed", remote_port=session("REMOTE_PORT", 65535, 2))
        refuse("local-rtcp-port is the RTP port", rtcp=session("LOCAL_RTCP_PORT", 45000, 2))
        refuse("belong to another session", errno.EEXIST)
        requests.make(remote_port=session("REMOTE_PORT", 45012, 2))
        requests.set_refused("remote-address and ports belong to another session",
                             session("REMOTE_PORT", 45012, 2), error=errno.EEXIST)
        requests.set_refused("remote-rtcp-port is needed", session("REMOTE_PORT", 65535, 2))
        requests.set_refused("same family", session("REMOTE_ADDRESS", bytes(15) + b"\1"))


@test
def refusals_of_keys():
    """Master keys, their identifiers, lifetimes and contexts."""
    with Requests() as requests:
        refuse = requests.new_refused
        refuse("suite is missing", suite=None)
        for size in (0, 27, 29, 44, 60):
            refuse("key.master has the wrong length", tx=way("TX", key_nest(bytes(size))))
        refuse("key.master is missing", tx=way("TX", direction("KEY", [])))
        refuse("key.master is missing", tx=way("TX", direction(
            "KEY", [key("MKI", b"\1"), key("LIFETIME", 1, 8)])))
        refuse("key.mki names no key", errno.ENOKEY, tx=way("TX", direction(
            "KEY", [key("MKI", b"\1")])))
        refuse("stands alone", tx=way("TX", key_nest(None, key("MKI", b"\2")), direction(
            "KEY", [key("MKI", b"\1")])))
        for size in (0, 17):
            refuse("key.mki must have 1 to 16", tx=way("TX", key_nest(
                None, key("MKI", bytes(size)))))
        for packets in (0, (1 << 48) + 1):
            refuse("key.lifetime must be", errno.ERANGE, tx=way("TX", key_nest(
                None, key("LIFETIME", packets, 8))))
        five = [key_nest(None, key("MKI", bytes([i]))) for i in range(KEYS_MAX + 1)]
        refuse("too many keys", errno.E2BIG, rx=way("RX", *five))
        refuse("same length in all keys", rx=way("RX", key_nest(None, key("MKI", b"\1")),
                                                 key_nest(None, key("MKI", b"\1\2"))))
        refuse("names two keys", rx=way("RX", key_nest(None, key("MKI", b"\1")),
                                        key_nest(None, key("MKI", b"\1"))))
        refuse("key.active is 0", tx=way("TX", key_nest(None, key("ACTIVE", 0, 1))))
        refuse("can be read only", tx=way("TX", direction("RTP_PACKETS", 1, 8)))
        twin = os.urandom(28)
        refuse("appears twice", errno.EKEYREJECTED, rx=way(
            "RX", key_nest(twin, key("MKI", b"\1")), key_nest(twin, key("MKI", b"\2"))))
        refuse("that of the other direction", errno.EKEYREJECTED, tx=way("TX", key_nest(twin)),
               rx=way("RX", key_nest(twin)))
        requests.set_refused("key.active is 0", way(
            "TX", key_nest(None, key("ACTIVE", 0, 1)), context=CONTEXT_SAME))
        requests.set_refused("context is missing", way("TX", key_nest()))
        requests.set_refused("as long as before", way(
            "TX", key_nest(None, key("MKI", b"\1")), context=CONTEXT_SAME))
        requests.set_refused("used before", way(
            "TX", key_nest(requests.first), context=CONTEXT_NEW), error=errno.EKEYREJECTED)
        requests.set_refused("that of the other direction", way(
            "RX", key_nest(requests.first), context=CONTEXT_NEW), error=errno.EKEYREJECTED)


@test
def refusals_of_streams_and_settings():
    """Rollover counters, timeouts, identities and sessions that are ending."""
    with Requests() as requests, Call() as call:
        refuse = requests.new_refused
        refuse("stream needs both", rx=way("RX", stream(ssrc=1)))
        refuse("stream needs both", rx=way("RX", stream(roc=1)))
        many = [stream(ssrc, 1) for ssrc in range(STREAMS_MAX + 1)]
        refuse("32 SSRCs, set fewer", errno.E2BIG, rx=way("RX", *many))
        requests.set(way("RX", *many[1:]))
        requests.set_refused("32 SSRCs, set a new context", way("RX", stream(1000, 1)),
                             error=errno.E2BIG)
        call.hears(rtp(65535))
        call.hears(rtp(0), 1)
        requests.refused("would go back", "SESSION_SET",
                         [session("ID", call.session.id, 4), way("RX", stream(0x1234ABCD, 0))],
                         errno.ERANGE)
        for milliseconds in (1, 99):
            refuse("silence-timeout must be", errno.ERANGE,
                   silence=session("SILENCE_TIMEOUT", milliseconds, 4))
        for command in ("SESSION_SET", "SESSION_DEL", "SESSION_GET"):
            requests.refused("id is missing", command, [])
            requests.refused("id names no session", command, [session("ID", 99999, 4)],
                             errno.ENOENT)
        requests.refused("drain must be", "SESSION_DEL", [
            session("ID", requests.id, 4), session("DRAIN", 60001, 4)], errno.ERANGE)
        requests.link.request("SESSION_DEL", [session("ID", requests.id, 4),
                                              session("DRAIN", 60000, 4)])
        requests.set_refused("the session is ending", session("HOLD", 1, 4), error=errno.EBUSY)


@test
def refusals_of_policy():
    """Port ranges, and values that the contract itself excludes."""
    def bounds(first=None, last=None):
        parts = [attribute(number("A_RANGE_FIRST"), first, 2)] if first is not None else []
        if last is not None:
            parts.append(attribute(number("A_RANGE_LAST"), last, 2))
        return attribute(number("A_POLICY_RANGE"), parts)

    before = media.policy()
    with Requests() as requests:
        for parts, text, error in (
                ([bounds(first=1)], "range needs both", errno.EINVAL),
                ([bounds(last=1)], "range needs both", errno.EINVAL),
                ([bounds(2, 1)], "above range.last", errno.EINVAL),
                ([bounds(1, 2)] * (RANGES_MAX + 1), "too many ranges", errno.E2BIG),
                ([bounds(0, 2)], "range", errno.ERANGE),
                ([attribute(number("A_POLICY_MODE"), 9, 4)], "range", errno.ERANGE),
                ([attribute(number("A_POLICY_PASS"), 0x80, 4)], "reserved bit", errno.EINVAL)):
            requests.refused(text, "POLICY_SET", parts, error)
        requests.new_refused("range", errno.ERANGE, suite=session("SUITE", 1, 4))
        requests.new_refused("nknown attribute", hold=session("DRAIN", 1, 4))
        requests.new_refused("range", errno.ERANGE, tx=way("TX", key_nest(), context=7))
    check_equal(media.policy(), before, "the policy after refused requests")


# Those that cannot be reached from here: memory that is short has tests of its own, the
# self-test's is in selftest.sh, and a hundred thousand sessions take too long.
# Unloading is a moment that nothing here can hit.
UNREACHED = ("out of memory", "could not be set up", "too many sessions", "self-test failed",
             "being unloaded")


@test
def refusals_each_have_a_test():
    """Every text in the module's sources was heard in this run."""
    written = set()
    for path in glob.glob(os.path.join(os.environ["TOP"], "kmod", "*.c")):
        with open(path, encoding="utf-8") as source:
            written |= set(re.findall(
                r'(?:SET_ERR_MSG(?:_ATTR)?|refuse)\((?:[^"();]|\([^()]*\))*"((?:[^"\\]|\\.)+)"',
                source.read()))
    check(len(written) > 35, f"only {len(written)} texts were found in the sources")
    silent = [text for text in written - heard if not any(part in text for part in UNREACHED)]
    check_equal(sorted(silent), [], "texts that no test heard")
    for text in written:
        check(len(text) > 15 and " " in text, f"'{text}' explains nothing")


def privileged_requests(identity):
    yield "SESSION_NEW", new_parts(local_port=session("LOCAL_PORT", 46000, 2))
    yield "SESSION_SET", [session("ID", identity, 4), session("HOLD", 3, 4)]
    yield "SESSION_DEL", [session("ID", identity, 4)]
    yield "POLICY_SET", [attribute(number("A_POLICY_MODE"), 2, 4)]


def in_child(function):
    """Runs a function in a process of its own; what it raised there is raised here."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            function()
        except BaseException as error:  # Whatever it is goes to the parent as text.
            os.write(write_end, repr(error).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    check(not said, said)


# netlink_gen.c, SESSION_SET: .flags = GENL_CMD_CAP_DO
@test
def rights_to_change():
    """Without CAP_NET_ADMIN nothing can be changed, and everything can be read."""
    with Call() as call:
        def unprivileged():
            os.setgid(65534)
            os.setuid(65534)
            link = GenericNetlink()
            for command, parts in privileged_requests(call.session.id):
                try:
                    link.request(command, parts)
                except Refusal as refusal:
                    check_equal(refusal.error, errno.EPERM, command)
                else:
                    check(False, f"{command} was not refused")
            check(link.request("SESSION_GET", dump=True), "no session was shown")
            check(link.request("COUNTERS_GET"), "no counters were shown")
            check(link.request("MODULE_GET"), "the module was not shown")

        def elsewhere():
            enter("peer")
            link = GenericNetlink()
            check_equal(link.request("SESSION_GET", dump=True), [], "sessions seen elsewhere")
            for command, parts in list(privileged_requests(call.session.id))[1:3]:
                try:
                    link.request(command, parts)
                except Refusal as refusal:
                    check_equal(refusal.error, errno.ENOENT, command)
                else:
                    check(False, f"{command} was not refused")

        in_child(unprivileged)
        in_child(elsewhere)
        call.sends(rtp(1))
        call.hears(rtp(1))


def forms(octets):
    """Bytes as they are, in hexadecimal and in base64 at any place in a text."""
    yield octets
    yield octets.hex().encode()
    yield octets.hex().upper().encode()
    yield octets.hex(" ").encode()
    yield base64.b64encode(octets)[:-4]


def key_search(place, text):
    """No key, master or session, stands in this text in any form."""
    for master in media.secrets:
        for octets in (master.key, master.salt, *SessionKeys.of(master).secrets):
            for form in forms(octets):
                check(form not in text, f"{place} holds key bytes")


# reply.c, put_key(): nla_put of key->rtp_salt as the MKI
@test
def zz_keys_are_never_readable():
    """No answer, dump, event or log of this run holds a byte of a key."""
    link = GenericNetlink(cap=True)
    with Call(tx=Master(mki=b"\x01"), rx=Master(mki=b"\x02")) as call:
        with Monitor() as monitor:
            call.sends(rtp(1))
            call.hears(rtp(1))
            call.rekey(tx=Master(mki=b"\x03"), rx=Master(mki=b"\x04"))
            call.sends(rtp(2))
            monitor.await_event("first-packet")
        for command, dump in (("SESSION_GET", True), ("COUNTERS_GET", True),
                              ("COUNTERS_GET", False), ("POLICY_GET", False),
                              ("MODULE_GET", False)):
            link.request(command, dump=dump)
        link.request("SESSION_GET", [session("ID", call.session.id, 4)])
    link.close()
    phonesec("media", "list")
    check(len(link.heard) > 500, "the kernel said next to nothing")
    check(len(media.spoken) > 500, "the helper said next to nothing")
    key_search("a netlink answer", bytes(link.heard))
    key_search("an answer of the helper", bytes(media.spoken))
    key_search("the kernel log", subprocess.run(["dmesg"], capture_output=True, check=True).stdout)


# request.c, nf_srtp_request_wipe(): return
@test
def refused_requests_are_wiped():
    """The kernel sends a refused request back, and then the key in it is gone."""
    octets = os.urandom(28)
    good = way("TX", key_nest(octets))
    with Requests() as requests:
        identity = session("ID", requests.id, 4)
        for count, (command, parts) in enumerate((
                ("SESSION_NEW", new_parts(tx=good)),
                ("SESSION_NEW", new_parts(suite=None, tx=good)),
                ("SESSION_NEW", new_parts(tx=good, rx=way("RX", key_nest(octets)))),
                ("SESSION_NEW", new_parts(tx=good, again=way("TX", key_nest()))),
                ("SESSION_SET", [identity, good]),
                ("SESSION_SET", [session("ID", 99999, 4), good]))):
            try:
                requests.link.request(command, parts)
            except Refusal as refusal:
                check(octets[:16] not in refusal.answer, f"answer {count} holds the key")
            else:
                check(False, f"{command} was not refused")
