# SPDX-License-Identifier: Apache-2.0
"""Packets of every form through the module, and packets that it must not let through.

Above each test stands the line of kmod that must be broken to make it fail.
"""
import os
import random
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from media import Call, policy
from srtp_reference import (ENCRYPTED_FLAG, Master, SessionKeys, rtcp_receiver_report, rtcp_report,
                            rtp, rtp_header_length, session_bytes_derive)
from verdict import check, check_equal, test

SSRC = 0x1234ABCD
TAG = 16
SIZES = (128, 256)


def both_ways(call, plain):
    """One packet each way; what is on the wire is longer by the tag and tells nothing."""
    wire = call.sends(plain)
    at = rtp_header_length(plain)
    check_equal(len(wire), len(plain) + TAG, "length on the wire")
    check_equal(wire[:at], plain[:at], "header on the wire")
    if len(plain) - at >= 4:
        check(wire[at:len(plain)] != plain[at:], "the payload left in clear")
    call.hears(plain)


# unprotect.c, nf_srtp_unprotect_end(): return NF_SRTP_DROP_REASON_NONE after -EBADMSG
@test
def t8_nothing_reaches_the_socket():
    """A packet with any byte changed is dropped whole, and the next good one is heard (T8)."""
    with Call() as call:
        good = call.inward.rtp_seal(rtp(100, payload=os.urandom(24)), 0)
        call.hears(rtp(1))
        # The first byte tells RTP from the rest, the next two the stream's class and place.
        for at in range(4, len(good)):
            spoilt = bytearray(good)
            spoilt[at] ^= 1 << at % 8
            call.refuses(bytes(spoilt), "auth-failed")
        for cut in range(1, TAG):
            call.refuses(good[:-cut], "auth-failed")
        call.refuses(good + b"\0", "auth-failed")
        call.refuses(call.outward.rtp_seal(rtp(101), 0), "auth-failed")
        call.hears(rtp(100))


# unprotect.c, rtcp_begin(): if (0 && without the E flag
@test
def t9_unencrypted_rtcp():
    """SRTCP with E=0 is refused, and with the flag passes only when it is genuine (T9)."""
    for bits in SIZES:
        with Call(bits) as call:
            report = rtcp_report()
            call.rtcp_refuses(call.rtcp_seal(report, encrypted=False), "unencrypted-srtcp")
            call.rtcp_hears(report)
            call.session.set("--pass", "unencrypted-srtcp")
            good = call.rtcp_hears(report, encrypted=False)
            call.rtcp_refuses(good, "replayed")
            call.rtcp_hears(rtcp_receiver_report(), encrypted=False)
            call.session.set("--pass", "none")
            call.rtcp_refuses(call.rtcp_seal(report, encrypted=False), "unencrypted-srtcp")


# unprotect.c, nf_srtp_unprotect_end(): err = 0 for RTCP that is not genuine
@test
def t9_unencrypted_rtcp_forged():
    """E=0 with a byte changed, cut short, or the E flag alone turned over is dropped (T9)."""
    with Call(options=("--pass", "unencrypted-srtcp")) as call:
        good = call.rtcp_seal(rtcp_report(), encrypted=False)
        for at in (4, 8, 20, len(good) - 20, len(good) - 5, len(good) - 1):
            spoilt = bytearray(good)
            spoilt[at] ^= 0x11
            call.rtcp_refuses(bytes(spoilt), "auth-failed")
        word, = struct.unpack("!I", good[-4:])
        call.rtcp_refuses(good[:-4] + struct.pack("!I", word | ENCRYPTED_FLAG), "auth-failed")
        sealed = call.rtcp_seal(rtcp_report())
        word, = struct.unpack("!I", sealed[-4:])
        call.rtcp_refuses(sealed[:-4] + struct.pack("!I", word & ~ENCRYPTED_FLAG), "auth-failed")
        for length in (27, 20, 9):
            call.rtcp_refuses(good[:length - 4] + good[-4:], "malformed")
        call.rtcp_arrives(good, rtcp_report())


# core/stream.h, srtp_rtp_operation(): op->text_len = text_len < 16 ? 0 : text_len
@test
def t10_payload_sizes():
    """Payloads of 0 to 20 bytes, of a frame and of 1,400 bytes, with both suites (T10)."""
    for bits in SIZES:
        with Call(bits) as call:
            for seq, size in enumerate([*range(21), 160, 1200, 1400]):
                both_ways(call, rtp(seq, payload=os.urandom(size)))


# core/stream.h, srtp_rtp_operation(): op->text_len = text_len < 16 ? 0 : text_len
@test
def t10_comfort_noise_and_digits():
    """Comfort noise, telephone events and padding are payloads like any other (T10)."""
    with Call() as call:
        both_ways(call, rtp(1, payload=b"\x40", payload_type=13))
        for seq, end in enumerate((0x0A, 0x0A, 0x8A), 2):
            both_ways(call, rtp(seq, payload=struct.pack("!BBH", 5, end, 160 * seq),
                                payload_type=101, marker=seq == 2, timestamp=160))
        both_ways(call, rtp(6, payload=b"\x7f" * 10, padding=4))
        both_ways(call, rtp(7, payload=b"", padding=8))


# core/packet.c, srtp_rtp_header_len(): header += 4
@test
def t11_sources_and_extensions():
    """Any number of contributing sources with any extension is header, hence clear (T11)."""
    extensions = (None, (0xBEDE, b""), (0xBEDE, b"\x10\xff\0\0"), (0xBEDE, b"\xf1ab\0"),
                  (0x1000, b"\x01\x02ab\x02\0\0\0"), (0xABCD, bytes(40)))
    seq = 0
    with Call() as call:
        for count in range(16):
            for extension in extensions:
                seq += 1
                both_ways(call, rtp(seq, payload=os.urandom(20), extension=extension,
                                    sources=range(1, count + 1)))


class NonceBook:
    """Every nonce that the phone's packets used, by the session key it was used with."""

    def __init__(self, call):
        self.call, self.used, self.keys = call, set(), []
        self.key_taken()

    def key_taken(self):
        self.keys.append(self.call.outward)

    def rtp(self, plain):
        self.call.phone.send(plain, self.call.peer)
        while (packet := self.call.peer.receive(0)) is not None:
            self._note(packet, plain)

    def _note(self, packet, plain):
        for keys in self.keys:
            for roc in range(40):
                if keys.rtp_open(packet, roc) is not None:
                    self._add(keys.secrets[0], keys.rtp_nonce(packet, roc), plain)
                    return
        check(False, f"no key and counter opens what left for {plain[:12].hex()}")

    def rtcp(self, plain):
        index = self.call.rtcp_sends(plain)
        keys = self.call.outward
        self._add(keys.secrets[2], keys.rtcp_nonce(plain, index), plain)

    def _add(self, key, nonce, plain):
        check((key, nonce) not in self.used, f"a nonce twice, for {plain[:12].hex()}")
        self.used.add((key, nonce))


def nonces_gather(call, book):
    """Everything that could make a sender repeat itself."""
    seqs = [1, 2, 3, 3, 2, 1, 65535, 0, 1, 40000, 20000, 3, 40000, 40001]
    for ssrc in (SSRC, SSRC + 1):
        for seq in seqs:
            book.rtp(rtp(seq, ssrc))
            book.rtcp(rtcp_report(ssrc))
    for step in (1, 0, 0):
        counter = call.stream("tx", SSRC)["roc"] + step
        call.session.set("--roc", f"tx:{SSRC:#x}={counter}")
        for seq in seqs:
            book.rtp(rtp(seq))
    call.session.hold("tx")
    book.rtp(rtp(50000))
    call.session.hold("none")
    call.peer_moves()
    for seq in seqs:
        book.rtp(rtp(seq))
        book.rtcp(rtcp_report())


# core/stream.c, srtp_rtp_send_any(): (void)0 for srtp_rtp_commit()
@test
def t12_nonces_are_unique():
    """No nonce serves twice under one key, whatever the program and the daemon do (T12)."""
    for bits in SIZES:
        with Call(bits) as call:
            book = NonceBook(call)
            nonces_gather(call, book)
            for context in ("same", "new", "same"):
                call.rekey(tx=Master(bits), rx=Master(bits), context=context)
                book.key_taken()
                nonces_gather(call, book)
            check(len(book.used) > 250, f"only {len(book.used)} packets left")


# key.c, nf_srtp_key_derive(): aes_expandkey(&aes, master, 16)
@test
def t13_two_thousand_packets():
    """Random packets of both suites are what the reference makes of them (T13)."""
    choose = random.Random(13)
    for bits in SIZES:
        for family in (4, 6):
            with Call(bits, family) as call:
                for seq in range(250):
                    extension = (0xBEDE, choose.randbytes(4 * choose.randrange(9)))
                    call_plain = rtp(
                        seq, payload=choose.randbytes(choose.randrange(1300)),
                        payload_type=choose.randrange(128), marker=choose.random() < 0.5,
                        timestamp=choose.randrange(1 << 32),
                        sources=[choose.randrange(1 << 32) for _ in range(choose.randrange(16))],
                        extension=extension if choose.random() < 0.5 else None)
                    both_ways(call, call_plain)


def vectors(name):
    with open(os.path.join(os.environ["TOP"], "tests/vectors", name), encoding="ascii") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                yield ["" if word == "-" else word for word in line.split()]


def rfc7714_holds(kind, keys, plain, protected):
    if kind == "rtp":
        return keys.rtp_seal(plain, 0) == protected and keys.rtp_open(protected, 0) == plain
    if kind == "rtcp":
        index = struct.unpack("!I", protected[-4:])[0]
        sealed = keys.rtcp_seal(plain, index & ~ENCRYPTED_FLAG, bool(index & ENCRYPTED_FLAG))
        return sealed == protected and keys.rtcp_open(protected)[0] == plain
    tag = keys.rtp.encrypt(keys.rtp_nonce(plain, 0), b"", plain)
    return kind == "rtp-auth" and plain + tag == protected


# The module derives its session keys, so that published ones reach it through KUnit and
# its self-test only; this shows that the reference it is compared with is right.
@test
def reference_matches_published_vectors():
    """RFC 7714 16 and 17, RFC 3711 B.3, RFC 6188 7, and the vectors of AES-GCM itself."""
    count = 0
    for kind, name, key, salt, plain, protected in vectors("srtp_rfc7714.txt"):
        key, salt = bytes.fromhex(key), bytes.fromhex(salt)
        check(rfc7714_holds(kind, SessionKeys(key, salt, key, salt), bytes.fromhex(plain),
                            bytes.fromhex(protected)), name)
        count += 1
    for name, key, salt, label, output in vectors("srtp_kdf.txt"):
        octets = bytes.fromhex(output)
        check_equal(session_bytes_derive(bytes.fromhex(key), bytes.fromhex(salt), int(label),
                                         len(octets)), octets, name)
        count += 1
    for source in ("aes_gcm_cavp.txt", "aes_gcm_wycheproof.txt"):
        for name, *fields, verdict in vectors(source):
            key, nonce, aad, plain, sealed, tag = map(bytes.fromhex, fields)
            same = AESGCM(key).encrypt(nonce, plain, aad) == sealed + tag
            check_equal(same, verdict == "pass", name)
            count += 1
    check(count > 300, f"only {count} vectors were found")


# unprotect.c, keys_choose(): an unknown MKI sets direction->mki_len = 0
@test
def t14_wrong_mki_then_good():
    """A packet with an MKI that nobody knows leaves the keys as they are (T14)."""
    for size in (1, 4, 16):
        rx = Master(mki=os.urandom(size - 1) + b"\x07")
        with Call(rx=rx, tx=Master(mki=bytes(size - 1) + b"\x09")) as call:
            other = SessionKeys.of(rx)
            other.mki = bytes(size - 1) + b"\x08"
            for seq in (1, 2):
                for _ in range(20):
                    call.refuses(other.rtp_seal(rtp(seq), 0), "unknown-mki")
                call.hears(rtp(seq))
                call.rtcp_refuses(other.rtcp_seal(rtcp_report(), seq), "unknown-mki")
                call.rtcp_hears(rtcp_report())


# unprotect.c, rtcp_begin(): plain = false for srtp_rtcp_is_compound()
@test
def t17_plain_rtcp():
    """RTCP in clear is dropped under a name of its own, on a port of its own or muxed (T17)."""
    for mux in (False, True):
        with Call(mux=mux) as call:
            for plain in (rtcp_report(), rtcp_receiver_report(), rtcp_report() * 2):
                call.rtcp_refuses(plain, "plain-rtcp")
            call.rtcp_hears(rtcp_report())


# unprotect.c, rtp_begin(): NF_SRTP_DROP_REASON_MALFORMED for what is too short
@test
def plain_rtp_is_dropped():
    """RTP in clear is dropped under a name of its own, known by its length (RFC 3551)."""
    with Call() as call:
        for size in (0, 4, 15, 80, 160, 240):
            call.refuses(rtp(size, payload=bytes(size)), "plain-rtp")
        call.hears(rtp(500, payload=bytes(97), payload_type=96))
        call.refuses(rtp(501, payload=bytes(97), payload_type=96), "plain-rtp")


# core/packet.c, RTCP_TYPE_LAST = 204
@test
def rtcp_own_port_and_mux():
    """RTCP passes both ways on ports of its own and on the RTP ports (RFC 5761)."""
    kinds = [struct.pack("!BBHI", 0x81, kind, 1, SSRC) for kind in (192, 200, 201, 207, 223)]
    for mux in (False, True):
        for family in (4, 6):
            with Call(family=family, mux=mux) as call:
                for seq, plain in enumerate(kinds):
                    call.rtcp_sends(plain)
                    call.rtcp_hears(plain)
                    both_ways(call, rtp(seq))
    with Call(options=("--local-rtcp-port", "41000", "--remote-rtcp-port", "41002")) as call:
        for wire, port in ((call.phone_rtcp, 41000), (call.peer_rtcp, 41002)):
            check(wire.port != port, "the test's own ports are given")
        call.phone_rtcp = type(call.phone_rtcp)("phone", 4, call.phone.address, 41000)
        call.peer_rtcp = type(call.peer_rtcp)("peer", 4, call.peer.address, 41002)
        call.rtcp_sends(rtcp_report())
        call.rtcp_hears(rtcp_report())


OTHERS = ((b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12), "stun", "stun"),
          (b"\x03\x01", "stun", "stun"),
          (b"\x14\xfe\xfd" + bytes(10), "dtls", "dtls"),
          (b"\x3f\xfe\xfd" + bytes(10), "dtls", "dtls"),
          (b"\x10\x00ZRTP" + bytes(12), "other", "other-protocol"),
          (b"\x40\x00\x00\x04" + bytes(4), "other", "other-protocol"),
          (b"\xc0\x00" + bytes(10), "other", "other-protocol"),
          (b"\x80", "other", "other-protocol"),
          (b"", "other", "other-protocol"))


# policy.c, nf_srtp_pass_reason(): DTLS passes always
@test
def classes_need_their_flag():
    """STUN, DTLS and the rest pass on a session's port only with their flag (RFC 7983)."""
    with Call(mux=True) as call:
        for octets, flag, reason in OTHERS:
            call.session.set("--pass", "none")
            call.refuses(octets, reason)
            call.withholds(octets, reason)
            call.session.set("--pass", ",".join({"stun", "dtls", "other"} - {flag}))
            call.refuses(octets, reason)
            call.session.set("--pass", flag)
            call.arrives(octets, octets)
            check_equal(call.leaves(octets), octets, "what left")
        both_ways(call, rtp(1))
        shown = call.session.show()
        for way in ("tx", "rx"):
            check_equal(shown[way]["other_packets"], len(OTHERS), f"{way} other packets")


# netlink_session.c, session_create(): session->pass = 0
@test
def classes_follow_the_policy():
    """A new session takes the pass flags of the policy at that time."""
    policy("--pass", "stun")
    try:
        with Call() as call:
            call.arrives(OTHERS[0][0], OTHERS[0][0])
            call.refuses(OTHERS[2][0], "dtls")
            policy("--pass", "none")
            call.arrives(OTHERS[0][0], OTHERS[0][0])
    finally:
        policy("--pass", "none")


# core/packet.c, srtp_rtp_header_len(): return header
@test
def malformed_packets():
    """Headers that reach beyond the packet are dropped, received and sent."""
    short = (rtp(1)[:11], b"\x8f\x00" + bytes(20), b"\x90\x00" + bytes(12),
             b"\x90\x00" + bytes(10) + b"\xbe\xde\xff\xff" + bytes(40))
    with Call() as call:
        for packet in short:
            call.refuses(packet, "malformed")
            call.withholds(packet, "malformed")
        call.rtcp_refuses(b"\x80\xc8\x00\x06\x00", "malformed")
        call.phone_rtcp.send(b"\x80\xc8\x00\x06\x00", call.peer_rtcp)
        call.dropped("tx", {"malformed": 1})
        check(call.peer_rtcp.is_silent(), "malformed RTCP left")
