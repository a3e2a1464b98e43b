# SPDX-License-Identifier: Apache-2.0
"""phonesecd in a namespace, from a configuration that is made for it.

    with Daemon() as daemon:
        daemon.wait("registered", lambda status: ...)
"""

import grp
import json
import os
import pathlib
import re
import signal
import subprocess
import time

from hosts import inside

# Seconds; a slow machine needs more.
PATIENCE = int(os.environ.get("PATIENCE", "20"))
BUILD = os.environ["PHONESEC_BUILD"]
CERTIFICATES = os.environ["CERTIFICATES"]
LOGS = os.environ["SITE_LOGS"]
USER = os.environ["DAEMON_USER"]
# What its unit leaves it of the rights of root.
AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs",
           *(f"--{kind}=-all,+net_admin" for kind in ("inh-caps", "ambient-caps",
                                                       "bounding-set"))]
# The same of a phone that authenticates and learns its voice VLAN: what the supplicant needs, and
# the group that may ask lldpd.
AS_USER_OF_NETWORK = [word.replace("+net_admin", "+net_admin,+net_raw") for word in AS_USER
                      if word != "--clear-groups"]
AS_USER_OF_NETWORK.insert(1, f"--groups={grp.getgrnam('_lldpd').gr_gid}")

# What a phone of the site has, section by section; a test says what it wants else.
USUAL = {
    "phone": {"name": "SEP001122334455", "model": "683", "security-mode": "encrypted"},
    "program": {"listen": "127.0.0.1:5060"},
    "call-manager": {"primary": "manager.site.test:5061"},
    "trust": {"anchors": f"{CERTIFICATES}/anchors", "revoked": f"{CERTIFICATES}/revoked.txt"},
    "identity": {"lsc": f"{CERTIFICATES}/lsc.pem", "lsc-key": f"{CERTIFICATES}/lsc.key"},
}


class Daemon:
    """@changes: {section: {key: value}} over the usual ones; a value of None takes away"""

    # How it is started, and as whom.
    as_user = AS_USER

    def __init__(self, changes=None, namespace="phone", name="phonesecd"):
        self.namespace, self.name = namespace, name
        self.folder = pathlib.Path(os.environ["SITE"], name)
        self.file = self.folder / "phonesecd.conf"
        self.log_file = pathlib.Path(LOGS, f"{name}.log")
        self.process = None
        self.begin = 0
        self.configure(changes or {})

    def configure(self, changes):
        self.folder.mkdir(parents=True, exist_ok=True)
        sections = {section: dict(values) for section, values in USUAL.items()}
        for section, values in changes.items():
            sections.setdefault(section, {}).update(values)
        lines = []
        for section, values in sections.items():
            lines += [f"[{section}]", *(f"{key} = {value}" for key, value in values.items()
                                        if value is not None), ""]
        self.file.write_text("\n".join(lines))

    def owned(self):
        """Its folders and keys are its own, as systemd and an installation have them."""
        user = int(USER)
        for name in ("run", "state"):
            path = self.folder / name
            path.mkdir(mode=0o700, exist_ok=True)
            os.chown(path, user, user)
        for key in pathlib.Path(CERTIFICATES).glob("*.key"):
            os.chown(key, user, user)

    def start(self, ready=True):
        self.owned()
        environment = {**os.environ, "RUNTIME_DIRECTORY": f"{self.folder}/run",
                       "STATE_DIRECTORY": f"{self.folder}/state"}
        environment.pop("JOURNAL_STREAM", None)
        self.begin = self.log_file.stat().st_size if self.log_file.exists() else 0
        with inside(self.namespace), open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.as_user, f"{BUILD}/userspace/phonesecd", "--config", str(self.file)],
                env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if ready:
            self.listening()
        return self

    def listening(self):
        """The program can send to it; a daemon that ended says why in its log."""
        end = time.monotonic() + PATIENCE
        while not subprocess.run(["ip", "netns", "exec", self.namespace, "ss", "-Hlun",
                                  "sport = 5060"], capture_output=True, check=True).stdout:
            assert self.process.poll() is None, f"phonesecd ended: {self.log()}"
            assert time.monotonic() < end, f"phonesecd does not listen: {self.log()}"
            time.sleep(0.05)

    def log(self):
        """What it said since its start."""
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            file.seek(self.begin)
            return file.read()

    def says(self, pattern, seconds=PATIENCE):
        """Its log has such a line, or comes to have it."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.log())):
            assert time.monotonic() < end, f"phonesecd never says {pattern}: {self.log()}"
            time.sleep(0.1)
        return found

    def helper(self, *words, check=True):
        """What `phonesec` answers in JSON."""
        with inside(self.namespace):
            done = subprocess.run([f"{BUILD}/userspace/phonesec", *words, "--json"],
                                  capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 or not check, f"phonesec {words}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def wait(self, *words, until, seconds=PATIENCE):
        """Asks `phonesec` until the answer is as wanted; it comes back."""
        end = time.monotonic() + seconds
        while True:
            found = self.helper(*words, check=False)
            # Not yet on the bus is an answer too, and not the one that is waited for.
            if found is not None and "error" not in found and until(found):
                return found
            assert time.monotonic() < end, f"phonesec {' '.join(words)}: {found}"
            time.sleep(0.2)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        """As a crash: nothing is ended in order."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            status = self.process.wait(PATIENCE)
            assert status == 0, f"phonesecd ended with {status}: {self.log()[-2000:]}"

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind:
            # What it knows itself explains a failure.
            for words in (("register", "status"), ("oauth", "status"), ("call", "list")):
                print("  ", json.dumps(self.helper(*words, check=False)))
            for server in (self.helper("signalling", "show", check=False) or {}).get("servers", ()):
                if server["state"] != "absent":
                    print("  ", server["role"], server["state"], server["last"])
        self.stop()
