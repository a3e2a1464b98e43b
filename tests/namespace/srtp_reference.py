# SPDX-License-Identifier: Apache-2.0
"""SRTP and SRTCP with AES-GCM, written from RFC 3711 and RFC 7714.

The far end of the protocol tests. It shares nothing with the module but the RFCs: AES and
GCM come from python3-cryptography, and every index is the caller's, so that a test says
which one it expects.
"""
import base64
import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_LENGTH = 16
MASTER_SALT_LENGTH = 12
ENCRYPTED_FLAG = 1 << 31

# RFC 7714 section 12: name in SDP and length of the key.
SUITES = {128: ("AEAD_AES_128_GCM", 16), 256: ("AEAD_AES_256_GCM", 32)}

# RFC 3711 section 4.3.2.
LABEL_RTP_KEY, LABEL_RTP_SALT, LABEL_RTCP_KEY, LABEL_RTCP_SALT = 0, 2, 3, 5


def session_bytes_derive(master_key, master_salt, label, length):
    """RFC 3711 section 4.3.1 with a key derivation rate of 0: the index takes no part."""
    block = bytearray(master_salt.ljust(16, b"\0"))
    block[7] ^= label
    encryptor = Cipher(algorithms.AES(master_key), modes.CTR(bytes(block))).encryptor()
    return encryptor.update(bytes(length))


def rtp_header_length(packet):
    """RFC 3550 section 5.1: fixed header, contributing sources, extension."""
    length = 12 + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        length += 4 + 4 * struct.unpack_from("!H", packet, length + 2)[0]
    return length


def xor(left, right):
    return bytes(a ^ b for a, b in zip(left, right))


class Master:
    """A master key with its salt, as SDES carries them (RFC 4568 section 6.1)."""

    def __init__(self, bits=128, mki=b"", lifetime=None):
        self.bits = bits
        self.name, key_length = SUITES[bits]
        self.key = os.urandom(key_length)
        self.salt = os.urandom(MASTER_SALT_LENGTH)
        self.mki = mki
        self.lifetime = lifetime

    @property
    def octets(self):
        return self.key + self.salt

    def attribute(self):
        text = f"{self.name} inline:{base64.b64encode(self.octets).decode()}"
        if self.lifetime:
            text += f"|{self.lifetime}"
        if self.mki:
            text += f"|{int.from_bytes(self.mki, 'big')}:{len(self.mki)}"
        return text


class SessionKeys:
    """Session keys and salts, and what one packet becomes under them (RFC 7714 8 and 9)."""

    def __init__(self, rtp_key, rtp_salt, rtcp_key, rtcp_salt, mki=b""):
        self.secrets = (rtp_key, rtp_salt, rtcp_key, rtcp_salt)
        self.rtp, self.rtp_salt = AESGCM(rtp_key), rtp_salt
        self.rtcp, self.rtcp_salt = AESGCM(rtcp_key), rtcp_salt
        self.mki = mki

    @classmethod
    def of(cls, master):
        def derive(label, length):
            return session_bytes_derive(master.key, master.salt, label, length)

        return cls(derive(LABEL_RTP_KEY, len(master.key)), derive(LABEL_RTP_SALT, 12),
                   derive(LABEL_RTCP_KEY, len(master.key)), derive(LABEL_RTCP_SALT, 12),
                   master.mki)

    def rtp_nonce(self, packet, roc):
        return xor(self.rtp_salt, struct.pack("!H4sI2s", 0, packet[8:12], roc, packet[2:4]))

    def rtcp_nonce(self, packet, index):
        return xor(self.rtcp_salt, struct.pack("!H4sHI", 0, packet[4:8], 0, index))

    def mki_strip(self, packet):
        """The packet without its MKI, or None when it ends in another one."""
        if not packet.endswith(self.mki):
            return None
        return packet[:len(packet) - len(self.mki)]

    def rtp_seal(self, packet, roc):
        at = rtp_header_length(packet)
        header, payload = packet[:at], packet[at:]
        return header + self.rtp.encrypt(self.rtp_nonce(packet, roc), payload, header) + self.mki

    def rtp_open(self, packet, roc):
        """The packet in clear, or None when it does not authenticate under this counter."""
        packet = self.mki_strip(packet)
        if packet is None:
            return None
        at = rtp_header_length(packet)
        header, sealed = packet[:at], packet[at:]
        try:
            return header + self.rtp.decrypt(self.rtp_nonce(packet, roc), sealed, header)
        except InvalidTag:
            return None

    def rtcp_seal(self, packet, index, encrypted=True):
        word = struct.pack("!I", index | (ENCRYPTED_FLAG if encrypted else 0))
        nonce = self.rtcp_nonce(packet, index)
        if encrypted:
            body = packet[:8] + self.rtcp.encrypt(nonce, packet[8:], packet[:8] + word)
        else:
            body = packet + self.rtcp.encrypt(nonce, b"", packet + word)
        return body + word + self.mki

    def rtcp_open(self, packet):
        """(packet in clear, index, E flag), or None when it does not authenticate."""
        packet = self.mki_strip(packet)
        if packet is None or len(packet) < 8 + TAG_LENGTH + 4:
            return None
        body, word = packet[:-4], packet[-4:]
        index, = struct.unpack("!I", word)
        encrypted, index = bool(index & ENCRYPTED_FLAG), index & ~ENCRYPTED_FLAG
        nonce = self.rtcp_nonce(packet, index)
        try:
            if encrypted:
                clear = body[:8] + self.rtcp.decrypt(nonce, body[8:], body[:8] + word)
            else:
                clear, tag = body[:-TAG_LENGTH], body[-TAG_LENGTH:]
                self.rtcp.decrypt(nonce, tag, clear + word)
        except InvalidTag:
            return None
        return clear, index, encrypted


def rtp(seq, ssrc=0x1234ABCD, payload=b"\xd5" * 160, payload_type=0, timestamp=None, marker=False,
        sources=(), extension=None, padding=0):
    """An RTP packet; extension is (profile, octets in whole words)."""
    first = 0x80 | len(sources) | (0x10 if extension else 0) | (0x20 if padding else 0)
    stamp = seq * 160 if timestamp is None else timestamp
    packet = struct.pack("!BBHII", first, payload_type | (0x80 if marker else 0), seq & 0xFFFF,
                         stamp & 0xFFFFFFFF, ssrc)
    packet += b"".join(struct.pack("!I", source) for source in sources)
    if extension:
        profile, octets = extension
        packet += struct.pack("!HH", profile, len(octets) // 4) + octets
    return packet + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


def rtcp_report(ssrc=0x1234ABCD, packets=1, name=b"phone@host"):
    """A sender report and a source description, the usual compound (RFC 3550 section 6)."""
    report = struct.pack("!BBHIQIII", 0x80, 200, 6, ssrc, 0x0123456789ABCDEF, 160 * packets,
                         packets, 160 * packets)
    item = struct.pack("!IBB", ssrc, 1, len(name)) + name
    item += bytes(4 - len(item) % 4)
    return report + struct.pack("!BBH", 0x81, 202, len(item) // 4) + item


def rtcp_receiver_report(ssrc=0x1234ABCD):
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc)
