# SPDX-License-Identifier: Apache-2.0
"""The phone of the demonstration: its addresses, and its helper command as people use it."""
import json
import os
import subprocess

TOP = os.environ.get("TOP", "")
ADDRESSES = {"phone": "10.7.0.1", "far": "10.7.0.2", "attacker": "10.7.0.3",
             "manager": "10.7.0.10"}
# Protected by the policy, without a session; and one that is nobody's business.
EMPTY_PORT = 20000
FREE_PORT = 6000


def at(host, *command):
    """The command line that runs COMMAND on a host."""
    return ["ip", "netns", "exec", host, *command]


def run(host, *command, given=None, check=True):
    """Runs a command on a host to its end and returns what it said; it is to succeed with
    @check."""
    done = subprocess.run(at(host, *command), input=given, capture_output=True, timeout=120,
                          check=False)
    if done.returncode and check:
        raise RuntimeError(f"{' '.join(command[:4])}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def phonesec(*words, check=True):
    """phonesec WORDS on the phone, as text for people."""
    return run("phone", os.path.join(os.environ["PHONESEC_BUILD"], "userspace", "phonesec"),
               *words, check=check).decode()


def phonesec_json(*words):
    """The same as the object it answers with, {} while phonesecd does not answer."""
    try:
        return json.loads(phonesec(*words, "--json"))
    except RuntimeError:
        return {}
