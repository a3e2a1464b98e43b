# SPDX-License-Identifier: Apache-2.0
"""What goes over a device while a block runs, as octets and as tshark understands it.

    with Sniffer("wire", "switch", "tcp port 5061") as sniffer:
        ...
    sniffer.fields("tls.handshake.type == 1", "tls.handshake.ciphersuite")
"""

import os
import pathlib
import subprocess
import time

from hosts import inside


class Sniffer:
    def __init__(self, namespace, device, condition, name):
        self.path = pathlib.Path(os.environ["SITE_LOGS"], f"{name}.pcap")
        with inside(namespace):
            self.process = subprocess.Popen(
                ["tcpdump", "-Z", "root", "-U", "--immediate-mode", "-n", "-s", "0", "-i", device, "-w",
                 str(self.path), condition], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "listening on" in line:
                return
        raise AssertionError(f"tcpdump: {self.process.wait()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # What was sent last has to arrive here too.
        time.sleep(0.5)
        self.process.terminate()
        self.process.wait(20)

    def octets(self):
        return self.path.read_bytes()

    def fields(self, condition, *names):
        """Of each packet that the condition is true for the fields' values, lists of words."""
        words = [word for name in names for word in ("-e", name)]
        done = subprocess.run(
            ["tshark", "-r", str(self.path), "-d", "tcp.port==5061,tls", "-2",
             "-Y", condition, "-T", "fields", *words, "-E", "separator=;"],
            capture_output=True, text=True, check=True, timeout=120)
        return [[value.split(",") if value else [] for value in line.split(";")]
                for line in done.stdout.splitlines()]
