# SPDX-License-Identifier: Apache-2.0
"""The switch's port to the phone, closed until hostapd has authorized who is there.

Closed is the state of a port of a bridge in which it passes nothing but what is for the switch
itself: EAPOL and LLDP.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import threading

from hosts import inside, run, wait_until

PORT = "to-phone"
CERTIFICATES = os.environ["CERTIFICATES"]
DISABLED, FORWARDING = 0, 3
HOSTAPD = """interface={port}
driver=wired
logger_stdout=-1
logger_stdout_level=0
ctrl_interface={folder}/control
ieee8021x=1
use_pae_group_addr=1
eap_server=1
eap_user_file={folder}/users
ca_cert={certificates}/phones.pem
server_cert={certificates}/manager.pem
private_key={certificates}/manager.key
"""


class ClosedPort:
    """hostapd has its own server, which takes EAP-TLS of every certificate of a phone."""

    def __init__(self):
        self.folder = pathlib.Path(os.environ["SITE"], "closed-port")
        self.log = pathlib.Path(os.environ["SITE_LOGS"], "hostapd.log")
        self.process = self.control = None
        self.folder.mkdir(exist_ok=True)
        (self.folder / "users").write_text("* TLS\n")
        (self.folder / "hostapd.conf").write_text(HOSTAPD.format(
            port=PORT, folder=self.folder, certificates=CERTIFICATES))

    @staticmethod
    def set(state):
        run("wire", f"bridge link set dev {PORT} state {state}")

    def begin(self):
        """A port that comes up is closed before anybody is asked."""
        run("wire", f"ip link set {PORT} up")
        self.set(DISABLED)
        with inside("wire"), open(self.log, "ab") as log:
            self.process = subprocess.Popen(["hostapd", "-t", str(self.folder / "hostapd.conf")],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        name = self.folder / "control" / PORT
        assert wait_until(name.exists, 20), self.log.read_text()
        self.control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.control.bind(str(self.folder / "watch"))
        self.control.connect(str(name))
        self.control.send(b"ATTACH")
        assert self.control.recv(64) == b"OK\n"
        threading.Thread(target=self.watch, args=[self.control], daemon=True).start()

    def watch(self, control):
        """The port is as hostapd says."""
        with contextlib.suppress(OSError, RuntimeError):
            while event := control.recv(4096):
                if b"AP-STA-CONNECTED" in event:
                    self.set(FORWARDING)
                elif b"AP-STA-DISCONNECTED" in event:
                    self.set(DISABLED)

    def end(self):
        if not self.process:
            return
        self.control.shutdown(socket.SHUT_RDWR)
        self.control.close()
        self.process.terminate()
        self.process.wait(20)
        (self.folder / "watch").unlink(missing_ok=True)
        self.process = None

    def unplug(self):
        self.end()
        run("wire", f"ip link set {PORT} down")

    def __enter__(self):
        self.set(DISABLED)
        return self

    def __exit__(self, *_):
        self.end()
