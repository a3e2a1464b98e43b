# SPDX-License-Identifier: Apache-2.0
"""Media that goes on beside what a test does."""

import os
import subprocess
import sys


class Traffic:
    """A sender in a process of its own, some thousand packets a second, to one address.

    It leaves time for the test, whose capture would grow without end otherwise.
    """

    program = """
import socket, struct, sys, time
sys.path.insert(0, sys.argv[1])
from calls import rtp_make
out = socket.socket(fileno=int(sys.argv[2]))
pair = (sys.argv[3], int(sys.argv[4]))
while True:
    try:
        out.sendto(rtp_make(), pair)
    except OSError:
        pass
    time.sleep(0.0003)
"""

    def __init__(self, sender, pair):
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.program, os.path.dirname(os.path.abspath(__file__)),
             str(sender.fileno()), pair[0], str(pair[1])], pass_fds=[sender.fileno()])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
