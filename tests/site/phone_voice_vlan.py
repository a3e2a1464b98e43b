# SPDX-License-Identifier: Apache-2.0
"""The voice VLAN as the switch tells it by LLDP-MED, and what becomes of it."""

import contextlib
import grp
import json
import os
import pathlib
import signal
import subprocess

from cdp_switch import CAPABILITIES, DEVICE, PORT, CdpSwitch
from hosts import inside, run, wait_until
from lldp_daemon import CLASS_PHONE, Lldpd
from results import equal, test, tests_run

SITE, LOGS, USER, BUILD = (os.environ[name] for name in (
    "SITE", "SITE_LOGS", "DAEMON_USER", "PHONESEC_BUILD"))
PATIENCE = int(os.environ.get("PATIENCE", "20"))
# What the unit leaves the daemon of the rights of root, and the group that may ask lldpd.
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--no-new-privs",
           f"--groups={grp.getgrnam('_lldpd').gr_gid}",
           *(f"--{kind}=-all,+net_admin,+net_raw" for kind in ("inh-caps", "ambient-caps",
                                                                "bounding-set"))]
NATIVE = "10.7.0.1"


class Voice:
    """The daemon's room; @network: what is in that section of its configuration"""

    def __init__(self, **network):
        self.file = pathlib.Path(SITE, "voice.conf")
        self.configure(**network)
        self.log = pathlib.Path(LOGS, "voice_site.log")
        self.process, self.begin = None, 0

    def configure(self, **network):
        usual = {"switch-port": "eth0", "lldpd-socket": f"{SITE}/lldpd-phone",
                 "voice-vlan-wait": "6"}
        usual.update((key.replace("_", "-"), value) for key, value in network.items())
        self.file.write_text("[phone]\nname = SEP001122334455\n"
                             "[call-manager]\nprimary = 10.7.0.10:5061\n[network]\n" +
                             "".join(f"{key} = {value}\n" for key, value in usual.items()))

    def reload(self, **network):
        self.configure(**network)
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        self.begin = self.log.stat().st_size if self.log.exists() else 0
        with inside("phone"), open(self.log, "ab") as log:
            self.process = subprocess.Popen([*AS_USER, f"{BUILD}/site/voice_site", str(self.file)],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        equal(self.process.wait(20), 0, "status at the end")

    def statuses(self):
        with open(self.log, encoding="utf-8") as file:
            file.seek(self.begin)
            return [json.loads(line) for line in file if line.startswith("{")
                    and line.endswith("}\n")]

    def wait(self, seconds=PATIENCE, **wanted):
        """The status comes to have these values."""
        def found():
            assert self.process.poll() is None, "it has ended"
            last = self.statuses()[-1:]
            return last and all(last[0][key] == value for key, value in wanted.items())
        assert wait_until(found, seconds), f"not {wanted}: {self.statuses()[-3:]}"
        return self.statuses()[-1]

    def stays(self, seconds=3, **wanted):
        """The status never has other values, and the interface is not touched."""
        count, index = len(self.statuses()), link().get("ifindex")
        wait_until(lambda: False, seconds)
        for status in self.statuses()[max(count - 1, 0):]:
            equal({key: status[key] for key in wanted}, wanted, "status")
        equal(link().get("ifindex"), index, "the interface")


def link(name="voice0", namespace="phone"):
    with inside(namespace):
        done = subprocess.run(["ip", "-j", "-d", "link", "show", "dev", name],
                              capture_output=True, text=True, check=False)
    return json.loads(done.stdout)[0] if done.returncode == 0 else {}


def vlan_of(name="voice0"):
    return link(name).get("linkinfo", {}).get("info_data", {}).get("id")


def address_give(vlan):
    """As the system's DHCP client would."""
    run("phone", f"ip addr add 10.{vlan}.0.1/24 dev voice0")


@contextlib.contextmanager
def cable(vlan=100, ports="eth0"):
    """A switch that tells this VLAN, the phone's lldpd, and nothing left of before."""
    with inside("phone"):
        subprocess.run(["ip", "link", "del", "voice0"], capture_output=True, check=False)
    with Lldpd("wire", "to-phone", "switch") as switch, \
            Lldpd("phone", ports, "phone", CLASS_PHONE) as phone:
        if vlan:
            switch.voice(vlan)
        try:
            yield switch
        except AssertionError:
            print(phone.said("show neighbors details"), flush=True)
            raise


@test("learned-vlan-has-its-interface")
def learned():
    with cable(), Voice() as voice:
        status = voice.wait(state="up")
        equal((status["id"], status["source"], status["priority"], status["dscp"]),
              (100, "lldp-med", 5, 46))
        equal((status["interface"], status["port"]), ("voice0", "to-phone"))
        equal((vlan_of(), link()["link"]), (100, "eth0"))
        assert "UP" in link()["flags"], link()["flags"]
        address_give(100)
        voice.wait(address="10.100.0.1")
        # Tagged on the wire: the manager answers in its VLAN alone.
        run("phone", "ping -c 1 -W 5 10.100.0.10")
        run("phone", "ip addr flush dev voice0")
        voice.wait(address="", state="up")


@test("another-vlan-is-followed")
def another():
    with cable() as switch, Voice() as voice:
        voice.wait(state="up", id=100)
        address_give(100)
        voice.wait(address="10.100.0.1")
        switch.voice(200)
        voice.wait(state="up", id=200, address="")
        equal(vlan_of(), 200)
        address_give(200)
        voice.wait(address="10.200.0.1")
        run("phone", "ping -c 1 -W 5 10.200.0.10")
        # Voice without a tag is in the native VLAN.
        switch.voice_native()
        voice.wait(state="native", id=0, source="lldp-med", interface="eth0", address=NATIVE)
        equal(link(), {})


@test("withdrawn-policy-ends-after-the-wait")
def withdrawn():
    with cable() as switch, Voice() as voice:
        voice.wait(state="up", id=100)
        switch.voice_unknown()
        voice.stays(seconds=3, state="up", id=100)
        voice.wait(state="native", source="", interface="eth0", address=NATIVE)
        equal(link(), {})
        switch.voice(100)
        voice.wait(state="up", id=100)
        # Told again within the wait, nothing has happened.
        switch.voice_unknown()
        voice.stays(seconds=2, state="up", id=100)
        switch.voice(100)
        voice.stays(seconds=9, state="up", id=100)


@test("switch-without-a-policy-ends-it")
def switch_exchanged():
    with cable(vlan=None), Voice() as voice:
        voice.wait(state="native", source="")
    with Lldpd("phone", "eth0", "phone", CLASS_PHONE), Voice() as voice:
        with Lldpd("wire", "to-phone", "switch") as switch:
            switch.voice(100)
            voice.wait(state="up", id=100)
        with Lldpd("wire", "to-phone", "switch"):
            voice.wait(state="native", id=0, source="")
            equal(link(), {})


@test("silent-switch-is-the-native-vlan")
def silent():
    with cable(vlan=None), Voice() as voice:
        voice.wait(state="waiting", interface="eth0", address=NATIVE)
        voice.wait(state="native", source="", interface="eth0")
        equal(link(), {})


@test("restart-of-the-daemon-keeps-the-interface")
def restarted():
    with cable() as switch:
        with Voice() as voice:
            voice.wait(state="up", id=100)
            address_give(100)
            index = link()["ifindex"]
        equal(link().get("ifindex"), index, "the interface after the end")
        with Voice() as voice:
            voice.wait(state="up", id=100, address="10.100.0.1")
            equal(link()["ifindex"], index, "the interface after the start")
        # What the switch has changed meanwhile is found.
        switch.voice(200)
        with Voice() as voice:
            voice.wait(state="up", id=200)
            equal(vlan_of(), 200)


@test("restart-of-lldpd-keeps-the-interface")
def lldpd_restarted():
    with cable(vlan=None) as switch, Voice(voice_vlan_wait="15") as voice:
        switch.voice(100)
        voice.wait(state="up", id=100)
        index = link()["ifindex"]
    with Lldpd("wire", "to-phone", "switch") as switch, Voice(voice_vlan_wait="15") as voice:
        switch.voice(100)
        with Lldpd("phone", "eth0", "phone", CLASS_PHONE):
            voice.wait(state="up", id=100)
        voice.stays(seconds=2, state="up", id=100)
        with Lldpd("phone", "eth0", "phone", CLASS_PHONE):
            voice.stays(seconds=17, state="up", id=100)
        equal(link()["ifindex"], index, "the interface")


@test("missing-lldpd-is-the-native-vlan-with-a-reason")
def lldpd_missing():
    with cable():
        pass
    with Voice() as voice:
        voice.wait(state="waiting", why="lldp-missing", interface="eth0", address=NATIVE)
        voice.wait(state="native", why="lldp-missing", interface="eth0")
        with Lldpd("wire", "to-phone", "switch") as switch, \
                Lldpd("phone", "eth0", "phone", CLASS_PHONE):
            switch.voice(100)
            voice.wait(seconds=60, state="up", id=100, why="")


@test("interface-of-somebody-else-is-kept")
def taken():
    with cable() as switch, Voice() as voice:
        voice.wait(state="up", id=100)
        run("phone", "ip link del voice0")
        # Whoever removes it gets it back; whoever has another one keeps that.
        voice.wait(state="up", id=100)
        assert wait_until(lambda: vlan_of() == 100, 10), link()
        switch.voice_native()
        voice.wait(state="native")
        run("phone", "ip link add link eth0 name voice0 type vlan id 300")
        switch.voice(100)
        voice.wait(state="failed", why="link-taken", interface="eth0", address=NATIVE)
        equal(vlan_of(), 300)
        voice.reload(voice_vlan="off")
        voice.wait(state="disabled")
        equal(vlan_of(), 300)
        voice.reload()
        voice.wait(state="failed", why="link-taken")
        run("phone", "ip link del voice0")
        voice.wait(state="up", id=100)
        equal(vlan_of(), 100)


@test("settings-have-the-last-word")
def settings():
    with cable(), Voice(voice_vlan="off") as voice:
        voice.wait(state="disabled", id=0, interface="eth0", address=NATIVE)
        voice.stays(seconds=4, state="disabled")
        equal(link(), {})
        voice.reload(voice_vlan="200")
        voice.wait(state="up", id=200, source="setting")
        voice.stays(seconds=4, state="up", id=200)
        equal(vlan_of(), 200)
        voice.reload()
        voice.wait(state="up", id=100, source="lldp-med")
        voice.reload(voice_interface="talk0")
        voice.wait(state="up", id=100, interface="talk0")
        equal((link(), vlan_of("talk0")), ({}, 100))
        voice.reload(switch_port="", voice_interface="talk0")
        voice.wait(state="disabled", interface="")
        equal(link("talk0"), {})


@test("pc-tells-no-voice-vlan")
def pc_tells():
    with cable(vlan=None, ports="eth0,eth1") as switch, Voice() as voice, \
            Lldpd("pc", "eth0", "pc") as pc:
        pc.voice(666)
        # The phone's lldpd has heard it, so that the room must be the one who leaves it.
        assert wait_until(lambda: "VLAN: 666" in " ".join(neighbours("eth1").split()), 20), \
            neighbours("eth1")
        voice.stays(seconds=2, id=0, interface="eth0")
        switch.voice(100)
        voice.wait(state="up", id=100)
        voice.stays(seconds=3, state="up", id=100)


def neighbours(port):
    return run(None, ["lldpcli", "-u", f"{SITE}/lldpd-phone", "show", "neighbors", "ports", port,
                      "details"])


@contextlib.contextmanager
def bridged():
    """The PC is behind the phone's bridge, on which the VLAN interface lies then."""
    for words in ("link add br0 type bridge", "link set eth0 master br0",
                  "link set eth1 master br0", f"addr del {NATIVE}/24 dev eth0",
                  f"addr add {NATIVE}/24 dev br0", "link set br0 up"):
        run("phone", f"ip {words}")
    try:
        yield
    finally:
        run("phone", "ip link del br0")
        run("phone", f"ip addr add {NATIVE}/24 dev eth0")


@test("phone-with-a-bridge")
def bridge():
    with bridged(), cable(ports="eth0,eth1"), Lldpd("pc", "eth0", "pc") as pc, \
            Voice(bridge="br0", pc_port="eth1") as voice:
        pc.voice(666)
        voice.wait(state="up", id=100, interface="voice0")
        equal(link()["link"], "br0")
        address_give(100)
        run("phone", "ping -c 1 -W 5 10.100.0.10")
        voice.stays(seconds=3, state="up", id=100)


@test("learned-by-cdp")
def by_cdp():
    with cable(vlan=None), CdpSwitch("wire", "to-phone", 100) as switch, Voice() as voice:
        status = voice.wait(state="up", id=100, source="cdp")
        equal((vlan_of(), status["port"], status["dscp"]), (100, "to-phone", -1))
        asked = switch.asked[0]
        equal((asked[DEVICE], asked[PORT]), (b"SEP001122334455", b"Port 1"))
        equal(asked[CAPABILITIES], bytes.fromhex("00000490"))
        address_give(100)
        run("phone", "ping -c 1 -W 5 10.100.0.10")
        # The right to packets was in effect for a moment alone.
        rights = pathlib.Path(f"/proc/{voice.process.pid}/status").read_text(encoding="utf-8")
        effective = next(line for line in rights.splitlines() if line.startswith("CapEff"))
        equal(int(effective.split()[1], 16), 1 << 12, "capabilities in effect")
        # The next time it asks is in a minute.
        assert wait_until(lambda: len(switch.asked) >= 3, 10), switch.asked
        switch.vlan = 200
        switch.tell(damage=1)
        voice.stays(state="up", id=100)
        switch.tell()
        voice.wait(state="up", id=200, source="cdp")
        # Voice without a tag, and a switch that has no voice VLAN any more.
        switch.vlan = 4095
        switch.tell()
        voice.wait(state="native", id=0, source="cdp")
        switch.vlan = 100
        switch.tell()
        voice.wait(state="up", id=100)
        switch.vlan = None
        switch.tell()
        voice.wait(state="native", id=0, source="")


@test("cdp-holds-for-its-time")
def cdp_holds():
    with cable(vlan=None), CdpSwitch("wire", "to-phone", 100, ttl=3) as switch, Voice() as voice:
        voice.wait(state="up", id=100, source="cdp")
        voice.wait(state="native", source="")
        # Whoever brings the port up again is asked again.
        switch.asked.clear()
        run("wire", "ip link set to-phone down")
        run("wire", "ip link set to-phone up")
        voice.wait(state="up", id=100, source="cdp")
        assert switch.asked


@test("lldp-med-goes-before-cdp")
def both():
    with cable() as switch, CdpSwitch("wire", "to-phone", 200), Voice() as voice:
        voice.wait(state="up", id=100, source="lldp-med")
        voice.stays(seconds=6, state="up", id=100, source="lldp-med")
        switch.voice_unknown()
        voice.wait(state="up", id=200, source="cdp")
        switch.voice(100)
        voice.wait(state="up", id=100, source="lldp-med")


@test("pc-tells-no-voice-vlan-by-cdp")
def pc_by_cdp():
    with cable(vlan=None), CdpSwitch("pc", "eth0", 666) as pc:
        with Voice() as voice:
            for _ in range(3):
                pc.tell()
                voice.stays(seconds=1, id=0, interface="eth0")
        # A bridge forwards the group, so that the frame leaves by the switch's port.
        with bridged(), CdpSwitch("wire", "to-phone", None) as switch, \
                Voice(bridge="br0", pc_port="eth1") as voice:
            for _ in range(3):
                pc.tell()
                voice.stays(seconds=1, id=0, interface="br0")
            switch.vlan = 100
            switch.tell()
            voice.wait(state="up", id=100, source="cdp")


@test("port-that-comes-later")
def port_later():
    with cable(), Voice(voice_vlan="200", switch_port="late0") as voice:
        voice.wait(state="failed", why="link-missing", interface="late0")
        run("phone", "ip link add late0 type dummy")
        run("phone", "ip link set late0 up")
        voice.wait(state="up", id=200)
        equal(link()["link"], "late0")
        run("phone", "ip link del late0")
        voice.wait(state="failed", why="link-missing")


tests_run()
