# SPDX-License-Identifier: Apache-2.0
"""One end of a call's media: speaks a melody (voice.py), records and counts what comes.

SRTP is the tests' own reference (tests/namespace/srtp_reference.py), which shares nothing
with the module. Without keys it is plain RTP.
"""

import os
import socket
import struct
import threading
import time

import voice
from hosts import inside
from srtp_reference import Master, rtcp_report, rtp

PATIENCE = 20
FRAME = 160
WRAP = 1 << 16


class MediaEnd:
    """@name: whose melody is spoken; @address: where in the namespace.

    @suites: bits of the key of each suite, in the order of preference
    """

    def __init__(self, namespace, address, name, suites=(256,), mki=b""):
        self.name, self.address = name, address
        self.masters = [Master(bits, mki) for bits in suites]
        with inside(namespace):
            self.rtp, self.rtcp = self.sockets(address)
        self.port = self.rtp.getsockname()[1]
        self.target, self.mux = None, False
        self.sends, self.receives = None, []
        self.ssrc = int.from_bytes(os.urandom(4), "big")
        self.sequence, self.packets, self.report = 1000, 0, 0
        self.rollover = {}
        self.speaks = True
        self.recording = bytearray()
        # What comes before the descriptions are known is early.
        self.counts = dict.fromkeys(("rtp", "rtcp", "refused", "plain", "early",
                                     "refused_rtcp"), 0)
        self.sources = set()
        self.lock = threading.Lock()
        self.ended = threading.Event()
        codes = voice.mulaw_encode(voice.samples(name, voice.NOTE * voice.NOTES))
        self.speech = [codes[at:at + FRAME] for at in range(0, len(codes), FRAME)]
        self.threads = [threading.Thread(target=work, daemon=True)
                        for work in (self.talk, self.listen, self.listen_reports)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def sockets(address):
        """An even port for RTP and the next one for RTCP (RFC 3550 section 11)."""
        while True:
            first = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            second = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            first.bind((address, 0))
            port = first.getsockname()[1]
            try:
                if port % 2 == 0:
                    second.bind((address, port + 1))
                    for one in (first, second):
                        one.settimeout(0.2)
                    return first, second
            except OSError:
                pass
            first.close()
            second.close()

    def connect(self, target, sends=None, receives=None, mux=False):
        """From now on media goes there; keys as of SessionKeys, None for plain RTP.

        What was received under earlier keys still is while it is on its way.
        """
        with self.lock:
            if sends is not self.sends:
                # A new key begins with a new stream: no index is used twice.
                self.ssrc = int.from_bytes(os.urandom(4), "big")
            self.target, self.sends, self.mux = target, sends, mux
            self.receives = ([receives] if receives else []) + self.receives[:1]

    def forget_earlier_keys(self):
        with self.lock:
            self.receives = self.receives[:1]

    def talk(self):
        begin, frame = time.monotonic(), 0
        while not self.ended.is_set():
            frame += 1
            time.sleep(max(0, begin + frame * 0.02 - time.monotonic()))
            with self.lock:
                if not self.target or not self.target[1] or not self.speaks:
                    continue
                self.say(self.speech[frame % len(self.speech)])
                if self.packets % 50 == 0:
                    self.say_report()

    def say(self, speech):
        rollover, self.sequence = self.sequence // WRAP, self.sequence + 1
        packet = rtp(self.sequence - 1, self.ssrc, speech)
        if self.sends:
            packet = self.sends.rtp_seal(packet, rollover)
        self.packets += 1
        self.send(self.rtp, packet, self.target)

    def say_report(self):
        packet = rtcp_report(self.ssrc, self.packets)
        if self.sends:
            packet = self.sends.rtcp_seal(packet, self.report)
            self.report += 1
        if self.mux:
            self.send(self.rtp, packet, self.target)
        else:
            self.send(self.rtcp, packet, (self.target[0], self.target[1] + 1))

    @staticmethod
    def send(through, packet, target):
        try:
            through.sendto(packet, target)
        except OSError:
            # Nobody listens there (any more), which an ICMP message said.
            pass

    def packets_of(self, through):
        while not self.ended.is_set():
            try:
                yield through.recvfrom(4096)
            except TimeoutError:
                continue
            except OSError:
                if self.ended.is_set():
                    return

    def listen(self):
        for packet, source in self.packets_of(self.rtp):
            if len(packet) > 1 and 192 <= packet[1] <= 223:
                self.take_report(packet)
            elif len(packet) >= 12:
                self.take(packet, source)

    def take(self, packet, source):
        with self.lock:
            receives, target = list(self.receives), self.target
        if not target:
            self.counts["early"] += 1
            return
        ssrc, = struct.unpack_from("!I", packet, 8)
        sequence, = struct.unpack_from("!H", packet, 2)
        clear = packet
        if receives:
            clear = self.opened(packet, ssrc, sequence, receives)
        else:
            self.counts["plain"] += 1
        if clear is None:
            self.counts["refused"] += 1
            return
        self.counts["rtp"] += 1
        self.sources.add(source)
        if clear[1] & 0x7F == 0:
            self.recording += clear[12:]

    def opened(self, packet, ssrc, sequence, receives):
        """In clear, under the index nearest to the last one (RFC 3711 section 3.3.1), or
        under that of a new stream, which a new key may begin."""
        last = self.rollover.get(ssrc, sequence)
        indices = [last // WRAP * WRAP + wrap * WRAP + sequence for wrap in (-1, 0, 1)]
        near = min((index for index in indices if index >= 0), key=lambda one: abs(one - last))
        for keys in receives:
            for index in {near, sequence}:
                clear = keys.rtp_open(packet, index // WRAP)
                if clear is not None:
                    self.rollover[ssrc] = index
                    return clear
        return None

    def listen_reports(self):
        for packet, _ in self.packets_of(self.rtcp):
            self.take_report(packet)

    def take_report(self, packet):
        with self.lock:
            receives = list(self.receives)
        opened = not receives or any(keys.rtcp_open(packet) for keys in receives)
        self.counts["rtcp" if opened else "refused_rtcp"] += 1

    def hears(self, speaker, seconds=1.5, patience=PATIENCE):
        """From now on the speaker is heard, for so many seconds."""
        begin, end = len(self.recording), time.monotonic() + patience
        while True:
            found = voice.seconds_of(voice.mulaw_decode(bytes(self.recording[begin:])), speaker)
            if found >= seconds:
                return found
            assert time.monotonic() < end, \
                f"{self.name} hears {speaker} for {found} s, wanted {seconds}: {self.counts}"
            time.sleep(0.3)

    def hears_nobody(self, seconds=1.5):
        """From now on no melody is heard."""
        time.sleep(0.3)
        begin = len(self.recording)
        time.sleep(seconds)
        recording = voice.mulaw_decode(bytes(self.recording[begin:]))
        notes = [note for note in voice.notes_of(recording) if note is not None]
        assert not notes, f"{self.name} hears {notes}"

    def close(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        self.rtp.close()
        self.rtcp.close()
