# SPDX-License-Identifier: Apache-2.0
"""Session descriptions of one audio line with keys (RFC 4566, RFC 4568)."""

import base64
import itertools
import os
import pathlib

from srtp_reference import SUITES, Master, SessionKeys

versions = itertools.count(1)


def key_note(octets):
    """Whoever looks for leaks (leaks.py) has to know all keys of both directions."""
    with open(pathlib.Path(os.environ["SITE"], "keys"), "a", encoding="ascii") as file:
        file.write(f"{octets.hex()}\n")


class Crypto:
    """What an a=crypto line says: @tag, @suite, @octets (key and salt), @mki, @parameters."""

    def __init__(self, line):
        tag, self.suite, rest = line.split(" ", 2)
        self.tag = int(tag)
        keys, *self.parameters = rest.split(" ")
        assert keys.startswith("inline:") and ";" not in keys, line
        text, *options = keys[len("inline:"):].split("|")
        self.octets = base64.b64decode(text + "=" * (-len(text) % 4))
        key_note(self.octets)
        self.padded = len(text) % 4 == 0
        self.lifetime, self.mki = None, b""
        for option in options:
            value, colon, length = option.partition(":")
            if colon:
                self.mki = int(value).to_bytes(int(length), "big")
            else:
                self.lifetime = value

    @property
    def keys(self):
        """What decrypts packets under this line; only GCM is spoken here."""
        bits = next(bits for bits, (name, _) in SUITES.items() if name == self.suite)
        master = Master(bits, self.mki)
        length = SUITES[bits][1]
        assert len(self.octets) == length + 12, f"{self.suite} with {len(self.octets)} octets"
        master.key, master.salt = self.octets[:length], self.octets[length:]
        return SessionKeys.of(master)


class Description:
    """What a description says of its audio line."""

    def __init__(self, text):
        self.text = text if isinstance(text, str) else text.decode()
        self.crypto, self.direction, self.codecs = [], "sendrecv", []
        self.address = self.profile = ""
        self.port = 0
        self.mux = False
        self.lines = 0
        audio = before = True
        for line in self.text.splitlines():
            kind, _, value = line.partition("=")
            if kind == "m":
                self.lines += 1
                before, audio = False, value.startswith("audio ") and not self.port
                if audio:
                    _, port, self.profile, *self.codecs = value.split()
                    self.port = int(port)
            elif kind == "c" and (before or audio):
                self.address = value.split()[2]
            elif kind == "a" and (before or audio):
                self.attribute(value)

    def attribute(self, value):
        name, _, rest = value.partition(":")
        if name in ("sendrecv", "sendonly", "recvonly", "inactive"):
            self.direction = name
        elif name == "rtcp-mux":
            self.mux = True
        elif name == "crypto":
            self.crypto.append(Crypto(rest))

    @property
    def target(self):
        return self.address, self.port


def crypto_line(master, tag=1, padded=True, parameters=""):
    """"TAG SUITE inline:..." of a key; many phones leave the padding of base64 away."""
    key_note(master.octets)
    line = f"{tag} {master.attribute()}"
    return (line if padded else line.replace("=", "")) + (f" {parameters}" if parameters else "")


def description(address, port, crypto=(), direction="sendrecv", profile=None, codecs="0 101",
                mux=False, session=1, more=()):
    """The text of a description; @crypto: lines as of crypto_line(), as they are to be."""
    profile = profile or ("RTP/SAVP" if crypto else "RTP/AVP")
    lines = ["v=0", f"o=manager {session} {next(versions)} IN IP4 {address}", "s=SIP Call",
             f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} {profile} {codecs}",
             "a=rtpmap:0 PCMU/8000", "a=ptime:20"]
    if "101" in codecs.split():
        lines += ["a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15"]
    lines += [f"a=crypto:{line}" for line in crypto]
    lines += ["a=rtcp-mux"] if mux else []
    lines += [f"a={direction}", *more]
    return "\r\n".join(lines) + "\r\n"
