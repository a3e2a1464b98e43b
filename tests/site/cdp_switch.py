# SPDX-License-Identifier: Apache-2.0
"""A switch that speaks CDP, from the public descriptions of the protocol: it answers whoever
asks for a voice VLAN.

    with CdpSwitch("wire", "to-phone", 100) as switch:
        switch.tell()
"""

import socket
import struct
import threading

from hosts import inside

ETH_P_ALL = 0x0003
GROUP = bytes.fromhex("01000ccccccc")
LLC_SNAP = bytes.fromhex("aaaa0300000c2000")
DEVICE, PORT, CAPABILITIES, PLATFORM, REPLY, QUERY = 0x01, 0x03, 0x04, 0x06, 0x0e, 0x0f


def checksum(packet):
    """As switches count: the last byte of an odd length is the low one of a word."""
    words = list(struct.unpack(f"!{len(packet) // 2}H", packet[:len(packet) // 2 * 2]))
    if len(packet) % 2:
        last = packet[-1]
        words.append(0xff00 | (last - 1) if last & 0x80 else last)
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def element(kind, value):
    return struct.pack("!HH", kind, len(value) + 4) + value


def elements(frame):
    """{type: value} of a frame of CDP, else nothing."""
    if frame[:6] != GROUP or frame[14:22] != LLC_SNAP:
        return {}
    packet = frame[22:14 + struct.unpack("!H", frame[12:14])[0]]
    found, rest = {}, packet[4:]
    while len(rest) >= 4:
        kind, length = struct.unpack("!HH", rest[:4])
        found[kind] = rest[4:length]
        rest = rest[length:]
    return found


class CdpSwitch:
    """@vlan: for voice; None tells none"""

    def __init__(self, namespace, port, vlan, ttl=180, name="switch"):
        self.vlan, self.ttl, self.name, self.port = vlan, ttl, name, port
        self.asked = []
        self.ended = threading.Event()
        with inside(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind((port, ETH_P_ALL))
        self.socket.settimeout(0.2)
        self.thread = threading.Thread(target=self.listen)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.socket.close()

    def listen(self):
        while not self.ended.is_set():
            try:
                frame, address = self.socket.recvfrom(2048)
            except OSError:
                # Nothing came, or the port is down for a while.
                self.ended.wait(0.05)
                continue
            if address[2] != socket.PACKET_OUTGOING and QUERY in elements(frame):
                self.asked.append(elements(frame))
                self.tell()

    def tell(self, damage=0):
        """Sends what it has to say; @damage spoils the checksum."""
        packet = element(DEVICE, self.name.encode()) + element(PORT, self.port.encode())
        if self.vlan is not None:
            packet += element(REPLY, b"\1" + struct.pack("!H", self.vlan))
        packet = bytes([2, self.ttl, 0, 0]) + packet
        packet = packet[:2] + struct.pack("!H", checksum(packet) ^ damage) + packet[4:]
        head = GROUP + bytes.fromhex("001b54000001") + \
            struct.pack("!H", len(LLC_SNAP) + len(packet))
        self.socket.send((head + LLC_SNAP + packet).ljust(60, b"\0"))
