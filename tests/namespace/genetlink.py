# SPDX-License-Identifier: Apache-2.0
"""Requests to the module byte by byte, as no well-behaved program would send them.

Numbers come from the uapi header, so a test that names an attribute names the contract's.
"""
import os
import re
import socket
import struct

NLM_F_REQUEST, NLM_F_ACK, NLM_F_ROOT, NLM_F_MATCH = 1, 4, 0x100, 0x200
NLM_F_CAPPED, NLM_F_ACK_TLVS = 0x100, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLA_F_NESTED, NLA_TYPE_MASK = 0x8000, 0x3FFF
NLMSGERR_ATTR_MSG = 1
SOL_NETLINK, NETLINK_CAP_ACK, NETLINK_EXT_ACK = 270, 10, 11
GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME = 16, 3, 1, 2


def header_numbers(path):
    """Every enumerator of the uapi header with its value."""
    with open(path, encoding="utf-8") as source:
        text = re.sub(r"/\*.*?\*/", "", source.read(), flags=re.S)
    numbers = {}
    for body in re.findall(r"enum[ \w]*\{(.*?)\}", text, flags=re.S):
        value = -1
        for entry in filter(None, (part.strip() for part in body.split(","))):
            name, _, given = (part.strip() for part in entry.partition("="))
            if not given:
                value += 1
            elif given.isdigit():
                value = int(given)
            else:
                value = eval(given, {}, numbers)  # "(__NF_SRTP_A_KEY_MAX - 1)"
            numbers[name] = value
    return numbers


NUMBERS = header_numbers(os.path.join(os.environ["TOP"], "include/uapi/linux/nf_srtp.h"))


def number(name):
    return NUMBERS["NF_SRTP_" + name]


def attribute(kind, value, width=None):
    """One attribute: octets as they are, an integer of a width in bytes, or a list nested."""
    if isinstance(value, list):
        kind |= NLA_F_NESTED
        value = b"".join(value)
    elif isinstance(value, int):
        value = value.to_bytes(width, "little")
    return struct.pack("=HH", len(value) + 4, kind) + value + bytes(-len(value) % 4)


def session(name, value, width=None):
    return attribute(number("A_SESSION_" + name), value, width)


def direction(name, value, width=None):
    return attribute(number("A_DIRECTION_" + name), value, width)


def key(name, value, width=None):
    return attribute(number("A_KEY_" + name), value, width)


def stream(ssrc=None, roc=None):
    parts = [attribute(number("A_STREAM_SSRC"), ssrc, 4)] if ssrc is not None else []
    if roc is not None:
        parts.append(attribute(number("A_STREAM_ROC"), roc, 4))
    return direction("STREAM", parts)


def attributes(octets):
    """(type, value) of each attribute in a row."""
    while len(octets) >= 4:
        length, kind = struct.unpack_from("=HH", octets)
        yield kind & NLA_TYPE_MASK, octets[4:length]
        octets = octets[(length + 3) & ~3:]


class Refusal(Exception):
    """What the kernel said to a request it did not take."""

    def __init__(self, error, text, answer):
        super().__init__(f"errno {error}: {text}")
        self.error, self.text, self.answer = error, text, answer


class GenericNetlink:
    """A socket to the module in the namespace where it was opened."""

    def __init__(self, cap=False):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.socket.bind((0, 0))
        self.socket.settimeout(10)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, int(cap))
        self.sequence = 0
        self.heard = bytearray()
        name = attribute(CTRL_ATTR_FAMILY_NAME, b"nf_srtp\0")
        family = self._exchange(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, [name])
        self.family = struct.unpack("=H", dict(attributes(family[0]))[CTRL_ATTR_FAMILY_ID])[0]

    def request(self, command, parts=(), dump=False):
        """The attributes of each answer, or a Refusal."""
        return self._exchange(self.family, number("CMD_" + command), parts, dump)

    def _exchange(self, family, command, parts, dump=False):
        self.sequence += 1
        body = struct.pack("=BBH", command, 1, 0) + b"".join(parts)
        flags = NLM_F_REQUEST | NLM_F_ACK | (NLM_F_ROOT | NLM_F_MATCH if dump else 0)
        self.socket.send(struct.pack("=IHHII", 16 + len(body), family, flags, self.sequence, 0) +
                         body)
        answers = []
        while True:
            datagram = self.socket.recv(65536)
            self.heard += datagram
            if self._take(datagram, answers):
                return answers

    def _take(self, datagram, answers):
        """Sorts the messages of a datagram; whether the exchange is over."""
        while datagram:
            length, kind, flags = struct.unpack_from("=IHH", datagram)
            body, datagram = datagram[16:length], datagram[(length + 3) & ~3:]
            if kind == NLMSG_DONE:
                return True
            if kind != NLMSG_ERROR:
                answers.append(body[4:])
                continue
            error, = struct.unpack_from("=i", body)
            if error:
                raise Refusal(-error, self._text(body, flags), bytes(body))
            return True
        return False

    @staticmethod
    def _text(body, flags):
        if not flags & NLM_F_ACK_TLVS:
            return ""
        at = 20
        if not flags & NLM_F_CAPPED:
            at = (4 + struct.unpack_from("=I", body, 4)[0] + 3) & ~3
        return dict(attributes(body[at:])).get(NLMSGERR_ATTR_MSG, b"").rstrip(b"\0").decode()

    def close(self):
        self.socket.close()
