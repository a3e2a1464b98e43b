# SPDX-License-Identifier: Apache-2.0
"""A PC behind the phone: real supplicant, real authenticator, and frames of all forms."""

import pathlib
import re
import subprocess
import time

from hosts import inside, run, wait_until
from pc_site import (PC, PHONE, Authenticator, Listener, Room, Supplicant, cable, cabling,
                     eapol, eapol_mask, frame_send, octets, phone_link)
from results import equal, test, tests_run

GROUPS = {"broadcast": "ff:ff:ff:ff:ff:ff", "cdp": "01:00:0c:cc:cc:cc", "isl": "01:00:0c:00:00:00",
          "pvst": "01:00:0c:cc:cc:cd", "isl-old": "03:00:0c:00:00:00", "lldp": "01:80:c2:00:00:0e",
          "lldp-not-tpmr": "01:80:c2:00:00:03", "gvrp": "01:80:c2:00:00:21"}
SNAP, SNAP_TUNNEL, SNAP_CDP = "aaaa03000000", "aaaa030000f8", "aaaa0300000c"
# What follows the addresses, before the mark; of a type for experiments at last: a tag of the
# voice VLAN (100) in all forms.
TAGGED = {
    "802.1q": "81000064 88b5",
    "802.1q-with-priority": "8100a064 88b5",
    "802.1q-highest": "81000ffe 88b5",
    "802.1ad": "88a80064 88b5",
    "802.1ad-priority": "88a80000 88b5",
    "9100": "91000064 88b5",
    "9200": "92000064 88b5",
    "802.1ad-over-802.1q": "88a80001 81000064 88b5",
    "priority-then-vlan": "8100a000 81000064 88b5",
    "priority-then-priority": "81000000 8100a000 81000064 88b5",
    "priority-then-802.1ad": "81000000 88a80064 88b5",
    "priority-then-9100": "81000000 91000064 88b5",
    "priority-then-snap-tag": f"8100a000 0030 {SNAP} 81000064 88b5",
    "802.1ah": "88e700000064 ffffffffffff 020000000001 88b5",
    "vn-tag": "892600640000 88b5",
}
# Never let through, whatever the policy: (group, what follows).
FORGED = {
    "cdp": ("cdp", f"0030 {SNAP_CDP}2000"),
    "cdp-with-priority": ("cdp", f"8100a000 0030 {SNAP_CDP}2000"),
    "cdp-in-a-vlan": ("cdp", f"81000064 0030 {SNAP_CDP}2000"),
    "dtp": ("cdp", f"0030 {SNAP_CDP}2004"),
    "pvst": ("pvst", f"0030 {SNAP_CDP}010b"),
    "isl": ("isl", "0030 aaaa03"),
    "isl-old": ("isl-old", "0030 aaaa03"),
    "lldp": ("lldp", "88cc"),
    "lldp-to-all": ("broadcast", "88cc"),
    "lldp-through-the-group-of-eapol": ("lldp-not-tpmr", "88cc"),
    "lldp-with-priority": ("broadcast", "8100a000 88cc"),
    "lldp-in-a-vlan": ("broadcast", "81000064 88cc"),
    "lldp-behind-snap": ("broadcast", f"0030 {SNAP} 88cc"),
    "gvrp": ("gvrp", "0030 424203"),
    "mvrp": ("gvrp", "88f5"),
    "tag-behind-snap": ("broadcast", f"0030 {SNAP} 81000064 88b5"),
    "tag-behind-snap-tunnel": ("broadcast", f"0030 {SNAP_TUNNEL} 81000064 88b5"),
}
FREE = {"untagged": "88b5", "priority-alone": "8100a000 88b5", "llc": "0030 f0f003"}


class Wire:
    """Sends marked frames and says who got them."""

    def __init__(self):
        self.number = 0
        self.ends = {"switch": Listener("switch", "port"), "phone": Listener("phone", "br0"),
                     "pc": Listener("pc", "eth0")}

    def mark(self):
        self.number += 1
        return b"mark-%06d-" % self.number

    def sent(self, kinds, at="pc", patience=0.6):
        """@kinds: {name: (group, form)}; returns {name: set of the ends that got it}."""
        marks = {}
        for end in self.ends.values():
            end.frames()
        for name, (group, form) in kinds.items():
            marks[name] = self.mark()
            source, device = (PC, "eth0") if at == "pc" else ("02:00:00:00:00:a0", "port")
            frame_send(at, device, octets(GROUPS[group]) + octets(source) +
                       bytes.fromhex(form.replace(" ", "")) + marks[name])
        time.sleep(patience)
        heard = {end: [frame for frame, address in listener.frames() if address[2] != 4]
                 for end, listener in self.ends.items()}
        return {name: {end for end, frames in heard.items() if any(mark in one for one in frames)}
                for name, mark in marks.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listener in self.ends.values():
            listener.close()


def all_of(forms, group="broadcast"):
    return {name: (group, form) for name, form in forms.items()}


def passed(found):
    return {name: sorted(ends) for name, ends in found.items() if ends}


@test("eapol-passes-with-the-room-alone")
def eapol_passes():
    with cabling(), Authenticator() as switch:
        with Supplicant() as pc:
            assert not pc.succeeds(8), "the bridge lets it through by itself"
        with Room() as room, Supplicant() as pc:
            room.connected(eapol=1, why="")
            assert pc.succeeds(30), pc.path.read_text()[-1500:]
            assert switch.opened()
            room.wait(supplicants=1)


@test("nobody-tells-the-switch-without-the-room")
def without_room():
    with cabling(), Authenticator() as switch, Supplicant() as pc:
        eapol_mask(8)
        assert pc.succeeds(30) and switch.opened()
        pc.process.kill()
        cable(False)
        time.sleep(3)
        assert not switch.closed(seconds=0)


def authenticated(room, switch):
    """A PC is; its supplicant dies without a word."""
    room.connected()
    with Supplicant() as pc:
        assert pc.succeeds(30) and switch.opened(), pc.path.read_text()[-1500:]
        room.wait(supplicants=1)
    assert not switch.closed(seconds=0)


@test("a-pc-that-leaves-is-logged-off")
def leaves():
    with cabling(), Authenticator() as switch, Room() as room:
        authenticated(room, switch)
        cable(False)
        room.wait(state="empty", supplicants=0, logoffs=1)
        assert switch.closed(), switch.path.read_text()[-1500:]
        cable(True)
        room.connected()
        with Supplicant() as pc:
            # It begins when its last try is half a minute ago.
            assert pc.succeeds(70) and switch.opened(times=2), pc.path.read_text()[-1500:]


@test("a-cable-that-is-changed-in-no-time")
def flaps():
    with cabling(), Authenticator() as switch, Room() as room:
        authenticated(room, switch)
        run("pc", ["ip", "-batch", "-"], input="link set eth0 down\nlink set eth0 up\n")
        room.wait(logoffs=1)
        assert switch.closed()


@test("a-carrier-that-was-lost-unseen")
def unseen():
    with cabling(), Authenticator() as switch, Room() as room:
        authenticated(room, switch)
        # A veth tells each loss at once; what a slow kernel tells of two is made up.
        room.policy("blink")
        room.wait(state="connected", logoffs=1)
        assert switch.closed()


@test("a-pc-that-leaves-after-a-restart")
def leaves_later():
    with cabling(), Authenticator() as switch:
        with Room() as room:
            authenticated(room, switch)
            room.kill()
        before = phone_link()
        with Room() as room:
            room.connected()
            equal(phone_link().get("carrier_changes"), before.get("carrier_changes"))
            assert not switch.closed(seconds=1)
            cable(False)
            assert switch.closed(), switch.path.read_text()[-1500:]


@test("logged-off-when-the-port-is-switched-off")
def switched_off():
    with cabling(), Authenticator() as switch, Room() as room:
        authenticated(room, switch)
        room.policy("-")
        room.wait(state="off", logoffs=1)
        assert switch.closed()


@test("a-crowd-is-logged-off-and-the-phone-is-not")
def crowd():
    with cabling(), Room() as room:
        room.connected()
        wire = Listener("switch", "port")
        stations = [f"02:00:00:00:01:{number:02x}" for number in range(40)]
        for station in (PHONE, "01:00:5e:00:00:01", "00:00:00:00:00:00", *stations):
            frame_send("pc", "eth0", eapol(1, station))
        # One in another VLAN is none at the switch.
        frame_send("pc", "eth0", octets("01:80:c2:00:00:03") + octets("02:00:00:00:02:01") +
                   bytes.fromhex("81000064888e02010000"))
        room.wait(supplicants=32)
        cable(False)
        room.wait(supplicants=0, state="empty", logoffs=32)
        time.sleep(0.5)
        gone = [frame[6:12] for frame, _ in wire.frames()
                if frame[:6] == octets("01:80:c2:00:00:03") and frame[12:18] ==
                bytes.fromhex("888e02020000") and len(frame) == 60 and
                frame[6:12] != octets(PC)]
        wire.close()
        equal(sorted(set(gone)), sorted(octets(station) for station in stations))
        equal(len(gone), len(stations))


@test("a-pc-that-logged-off-itself-counts-no-more")
def logs_off():
    with cabling(), Room() as room:
        room.connected()
        frame_send("pc", "eth0", eapol(1))
        room.wait(supplicants=1)
        frame_send("pc", "eth0", eapol(2))
        room.wait(supplicants=0)
        cable(False)
        room.wait(state="empty", logoffs=0)


@test("the-port-is-off")
def off():
    with cabling(), Wire() as wire, Room("-") as room:
        room.wait(state="off", enabled=0, why="")
        assert wait_until(lambda: "UP" not in phone_link()["flags"])
        time.sleep(1)
        # Whoever brings it up is too weak.
        run("phone", "ip link set eth1 up")
        assert wait_until(lambda: "UP" not in phone_link()["flags"])
        room.policy("e")
        room.connected(enabled=1)
        equal(passed(wire.sent(all_of(FREE))), {name: ["phone", "switch"] for name in FREE})
        room.policy("-")
        room.wait(state="off")
        time.sleep(1)
        # Not even while the daemon is away.
        room.kill()
        run("phone", "ip link set eth1 up")
        time.sleep(0.5)
        equal(passed(wire.sent(all_of(FREE))), {})
        equal(passed(wire.sent(all_of(FREE), at="switch")), {name: ["phone"] for name in FREE})


@test("voice-vlan-is-closed-in-all-forms")
def voice_closed():
    with cabling(), Wire() as wire, Room() as room:
        room.connected(voice=0)
        equal(passed(wire.sent(all_of(TAGGED))), {})
        equal(passed(wire.sent(FORGED)), {})
        equal(passed(wire.sent(all_of(FREE))), {name: ["phone", "switch"] for name in FREE})
        # Nor can the PC listen.
        found = wire.sent(all_of(TAGGED), at="switch")
        equal({name for name, ends in found.items() if "pc" in ends}, set())
        found = wire.sent(all_of(FREE), at="switch")
        equal(passed(found), {name: ["pc", "phone"] for name in FREE})


@test("voice-vlan-is-open-and-nobody-speaks-for-the-phone")
def voice_open():
    with cabling(), Wire() as wire, Room("ev") as room:
        room.connected(voice=1)
        found = passed(wire.sent(all_of(TAGGED)))
        equal({name for name, ends in found.items() if "switch" in ends}, set(TAGGED))
        equal(passed(wire.sent(FORGED)), {})
        found = wire.sent(all_of(TAGGED), at="switch")
        equal({name for name, ends in found.items() if "pc" in ends}, set(TAGGED))
        room.policy("e")
        room.connected(voice=0)
        equal(passed(wire.sent(all_of(TAGGED))), {})


@test("without-rules-all-of-it-would-pass")
def control():
    with cabling(), Wire() as wire:
        eapol_mask(0x4008)
        found = passed(wire.sent({**all_of(TAGGED), **FORGED, **all_of(FREE)}))
        equal({*TAGGED, *FORGED, *FREE} - {name for name, ends in found.items()
                                           if "switch" in ends}, set())


@test("rules-stay-without-the-daemon")
def rules_stay():
    with cabling(), Wire() as wire:
        with Room() as room:
            room.connected()
            room.kill()
        equal(passed(wire.sent(all_of(TAGGED))), {})
        rules = run("phone", "nft list table bridge phonesec_pc")
        with Room() as room:
            before = phone_link()
            assert before["operstate"] == "UP", before
            # While they are replaced, and afterwards.
            equal(passed(wire.sent(all_of(TAGGED), patience=0)), {})
            room.connected()
            equal(passed(wire.sent(all_of(TAGGED))), {})
        # Ended in order.
        equal(run("phone", "nft list table bridge phonesec_pc"), rules)
        equal(passed(wire.sent({**all_of(TAGGED), **FORGED})), {})


@test("rules-that-others-flush-are-put-again")
def rules_flushed():
    with cabling(), Room() as room:
        room.connected()
        rules = run("phone", "nft list table bridge phonesec_pc")
        for flush in ("ruleset", "chain bridge phonesec_pc to_pc"):
            known = len(room.statuses)
            run("phone", f"nft flush {flush}")
            assert wait_until(lambda known=known: any(one["state"] == "off"
                                                      for one in room.statuses[known:]), 40)
            assert wait_until(lambda: room.statuses[-1]["state"] == "connected", 10)
            equal(run("phone", "nft list table bridge phonesec_pc"), rules)


@test("rules-that-cannot-be-set-close-the-port")
def rules_refused():
    with cabling(), Room("ev") as room:
        room.connected()
        run(None, "mount --bind /bin/false /usr/sbin/nft")
        try:
            room.policy("e")
            room.wait(state="off", why="rules-refused")
            assert "UP" not in phone_link()["flags"]
            # Those of before are still there, and nothing has to be done for them.
            room.policy("ev")
            room.wait(state="connected", why="", voice=1)
            room.policy("e")
            room.wait(state="off", why="rules-refused", voice=0)
        finally:
            run(None, "umount /usr/sbin/nft")
        room.wait(state="connected", why="", voice=0, seconds=30)


def pinged(room_policy):
    """Whether the PC hears of a ping between the switch and the phone."""
    with cabling(), Listener("pc", "eth0") as heard, Room(room_policy) as room:
        room.connected()
        # Both learn where the other is, by a broadcast that the PC hears as everybody does.
        run("switch", "ping -c 1 10.7.0.1")
        heard.frames()
        run("switch", "ping -c 2 -i 0.2 -p c0ffee 10.7.0.1")
        time.sleep(0.3)
        return [frame for frame, _ in heard.frames() if bytes.fromhex("c0ffeec0ffee") in frame]


@test("span")
def span():
    equal(len(pinged("e")), 0)
    # Two requests and two answers.
    equal(len(pinged("es")), 4)


@test("span-ends-with-the-policy-and-not-with-the-daemon")
def span_ends():
    with cabling(), Listener("pc", "eth0") as heard:
        def count():
            heard.frames()
            run("switch", "ping -c 1 -p c0ffee 10.7.0.1")
            time.sleep(0.3)
            return sum(bytes.fromhex("c0ffeec0ffee") in frame for frame, _ in heard.frames())

        with Room("es") as room:
            room.connected(span=1)
            assert count() == 2
            room.kill()
        equal(count(), 2)
        with Room("es") as room:
            room.connected(span=1)
            equal(count(), 2)
            room.policy("e")
            room.connected(span=0)
            equal(count(), 0)
            room.policy("es")
            room.connected(span=1)
            equal(count(), 2)
            room.kill()
        with Room("e") as room:
            room.connected(span=0)
            equal(count(), 0)


@test("the-port-comes-goes-and-is-another")
def port_goes():
    with cabling(), Wire() as wire, Room() as room:
        room.connected()
        run("phone", "ip link del eth1")
        room.wait(state="missing", why="")
        run("pc", "ip link add eth0 type veth peer name eth1 netns phone")
        run("pc", f"ip link set eth0 address {PC} up")
        # It is not in the bridge.
        room.wait(state="off", why="link-missing")
        run("phone", "ip link set eth1 master br0")
        room.connected(why="")
        frame_send("pc", "eth0", eapol(1))
        room.wait(supplicants=1)
        with Wire() as other:
            equal(passed(other.sent(all_of(TAGGED))), {})
            equal(passed(other.sent(all_of(FREE))), {name: ["phone", "switch"] for name in FREE})
        del wire


@test("the-right-to-raw-sockets-is-not-in-use")
def rights():
    with cabling(), Room() as room:
        room.connected()
        status = pathlib.Path(f"/proc/{room.process.pid}/status").read_text()
        found = {name: int(value, 16) for name, value in
                 re.findall(r"^Cap(Eff|Prm|Amb):\s*([0-9a-f]+)$", status, re.M)}
        raw = 1 << 13
        equal([bool(found[name] & raw) for name in ("Eff", "Prm", "Amb")], [False, True, False])


tests_run()
