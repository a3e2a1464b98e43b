# SPDX-License-Identifier: Apache-2.0
"""Sessions, namespaces and the module come and go while packets are on their way."""

import contextlib
import subprocess
import time

from calls import (MARKER, PEER, PHONE, PHONESEC, Call, Count, Session, address_and_port, call,
                   key_line, phonesec, policy, port_numbers, rtp_make, socket_open)
from frames import Capture
from hosts import (address_add, cable_create, host_create, hosts_delete, inside, run, wait_until)
from results import equal, test, tests_run
from traffic import Traffic


def unload_refused():
    done = subprocess.run(["rmmod", "nf_srtp"], capture_output=True, text=True)
    return done.returncode != 0 and "in use" in done.stderr


@test("lifetime-rmmod-refused-by-session")
def module_stays_for_a_session():
    """Break: session.c nf_srtp_session_publish(), __module_get()."""
    with call():
        assert unload_refused(), "the module went although a session exists"


@test("lifetime-rmmod-refused-by-policy")
def module_stays_for_a_policy():
    """Break: policy.c policy_hold_module()."""
    for mode in "monitor", "enforce":
        with policy("phone", mode, "20000-30000"):
            assert unload_refused(), f"the module went although the policy is {mode}"


@test("lifetime-session-deleted-under-traffic")
def session_deleted_under_traffic():
    """With enforcement nothing gets out between two sessions."""
    with policy("phone", "enforce", "20000-40000"), Capture("wire", "to-phone") as wire:
        port = next(port_numbers)
        with socket_open("phone", (PHONE[4], port)) as sender, \
                Traffic(sender, (PEER[4], port)):
            for number in range(30):
                session = Session("phone", (PHONE[4], port), (PEER[4], port), f"x{number}", "y")
                wire.drain()
                session.delete()
                assert not wire.holds(MARKER), "clear media on the wire"
                wire.seen.clear()


@test("lifetime-drain-under-traffic")
def session_drained_under_traffic():
    """Without a policy too, a session that drains lets nothing out in clear."""
    with Capture("wire", "to-phone") as wire:
        port = next(port_numbers)
        with socket_open("phone", (PHONE[4], port)) as sender:
            session = Session("phone", (PHONE[4], port), (PEER[4], port), "drain", "y")
            with Traffic(sender, (PEER[4], port)):
                assert wait_until(lambda: wire.datagrams(0)), "no traffic"
                phonesec("phone", "del", session.id, "--drain", 1500)
                time.sleep(0.5)
            assert not wire.holds(MARKER), "clear media on the wire"
        wait_until(lambda: not phonesec("phone", "list")["sessions"])


@test("lifetime-rekeyed-under-traffic")
def keys_changed_under_traffic():
    port = next(port_numbers)
    with Capture("wire", "to-phone") as wire, socket_open("phone", (PHONE[4], port)) as sender:
        session = Session("phone", (PHONE[4], port), (PEER[4], port), "key0", "y")
        with Traffic(sender, (PEER[4], port)):
            for number in range(30):
                phonesec("phone", "rekey", session.id, "--context", "new",
                         lines=f"tx {key_line(f'key{number + 1}')}\n")
        assert len(wire.datagrams(0)) > 30, "no traffic"
        assert not wire.holds(MARKER), "clear media on the wire"
        session.delete()


@test("lifetime-thousand-sessions-under-traffic")
def thousand_sessions():
    with call() as c:
        before = Count("phone")
        for number in range(250):
            for local, remote in ((PHONE[4], PEER[4]), (PHONE[6], PEER[6])):
                for port in 30000, 40000:
                    Session("phone", (local, port + 2 * number), (remote, port),
                            f"k{number}", f"l{number}")
            if number % 25 == 0:
                c.passes(rtp_make())
                c.passes(rtp_make(), back=True)
        equal(len(phonesec("phone", "list")["sessions"]), 1001, "sessions listed")
        phonesec("phone", "del", "all")
        equal(phonesec("phone", "list")["sessions"], [], "sessions left")
        before.counts("tx", 10)
        c.a_session = Session("phone", c.a_pair, c.b_pair, "another", c.name + "ba")


@contextlib.contextmanager
def short_lived_hosts():
    host_create("left")
    host_create("right")
    cable_create("left", "eth0", "right", "eth0")
    address_add("left", "eth0", "10.6.0.1/24", "fd06::1/64")
    address_add("right", "eth0", "10.6.0.2/24", "fd06::2/64")
    try:
        yield
    finally:
        hosts_delete("left", "right")


@test("lifetime-namespace-deleted-under-traffic")
def namespace_deleted_under_traffic():
    """Break: netns.c netns_exit(), sessions_end()."""
    for number in range(6):
        with short_lived_hosts():
            c = Call("left", "right", "10.6.0.1", "10.6.0.2")
            phonesec("left", "policy", "--mode", "enforce", "--protect", "20000-30000")
            with Traffic(c.a, c.b_pair), Traffic(c.b, c.a_pair):
                time.sleep(0.3)
                if number % 2:
                    run("left", "ip link del eth0")
                hosts_delete("left", "right")
                c.a.close()
                c.b.close()
                time.sleep(0.1)
    def sessions_gone():
        return int(open("/sys/module/nf_srtp/refcnt").read()) == 0
    assert wait_until(sessions_gone, 20), "sessions of dead namespaces hold the module"


@test("lifetime-flood-from-the-attacker")
def flood_beside_a_call():
    """A flood from elsewhere on the port of a call; the call goes on."""
    with call() as c, socket_open("attacker", ("10.7.0.3", c.port)) as flooding:
        with Traffic(flooding, c.a_pair):
            for _ in range(10):
                c.passes(rtp_make(), back=True)
                c.passes(rtp_make())


def helper_start(namespace, *words, **options):
    with inside(namespace):
        return subprocess.Popen([PHONESEC, "media", *words], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, **options)


@test("T20-monitor-killed")
def monitor_killed():
    """The death of a listener changes nothing."""
    with policy("phone", "enforce", "20000-30000"), call() as c:
        with Traffic(c.a, c.b_pair):
            for _ in range(5):
                monitor = helper_start("phone", "monitor")
                time.sleep(0.2)
                monitor.kill()
                monitor.wait()
                monitor.stdout.close()
        equal(len(phonesec("phone", "list")["sessions"]), 1, "sessions")
        equal(phonesec("phone", "policy")["policy"]["mode"], "enforce", "policy")


@test("T20-helper-killed-in-batch")
def helper_killed():
    """Killed at any moment, the helper leaves sessions whole or not there at all."""
    with policy("phone", "enforce", "20000-30000"), call() as c, \
            Capture("wire", "to-phone") as wire, Traffic(c.a, c.b_pair):
        made = 0
        for number in range(40):
            pair = ("10.7.0.1", 25000 + 4 * number)
            helper = helper_start("phone", "add", "--local", address_and_port(*pair), "--remote",
                                  address_and_port(*c.b_pair), stdin=subprocess.PIPE)
            with contextlib.suppress(BrokenPipeError):
                helper.stdin.write(f"tx {key_line('a')}\nrx {key_line('b')}\n".encode())
                helper.stdin.close()
            time.sleep(number * 0.004)
            helper.kill()
            helper.wait()
            helper.stdout.close()
        sessions = phonesec("phone", "list")["sessions"]
        for session in sessions:
            assert session["tx"]["keys"] and session["rx"]["keys"], "half a session"
            made += 1
        assert made > 1, "every helper was killed before it did anything"
        equal(phonesec("phone", "policy")["policy"]["mode"], "enforce", "policy")
        for session in sessions:
            if session["id"] != c.a_session.id:
                phonesec("phone", "del", session["id"])
        assert not wire.holds(MARKER), "clear media on the wire"


tests_run()
