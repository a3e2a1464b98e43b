# SPDX-License-Identifier: Apache-2.0
"""What a capture of the switch gives away: capture.py clear|sealed FILE SPEAKER...

"clear" demands that some speaker's own samples are in it, "sealed" that nobody's are in
what the phone sends and that media went at all; some tests let others send in clear to
see it dropped. Samples are looked for as they are in a packet of PCMU, anywhere,
so that it does not matter how they got there.
"""

import sys

import voice

FRAME = 160
# So many packets of a size that only media has make a call.
MEDIA_LEAST = 20
PHONE = bytes((10, 7, 0, 1))
SRTP_SIZES = range(FRAME + 12, FRAME + 12 + 64)


def pieces(speaker):
    """Parts of what a speaker's packets hold; samples of silence would be anybody's."""
    codes = voice.mulaw_encode(voice.samples(speaker, voice.NOTE * voice.NOTES))
    return {codes[at:at + FRAME // 4] for at in range(0, len(codes), FRAME)}


def packets(path):
    """The packets of a file of libpcap's format, of which tcpdump writes one kind."""
    with open(path, "rb") as file:
        octets = file.read()
    order = "little" if octets[:4] == b"\xd4\xc3\xb2\xa1" else "big"
    at = 24
    while at + 16 <= len(octets):
        length = int.from_bytes(octets[at + 8:at + 12], order)
        yield octets[at + 16:at + 16 + length]
        at += 16 + length


def main(wanted, path, *speakers):
    media = said = 0
    known = set().union(*(pieces(speaker) for speaker in speakers))
    for packet in packets(path):
        # Ethernet, IPv4, UDP: 14, 20 and 8 octets.
        media += len(packet) - 42 in SRTP_SIZES and packet[23:24] == b"\x11"
        if wanted == "clear" or packet[26:30] == PHONE:
            said += any(piece in packet for piece in known)
    print(f"{media} packets of media, {said} with what was said")
    if wanted == "clear":
        return 0 if said else 1
    return 0 if not said and media >= MEDIA_LEAST else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
