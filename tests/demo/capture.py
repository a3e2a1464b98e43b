# SPDX-License-Identifier: Apache-2.0
"""Captures: reading them, and searching them for what must not be there."""
import struct

RUN = 16
# Silence is all alike and would be found in anything that is silent too.
DISTINCT = 6


def packets(data):
    """The frames of a pcap file that was written on this machine; a last half one is left."""
    at = 24
    while at + 16 <= len(data):
        _, _, kept, _ = struct.unpack_from("=IIII", data, at)
        if at + 16 + kept > len(data):
            return
        yield data[at + 16:at + 16 + kept]
        at += 16 + kept


def datagram(frame):
    """(source, source port, destination port, payload) of UDP over IPv4, else None."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
        return None
    udp = 14 + (frame[14] & 15) * 4
    source_port, port, length = struct.unpack_from("!HHH", frame, udp)
    source = ".".join(str(byte) for byte in frame[26:30])
    return source, source_port, port, frame[udp + 8:udp + length]


def speech_runs(speech):
    """Runs of RUN bytes that tell a speech from noise and from silence."""
    runs = {speech[at:at + RUN] for at in range(0, len(speech) - RUN + 1, RUN)}
    return {run for run in runs if len(set(run)) >= DISTINCT}


def holds_run(frame, runs):
    return any(frame[at:at + RUN] in runs for at in range(len(frame) - RUN + 1))


def clear_packets(data, runs):
    """How many frames there are, and how many hold a run of the speech."""
    count = clear = 0
    for frame in packets(data):
        count += 1
        clear += holds_run(frame, runs)
    return count, clear
