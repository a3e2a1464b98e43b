#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The audit log against a real rsyslogd: nothing is lost, and everything arrives in order.

audit_test.py AUDIT_SITE
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

AUDIT_SITE = sys.argv[1]
RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin")
COUNT = 10000
failed = 0
passed = 0


def verdict(name, good, said=""):
    global failed, passed
    print(f"ok {name}" if good else f"not ok {name}: {str(said)[:400]}", flush=True)
    failed += not good
    passed += bool(good)


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificates_make(folder):
    """An authority, and a server of its own for 127.0.0.1."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{folder}/ca.key", "-out", f"{folder}/ca.pem", "-days", "30",
            "-subj", "/CN=Site", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.csr",
            "-subj", "/CN=log")
    with open(f"{folder}/server.ext", "w", encoding="ascii") as file:
        file.write("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", f"{folder}/server.csr", "-CA", f"{folder}/ca.pem", "-CAkey",
            f"{folder}/ca.key", "-CAcreateserial", "-days", "30", "-extfile",
            f"{folder}/server.ext", "-out", f"{folder}/server.pem")


class Server:
    """A real syslog server, which can be away."""

    def __init__(self, folder, transport):
        self.folder = folder
        self.out = f"{folder}/received"
        self.port = free_port(socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        secure = ""
        driver = ""
        if transport == "tls":
            secure = (f'global(defaultNetstreamDriverCAFile="{folder}/ca.pem"\n'
                      f' defaultNetstreamDriverCertFile="{folder}/server.pem"\n'
                      f' defaultNetstreamDriverKeyFile="{folder}/server.key")\n')
            driver = ' StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"'
        module = "imudp" if transport == "udp" else "imtcp"
        with open(f"{folder}/rsyslog.conf", "w", encoding="ascii") as file:
            file.write(
                f'global(workDirectory="{folder}")\n{secure}'
                f'module(load="{module}"{driver})\n'
                f'input(type="{module}" address="127.0.0.1" port="{self.port}")\n'
                'template(name="line" type="string" string="%syslogfacility% %hostname% '
                '%msgid% %structured-data% %msg%\\n")\n'
                f'*.* action(type="omfile" file="{self.out}" template="line")\n')
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [RSYSLOGD, "-n", "-f", f"{self.folder}/rsyslog.conf", "-i", f"{self.folder}/pid"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self, number=signal.SIGTERM):
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None
            if os.path.exists(f"{self.folder}/pid"):
                os.unlink(f"{self.folder}/pid")

    def lines(self):
        try:
            with open(self.out, encoding="utf-8", errors="replace") as file:
                return [line for line in file.read().splitlines() if "sequenceId" in line]
        except FileNotFoundError:
            return []

    def calls(self):
        """The events that were added, and the numbers of all events, as they came."""
        calls, numbers = [], []
        for line in self.lines():
            numbers.append(int(re.search(r'sequenceId="(\d+)"', line).group(1)))
            call = re.search(r" SETTINGS-TAKEN .*: call (\d+)$", line)
            if call:
                calls.append(int(call.group(1)))
        return calls, numbers


class Site:
    """The audit log of a daemon, which can be killed."""

    def __init__(self, folder, port, transport, **keys):
        self.folder = folder
        keys = {"server": f"127.0.0.1:{port}", "transport": transport, **keys}
        os.makedirs(f"{folder}/state", mode=0o700, exist_ok=True)
        with open(f"{folder}/phonesecd.conf", "w", encoding="ascii") as file:
            file.write("[phone]\nname = SEP001122334455\n[call-manager]\nprimary = 127.0.0.1\n"
                       "[audit]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()))
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [AUDIT_SITE, f"{self.folder}/phonesecd.conf", f"{self.folder}/state"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=open(f"{self.folder}/stderr", "a", encoding="ascii"))

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        said = []
        while not said or said[-1].startswith("halted"):
            said.append(self.process.stdout.readline().strip())
            if not said[-1]:
                break
        return "\n".join(said)

    def status(self):
        words = self.ask("status").splitlines()[-1].split()
        return dict(zip(words[::2], words[1::2]))

    def add(self, first, count):
        assert "added" in self.ask(f"add {first} {count}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.stdin.close()
        self.process.wait(20)
        return self.process.returncode


def judge(name, server, count, repeats=False, kills=0):
    """Every call from 1 to count, in order; each once, or known as a repeat by its number.

    Of the event that the kernel takes at the very moment of a kill nobody knows that it was sent.
    """
    wait_for(lambda: count in server.calls()[0])
    time.sleep(0.3)
    calls, numbers = server.calls()
    twice = [b for a, b in zip(numbers, numbers[1:]) if a == b]
    if repeats or len(twice) <= kills:
        calls = list(dict.fromkeys(calls))
    if not repeats:
        verdict(f"{name}-numbers-rise", len(twice) <= kills and
                numbers == sorted(numbers), f"{len(numbers)} numbers, twice {twice}")
    wanted = list(range(1, count + 1))
    missing = sorted(set(wanted) - set(calls))
    verdict(name, calls == wanted,
            f"{len(calls)} of {count}, missing {missing[:5]}, {len(missing)} in all")


def away_and_killed(folder, transport):
    """10,000 events while the server is away, the daemon is killed twice."""
    server = Server(folder, transport)
    keys = {"mode": "external-secure", "anchors": f"{folder}/ca.pem"} if transport == "tls" else {}
    site = Site(folder, server.port, transport, **keys)
    site.add(1, 4000)
    site.kill()
    site.start()
    site.add(4001, 3000)
    site.kill()
    site.start()
    site.add(7001, 3000)
    server.start()
    judge(f"{transport}-server-away-and-two-kills", server, COUNT)
    verdict(f"{transport}-status", wait_for(lambda: site.status()["waiting"] == "0"),
            site.status())
    verdict(f"{transport}-ends-in-order", site.stop() == 0)
    server.stop()


def killed_while_sending(folder, transport):
    """The daemon is killed twice in the middle of what it catches up with."""
    server = Server(folder, transport)
    site = Site(folder, server.port, transport)
    site.add(1, 6000)
    server.start()
    for seen in 500, 2500:
        wait_for(lambda seen=seen: len(server.lines()) > seen)
        site.kill()
        site.start()
    site.add(6001, 1000)
    judge("killed-while-sending", server, 7000, kills=2)
    verdict("killed-ends-in-order", site.stop() == 0)
    server.stop()


def udp_server_away(folder, transport):
    """Datagrams that nobody takes are sent again when somebody does."""
    server = Server(folder, transport)
    site = Site(folder, server.port, transport)
    site.add(1, 500)
    wait_for(lambda: site.status()["last"] != "none", 5)
    verdict("udp-refused", site.status()["delivered"] == "0", site.status())
    server.start()
    judge("udp-server-away", server, 500)
    site.stop()
    server.stop()


def server_dies(folder, transport):
    """A server that is killed in the middle gets again what it may not have read."""
    server = Server(folder, transport)
    site = Site(folder, server.port, transport)
    server.start()
    site.add(1, 5000)
    wait_for(lambda: len(server.lines()) > 300)
    server.stop(signal.SIGKILL)
    site.add(5001, 1000)
    server.start()
    judge("server-dies", server, 6000, repeats=True)
    site.stop()
    server.stop()


def spool_full(folder, transport, policy):
    """What is kept arrives, what is not is counted, and the phone is in service again."""
    server = Server(folder, transport)
    site = Site(folder, server.port, transport, **{"spool-size": "64", "on-full": policy})
    site.add(1, 800)
    halts = policy == "halt"
    verdict(f"{policy}-full", wait_for(lambda: site.status()["halted"] == str(int(halts)) and
                                       site.status()["full"] == "1", 5), site.status())
    status = site.status()
    verdict(f"{policy}-within-cap", int(status["bytes"]) <= 64 * 1024, status)
    server.start()
    verdict(f"{policy}-room-again", wait_for(
        lambda: site.status()["halted"] == "0" and site.status()["full"] == "0"), site.status())
    site.add(801, 1)
    wait_for(lambda: 801 in server.calls()[0])
    calls, _ = server.calls()
    kept = len(calls) - 1
    verdict(f"{policy}-kept-in-order", 100 < kept < 800 and
            calls == [*range(1, kept + 1), 801], calls)
    lost = [line for line in server.lines() if " AUDIT-LOST " in line]
    verdict(f"{policy}-told", len(lost) == 1 and
            lost[0].endswith(f": {site.status()['lost']}") and
            int(site.status()["lost"]) >= 800 - kept, lost)
    site.stop()
    server.stop()


def flood(folder, transport):
    """What strangers cause fills nothing, halts nothing, and is counted."""
    server = Server(folder, transport)
    site = Site(folder, server.port, transport, **{"spool-size": "64", "on-full": "halt"})
    site.add(1, 5)
    site.ask("flood 20000")
    site.add(6, 5)
    time.sleep(0.2)
    status = site.status()
    verdict("flood-halts-nothing", status["halted"] == "0" and status["full"] == "0" and
            status["lost"] == "0" and int(status["bytes"]) < 32 * 1024, status)
    site.stop()
    site.start()
    server.start()
    judge("flood-others-in-order", server, 10)
    told = [line for line in server.lines() if " MESSAGE-REFUSED " in line]
    counts = [int(number) for line in told for number in re.findall(r'count="(\d+)"', line)]
    begins = [line for line in told if 'count="begins"' in line]
    one_by_one = len(told) - len(counts) - len(begins)
    verdict("flood-counted", len(counts) == 1 and len(begins) == 1 and one_by_one > 0 and
            one_by_one + counts[0] == 20000, f"{one_by_one} told, counted {counts}")
    site.stop()
    server.stop()


def tls_untrusted(folder, transport):
    """A server that nobody vouches for gets nothing."""
    server = Server(folder, transport)
    other = f"{folder}/other"
    os.mkdir(other)
    certificates_make(other)
    server.start()
    site = Site(folder, server.port, transport, mode="external-secure",
                anchors=f"{other}/ca.pem")
    site.add(1, 10)
    verdict("tls-untrusted", wait_for(
        lambda: site.status()["last"] == "server-untrusted", 10), site.status())
    verdict("tls-untrusted-gets-nothing", not server.lines() and
            site.status()["delivered"] == "0", server.lines())
    site.stop()
    server.stop()


def requests(folder, transport):
    """Who asked for what is told, and nothing that was typed."""
    server = Server(folder, transport)
    server.start()
    site = Site(folder, server.port, transport)
    site.ask("request org.phonesec.Phone1.Trust.Reset")
    site.ask("test")
    wait_for(lambda: any(" TEST " in line for line in server.lines()))
    said = [line for line in server.lines() if " REQUEST " in line]
    verdict("request", len(said) == 1 and said[0].startswith("13 SEP001122334455 REQUEST ") and
            'uid="1000" pid="4711" method="org.phonesec.Phone1.Trust.Reset" result="' in said[0],
            said)
    verdict("request-without-secret", "secret" not in "".join(server.lines()), said)
    # Whoever may ask may do so in a loop.
    for _ in range(200):
        site.ask("request org.phonesec.Phone1.Policy.Unlock")
    site.ask("test")
    wait_for(lambda: sum(" TEST " in line for line in server.lines()) == 2)
    said = [line for line in server.lines() if " REQUEST " in line]
    verdict("requests-are-limited", 10 < len(said) < 50 and
            sum('count="begins"' in line for line in said) == 1, len(said))
    site.stop()
    server.stop()


def internal(folder, transport):
    """Without a server the newest events are kept."""
    site = Site(folder, 9, transport, mode="internal", **{"spool-size": "64"})
    site.add(1, 2000)
    status = site.status()
    verdict("internal", status["status"] == "internal" and status["lost"] == "0" and
            int(status["bytes"]) <= 64 * 1024 and status["full"] == "0", status)
    kept = b""
    for name in sorted(os.listdir(f"{folder}/state/audit")):
        with open(f"{folder}/state/audit/{name}", "rb") as file:
            kept += file.read()
    verdict("internal-newest", b": call 2000" in kept and b": call 1\0" not in kept and
            b": call 1900" in kept, len(kept))
    site.stop()


def main():
    if not RSYSLOGD:
        print("rsyslogd is missing: packages.sh unit")
        sys.exit(1)
    only = sys.argv[2:]
    for test in TESTS:
        name, run, *arguments = test
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory() as folder:
            if "tls" in arguments:
                certificates_make(folder)
            run(folder, *arguments)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


TESTS = [
    ("tcp", away_and_killed, "tcp"),
    ("tls", away_and_killed, "tls"),
    ("killed", killed_while_sending, "tcp"),
    ("udp", udp_server_away, "udp"),
    ("dies", server_dies, "tcp"),
    ("halt", spool_full, "tcp", "halt"),
    ("ignore", spool_full, "tcp", "ignore"),
    ("flood", flood, "tcp"),
    ("untrusted", tls_untrusted, "tls"),
    ("requests", requests, "tcp"),
    ("internal", internal, "tcp"),
]

main()
