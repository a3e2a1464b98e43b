# SPDX-License-Identifier: Apache-2.0
"""Looks for what nobody may find: leaks.py KEYS WHERE... [--sealed CAPTURE...]

KEYS is what the stand-ins noted of every key of both directions, one a line in hexadecimal.
No file below WHERE may have one of them, as it is, in hexadecimal or in base64. Of a
capture only what the phone sent or got is looked at, each direction of a connection as one
text: legs between others are theirs. In sealed captures there is no SIP in clear either.
"""

import base64
import pathlib
import sys

from capture import packets

PHONE = {bytes([10, 7, 0, 1]), bytes.fromhex("fd07") + bytes(13) + b"\1"}
# The beginning of a key is enough: who prints part of it has printed too much.
PREFIX = 15
CAPTURE_KINDS = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")


def forms(key):
    """Every way of writing the beginning of a key; base64 has it with padding and without."""
    begin = key[:PREFIX]
    return {"octets": begin, "hexadecimal": begin.hex().encode(),
            "capitals": begin.hex().upper().encode(), "base64": base64.b64encode(begin)}


def payload(packet):
    """(flow, what is behind the header of UDP or TCP) of a packet on Ethernet, or None."""
    kind, ip = packet[12:14], packet[14:]
    if kind == b"\x08\x00" and len(ip) > 20:
        at, protocol, ends = (ip[0] & 15) * 4, ip[9], (ip[12:16], ip[16:20])
    elif kind == b"\x86\xdd" and len(ip) > 40:
        at, protocol, ends = 40, ip[6], (ip[8:24], ip[24:40])
    else:
        return None
    if not PHONE & set(ends) or protocol not in (6, 17) or len(ip) < at + 20:
        return None
    behind = at + 8 if protocol == 17 else at + (ip[at + 12] >> 4) * 4
    return (protocol, *ends, ip[at:at + 4]), ip[behind:]


def texts(path):
    """What a file holds, a capture by its connections."""
    with open(path, "rb") as file:
        is_capture = file.read(4) in CAPTURE_KINDS
    if not is_capture:
        yield path.read_bytes()
        return
    flows = {}
    for packet in packets(path):
        found = payload(packet)
        if found:
            flows.setdefault(found[0], bytearray()).extend(found[1])
    yield from map(bytes, flows.values())


def files(places):
    for place in map(pathlib.Path, places):
        yield from (one for one in sorted(place.rglob("*")) if one.is_file())


def main(noted, places, sealed):
    with open(noted, encoding="ascii") as file:
        keys = {bytes.fromhex(line) for line in file}
    wanted = [(name, form) for key in keys for name, form in forms(key).items()]
    found = looked = 0
    for path in files(places):
        # The list itself.
        if path == pathlib.Path(noted):
            continue
        for text in texts(path):
            looked += 1
            for name, form in wanted:
                if form in text:
                    found += 1
                    print(f"{path} has a key in {name}")
            if path.name in sealed and b"SIP/2.0" in text:
                found += 1
                print(f"{path} has SIP in clear")
    print(f"{looked} texts, {len(keys)} keys, {found} leaks")
    return 1 if found or not keys or not looked else 0


def arguments(words):
    at = words.index("--sealed") if "--sealed" in words else len(words)
    return words[0], words[1:at], words[at + 1:]


if __name__ == "__main__":
    sys.exit(main(*arguments(sys.argv[1:])))
