# SPDX-License-Identifier: Apache-2.0
"""Another LSC: one that is refused, one that is asked for in another way, one that never came."""

import contextlib
import hashlib
import json
import os
import pty
import re
import select
import ssl
import struct
import subprocess
import termios
import time
from fcntl import ioctl

from cryptography import x509

from call_manager import MUTUAL, CallManager
from connection import server_context
from daemon import BUILD, CERTIFICATES
from hosts import inside, wait_until
from new_phone import STRING, NewPhone, begun, lsc_updated
from results import equal, test, tests_run
from site_phone import phone_create, server
from site_services import BY_NULL_STRING, Services

FOLDER = os.path.join(os.environ["SITE"], "services")
BY_LSC, BY_MIC = 3, 4
KEY_RESPONSE = 4
DOWN, ENTER = b"\x1b[B", b"\r"


def serial(pem):
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def shown(manager):
    """Number of the certificate that the registration came with."""
    return int(manager.registered("1001", 60).certificate["serialNumber"], 16)


def old_is_gone(daemon):
    return wait_until(lambda: not (daemon.folder / "state/identity/lsc-old.pem").exists(), 20)


def knows_only(manager, pem):
    """The call manager's TLS takes one phone's certificate from now on, and no authority's."""
    context = server_context(CERTIFICATES, "manager", phones=False)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    next(port for port in manager.ports if port.number == MUTUAL).context = context


@contextlib.contextmanager
def displayed():
    """What the daemon has people shown meanwhile, at the end of the block."""
    text = []
    with subprocess.Popen(["dbus-monitor", "--address", os.environ["DBUS_SYSTEM_BUS_ADDRESS"],
                           "type='signal',member='Display'"], stdout=subprocess.PIPE,
                          text=True) as monitor:
        try:
            yield text
            time.sleep(0.5)
        finally:
            monitor.terminate()
            text.append(monitor.stdout.read())


def sessions(services):
    return services.capf.order()["sessions"]


@test("lsc-that-is-refused-is-taken-back")
def taken_back():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="refused") as daemon, phone_create() as phone:
        begun(daemon, services)
        old = lsc_updated(daemon, services)
        phone.register()
        equal(shown(manager), serial(old), "the certificate that was shown")
        assert old_is_gone(daemon), "the first LSC is not confirmed"
        knows_only(manager, old)
        with displayed() as display:
            # By the end of the command it may have been taken back.
            daemon.type("", "lsc", "update", check=False)
            found = daemon.wait("lsc", "status", seconds=60, until=lambda found: found["lsc"][
                "problem"]["code"])["lsc"]
        equal(found["problem"]["code"], "tls-client-refused")
        equal(sessions(services)[-1]["end"], 1, "the end of the session")
        equal(daemon.lsc_pem(), old, "the LSC in use")
        assert "refused the new LSC" in display[0], display
        daemon.says("tls-client-refused|does not accept this phone's certificate")
        assert wait_until(lambda: server(daemon)["state"] == "active", 60), server(daemon)
        equal(shown(manager), serial(old), "the certificate that is shown again")
        # What was refused is nobody's certificate any more.
        assert sessions(services)[-1]["issued"] not in json.dumps(
            daemon.helper("identity", "show")), "it is still there"


def mismatch_begun(daemon, services):
    """A phone with an LSC and a configuration in use; returns the digest of that."""
    begun(daemon, services)
    lsc_updated(daemon, services, key="rsa-2048")
    return config_digest(daemon)


def config_digest(daemon):
    return hashlib.sha256((daemon.folder / "state/config/config.xml").read_bytes()).hexdigest()


@test("another-certificate-hash-enrols-by-itself")
def hash_mismatch():
    with Services(FOLDER) as services, NewPhone(name="hash") as daemon:
        before, old = mismatch_begun(daemon, services), daemon.lsc_pem()
        count = len(sessions(services))
        # The certificate that it is for is one that the phone never had.
        services.offer_configuration(encrypted=True, authentication=BY_NULL_STRING,
                                     more="<ownerId>enrolled</ownerId>")
        daemon.helper("config", "fetch")
        assert wait_until(lambda: sessions(services)[count:] and
                          sessions(services)[count].get("end") == 1, 60), sessions(services)
        assert wait_until(lambda: daemon.lsc_pem() != old, 20), "the LSC is the old one"
        equal(config_digest(daemon), before, "the configuration in use")
        daemon.says("config-enrol|certificate that this phone does not have|key-mismatch|CAPF")
        services.know_phone(daemon.lsc_pem())
        services.offer_configuration(encrypted=True, authentication=BY_NULL_STRING,
                                     more="<ownerId>enrolled</ownerId>")
        # Nobody asks for it: the phone comes back when the servers have had their time.
        assert wait_until(lambda: config_digest(daemon) != before, 90), "it was not fetched"
        daemon.configured()


@test("configuration-for-another-key-enrols-and-the-old-one-stays")
def decryption_fails():
    with Services(FOLDER) as services, NewPhone(name="decryption") as daemon:
        before = mismatch_begun(daemon, services)
        services.know_phone(daemon.lsc_pem())
        count = len(sessions(services))
        services.offer_configuration(encrypted=True, authentication=BY_NULL_STRING, key="other",
                                     more="<ownerId>stranger</ownerId>")
        daemon.helper("config", "fetch")
        assert wait_until(lambda: sessions(services)[count:] and
                          sessions(services)[count].get("end") == 1, 60), sessions(services)
        equal(config_digest(daemon), before, "the configuration in use")
        found = daemon.helper("config", "show")["configuration"]
        assert found["problem"]["code"], found


def precedence(number, first, second):
    with Services(FOLDER) as services, NewPhone(name="precedence") as daemon:
        begun(daemon, services, mic=services.folder / "mic-rsa.pem", authentication=number)
        before = None
        for who in (first, second):
            lsc = lsc_updated(daemon, services, mode="any", key="p-384")
            session = sessions(services)[-1]
            equal(session["shown"], who, "what the phone showed itself by")
            equal(session["key"], "p-384")
            assert {"sha1", "sha512"} <= set(session["proofs"]), session
            assert lsc != before, "the LSC is the old one"
            before = lsc
            public = x509.load_pem_x509_certificate(lsc.encode()).public_key()
            equal(public.curve.name, "secp384r1")


test("lsc-goes-first", BY_LSC, "mic", "lsc")(precedence)
test("mic-goes-first", BY_MIC, "mic", "mic")(precedence)


@test("kill-in-the-middle-of-an-enrolment")
def killed():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="killed") as daemon:
        begun(daemon, services)
        old = lsc_updated(daemon, services)
        # The key is made and the certificate never comes.
        services.capf.order(fault="silent", at=2)
        count = len(sessions(services))
        with inside(daemon.namespace), \
                subprocess.Popen([f"{BUILD}/userspace/phonesec", "lsc", "update"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True) as watching:
            try:
                assert wait_until(lambda: sessions(services)[count:] and KEY_RESPONSE in
                                  sessions(services)[count]["received"], 30), sessions(services)
                daemon.kill()
                # Whoever watches is told, and does not wait for ever.
                said, _ = watching.communicate(timeout=20)
            finally:
                watching.kill()
        assert watching.returncode, said
        daemon.start()
        with phone_create() as phone:
            phone.register()
            equal(daemon.lsc_pem(), old, "the LSC in use")
            equal(shown(manager), serial(old), "the certificate that was shown")
            new = lsc_updated(daemon, services, fault="", at=-1)
            assert wait_until(lambda: shown(manager) == serial(new), 30), "it is not shown"
            assert old_is_gone(daemon)


class Terminal:
    """A program on a terminal of its own; @seen: all that it has written"""

    def __init__(self, *words):
        self.seen = ""
        main, end = pty.openpty()
        ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.main = main
        self.process = subprocess.Popen(words, stdin=end, stdout=end, stderr=end,
                                        env={**os.environ, "TERM": "linux", "LC_ALL": "C.UTF-8"})
        os.close(end)

    def shows(self, pattern, since=0, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.seen[since:]):
            assert time.monotonic() < end, f"no {pattern} in {self.seen[since:]!r}"
            if select.select([self.main], [], [], 0.2)[0]:
                self.seen += os.read(self.main, 4096).decode(errors="replace")

    def press(self, *keys):
        """Returns where what follows from it begins in @seen."""
        at = len(self.seen)
        for key in keys:
            os.write(self.main, key)
        return at

    def end(self):
        self.press(b"q")
        equal(self.process.wait(20), 0, "status of the menu")
        os.close(self.main)


@test("menu-installs-an-lsc")
def menu():
    with Services(FOLDER) as services, NewPhone(name="menu") as daemon:
        begun(daemon, services)
        services.capf.order(operation="install", mode="string", string=STRING, key="p-256")
        with inside(daemon.namespace):
            terminal = Terminal(f"{BUILD}/userspace/phonesec", "menu")
        terminal.shows("Security Setup")
        terminal.shows("Not Installed")
        terminal.shows("Select", terminal.press(DOWN))
        terminal.shows("Authentication string", terminal.press(ENTER))
        at = terminal.press(STRING.encode())
        terminal.shows(r"\*", at)
        at = terminal.press(ENTER)
        terminal.shows("Installed", at, 60)
        equal(daemon.lsc("Installed")["problem"]["code"], "")
        assert STRING not in terminal.seen, "the string is on the display"
        terminal.end()
        equal(sessions(services)[-1]["has_string"], True)
        # One that is opened now draws all of it.
        with inside(daemon.namespace):
            terminal = Terminal(f"{BUILD}/userspace/phonesec", "menu")
        terminal.shows("Installed")
        assert "Not Installed" not in terminal.seen, terminal.seen
        terminal.shows("Update", terminal.press(DOWN))
        terminal.end()


tests_run()
