#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a service manager sees it: ready, reloading, stopping, watchdog.

loop.py PHONESECD
"""
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

PHONESECD = sys.argv[1]
failed = False


def verdict(name, good, said=""):
    global failed
    print(f"ok {name}" if good else f"not ok {name}: {said}")
    failed |= not good


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """One run of the daemon, in folders of its own."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.config = f"{folder}/phonesecd.conf"
        self.log = open(f"{folder}/log", "w+b")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{folder}/notify")
        self.notify.settimeout(10)
        self.environment = dict(
            os.environ, NOTIFY_SOCKET=f"{folder}/notify", RUNTIME_DIRECTORY=f"{folder}/run",
            STATE_DIRECTORY=f"{folder}/state:{folder}/other", **environment)
        self.environment.pop("JOURNAL_STREAM", None)

    def configure(self, text):
        """What is kept is kept in the folder of the test."""
        text += (f"[identity]\nfolder = {self.folder}/state/identity\n"
                 f"[trust]\nlists = {self.folder}/state/trust\n")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(text)

    def start(self, *wrapper):
        self.process = subprocess.Popen(
            [*wrapper, PHONESECD, "--config", self.config], env=self.environment,
            stderr=self.log, stdin=subprocess.DEVNULL)

    def heard(self, text):
        """The next notification that holds the text, those before it left out."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                said = self.notify.recv(4096).decode()
            except TimeoutError:
                break
            if text in said:
                return said
        return ""

    def logged(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "no end"


def config(listen, mode="nonsecure"):
    return (f"[phone]\nsecurity-mode = {mode}\nmedia-ports = 1024-1025\n"
            f"[program]\nlisten = 127.0.0.1:{listen}\n"
            "[hardening]\nnft = /bin/true\n"
            f"[call-manager]\nprimary = 127.0.0.1:{free_port()}\n")


def test_life(folder):
    service = Service(folder)
    port = free_port()
    service.configure(config(port))
    service.start()
    said = service.heard("READY=1")
    verdict("loop-ready", f"STATUS=Security mode Nonsecure, the SIP program is served at "
            f"127.0.0.1:{port}" in said, said + service.logged())
    for name in ("run", "state"):
        mode = stat.S_IMODE(os.stat(f"{folder}/{name}").st_mode)
        verdict(f"loop-folder-{name}", mode == 0o700, oct(mode))
    verdict("loop-folder-first", not os.path.exists(f"{folder}/other"))

    service.process.send_signal(signal.SIGHUP)
    said = service.heard("RELOADING=1")
    verdict("loop-reloading", "MONOTONIC_USEC=" in said, said)
    said = service.heard("READY=1")
    verdict("loop-reloaded", "STATUS=Security mode Nonsecure" in said and
            "The settings were read again: security mode Nonsecure" in service.logged(),
            said + service.logged())

    given = config(port) + "[phone]\n"
    line = given.count("\n") + 1
    service.configure(given + "model = x\n")
    service.process.send_signal(signal.SIGHUP)
    said = service.heard("READY=1")
    verdict("loop-reload-refused", "Nonsecure" in said and
            f"<3> The configuration file was refused: the old settings stay: A value in the "
            f"configuration file is not one of those allowed: {service.config}:{line}: model is "
            in service.logged(), said + service.logged())

    status = service.end()
    verdict("loop-stopping", service.heard("STOPPING=1") != "")
    verdict("loop-end", status == 0 and "The guard has ended" in service.logged(), status)


def test_interrupt(folder):
    service = Service(folder)
    service.configure(config(free_port()))
    service.start()
    service.heard("READY=1")
    verdict("loop-interrupt", service.end(signal.SIGINT) == 0)


def test_watchdog(folder):
    service = Service(folder, WATCHDOG_USEC="400000")
    service.configure(config(free_port()))
    # The service manager names the process that it watches.
    service.start("sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")
    verdict("loop-watchdog", service.heard("WATCHDOG=1") and service.heard("WATCHDOG=1"),
            service.logged())
    service.end()


def test_refused(folder):
    service = Service(folder)
    service.configure("[phone]\nnix = 1\nmodel = x\n")
    service.start()
    status = service.process.wait(10)
    said = service.logged()
    verdict("loop-refused", status == 6 and f"<4> The configuration file has something odd: "
            f"{service.config}:2: " in said and f"{service.config}:3: model is " in said,
            f"{status} {said}")


def test_untraceable(folder):
    service = Service(folder)
    service.configure(config(free_port()))
    service.start()
    service.heard("READY=1")
    with open(f"/proc/{service.process.pid}/limits", encoding="ascii") as file:
        limits = [line.split()[4] for line in file if line.startswith("Max core file size")]
    verdict("loop-no-core", limits == ["0"], limits)
    service.end()


for test in (test_life, test_interrupt, test_watchdog, test_refused, test_untraceable):
    with tempfile.TemporaryDirectory() as name:
        test(name)
sys.exit(failed)
