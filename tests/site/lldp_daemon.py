# SPDX-License-Identifier: Apache-2.0
"""lldpd in a namespace, at one end of a cable.

    with Lldpd("wire", "to-phone", "switch") as switch:
        switch.voice(100)
"""

import os
import pathlib
import subprocess
import time

from hosts import inside, wait_until

LOGS = os.environ["SITE_LOGS"]
CLASS_SWITCH, CLASS_PHONE = 4, 3


class Lldpd:
    """@ports: pattern of the interfaces; @kind: class of LLDP-MED; @options: more for lldpd"""

    def __init__(self, namespace, ports, name, kind=CLASS_SWITCH, options=()):
        self.socket = pathlib.Path(os.environ["SITE"], f"lldpd-{name}")
        self.name, self.namespace = name, namespace
        self.words = ["lldpd", "-d", "-u", str(self.socket), "-I", ports, "-S", name,
                      "-M", str(kind), *options]
        self.log = pathlib.Path(LOGS, f"lldpd-{name}.log")
        self.process = None

    def __enter__(self):
        self.socket.unlink(missing_ok=True)
        begin = self.log.stat().st_size if self.log.exists() else 0
        with inside(self.namespace), open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        assert wait_until(self.socket.exists, 20), f"lldpd of {self.name} does not start"
        # It starts paused; a setting that is told before its end would pause it for good, and
        # a policy is for the interfaces that are known when it is told.
        assert wait_until(lambda: b"should resume" in self.log.read_bytes()[begin:], 20), \
            f"lldpd of {self.name} stays paused"
        assert wait_until(lambda: "Interface:" in self.said("show interfaces"), 20), \
            self.said("show interfaces")
        # Every second, where the standard has thirty; what is not repeated ends after four.
        self.configure("configure lldp tx-interval 1")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def said(self, words):
        return subprocess.run(["lldpcli", "-u", str(self.socket), *words.split()], text=True,
                              capture_output=True, timeout=60, check=False).stdout

    def configure(self, words):
        """Its control socket is there a moment before somebody answers at it."""
        for _ in range(50):
            done = subprocess.run(["lldpcli", "-u", str(self.socket), *words.split()],
                                  capture_output=True, text=True, timeout=60, check=False)
            if not done.returncode:
                return
            time.sleep(0.2)
        raise RuntimeError(f"lldpcli {words}: {done.stdout}{done.stderr}")

    def voice(self, vlan):
        """The policy for voice, as `switchport voice vlan` makes it."""
        self.configure("configure med policy application voice tagged "
                       f"vlan {vlan} priority voice dscp 46")

    def voice_native(self):
        self.configure("configure med policy application voice priority voice dscp 46")

    def voice_unknown(self):
        """The switch has a voice VLAN no more, and says so."""
        self.configure("configure med policy application voice unknown tagged vlan 0")
