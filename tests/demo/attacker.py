#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The attacker: sees the switch, forges any source address, and floods the phone.

attacker.py CAPTURE COUNT RELAY-PORT PHONE-PORT

CAPTURE is what the switch's monitor port sees, the ports are those of the call's RTP. Of
each kind of packet COUNT are sent. One line of JSON names the kind that begins; another
one tells the number sent and the reason for which the phone is to drop them ("free": the
port is not protected, so nobody drops them). After that a line on standard input lets it
go on.
"""
import json
import os
import random
import socket
import struct
import sys

from capture import datagram, packets
from phone import ADDRESSES, EMPTY_PORT, FREE_PORT

FRAME = 160
TAG = 16


def rtp(seq, payload, ssrc, first=0x80):
    return struct.pack("!BBHII", first, 0, seq & 0xffff, seq * FRAME & 0xffffffff, ssrc) + payload


def rtcp(body, ssrc):
    return struct.pack("!BBHI", 0x80, 200, 6, ssrc) + body


class Attack:
    """Packets to send, made from what was seen on the switch."""

    def __init__(self, path, relay_port, phone_port):
        self.path, self.relay_port, self.phone_port = path, relay_port, phone_port
        with open("/sys/class/net/eth0/address", encoding="ascii") as file:
            self.own = bytes.fromhex(file.read().strip().replace(":", ""))
        self.seen = []
        self.last_seq = self.ssrc = 0
        self.look()

    def look(self):
        """The last media from the relay to the phone, young enough for a replay window to know."""
        with open(self.path, "rb") as file:
            others = (frame for frame in packets(file.read()) if frame[6:12] != self.own)
        found = [entry[3] for entry in map(datagram, others)
                 if entry and entry[:3] == (ADDRESSES["manager"], self.relay_port, self.phone_port)]
        self.seen = found[-200:]
        self.last_seq, _, self.ssrc = struct.unpack_from("!HII", self.seen[-1], 2)

    def ahead(self):
        """A sequence number to come, near enough to be believed."""
        return self.last_seq + random.randrange(2000, 20000)

    def kinds(self):
        """(kind, reason, source, source port, port, maker of the n-th packet)"""
        relay, own = ADDRESSES["manager"], ADDRESSES["attacker"]
        media = (relay, self.relay_port, self.phone_port)
        reports = (relay, self.relay_port + 1, self.phone_port + 1)
        noise, ssrc = os.urandom, self.ssrc
        yield ("plain RTP", "plain-rtp", *media, lambda n: rtp(self.ahead(), noise(FRAME), ssrc))
        yield ("SRTP under another key", "auth-failed", *media,
               lambda n: rtp(self.ahead(), noise(FRAME + TAG), ssrc))
        self.look()
        yield ("replayed SRTP", "replayed", *media, lambda n: self.seen[n % len(self.seen)])
        yield ("wrong SSRC", "auth-failed", *media,
               lambda n: rtp(n, noise(FRAME + TAG), random.getrandbits(32)))
        yield ("malformed RTP", "malformed", *media,
               lambda n: rtp(self.ahead(), noise(8), ssrc, first=0x8f))
        yield ("plain RTCP", "plain-rtcp", *reports, lambda n: rtcp(noise(20), ssrc))
        yield ("SRTCP under another key", "auth-failed", *reports,
               lambda n: rtcp(noise(20 + TAG) + struct.pack("!I", 0xf0000000 + n), ssrc))
        yield ("unencrypted SRTCP", "unencrypted-srtcp", *reports,
               lambda n: rtcp(noise(20 + TAG) + struct.pack("!I", n), ssrc))
        yield ("STUN", "stun", *media,
               lambda n: bytes.fromhex("000100002112a442") + noise(12))
        yield ("DTLS", "dtls", *media, lambda n: bytes.fromhex("16feff") + noise(60))
        yield ("from its own address", "wrong-address", own, self.relay_port, self.phone_port,
               lambda n: rtp(self.ahead(), noise(FRAME + TAG), ssrc))
        yield ("port without a session", "no-session", relay, self.relay_port, EMPTY_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME), ssrc))
        yield ("port that is not protected", "free", own, self.relay_port, FREE_PORT,
               lambda n: rtp(self.ahead(), noise(FRAME), ssrc))


def ip_packet(source, source_port, port, payload):
    """IPv4 and UDP around a payload; the kernel fills in lengths and checksum of IPv4."""
    return struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 0, 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(source), socket.inet_aton(ADDRESSES["phone"]),
                       source_port, port, 8 + len(payload), 0) + payload


def main():
    path, count = sys.argv[1], int(sys.argv[2])
    attack = Attack(path, *map(int, sys.argv[3:5]))
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
