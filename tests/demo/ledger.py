# SPDX-License-Identifier: Apache-2.0
"""What the phone's interface received, and what the module says became of it.

The interface is counted at its ingress by nft, before the module sees a packet: media
(UDP to protected ports), other UDP, and the rest (TLS, ARP, ICMP, neighbour discovery).
"""
import json
import os
import threading
import time

from phone import phonesec_json, run

# Of the phone: where it is in the site's network, which may be its voice VLAN.
INTERFACE = os.environ["PHONE_INTERFACE"]
INGRESS = f"""
table netdev ledger {{
  counter media {{ }}
  counter free {{ }}
  counter rest {{ }}
  chain ingress {{
    type filter hook ingress device {INTERFACE} priority 0;
    udp dport 16384-32767 counter name media accept
    meta l4proto udp counter name free accept
    counter name rest
  }}
}}
"""


def ingress_count():
    """Begins to count what the phone's interface receives."""
    run("phone", "nft", "-f", "-", given=INGRESS.encode())


def interface_packets(host="phone"):
    name = INTERFACE if host == "phone" else "eth0"
    listed = json.loads(run(host, "ip", "-j", "-s", "link", "show", name))
    return listed[0]["stats64"]["rx"]["packets"]


def ingress_packets():
    listed = json.loads(run("phone", "nft", "-j", "list", "counters"))["nftables"]
    return {entry["counter"]["name"]: entry["counter"]["packets"]
            for entry in listed if "counter" in entry}


def drops_of(way):
    return {drop["reason"]: drop["packets"] for drop in way["drops"]}


def module_packets():
    """Counters of the module on the phone, both ways, drops by their reason."""
    counters = phonesec_json("media", "stats")["counters"][0]
    return {way: {"rtp": counters[way]["rtp_packets"], "rtcp": counters[way]["rtcp_packets"],
                  "other": counters[way]["other_packets"], "drops": drops_of(counters[way])}
            for way in ("tx", "rx")}


def snapshot():
    """All counters of one moment, which takes one without media: read again until it is."""
    while True:
        before = interface_packets()
        counters = {"interface": before, "module": module_packets(), "ingress": ingress_packets()}
        if interface_packets() == before:
            return counters


def difference(after, before):
    """What was added between two snapshots, counter by counter."""
    if isinstance(after, dict):
        return {name: difference(value, before.get(name, 0 if not isinstance(value, dict) else {}))
                for name, value in after.items()}
    return after - before


class Watch(threading.Thread):
    """Writes the module's counters to a file, twice a second, until it is told to end."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.file = open(path, "w", encoding="utf-8")
        self.begun = time.monotonic()
        self.ended = threading.Event()
        self.lock = threading.Lock()

    def write(self, entry):
        with self.lock:
            entry["time"] = round(time.monotonic() - self.begun, 3)
            self.file.write(json.dumps(entry) + "\n")
            self.file.flush()

    def mark(self, text):
        """Names what begins now, for the picture."""
        self.write({"mark": text})

    def run(self):
        while not self.ended.is_set():
            self.write({"module": module_packets()})
            self.ended.wait(0.5)

    def end(self):
        self.ended.set()
        self.join()
        self.write({"module": module_packets()})
        self.file.close()
