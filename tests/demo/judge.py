#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""After the guest has ended: what was heard, and what stood on the wire.

judge.py FOLDER adds the last verdicts, writes the recordings, summary.json and
report.html, prints the table, and exits with 1 when any verdict failed.
"""
import json
import os
import sys

import capture
import speech
from hosts import ADDRESSES, RTCP_PORT, RTP_PORT, SSRC
from report import report_write
from verdicts import Verdicts

# What one says, the other hears.
DIRECTIONS = (("phone", "peer"), ("peer", "phone"))


def read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def speech_judge(verdicts, folder, frames):
    """Both directions, sample by sample; returns said and heard of each for the report."""
    recordings = []
    for speaker, listener in DIRECTIONS:
        said = speech.said(read(folder, speaker + ".said"), frames[speaker])
        heard = read(folder, listener + ".heard")
        speech.wav_write(os.path.join(folder, f"{speaker}-said.wav"), said)
        speech.wav_write(os.path.join(folder, f"{listener}-heard.wav"), heard)
        wrong = speech.different(said, heard)
        close = speech.correlation(said, heard)
        verdicts.add(f"speech: {speaker} to {listener}", wrong == 0 and frames[speaker] > 0,
                     f"{len(said) / speech.RATE:.1f} s, {len(said)} samples said, {len(heard)} "
                     f"heard, {wrong} differ, correlation {close:.4f}")
        recordings.append({"speaker": speaker, "listener": listener, "said": said, "heard": heard})
    return recordings


def reports_judge(verdicts, folder):
    """Sender reports (RFC 3550 section 6.4.1) came through, with the right SSRC."""
    for speaker, listener in DIRECTIONS:
        came = read(folder, listener + ".reports")
        count = sum(came.count(bytes([0x80 | blocks, 200, 0, 6 + 6 * blocks])
                               + SSRC[speaker].to_bytes(4, "big")) for blocks in (0, 1))
        verdicts.add(f"reports: {speaker} to {listener}", count > 0,
                     f"{count} sender reports of SSRC {SSRC[speaker]:#x} opened")


def capture_judge(verdicts, folder, recordings):
    """No run of what was said stands on the wire; and the search would find one."""
    data = read(folder, "capture.pcap")
    runs = set()
    for recording in recordings:
        runs |= capture.speech_runs(recording["said"])
    planted = next(iter(runs), b"")
    count, clear = capture.clear_packets(data, runs)
    alive = planted and capture.holds_run(b"\x80" + planted + b"\x00", runs)
    verdicts.add("no-clear-media", bool(alive) and count > 0 and not clear,
                 f"{count} frames on the switch searched for {len(runs)} runs of both speeches, "
                 f"{clear} hold one")
    lengths = protected_lengths(data)
    verdicts.add("protected-lengths", lengths == {188},
                 "every RTP packet of the call carries 12 header, 160 speech and 16 tag bytes"
                 if lengths == {188} else f"lengths {sorted(lengths)}")


def protected_lengths(data):
    """UDP payload lengths of the RTP that the phone sent to its peer during the call."""
    own = (entry for entry in map(capture.datagram, capture.packets(data)) if entry)
    return {len(payload) for source, source_port, port, payload in own
            if source == ADDRESSES["phone"] and source_port == port == RTP_PORT != RTCP_PORT}


def table_print(entries):
    width = max((len(entry["name"]) for entry in entries), default=0)
    print("\n== Summary")
    for entry in entries:
        print(f"   {'ok    ' if entry['ok'] else 'FAILED'}  {entry['name']:<{width}}  "
              f"{entry['figure']}")


def main():
    folder = sys.argv[1]
    verdicts = Verdicts(os.path.join(folder, "verdicts.jsonl"))
    verdicts.step("What was heard, and what stood on the wire")
    account = json.loads(read(folder, "account.json") or "{}")
    verdicts.add("guest-ended", bool(account) and sys.argv[2] == "0",
                 f"the guest's scenario ended with {sys.argv[2]}")
    if account:
        recordings = speech_judge(verdicts, folder, account["said"])
        reports_judge(verdicts, folder)
        capture_judge(verdicts, folder, recordings)
        watch = [json.loads(line) for line in read(folder, "watch.jsonl").splitlines()]
        report_write(os.path.join(folder, "report.html"), verdicts.all(), recordings, watch,
                     account)
    entries = verdicts.all()
    with open(os.path.join(folder, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=2)
        file.write("\n")
    table_print(entries)
    bad = sum(not entry["ok"] for entry in entries)
    print(f"\n{len(entries) - bad} passed, {bad} failed")
    return 1 if bad or not account else 0


if __name__ == "__main__":
    sys.exit(main())
