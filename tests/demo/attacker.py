#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The attacker: sees the switch, forges any source address, and floods the phone.

attacker.py CAPTURE COUNT

CAPTURE is what the switch's monitor port sees. Of each kind of packet COUNT
are sent. One line of JSON names the kind that begins; another one tells the number sent
and the reason for which the phone is to drop them ("free": the port is not protected, so
nobody drops them). After that a line on standard input lets it go on.
"""
import json
import os
import random
import socket
import struct
import sys

from capture import datagram, packets
from hosts import ADDRESSES, EMPTY_PORT, FREE_PORT, RTCP_PORT, RTP_PORT, SSRC

FRAME = 160
TAG = 16


def rtp(seq, payload, ssrc=SSRC["peer"], first=0x80):
    return struct.pack("!BBHII", first, 0, seq & 0xffff, seq * FRAME & 0xffffffff, ssrc) + payload


def rtcp(body, ssrc=SSRC["peer"]):
    return struct.pack("!BBHI", 0x80, 200, 6, ssrc) + body


class Attack:
    """Packets to send, made from what was seen on the switch."""

    def __init__(self, path):
        self.path = path
        with open("/sys/class/net/eth0/address", encoding="ascii") as file:
            self.own = bytes.fromhex(file.read().strip().replace(":", ""))
        self.seen = []
        self.last_seq = 0
        self.look()

    def look(self):
        """The last media from peer to phone, young enough for a replay window to know."""
        with open(self.path, "rb") as file:
            others = (frame for frame in packets(file.read()) if frame[6:12] != self.own)
        found = [entry[3] for entry in map(datagram, others)
                 if entry and entry[:3] == (ADDRESSES["peer"], RTP_PORT, RTP_PORT)]
        self.seen = found[-200:]
        self.last_seq = struct.unpack_from("!H", self.seen[-1], 2)[0]

    def ahead(self):
        """A sequence number to come, near enough to be believed."""
        return self.last_seq + random.randrange(2000, 20000)

    def kinds(self):
        """(kind, reason, source, source port, port, maker of the n-th packet)"""
        peer, own = ADDRESSES["peer"], ADDRESSES["attacker"]
        noise = os.urandom
        yield ("plain RTP", "plain-rtp", peer, RTP_PORT, RTP_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME)))
        yield ("forged SRTP", "auth-failed", peer, RTP_PORT, RTP_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME + TAG)))
        self.look()
        yield ("replayed SRTP", "replayed", peer, RTP_PORT, RTP_PORT,
               lambda n: self.seen[n % len(self.seen)])
        yield ("wrong SSRC", "auth-failed", peer, RTP_PORT, RTP_PORT,
               lambda n: rtp(n, noise(FRAME + TAG), ssrc=random.getrandbits(32)))
        yield ("malformed RTP", "malformed", peer, RTP_PORT, RTP_PORT,
               lambda n: rtp(self.ahead(), noise(8), first=0x8f))
        yield ("plain RTCP", "plain-rtcp", peer, RTCP_PORT, RTCP_PORT,
               lambda n: rtcp(noise(20)))
        yield ("forged SRTCP", "auth-failed", peer, RTCP_PORT, RTCP_PORT,
               lambda n: rtcp(noise(20 + TAG) + struct.pack("!I", 0xf0000000 + n)))
        yield ("unencrypted SRTCP", "unencrypted-srtcp", peer, RTCP_PORT, RTCP_PORT,
               lambda n: rtcp(noise(20 + TAG) + struct.pack("!I", n)))
        yield ("STUN", "stun", peer, RTP_PORT, RTP_PORT,
               lambda n: bytes.fromhex("000100002112a442") + noise(12))
        yield ("DTLS", "dtls", peer, RTP_PORT, RTP_PORT,
               lambda n: bytes.fromhex("16feff") + noise(60))
        yield ("from its own address", "wrong-address", own, RTP_PORT, RTP_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME + TAG)))
        yield ("port without a session", "no-session", peer, RTP_PORT, EMPTY_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME)))
        yield ("port that is not protected", "free", own, RTP_PORT, FREE_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME)))


def ip_packet(source, source_port, port, payload):
    """IPv4 and UDP around a payload; the kernel fills in lengths and checksum of IPv4."""
    return struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(source), socket.inet_aton(ADDRESSES["phone"]),
                       source_port, port, 8 + len(payload), 0) + payload


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    attack = Attack(path)
    target = (ADDRESSES["phone"], 0)
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for kind, reason, source, source_port, port, make in attack.kinds():
        print(json.dumps({"begins": kind}), flush=True)
        for number in range(count):
            sender.sendto(ip_packet(source, source_port, port, make(number)), target)
        print(json.dumps({"kind": kind, "reason": reason, "sent": count}), flush=True)
        sys.stdin.readline()


if __name__ == "__main__":
    main()
