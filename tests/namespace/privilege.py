# SPDX-License-Identifier: Apache-2.0
"""Everybody may read the state of a namespace; its administrator alone may change it."""

import errno
import os
import subprocess
import time

import genetlink
from calls import PHONESEC, call, key_line, phonesec, policy
from hosts import inside
from results import equal, test, tests_run

KEYS = f"tx {key_line('t')}\nrx {key_line('r')}\n"
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
# As nobody, in a user and a network namespace that belong to nobody.
OWNER = [*NOBODY, "unshare", "--user", "--map-root-user", "--net", "--"]
ADD = ["add", "--local", "10.7.0.1:29000", "--remote", "10.7.0.2:29000"]
CHANGES = {
    "add": ADD,
    "rekey": ["rekey", "ID", "--context", "new"],
    "set": ["set", "ID", "--remote", "10.7.0.9:7000"],
    "hold": ["hold", "ID", "both"],
    "del": ["del", "ID"],
    "del-all": ["del", "all"],
    "policy-mode": ["policy", "--mode", "off"],
    "policy-ranges": ["policy", "--protect", "1-2"],
    "policy-pass": ["policy", "--pass", "other"],
}
READS = {"list": ["list"], "show": ["show", "ID"], "stats": ["stats"],
         "stats-all": ["stats", "--all"], "policy": ["policy"]}


def as_user(namespace, user, words, session=0):
    words = [str(session) if word == "ID" else word for word in words]
    with inside(namespace):
        return subprocess.run([*user, PHONESEC, "media", *words, "--json"], input=KEYS, text=True,
                              capture_output=True, timeout=60)


def state(namespace):
    """What an unprivileged change would show in: everything but the passing of time."""
    def lasting(value):
        if isinstance(value, dict):
            return {name: lasting(entry) for name, entry in value.items() if name != "age_s"}
        return [lasting(entry) for entry in value] if isinstance(value, list) else value
    return lasting([phonesec(namespace, "list"), phonesec(namespace, "policy")])


for name, words in READS.items():
    @test(f"privilege-nobody-reads-{name}", words)
    def nobody_reads(words):
        with call() as c, policy("phone", "enforce", "1024-65535"):
            done = as_user("phone", NOBODY, words, c.a_session.id)
            equal(done.returncode, 0, done.stdout + done.stderr)
            as_root = as_user("phone", [], words, c.a_session.id)
            equal(len(done.stdout.splitlines()), len(as_root.stdout.splitlines()), "lines")

for name, words in CHANGES.items():
    @test(f"privilege-nobody-changes-{name}", words)
    def nobody_changes(words):
        """Break: nf_srtp.yaml, uns-admin-perm of the operation."""
        with call() as c, policy("phone", "enforce", "1024-65535"):
            before = state("phone")
            done = as_user("phone", NOBODY, words, c.a_session.id)
            assert done.returncode, "it was allowed"
            said = (done.stdout + done.stderr).lower()
            assert "permi" in said or "right" in said or "privileg" in said, said
            equal(state("phone"), before, "state")


@test("privilege-nobody-reads-module")
def nobody_reads_the_module():
    program = ("import sys; sys.path.insert(0, sys.argv[1]); import genetlink as g; "
               "print(len(g.GenericNetlink().request('MODULE_GET')))")
    with inside("phone"):
        done = subprocess.run([*NOBODY, "/usr/bin/python3", "-B", "-c", program,
                               os.path.dirname(os.path.abspath(__file__))],
                              capture_output=True, text=True, timeout=60)
    equal(done.stdout.strip(), "1", done.stderr)


@test("privilege-owner-changes-his-own")
def owner_of_a_namespace():
    """The owner of user and network namespace is an administrator there, and only there."""
    with call() as c, policy("phone", "enforce", "1024-65535"):
        before = state("phone")
        script = (f"{PHONESEC} media add --local 10.7.0.1:29000 --remote 10.7.0.2:29000 --json && "
                  f"{PHONESEC} media policy --mode enforce --protect 5-6 --json && "
                  f"{PHONESEC} media list --json && {PHONESEC} media del all")
        with inside("phone"):
            done = subprocess.run([*OWNER, "bash", "-c", script], input=KEYS, text=True,
                                  capture_output=True, timeout=60)
        equal(done.returncode, 0, done.stdout + done.stderr)
        assert str(c.port) not in done.stdout, "a session of the phone was seen"
        equal(state("phone"), before, "state of the phone")


@test("privilege-owner-changes-no-other")
def owner_elsewhere():
    """All rights in a user namespace of his own are none in the namespace of the phone."""
    own_user = [*NOBODY, "unshare", "--user", "--map-root-user", "--"]
    with call() as c, policy("phone", "enforce", "1024-65535"):
        before = state("phone")
        for words in CHANGES.values():
            done = as_user("phone", own_user, words, c.a_session.id)
            assert done.returncode, f"{words} was allowed"
        equal(state("phone"), before, "state")


@test("privilege-borrowed-socket")
def socket_of_the_administrator():
    """A socket that root opened gives no right to who got hold of it."""
    with call() as c:
        with inside("phone"):
            netlink = genetlink.GenericNetlink()
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            status = 1
            try:
                netlink.request("SESSION_DEL", [genetlink.session("ID", c.a_session.id, 4)])
            except genetlink.Refusal as refusal:
                status = 0 if refusal.error == errno.EPERM else 2
            os._exit(status)
        equal(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0, "refused with EPERM")
        netlink.close()
        equal(len(phonesec("phone", "list")["sessions"]), 1, "sessions")


@test("privilege-other-namespace-sees-nothing")
def another_namespace():
    """Break: netlink.c, genl_info_net(); events.c, the namespace of an event."""
    with inside("attacker"):
        monitor = subprocess.Popen([PHONESEC, "media", "monitor", "--json"], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1)
    with call() as c, policy("phone", "enforce", "1024-65535"):
        c.passes(b"\x80\0\0\1" + bytes(168))
        equal(phonesec("attacker", "list")["sessions"], [], "sessions")
        equal(phonesec("attacker", "policy")["policy"]["mode"], "off", "policy")
        assert phonesec("attacker", "show", c.a_session.id, check=False) is None, "it is shown"
        assert phonesec("attacker", "del", c.a_session.id, check=False) is None, "it is deleted"
        counters = phonesec("attacker", "stats")["counters"][0]
        equal(counters["tx"]["rtp_packets"] + counters["rx"]["rtp_packets"], 0, "counters")
    time.sleep(0.5)
    monitor.terminate()
    heard = monitor.communicate(timeout=20)[0]
    assert '"session"' not in heard and "first" not in heard, f"events: {heard}"


tests_run()
