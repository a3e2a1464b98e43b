# SPDX-License-Identifier: Apache-2.0
"""The hosts of the demonstration and the helper command.

The scenario itself runs on the phone, which spares a process for most of what it asks.
"""
import json
import os
import subprocess

TOP = os.environ.get("TOP", "")
HELPER = os.path.join(os.environ.get("PHONESEC_BUILD", ""), "userspace", "phonesec")

ADDRESSES = {"phone": "10.7.0.1", "peer": "10.7.0.2", "attacker": "10.7.0.3"}
RTP_PORT = 5004
RTCP_PORT = 5005
PROTECTED = (5000, 5099)
# Protected by the policy, without a session; and one that is nobody's business.
EMPTY_PORT = 5060
FREE_PORT = 6000
SSRC = {"phone": 0x11223344, "peer": 0x55667788}


def at(host, *command):
    """The command line that runs COMMAND on a host."""
    return list(command) if host == "phone" else ["ip", "netns", "exec", host, *command]


def run(host, *command, given=None):
    """Runs a command on a host to its end and returns what it said."""
    done = subprocess.run(at(host, *command), input=given, capture_output=True, timeout=60,
                          check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def helper(*command, given=None):
    """phonesec media COMMAND on the phone, as the object it answers with."""
    return json.loads(run("phone", HELPER, "media", *command, "--json", given=given))
