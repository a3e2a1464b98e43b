# SPDX-License-Identifier: Apache-2.0
"""Frames as the wire carries them: captured, taken apart, made by hand."""

import select
import socket
import struct
import time

from calls import packed_address as packed
from hosts import inside

ETH_P_ALL = 3
SOL_PACKET = 263
PACKET_AUXDATA = 8
SO_RCVBUFFORCE = 33
CHECKSUM_NOT_READY = 8
UDP = 17
ICMP = 1
ICMP6 = 58
FRAGMENT6 = 44
OPTIONS6 = (0, 43, 60)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo_header(source, destination, protocol, length):
    if len(source) == 4:
        return source + destination + struct.pack("!BBH", 0, protocol, length)
    return source + destination + struct.pack("!IHBB", length, 0, 0, protocol)


def udp_make(source, destination, sport, dport, payload, length=None, check=None):
    """A UDP header and payload; length and checksum are right unless they are given."""
    real = 8 + len(payload)
    length = real if length is None else length
    header = struct.pack("!HHHH", sport, dport, length, 0)
    if check is None:
        check = checksum(pseudo_header(packed(source), packed(destination), UDP, real) +
                         header + payload) or 0xffff
    return header[:6] + struct.pack("!H", check) + payload


def ipv4_make(source, destination, body, protocol=UDP, flags=0, ident=0x4242, options=b"",
              ihl=None):
    words = (20 + len(options)) // 4
    header = struct.pack("!BBHHHBBH", 0x40 | (words if ihl is None else ihl), 0,
                         20 + len(options) + len(body), ident, flags, 64, protocol, 0)
    header += packed(source) + packed(destination) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body


def ipv6_make(source, destination, body, protocol=UDP):
    return (struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + packed(source) +
            packed(destination) + body)


class Frame:
    """A captured frame: outgoing as its device sees it, and its parts as far as they go."""

    def __init__(self, data, outgoing, status, vlan):
        self.data, self.outgoing, self.vlan = data, outgoing, vlan
        self.checksum_ready = not status & CHECKSUM_NOT_READY
        self.protocol = self.body = self.source = self.destination = None
        self.fragment = self.dont_fragment = False
        kind, = struct.unpack_from("!H", data, 12)
        self.ip = data[14:]
        if kind == 0x0800 and len(self.ip) >= 20:
            self.ipv4_parse()
        elif kind == 0x86dd and len(self.ip) >= 40:
            self.ipv6_parse()

    def ipv4_parse(self):
        ip = self.ip
        length, flags = struct.unpack_from("!HxxH", ip, 2)
        self.ip_length = length
        self.ip_checksum_right = checksum(ip[:(ip[0] & 15) * 4]) == 0
        self.dont_fragment = bool(flags & 0x4000)
        self.fragment = bool(flags & 0x3fff)
        self.protocol = ip[9]
        self.source, self.destination = ip[12:16], ip[16:20]
        self.body = ip[(ip[0] & 15) * 4:length]

    def ipv6_parse(self):
        ip = self.ip
        length, protocol = struct.unpack_from("!HB", ip, 4)
        self.ip_length = 40 + length
        self.ip_checksum_right = True
        at = 40
        while protocol in OPTIONS6 or protocol == FRAGMENT6:
            if protocol == FRAGMENT6:
                self.fragment = True
                protocol, at = ip[at], at + 8
                break
            protocol, at = ip[at], at + 8 + ip[at + 1] * 8
        self.protocol = protocol
        self.source, self.destination = ip[8:24], ip[24:40]
        self.body = ip[at:40 + length]

    @property
    def is_udp(self):
        return self.protocol == UDP and not self.fragment and len(self.body) >= 8

    @property
    def payload(self):
        return self.body[8:]

    @property
    def ports(self):
        return struct.unpack_from("!HH", self.body)

    def udp_length_right(self):
        return struct.unpack_from("!H", self.body, 4)[0] == len(self.body)

    def udp_checksum_right(self):
        check, = struct.unpack_from("!H", self.body, 6)
        whole = pseudo_header(self.source, self.destination, UDP, len(self.body)) + self.body
        return check != 0 and checksum(whole) == 0

    def udp_checksum_absent(self):
        return self.body[6:8] == b"\0\0"


class Capture:
    """Everything that passes a device from now on."""

    def __init__(self, namespace, device):
        with inside(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.bind((device, ETH_P_ALL))
        self.socket.setblocking(False)
        self.seen = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def drain(self):
        while True:
            try:
                data, extra, _, address = self.socket.recvmsg(1 << 17, 256)
            except BlockingIOError:
                return
            status = vlan = 0
            for level, kind, value in extra:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    status, _, _, _, _, vlan, _ = struct.unpack("IIIHHHH", value[:20])
            self.seen.append(Frame(data, address[2] == socket.PACKET_OUTGOING, status,
                                   vlan & 0xfff))

    def frames(self, seconds=0.3, count=None, wanted=lambda frame: True):
        """What was seen, once there are count wanted ones or the time is over."""
        end = time.monotonic() + seconds
        while True:
            self.drain()
            found = [frame for frame in self.seen if wanted(frame)]
            left = end - time.monotonic()
            if left <= 0 or (count is not None and len(found) >= count):
                return found
            select.select([self.socket], [], [], left)

    def datagrams(self, seconds=0.3, count=None, **criteria):
        """UDP datagrams seen, also narrowed to a source or destination port."""
        def wanted(frame):
            return (frame.is_udp and
                    criteria.get("sport", frame.ports[0]) == frame.ports[0] and
                    criteria.get("dport", frame.ports[1]) == frame.ports[1] and
                    criteria.get("outgoing", frame.outgoing) == frame.outgoing)
        return self.frames(seconds, count, wanted)

    def holds(self, marker):
        self.drain()
        return any(marker in frame.data for frame in self.seen)


def frame_send(namespace, device, destination_mac, packet):
    """Put a packet on a device as it is, past the network layer of the namespace."""
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
    with inside(namespace):
        out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    source = open_mac(namespace, device)
    with out:
        out.bind((device, 0))
        out.send(destination_mac + source + struct.pack("!H", kind) + packet)


def open_mac(namespace, device="eth0"):
    with inside(namespace), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as probe:
        probe.bind((device, 0))
        return probe.getsockname()[4]
