#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""After the guest has ended: what was heard, and what stood on the wire.

judge.py FOLDER adds the last verdicts, writes the recordings, summary.json and
report.html, prints the table, and exits with 1 when any verdict failed.
"""
import glob
import json
import os
import re
import subprocess
import sys

import capture
import speech
from phone import ADDRESSES
from report import report_write
from verdicts import Verdicts

# What one says, the other hears.
DIRECTIONS = (("phone", "far"), ("far", "phone"))
RECOGNISED = 0.9
SECONDS_LEAST = 10
# RFC 8446 appendix B.4, RFC 5289, and the signal of RFC 5746 that is no suite.
SUITES = {0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384",
          0xc02b: "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02c: "ECDHE-ECDSA-AES256-GCM-SHA384",
          0xc02f: "ECDHE-RSA-AES128-GCM-SHA256", 0xc030: "ECDHE-RSA-AES256-GCM-SHA384"}
SIGNAL = 0x00ff
# How SIP and its descriptions would stand on the wire.
SIP_CLEAR = re.compile(rb"SIP/2\.0|a=crypto|c=IN IP4|inline:|X-cisco")
# Of the phone's packets only: the far end's program says its number in a last RTCP report
# that it sends in clear, when its own media encryption has ended before.
URI_CLEAR = re.compile(rb"sips?:[\w.-]*@|sips?:10\.7\.")


def read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def recording(folder, end):
    """What an end has heard from the begin of the call on, as mu-law samples."""
    found = sorted(glob.glob(os.path.join(folder, f"heard-{end}", "*-dec.wav")))
    return speech.codes(found[0]) if found else b""


def speech_judge(verdicts, folder):
    """Both directions, frame by frame; returns said and heard of each for the report."""
    recordings = []
    for speaker, listener in DIRECTIONS:
        words = speech.codes(os.path.join(folder, f"{speaker}-says.wav"))
        heard = recording(folder, listener)
        said, recognised, spoken = speech.Speech(words).listen(heard)
        speech.wav_write(os.path.join(folder, f"{listener}-heard.wav"), heard)
        seconds = recognised * speech.FRAME / speech.RATE
        verdicts.add(f"speech: {speaker} to {listener}",
                     seconds >= SECONDS_LEAST and recognised >= RECOGNISED * spoken,
                     f"{len(heard) / speech.RATE:.1f} s recorded; of {spoken} spoken frames "
                     f"{recognised} are what was said, {seconds:.1f} s")
        recordings.append({"speaker": speaker, "listener": listener, "said": said, "heard": heard,
                           "words": words})
    return recordings


def capture_judge(verdicts, folder, recordings):
    """No run of what was said stands on the wire; and the search would find one."""
    data = read(folder, "call.pcap")
    runs = set()
    for entry in recordings:
        runs |= capture.speech_runs(entry["words"]) | capture.speech_runs(entry["heard"])
    planted = next(iter(runs), b"")
    count, clear = capture.clear_packets(data, runs)
    alive = planted and capture.holds_run(b"\x80" + planted + b"\x00", runs)
    verdicts.add("no-clear-media", bool(alive) and count > 0 and not clear,
                 f"{count} frames on the switch searched for {len(runs)} runs of both speeches, "
                 f"{clear} hold one")
    sip_judge(verdicts, folder, data)


def sip_judge(verdicts, folder, data):
    """No SIP in clear; and the search finds it where the program speaks it, in its own trace."""
    phone = bytes(int(part) for part in ADDRESSES["phone"].split("."))
    own = b"".join(frame for frame in capture.packets(data) if phone in frame[26:34])
    found = set(SIP_CLEAR.findall(data)) | set(URI_CLEAR.findall(own))
    trace = read(folder, "baresip-phone.log")
    alive = own and SIP_CLEAR.search(trace) and URI_CLEAR.search(trace)
    verdicts.add("no-clear-sip", bool(alive) and not found,
                 f"{len(data) >> 10} KiB on the switch hold no start line and no description, "
                 f"{len(own) >> 10} KiB of the phone no number" if not found else
                 f"found {sorted(found)[:5]}")


def tshark(folder, shown, *fields):
    """Fields of the frames that a filter shows, one list a frame."""
    said = subprocess.run(
        ["tshark", "-r", os.path.join(folder, "call.pcap"), "-Y", shown, "-T", "fields",
         *(word for field in fields for word in ("-e", field))],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    return [line.split("\t") for line in said.splitlines()]


def tls_judge(verdicts, folder):
    """What the phone offered in its handshakes, and what the call manager chose."""
    phone = f"ip.addr == {ADDRESSES['phone']} && "
    offers = tshark(folder, phone + "tls.handshake.type == 1", "tls.handshake.ciphersuite")
    offered = {int(suite, 0) for offer in offers for suite in offer[0].split(",")} - {SIGNAL}
    verdicts.add("tls-offer", bool(offered) and offered <= SUITES.keys(),
                 f"{len(offers)} ClientHello offer nothing but "
                 + ", ".join(SUITES.get(suite, f"{suite:#06x}") for suite in sorted(offered)))
    chosen = tshark(folder, phone + "tls.handshake.type == 2", "tls.handshake.ciphersuite")
    verdicts.add("tls-choice", bool(chosen) and all(int(one[0], 0) in SUITES for one in chosen),
                 ", ".join(sorted({SUITES.get(int(one[0], 0), one[0]) for one in chosen})))


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
        recordings = speech_judge(verdicts, folder)
        capture_judge(verdicts, folder, recordings)
        tls_judge(verdicts, folder)
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
