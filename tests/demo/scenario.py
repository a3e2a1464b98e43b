#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration inside the guest: a call, an attack on it, and what became of each packet.

scenario.py FOLDER [--live]

FOLDER holds the speech of both ends (phone.said, peer.said) and receives what the host
judges and shows afterwards (judge.py, report.py). Keys stay in the guest.
"""
import base64
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

import capture
import ledger
from hosts import ADDRESSES, EMPTY_PORT, HELPER, PROTECTED, RTP_PORT, TOP, at, helper, run
from verdicts import Verdicts

SUITE = "AEAD_AES_256_GCM"
ATTACK_PACKETS = 2000
WORK = os.environ.get("TMPDIR", "/tmp")
END = os.path.join(TOP, "tests/demo/end.sh")
MICROPHONE = os.path.join(TOP, "tests/interop/microphone.py")

# Sends what plain RTP programs send, COUNT times, and says how often it was refused.
PLAIN_SENDER = """
import socket, sys
own, own_port, far, port, count = sys.argv[1], *map(int, sys.argv[2:3]), *sys.argv[3:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((own, own_port))
refused = 0
for n in range(int(count)):
    try:
        s.sendto(bytes([0x80, 0, 0, n]) + bytes(168), (far, int(port)))
    except PermissionError:
        refused += 1
print(refused)
"""


class Call:
    """The programs of a call on both hosts and what listens to it."""

    def __init__(self, folder, masters):
        self.folder = folder
        self.keys = {"key_tx": masters["tx"].hex(), "key_rx": masters["rx"].hex()}
        self.programs = {}
        self.microphones = {}

    def start(self, end):
        """Starts the program of one end; its speech comes from a pipe."""
        pipe = os.path.join(WORK, end + ".microphone")
        os.mkfifo(pipe)
        with open(os.path.join(WORK, end + ".log"), "wb") as log, open(pipe, "r+b", 0) as speech:
            self.programs[end] = subprocess.Popen(
                [END, end, WORK], stdin=speech, stdout=log, stderr=log,
                env=os.environ | (self.keys if end == "peer" else {}))

    def is_listening(self, end):
        return subprocess.run([END, "is-listening", end], check=False).returncode == 0

    def speak(self):
        for end in self.programs:
            with open(os.path.join(WORK, end + ".microphone"), "wb") as pipe, \
                    open(os.path.join(WORK, end + ".frames"), "wb") as frames:
                self.microphones[end] = subprocess.Popen(
                    [MICROPHONE, "--repeat", os.path.join(self.folder, end + ".said")],
                    stdout=pipe, stderr=frames)

    def fall_silent(self):
        """Ends the speech of both; returns how many frames each has spoken."""
        said = {}
        for end, microphone in self.microphones.items():
            microphone.terminate()
            microphone.wait()
            with open(os.path.join(WORK, end + ".frames"), encoding="ascii") as frames:
                said[end] = int(frames.read())
        return said

    def hang_up(self):
        for program in self.programs.values():
            program.send_signal(signal.SIGINT)
            program.wait()


def wait_for(verdicts, seconds, what, condition):
    """Waits with a sign of life; returns whether the condition came true in time."""
    begun = said = time.monotonic()
    while not condition():
        now = time.monotonic()
        if now - begun > seconds:
            return False
        if now - said >= 2:
            said = now
            verdicts.note(f"... {what}, {now - begun:.0f} s")
        time.sleep(0.2)
    return True


def plain_send(host, far, port, count):
    return int(run(host, "python3", "-c", PLAIN_SENDER, ADDRESSES[host], str(RTP_PORT),
                   ADDRESSES[far], str(port), str(count)))


class Scenario:
    """The steps, in the order in which they are called."""

    def __init__(self, folder):
        self.folder = folder
        self.verdicts = Verdicts(os.path.join(folder, "verdicts.jsonl"))
        self.masters = {way: os.urandom(44) for way in ("tx", "rx")}
        self.call = Call(folder, self.masters)
        self.background = []
        self.has_monitor = False
        self.session = {}
        self.said = {}
        self.attacks = []

    def path(self, name):
        return os.path.join(WORK, name)

    def spawn(self, command, log):
        with open(self.path(log), "wb") as file:
            self.background.append(subprocess.Popen(command, stdout=file, stderr=file))
        return self.background[-1]

    def listen(self):
        """Captures on the switch and, where the kernel can, of all netlink on the phone."""
        self.spawn(at("wire", "tcpdump", "-i", "to-phone", "-U", "-s", "0", "-B", "16384",
                      "-Z", "root", "-w", self.path("capture.pcap")), "tcpdump.log")
        self.has_monitor = subprocess.run(
            at("phone", "ip", "link", "add", "nlmon0", "type", "nlmon"), capture_output=True,
            check=False).returncode == 0
        if self.has_monitor:
            run("phone", "ip", "link", "set", "nlmon0", "up")
        wait_for(self.verdicts, 20, "tcpdump starts",
                 lambda: os.path.exists(self.path("capture.pcap")))

    def module_show(self):
        self.verdicts.step("The module and its policy")
        policy = helper("policy", "--mode", "enforce", "--protect",
                        f"{PROTECTED[0]}-{PROTECTED[1]}")["policy"]
        self.verdicts.add("policy", policy["mode"] == "enforce",
                          f"enforced on UDP ports {PROTECTED[0]} to {PROTECTED[1]} of the phone")
        findings = {entry["name"]: entry for entry in helper("doctor")["checks"]}
        self.verdicts.add("self-test", findings["self-test"]["verdict"] == "ok",
                          findings["crypto-driver"]["text"])

    def strangers_drop(self, name, why):
        """Nothing vouches for these packets: neither leaves or arrives in clear."""
        before = ledger.module_packets()
        refused = plain_send("phone", "peer", RTP_PORT, 5)
        plain_send("peer", "phone", RTP_PORT, 5)
        added = ledger.difference(ledger.module_packets(), before)
        dropped = [added[way]["drops"].get("no-session", 0) for way in ("tx", "rx")]
        self.verdicts.add(name, refused == 5 and dropped == [5, 5],
                          f"{why}: {dropped[0]} of 5 plain packets stopped on the way out, "
                          f"{dropped[1]} of 5 on the way in")

    def session_create(self):
        self.verdicts.step("A session: keys go in through a pipe")
        lines = "".join(f"{way} {SUITE} inline:{base64.b64encode(master).decode()}\n"
                        for way, master in self.masters.items())
        ends = [f"{ADDRESSES[end]}:{RTP_PORT}" for end in ("phone", "peer")]
        self.session = helper("add", "--local", ends[0], "--remote", ends[1],
                              given=lines.encode())["session"]
        listed = helper("list")["sessions"]
        self.verdicts.add("session", len(listed) == 1 and listed[0]["suite"] == SUITE,
                          f"{listed[0]['suite']}, RTP on {RTP_PORT}, RTCP on {RTP_PORT + 1}")
        if self.has_monitor:
            # What is said over netlink from here on must hold no key.
            self.spawn(at("phone", "tcpdump", "-i", "nlmon0", "-U", "-s", "0", "-Z", "root",
                          "-w", self.path("netlink.pcap")), "nlmon.log")

    def call_begin(self):
        self.verdicts.step("The call: plain RTP program on the phone, GStreamer srtpdec/srtpenc "
                           "(libsrtp2) on the peer")
        self.monitor = self.spawn(at("phone", HELPER, "media", "monitor", "--json"), "events.log")
        for end in ("peer", "phone"):
            self.call.start(end)
        listening = all(wait_for(self.verdicts, 120, f"the {end} starts its program",
                                 lambda end=end: self.call.is_listening(end))
                        for end in ("peer", "phone"))
        self.before = ledger.snapshot()
        self.watch = ledger.Watch(os.path.join(self.folder, "watch.jsonl"))
        self.watch.start()
        self.watch.mark("both speak")
        self.call.speak()
        wait_for(self.verdicts, 60, "both speak", lambda: self.media_passed(250))
        passed = ledger.module_packets()
        self.verdicts.add("media-flows", listening and self.media_passed(250),
                          f"so far {passed['tx']['rtp']} packets encrypted, "
                          f"{passed['rx']['rtp']} decrypted")

    def media_passed(self, sent, received=None):
        """Whether so many RTP packets have passed, the same number each way by default."""
        now = ledger.module_packets()
        return now["tx"]["rtp"] >= sent and now["rx"]["rtp"] >= (received or sent)

    def attack(self):
        self.verdicts.step(f"The attack: {ATTACK_PACKETS} packets of each kind while the call "
                           "goes on")
        attacker = subprocess.Popen(
            at("attacker", os.path.join(TOP, "tests/demo/attacker.py"), self.path("capture.pcap"),
               str(ATTACK_PACKETS)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        before = ledger.snapshot()
        for line in attacker.stdout:
            told = json.loads(line)
            if "begins" in told:
                self.watch.mark(told["begins"])
                continue
            before = self.attack_judge(told, before)
            attacker.stdin.write("\n")
            attacker.stdin.flush()
        self.watch.mark("attack over")
        self.verdicts.add("attacker-ended", attacker.wait() == 0,
                          f"{sum(told['sent'] for told in self.attacks)} packets sent")

    def attack_judge(self, told, before):
        """Each kind must have been counted under its own reason, to the packet."""
        after = ledger.snapshot()
        added = ledger.difference(after, before)
        drops = {name: count for name, count in added["module"]["rx"]["drops"].items() if count}
        if told["reason"] == "free":
            counted, good = added["ingress"]["free"], not drops
            word = "left to the host, not the module's business"
        else:
            counted = drops.pop(told["reason"], 0)
            good, word = not drops, f"dropped as {told['reason']}"
        told["counted"] = counted
        self.attacks.append(told)
        self.verdicts.add(f"attack: {told['kind']}", good and counted == told["sent"],
                          f"{told['sent']} sent, {counted} {word}"
                          + (f", and {drops}" if drops else ""))
        return after

    def helpers_kill(self):
        self.verdicts.step("kill -9 of everything in user space that speaks with the module")
        before = ledger.module_packets(), helper("list")["sessions"], helper("policy")
        self.watch.mark("kill -9")
        self.monitor.kill()
        killed = 1
        for _ in range(10):
            victim = subprocess.Popen(
                at("phone", HELPER, "media", random.choice(["monitor", "stats", "list", "doctor"])),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.random() / 10)
            victim.kill()
            victim.wait()
            killed += 1
        wanted = [before[0][way]["rtp"] + 50 for way in ("tx", "rx")]
        flows = wait_for(self.verdicts, 20, "the call goes on",
                         lambda: self.media_passed(*wanted))
        now = helper("list")["sessions"], helper("policy")
        same = [entry["id"] for entry in now[0]] == [entry["id"] for entry in before[1]]
        self.verdicts.add("kill-9", same and now[1] == before[2] and flows,
                          f"{killed} processes killed: session and policy as before, "
                          "media goes on")

    def call_end(self):
        self.verdicts.step("The end of the call")
        self.said = self.call.fall_silent()
        wait_for(self.verdicts, 10, "the last packets arrive",
                 lambda: self.media_passed(self.said["phone"], self.said["peer"]))
        # A report comes every five seconds or so, the last one still on its way.
        wait_for(self.verdicts, 15, "both wait for a last report", self.reports_came)
        time.sleep(1)
        self.call.hang_up()
        self.wrap_show()
        self.events_show()
        added = ledger.difference(ledger.snapshot(), self.before)
        self.watch.end()
        self.account(added)
        helper("del", "all")
        self.strangers_drop("no-session-again", "session deleted")

    def wrap_show(self):
        """The sequence numbers began near their end, so the rollover counters have moved."""
        session = helper("show", str(self.session["id"]))["session"]
        rocs = [session[way]["streams"][0]["roc"] for way in ("tx", "rx")]
        self.verdicts.add("wrap", rocs == [1, 1], "sequence numbers wrapped during the call: "
                          f"rollover counters {rocs[0]} sent, {rocs[1]} received")

    def events_show(self):
        """What the module has told its listener before that was killed."""
        with open(self.path("events.log"), encoding="utf-8") as file:
            told = [json.loads(line) for line in file if line.endswith("}\n")]
        names = [entry["event"] for entry in told]
        causes = {entry["cause"] for entry in told if "cause" in entry}
        self.verdicts.add("events", "forged" in causes and "replay-flood" in names,
                          f"{names.count('auth-failures')} alarms of failed authentication "
                          f"(likely cause: {', '.join(sorted(causes))}), "
                          f"{names.count('replay-flood')} of a replay flood")

    def reports_came(self):
        counters = ledger.module_packets()
        return counters["rx"]["rtcp"] >= 2 and counters["tx"]["rtcp"] >= 2

    def account(self, added):
        """Received by the interface == passed + dropped, with nothing left over."""
        rx, ingress = added["module"]["rx"], added["ingress"]
        dropped = sum(rx["drops"].values())
        media = rx["rtp"] + rx["rtcp"] + rx["other"] + dropped
        self.verdicts.add("interface-accounted", added["interface"] == sum(ingress.values()),
                          f"{added['interface']} packets received = {ingress['media']} to "
                          f"protected ports + {ingress['free']} to others + {ingress['rest']} "
                          "ARP, ICMP")
        self.verdicts.add("media-accounted", ingress["media"] == media,
                          f"{ingress['media']} to protected ports = {rx['rtp']} RTP + "
                          f"{rx['rtcp']} RTCP passed + {rx['other']} other + {dropped} dropped")
        tx = added["module"]["tx"]
        self.verdicts.add("speech-accounted",
                          rx["rtp"] == self.said["peer"] and tx["rtp"] == self.said["phone"]
                          and not any(tx["drops"].values()),
                          f"phone said {self.said['phone']} packets, {tx['rtp']} encrypted; peer "
                          f"said {self.said['peer']}, {rx['rtp']} decrypted; "
                          f"{ledger.sockets_full()} lost in a full socket of the program")
        with open(os.path.join(self.folder, "account.json"), "w", encoding="utf-8") as file:
            json.dump({"added": added, "said": self.said, "attacks": self.attacks}, file)

    def keys_search(self):
        """Keys must be in no capture, no log, no kernel message and no answer."""
        for name in ("list", "stats", "policy", "doctor"):
            self.spawn(at("phone", HELPER, "media", name, "--json"), f"phonesec-{name}.log").wait()
        for process in self.background:
            if process.poll() is None:
                process.terminate()
                process.wait()
        names = [name for name in os.listdir(WORK) if name.endswith((".log", ".pcap"))]
        files = {name: open(self.path(name), "rb").read() for name in names}
        files["dmesg"] = subprocess.run(["dmesg"], capture_output=True, check=True).stdout
        alive = capture.key_places(self.masters.values(),
                                   {"planted": b"x" + self.masters["rx"].hex().encode()})
        places = capture.key_places(self.masters.values(), files)
        messages = sum(1 for _ in capture.packets(files.get("netlink.pcap", b"")))
        self.verdicts.add("no-key-anywhere", not places and alive == ["planted"]
                          and (messages > 0 or not self.has_monitor),
                          f"found in {places}" if places else
                          f"{sum(map(len, files.values())) >> 10} KiB of capture, {messages} "
                          f"netlink messages, {len(files)} logs and kernel messages: neither key, "
                          "raw, hex or base64")

    def files_keep(self):
        for name in ("capture.pcap", "phone.heard", "peer.heard", "phone.reports", "peer.reports",
                     "events.log", "phone.log", "peer.log"):
            if os.path.exists(self.path(name)):
                shutil.copy(self.path(name), os.path.join(self.folder, name))


def main():
    folder = sys.argv[1]
    scenario = Scenario(folder)
    ledger.ingress_count()
    scenario.listen()
    scenario.module_show()
    scenario.strangers_drop("no-session", "no session yet")
    scenario.session_create()
    scenario.call_begin()
    if "--live" in sys.argv[2:]:
        return
    scenario.attack()
    scenario.helpers_kill()
    scenario.call_end()
    scenario.keys_search()
    scenario.files_keep()


if __name__ == "__main__":
    main()
