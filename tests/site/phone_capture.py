# SPDX-License-Identifier: Apache-2.0
"""A call in clear for those who look for a fault: `phonesec call capture`."""

import base64
import contextlib
import os
import pathlib
import signal
import subprocess
import time

from baresip import Baresip
from capture import pieces
from daemon import BUILD, Daemon
from far_end import FarEnd
from hosts import inside
from results import equal, test, tests_run
from session_description import Description

PATIENCE = 20
ACCOUNT = '<sip:1001@10.7.0.10>;outbound="sip:127.0.0.1:5060;lr";regint=60'
FOLDER = pathlib.Path(os.environ["SITE"])
PHONE, FAR = "10.7.0.1", "10.7.0.2"


def talk(call):
    """Both directions: the program says what it hears."""
    call.media.hears("far")
    equal(call.media.counts["plain"], 0, "packets in clear")


def phonesec(*words, prefix=(), **options):
    """The helper as a person runs it."""
    with inside("phone"):
        return subprocess.Popen([*prefix, f"{BUILD}/userspace/phonesec", *words],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, **options)


def said(process, status=0):
    """What it wrote, once it has ended so."""
    out, errors = process.communicate(timeout=60)
    assert process.returncode == status, f"status {process.returncode}: {out}{errors}"
    return out + errors


def rules():
    return subprocess.run(["ip", "netns", "exec", "phone", "nft", "list", "ruleset"],
                          capture_output=True, text=True, check=True).stdout


def nothing_is_left():
    end = time.monotonic() + PATIENCE
    while "phonesec_capture" in rules():
        assert time.monotonic() < end, rules()
        time.sleep(0.1)


def tshark(file, shown, *fields):
    """Rows of the fields of what is shown."""
    words = ["tshark", "-n", "-r", str(file), "--enable-heuristic", "rtp_udp", "-Y", shown,
             "-T", "fields"]
    for field in fields:
        words += ["-e", field]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [line.split("\t") for line in done.stdout.splitlines()]


def new_file(name):
    file = FOLDER / f"{name}.pcapng"
    with contextlib.suppress(FileNotFoundError):
        file.unlink()
    return file


@contextlib.contextmanager
def talking():
    """A daemon, a program and a call: (daemon, phone, call, number)."""
    with Daemon() as daemon, FarEnd("1002") as far, \
            Baresip("phone", ACCOUNT, echo=True) as phone:
        phone.register()
        call = far.call("1001")
        call.taken_by(phone)
        talk(call)
        yield daemon, phone, call, daemon.helper("call", "list")["calls"][0]["id"]


def keys_of(call):
    """All keys that the call's descriptions named, as written and as they are."""
    found = set()
    for crypto in Description(call.ours).crypto + call.remote.crypto:
        found |= {crypto.octets, base64.b64encode(crypto.octets).rstrip(b"=")}
    assert len(found) >= 4, found
    return found


def voices(file):
    """Packets that hold what the far end said, by who sent them."""
    known = pieces("far")
    count = {PHONE: 0, FAR: 0}
    for source, payload in tshark(file, "rtp", "ip.src", "rtp.payload"):
        octets = bytes.fromhex(payload.replace(":", ""))
        count[source] += any(piece in octets for piece in known)
    return count


@test("holds-speech-and-signalling")
def holds():
    file = new_file("whole")
    with talking() as (daemon, phone, call, number):
        keys = keys_of(call)
        capture = phonesec("call", "capture", str(number), "--out", str(file), "--seconds", "60")
        daemon.says(f"capture has begun: call {number} by process {capture.pid} of root, for 60 s")
        shown = daemon.helper("call", "show", str(number))["call"]
        equal(shown["captured"], True, "captured")
        banner = said(phonesec("status"))
        assert banner.startswith(f"CALL {number} IS BEING RECORDED IN CLEAR"), banner
        assert "phonesec_capture" in rules(), rules()
        talk(call)
        phone.hold()
        call.offered()
        phone.resume()
        call.offered()
        phone.echo_again()
        talk(call)
        keys |= keys_of(call)
        phone.hang_up()
        call.ended()
        told = said(capture)
        assert "the call is over" in told and "confidential" in told, told
        daemon.says(f"capture has ended: call {number} after [0-9]+ s: the call is over")
        assert "RECORDED" not in said(phonesec("status"))
        nothing_is_left()
        log = daemon.log().encode()
    equal(file.stat().st_mode & 0o777, 0o600, "mode")
    content = file.read_bytes()
    for key in keys:
        assert key not in content and key not in log, "a key"
    assert b"crypto" not in content
    heard = voices(file)
    assert min(heard.values()) > 50, f"packets with speech: {heard}"
    methods = [row[0] for row in tshark(file, "sip.Request-Line", "sip.Method")]
    equal(methods, ["INVITE", "ACK", "INVITE", "ACK", "BYE"], "requests")
    answers = [row[0] for row in tshark(file, "sip.Status-Line", "sip.Status-Code")]
    equal([code for code in answers if code != "100"], ["200", "200", "200"], "responses")
    assert all(row[0] == "RTP/AVP" for row in tshark(file, "sdp.media.proto", "sdp.media.proto"))
    equal(tshark(file, "_ws.malformed", "frame.number"), [], "malformed")


@test("ends-in-time")
def ends():
    file = new_file("short")
    with talking() as (daemon, _, call, number):
        begun = time.monotonic()
        told = said(phonesec("call", "capture", str(number), "--out", str(file),
                             "--seconds", "3"))
        assert 2 < time.monotonic() - begun < 10
        assert "the time is over" in told, told
        daemon.says("[34] s: the time is over")
        nothing_is_left()
        call.bye()
    assert min(voices(file).values()) > 10


@test("ends-when-interrupted")
def interrupted():
    file = new_file("interrupted")
    with talking() as (daemon, _, call, number):
        capture = phonesec("call", "capture", str(number), "--out", str(file))
        daemon.says("for 60 s")
        time.sleep(1)
        capture.send_signal(signal.SIGINT)
        assert "it was interrupted" in said(capture)
        daemon.says("the reader has ended it")
        nothing_is_left()
        call.bye()
    assert min(voices(file).values()) > 10


@test("leaves-nothing-when-killed")
def killed():
    with talking() as (daemon, _, call, number):
        capture = phonesec("call", "capture", str(number), "--out", str(new_file("killed")))
        daemon.says("for 60 s")
        time.sleep(2)
        assert "phonesec_capture" in rules(), rules()
        capture.kill()
        capture.communicate()
        daemon.says("the reader has ended it")
        nothing_is_left()
        equal(daemon.helper("call", "show", str(number))["call"]["captured"], False, "captured")
        file = new_file("next")
        said(phonesec("call", "capture", str(number), "--out", str(file), "--seconds", "3"))
        nothing_is_left()
        call.bye()
    assert min(voices(file).values()) > 10
    # What was written by then can be read, though nobody closed the file.
    assert min(voices(FOLDER / "killed.pcapng").values()) > 10


@test("is-for-root-alone-and-one-at-a-time")
def refused():
    file = new_file("refused")
    with talking() as (daemon, _, call, number):
        words = ["call", "capture", str(number), "--out", str(file)]
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        assert "bus-not-allowed" in said(phonesec(*words, prefix=nobody), 4)
        assert "call-missing" in said(phonesec("call", "capture", "999", "--out", str(file)), 1)
        assert "value-invalid" in said(phonesec(*words, "--seconds", "601"), 2)
        # The daemon does not rely on that.
        with inside("phone"):
            asked = subprocess.run([
                "busctl", f"--address={os.environ['DBUS_SYSTEM_BUS_ADDRESS']}", "call",
                "org.phonesec.Phone1", f"/org/phonesec/Phone1/call/{number}",
                "org.phonesec.Phone1.Call", "Capture", "u", "601"], capture_output=True, text=True)
        assert asked.returncode and "601 seconds, not 1 to 600" in asked.stderr, asked
        assert not file.exists()
        capture = phonesec(*words)
        daemon.says("for 60 s")
        assert "capture-runs" in said(phonesec(*words[:-1], str(new_file("second"))), 1)
        # A file is never overwritten.
        assert "output" in said(phonesec(*words), 1)
        capture.send_signal(signal.SIGTERM)
        said(capture)
        equal(daemon.log().count("capture has begun"), 1, "captures")
        nothing_is_left()
        call.bye()


@test("refused-in-fips-mode")
def fips():
    file = new_file("fips")
    with talking() as (daemon, _, call, number):
        words = ["call", "capture", str(number), "--out", str(file)]
        # As the kernel tells it to all; this one has no such mode.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/proc/sys"], check=True)
        try:
            os.mkdir("/proc/sys/crypto")
            pathlib.Path("/proc/sys/crypto/fips_enabled").write_text("1\n")
            assert "capture-fips" in said(phonesec(*words), 5)
            # And to the daemon alone, as a helper that was changed would have it.
            asked = subprocess.run([
                "ip", "netns", "exec", "phone", "busctl",
                f"--address={os.environ['DBUS_SYSTEM_BUS_ADDRESS']}", "call",
                "org.phonesec.Phone1", f"/org/phonesec/Phone1/call/{number}",
                "org.phonesec.Phone1.Call", "Capture", "u", "5"], capture_output=True, text=True)
            assert "FIPS" in asked.stderr, asked
        finally:
            subprocess.run(["umount", "/proc/sys"], check=True)
        assert not file.exists()
        assert "capture has begun" not in daemon.log()
        call.bye()


tests_run()
