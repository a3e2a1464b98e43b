# SPDX-License-Identifier: Apache-2.0
"""A phone with a bridge, a PC behind it and a switch that wants IEEE 802.1X.

      pc         phone                        switch
      eth0 ----- eth1 === br0 === eth0 ------ port
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import threading

from daemon import BUILD, LOGS, USER, USUAL
from hosts import address_add, cable_create, host_create, hosts_delete, inside, run, wait_until

SITE = pathlib.Path(os.environ["SITE"])
PC, PHONE = "02:00:00:00:00:c1", "02:00:00:00:00:f0"
# What the unit leaves the daemon of the rights of root.
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
           *(f"--{kind}=-all,+net_admin,+net_raw" for kind in ("inh-caps", "ambient-caps",
                                                                "bounding-set"))]
EVERYTHING = 3


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def cable(is_plugged):
    """The cable of the PC."""
    run("pc", f"ip link set eth0 {'up' if is_plugged else 'down'}")


def eapol_mask(value):
    with inside("phone"):
        run("phone", ["ip", "link", "set", "br0", "type", "bridge", "group_fwd_mask", str(value)])


def phone_link(device="eth1"):
    return json.loads(run("phone", f"ip -j -d link show {device}"))[0]


@contextlib.contextmanager
def cabling():
    """Everything new, with all ports up and no rules."""
    hosts_delete("pc", "phone", "switch")
    for name in ("pc", "phone", "switch"):
        host_create(name)
    try:
        cable_create("pc", "eth0", "phone", "eth1")
        cable_create("phone", "eth0", "switch", "port")
        run("pc", f"ip link set eth0 address {PC}")
        run("phone", f"ip link add br0 address {PHONE} type bridge")
        for device in ("eth0", "eth1"):
            run("phone", f"ip link set {device} master br0")
        run("phone", "ip link set br0 up")
        address_add("phone", "br0", "10.7.0.1/24")
        address_add("switch", "port", "10.7.0.10/24")
        yield
    finally:
        hosts_delete("pc", "phone", "switch")


class Room:
    """The room of the PC port by itself. @policy: letters of pc_port_site.c"""

    def __init__(self, policy="e"):
        self.file = SITE / "phonesecd.conf"
        lines = []
        for section, values in USUAL.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in values.items())]
        self.file.write_text("\n".join([*lines, "[network]", "switch-port = eth0",
                                        "pc-port = eth1", "bridge = br0", ""]))
        self.log = open(pathlib.Path(LOGS, "room.log"), "ab")
        with inside("phone"):
            self.process = subprocess.Popen(
                [*AS_USER, f"{BUILD}/site/pc_port_site", str(self.file), policy],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.statuses = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.log.write(line.encode())
            self.log.flush()
            self.statuses.append(json.loads(line))

    def wait(self, seconds=15, **wanted):
        """The status comes to be as wanted."""
        def found():
            last = self.statuses[-1] if self.statuses else {}
            return all(last.get(key) == value for key, value in wanted.items())
        assert wait_until(found, seconds), f"never {wanted}: {self.statuses[-3:]}"
        return self.statuses[-1]

    def policy(self, word):
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def connected(self, **wanted):
        """The port is open, in the bridge too, and everybody knows."""
        self.wait(state="connected", **wanted)
        assert wait_until(lambda: "state forwarding" in run("phone", "bridge link show dev eth1"))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.stdin.close()
            status = self.process.wait(20)
            assert status == 0, f"the room ended with {status}"
        self.log.close()


class Logged:
    """A program whose output is a log."""

    def __init__(self, namespace, name, words):
        self.path = pathlib.Path(LOGS, f"{name}.log")
        self.path.write_bytes(b"")
        with inside(namespace), open(self.path, "ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def count(self, pattern):
        return len(re.findall(pattern, self.path.read_text(errors="replace")))

    def says(self, pattern, seconds=15, times=1):
        return wait_until(lambda: self.count(pattern) >= times, seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Authenticator(Logged):
    """hostapd at the port of the switch; MD5 needs no certificates, and the way is the same."""

    def __init__(self):
        folder = SITE / "hostapd"
        folder.mkdir(exist_ok=True)
        (folder / "users").write_text('"pc" MD5 "word of the PC"\n')
        (folder / "hostapd.conf").write_text(
            "interface=port\ndriver=wired\nlogger_stdout=-1\nlogger_stdout_level=0\n"
            "ieee8021x=1\nuse_pae_group_addr=1\n"
            f"eap_server=1\neap_user_file={folder}/users\neap_reauth_period=0\n")
        super().__init__("switch", "hostapd", ["hostapd", f"{folder}/hostapd.conf"])
        assert self.says("AP-ENABLED"), self.path.read_text()

    def opened(self, mac=PC, times=1):
        return self.says(f"STA {mac} IEEE 802.1X: authorizing port", times=times)

    def closed(self, mac=PC, seconds=10):
        """Logged off, and closed for that."""
        after = (f"(?s)STA {mac} IEEE 802.1X: authorizing port.*received EAPOL-Logoff from STA"
                 f".*STA {mac} IEEE 802.1X: unauthorizing port")
        return self.says(after, seconds)


class Supplicant(Logged):
    """wpa_supplicant on the PC."""

    def __init__(self):
        self.folder = SITE / "supplicant"
        self.folder.mkdir(exist_ok=True)
        file = self.folder / "wpa.conf"
        file.write_text(
            f"ctrl_interface={self.folder}/control\nap_scan=0\nnetwork={{\n\tkey_mgmt=IEEE8021X\n"
            "\teapol_flags=0\n\teap=MD5\n\tidentity=\"pc\"\n\tpassword=\"word of the PC\"\n}\n")
        super().__init__("pc", "supplicant",
                         ["wpa_supplicant", "-i", "eth0", "-D", "wired", "-c", str(file)])

    def succeeds(self, seconds=15):
        return self.says("CTRL-EVENT-EAP-SUCCESS", seconds)


class Listener:
    """Frames with a mark, of whatever form, that come to or leave a device."""

    def __init__(self, namespace, device):
        with inside(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
        self.socket.bind((device, EVERYTHING))
        self.socket.setblocking(False)

    def frames(self):
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                found.append(self.socket.recvfrom(2048))
        return found

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def frame_send(namespace, device, frame):
    with inside(namespace), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as plain:
        plain.bind((device, 0))
        plain.send(frame.ljust(60, b"\0"))


def eapol(kind, source=PC):
    return octets("01:80:c2:00:00:03") + octets(source) + bytes.fromhex("888e02") + bytes(
        [kind, 0, 0])
