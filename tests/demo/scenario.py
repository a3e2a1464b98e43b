#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration inside the guest: a stock SIP program makes a call through phonesecd.

scenario.py FOLDER [--live]

FOLDER holds the speech of both ends (phone.wav, far.wav) and receives what the host
judges and shows afterwards (judge.py, report.py). Keys stay in the guest.
"""
import json
import os
import re
import subprocess
import sys
import time

import evidence
import ledger
from baresip import Baresip
from daemon import AS_USER_OF_NETWORK
from new_phone import NewPhone
from phone import ADDRESSES, EMPTY_PORT, TOP, at, phonesec, phonesec_json
from site_join import SiteJoin
from site_services import Services
from switch_port import CHANGES, SwitchPort
from verdicts import Verdicts

MANAGER = ADDRESSES["manager"]
ATTACK_PACKETS = int(os.environ.get("ATTACK_PACKETS", 200))
SUITE = "AEAD_AES_256_GCM"
# A stock program: nothing about security, only where its outbound proxy is.
PHONE_ACCOUNT = f'<sip:1001@{MANAGER}>;outbound="sip:127.0.0.1:5060;lr";regint=60'
# The far end does DTLS-SRTP with the media relay, which tells its keys to nobody.
FAR_ACCOUNT = f"<sip:1002@{MANAGER};transport=tls>;regint=60;mediaenc=dtls_srtp"
FAR_TLS = "sip_certificate {0}/mic-with-key.pem\nsip_cafile {0}/anchors.pem"
PACKETS_A_SECOND = 50

# Sends what plain RTP programs send, COUNT times, and says how often it was refused.
PLAIN_SENDER = """
import socket, sys
own, far, port, count = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((own, port))
refused = 0
for n in range(count):
    try:
        s.sendto(bytes([0x80, 0, 0, n]) + bytes(168), (far, port))
    except PermissionError:
        refused += 1
print(refused)
"""


def plain_send(host, far, count):
    return int(subprocess.run(
        at(host, "python3", "-c", PLAIN_SENDER, ADDRESSES[host], ADDRESSES[far],
           str(EMPTY_PORT), str(count)), stdout=subprocess.PIPE, check=True).stdout)


class Scenario:
    """The steps, in the order in which they are called."""

    def __init__(self, folder):
        self.folder = folder
        self.verdicts = Verdicts(os.path.join(folder, "verdicts.jsonl"))
        self.daemon = NewPhone("phonesecd", CHANGES)
        self.daemon.as_user = AS_USER_OF_NETWORK
        speech = {end: os.path.join(folder, f"{end}.wav") for end in ("phone", "far")}
        self.phone = Baresip("phone", PHONE_ACCOUNT, speech=speech["phone"])
        self.far = Baresip("far", FAR_ACCOUNT, modules=["srtp.so", "dtls_srtp.so"], speech=speech["far"],
                           lines=FAR_TLS.format(os.environ["CERTIFICATES"]))
        self.watch = ledger.Watch(os.path.join(folder, "watch.jsonl"))
        self.journal_at = 0
        self.attacks = []
        self.before = None

    def wait_for(self, seconds, what, condition):
        """Waits with a sign of life; returns whether the condition came true in time."""
        begun = said = time.monotonic()
        while not condition():
            now = time.monotonic()
            if now - begun > seconds:
                return False
            if now - said >= 2:
                said = now
                self.verdicts.note(f"... {what}, {now - begun:.0f} s")
            time.sleep(0.2)
        return True

    def show(self, *words):
        """What a user would type, and what he sees."""
        self.verdicts.shell("phonesec " + " ".join(words), phonesec(*words))

    def journal(self):
        """What the daemon has logged since the last look."""
        log = self.daemon.log_file.read_text(encoding="utf-8", errors="replace")
        for line in log[self.journal_at:].splitlines():
            self.verdicts.note("phonesecd: " + re.sub(r"^<\d>", "", line).strip())
        self.journal_at = len(log)

    def call(self):
        """The one call as phonesec tells of it, {} when there is none; None: it is not told."""
        calls = phonesec_json("call", "list").get("calls")
        return calls if calls is None else next(iter(calls), {})

    def comes_to(self, seconds, what, condition):
        """Whether the call gets as the condition wants it."""
        def is_so():
            call = self.call()
            return call is not None and condition(call)
        return self.wait_for(seconds, what, is_so)

    def server(self):
        """The first call manager as phonesec tells of it."""
        return next(iter(phonesec_json("signalling", "show").get("servers", ())), {})

    def media_pass(self, seconds=2):
        """Whether so many seconds of media pass both ways from now on. The relay hands on to
        the far end what it can open, and nothing else."""
        before, far = ledger.module_packets(), ledger.interface_packets("far")
        wanted = seconds * PACKETS_A_SECOND

        def passed():
            now = ledger.module_packets()
            return all(now[way]["rtp"] - before[way]["rtp"] >= wanted for way in ("tx", "rx")) \
                and ledger.interface_packets("far") - far >= wanted
        return self.wait_for(60 + 10 * seconds, "both speak", passed)

    def silent(self):
        """Whether no media pass for a second and a half."""
        before = ledger.module_packets()
        time.sleep(1.5)
        now = ledger.module_packets()
        return all(now[way]["rtp"] == before[way]["rtp"] for way in ("tx", "rx"))

    # The steps.

    def daemon_start(self):
        self.watch.start()
        self.daemon.start()

    def connect(self):
        self.verdicts.step("phonesecd on the phone: TLS to the call manager, ports guarded")
        self.wait_for(60, "the daemon connects", lambda: self.server().get("state") == "active")
        self.journal()
        self.show("signalling", "show")
        server = self.server()
        self.verdicts.add("tls", server["tls_version"] in ("TLSv1.2", "TLSv1.3")
                          and re.search("AES.*GCM", server["tls_suite"]),
                          f"{server['tls_version']} {server['tls_suite']}, certificate of "
                          f"{server['certificate_subject']} verified")
        shown = [one for one in phonesec_json("identity", "show")["certificates"] if one["shown"]]
        self.verdicts.add("shows-lsc", [one["place"] for one in shown] == ["lsc"],
                          f"the phone shows its LSC, {shown[0]['subject'] if shown else 'none'}")
        self.strangers_drop("guarded-before", "no call yet")

    def strangers_drop(self, name, why):
        """Nothing vouches for these packets: neither leaves or arrives in clear."""
        before = ledger.module_packets()
        refused = plain_send("phone", "far", 5)
        plain_send("far", "phone", 5)
        added = ledger.difference(ledger.module_packets(), before)
        dropped = [added[way]["drops"].get("no-session", 0) for way in ("tx", "rx")]
        self.verdicts.add(name, refused == 5 and dropped == [5, 5],
                          f"{why}: {dropped[0]} of 5 plain packets stopped on the way out, "
                          f"{dropped[1]} of 5 on the way in")

    def register(self):
        self.verdicts.step("Registration: baresip, which speaks plain SIP, as 1001")
        self.phone.start().register()
        self.far.start().register()
        self.journal()
        self.show("status")
        admitted = evidence.manager_log()
        self.verdicts.add("registered", phonesec_json("status")["status"]["registered"]
                          and "REGISTER sip:10.7.0.10 from tls:10.7.0.1:" in admitted,
                          "Kamailio has it over TLS, and admits none but devices whose "
                          "certificate names CP-8841-SEP001122334455")

    def call_begin(self):
        self.verdicts.step("A call: 1001 dials, 1002 rings and answers, both speak")
        self.before = ledger.snapshot()
        self.watch.mark("call")
        self.phone.call(f"sip:1002@{MANAGER}")
        self.far.incoming()
        self.verdicts.add("rings", self.comes_to(20, "it rings", lambda call:
                                                 call.get("progress") == "ringing"),
                          f"far end {self.call().get('far_uri')}")
        self.far.answer()
        self.phone.established()
        self.far.established()
        both = self.comes_to(60, "both speak", lambda call: call.get("heard") and call.get("sent"))
        self.journal()
        self.show("call", "list")
        call = self.call()
        self.verdicts.add("encrypted-both-ways", both and call["suite"] == SUITE,
                          f"{call['suite']}, the kernel has sent and heard it")
        self.verdicts.add("lock", (call["security"], call["icon"]) == ("Encrypted", "lock"),
                          f"call manager says {call['told_security']}, signalling over TLS, media "
                          f"encrypted: the display shows {call['icon']}")
        self.verdicts.add("media-flows", self.media_pass(10), "ten seconds of both voices")

    def hold_and_resume(self, name):
        self.watch.mark("hold")
        self.phone.hold()
        held = self.wait_for(30, "on hold", self.silent)
        self.verdicts.add(f"{name}: hold", held, "1001 holds the call, no media pass")
        self.phone.resume()
        self.watch.mark("resume")
        self.verdicts.add(f"{name}: resume", self.media_pass(4), "media pass both ways again")

    def hold(self):
        """Twice: nobody can read a key from the kernel, so what the new daemon offers first
        has a new one; from then on it is kept."""
        self.verdicts.step("Hold and resume, twice")
        before = evidence.keys()
        self.hold_and_resume("once")
        keys = evidence.keys()
        self.verdicts.note(f"the first offer of the new daemon has brought {len(keys) - len(before)} "
                           "new key: the old ones cannot be read from the kernel")
        self.hold_and_resume("again")
        self.verdicts.add("hold-keeps-key", evidence.keys() == keys,
                          f"the second time no key but the {len(keys)} of before was in any "
                          "description")

    def rekey(self):
        self.verdicts.step("New keys during the call")
        keys = evidence.keys()
        age = self.call()["key_age_s"]
        self.watch.mark("re-key")
        self.show("call", "rekey", str(self.call()["id"]))
        changed = self.wait_for(30, "new keys are agreed on",
                                lambda: len(evidence.keys()) > len(keys)
                                and self.call()["key_age_s"] <= age)
        self.journal()
        self.verdicts.add("rekey", changed and self.media_pass(4),
                          f"{len(evidence.keys()) - len(keys)} new key agreed on, media go on "
                          "both ways")

    def attack(self):
        self.verdicts.step(f"The attack: {ATTACK_PACKETS} packets of each kind while they speak")
        line = self.call()["media"][0]
        ports = [line[end].rsplit(":", 1)[1] for end in ("remote", "local")]
        attacker = subprocess.Popen(
            at("attacker", os.path.join(TOP, "tests/demo/attacker.py"), evidence.CAPTURE,
               str(ATTACK_PACKETS), *ports),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        before = self.attack_counters()
        for said in attacker.stdout:
            told = json.loads(said)
            if "begins" in told:
                self.watch.mark(told["begins"])
                continue
            before = self.attack_judge(told, before)
            attacker.stdin.write("\n")
            attacker.stdin.flush()
        self.watch.mark("attack over")
        self.verdicts.add("attacker-ended", attacker.wait() == 0,
                          f"{sum(told['sent'] for told in self.attacks)} packets sent")
        self.journal()
        self.verdicts.add("speech-goes-on", self.media_pass(), "media pass both ways")

    def attack_counters(self):
        return {"drops": ledger.module_packets()["rx"]["drops"],
                "free": ledger.ingress_packets()["free"]}

    def attack_judge(self, told, before):
        """Each kind must have been counted under its own reason, to the packet."""
        after = self.attack_counters()
        added = ledger.difference(after, before)
        drops = {name: count for name, count in added["drops"].items() if count}
        if told["reason"] == "free":
            counted, good = added["free"], not drops
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

    def daemon_kill(self):
        self.verdicts.step("kill -9 of phonesecd in the call")
        number = self.call()["id"]
        self.watch.mark("kill -9")
        self.daemon.kill()
        self.verdicts.add("goes-on-alone", self.media_pass(), "media pass both ways without it")
        self.strangers_drop("guarded-alone", "no daemon")
        self.daemon.start()
        found = self.comes_to(60, "a new daemon finds the call",
                              lambda call: call.get("recovered") and call["heard"])
        self.watch.mark("daemon back")
        self.journal()
        self.show("call", "list")
        self.verdicts.add("recovered", found and self.call()["id"] == number
                          and self.media_pass(),
                          f"the new daemon has call {number} with {self.call().get('suite')}, "
                          "media go on")

    def call_end(self):
        self.verdicts.step("The end of the call")
        self.phone.hang_up()
        self.far.closed()
        self.verdicts.add("bye", self.comes_to(30, "the call ends", lambda call: not call),
                          "1001 hangs up, 1002 hears of it")
        self.verdicts.add("drained", self.wait_for(30, "the kernel drains the session", lambda:
                                                   not phonesec_json("media", "list")["sessions"]),
                          "no session is left in the kernel, and no key")
        self.journal()
        added = ledger.difference(ledger.snapshot(), self.before)
        self.watch.end()
        self.account(added)
        self.strangers_drop("guarded-after", "the call is over")
        self.phone.stop()
        self.far.stop()

    def account(self, added):
        """Received by the interface == passed + dropped, with nothing left over."""
        rx, ingress = added["module"]["rx"], added["ingress"]
        dropped = sum(rx["drops"].values())
        media = rx["rtp"] + rx["rtcp"] + rx["other"] + dropped
        self.verdicts.add("interface-accounted", added["interface"] == sum(ingress.values()),
                          f"{added['interface']} packets received = {ingress['media']} to "
                          f"protected ports + {ingress['free']} to others + {ingress['rest']} "
                          "TLS, ARP, ICMP")
        self.verdicts.add("media-accounted", ingress["media"] == media,
                          f"{ingress['media']} to protected ports = {rx['rtp']} RTP + "
                          f"{rx['rtcp']} RTCP passed + {rx['other']} other + {dropped} dropped")
        with open(os.path.join(self.folder, "account.json"), "w", encoding="utf-8") as file:
            json.dump({"added": added, "attacks": self.attacks}, file)

    def keys_search(self):
        """Keys must be in no capture, no log, no kernel message and no file of the daemon."""
        keys = evidence.keys()
        files = evidence.files(self.daemon)
        alive = evidence.key_places(keys, {"planted": b"x" + keys[0].hex().encode()})
        places = evidence.key_places(keys, files)
        self.verdicts.add("no-key-anywhere", len(keys) >= 2 and not places and alive,
                          f"found in {places}" if places else
                          f"{len(keys)} keys, raw, hexadecimal or base64, in none of {len(files)} "
                          f"files with {sum(map(len, files.values())) >> 10} KiB: capture, logs, "
                          "runtime and state folder, kernel messages")


def site_join(scenario, switch, services):
    """From the factory through the switch's port to a configuration."""
    join = SiteJoin(scenario, services)
    join.factory()
    switch.closed()
    switch.opens()
    switch.voice_vlan()
    ledger.ingress_count()
    join.first_trust()
    join.enrolment()
    switch.shows_lsc()
    join.encrypted_configuration()
    join.forgeries()


def main():
    folder = sys.argv[1]
    scenario = Scenario(folder)
    with SwitchPort(scenario) as switch:
        scenario.daemon_start()
        with Services(os.path.join(os.environ["SITE"], "services")) as services:
            site_join(scenario, switch, services)
        scenario.connect()
        scenario.register()
        scenario.call_begin()
        if "--live" in sys.argv[2:]:
            # What runs at the switch goes on with the call.
            switch.pop_all()
            return
        scenario.rekey()
        scenario.attack()
        scenario.daemon_kill()
        # The programs do not record any more after this.
        scenario.hold()
        scenario.call_end()
        scenario.keys_search()
        scenario.daemon.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        evidence.keep(sys.argv[1])
