# SPDX-License-Identifier: Apache-2.0
"""A phone as it comes from the factory, and its way into a site (site_services.py)."""

import subprocess

from daemon import BUILD, Daemon
from hosts import inside
from site_services import BY_NULL_STRING, CERTIFICATES, PROVISIONING

STRING = "123456"


class NewPhone(Daemon):
    """It has a name and the address of the servers of its configuration, and nothing else."""

    count = 0

    def __init__(self, name, changes=None):
        """@changes: {section: {key: value}} over those of such a phone"""
        NewPhone.count += 1
        super().__init__(name=f"phonesecd-{name}-{NewPhone.count}")
        state, anchors = self.folder / "state", self.folder / "anchors"
        anchors.mkdir(exist_ok=True)
        sections = {**PROVISIONING,
                    "trust": {"anchors": anchors, "revoked": None, "lists": f"{state}/trust"},
                    "identity": {**PROVISIONING["identity"], "folder": f"{state}/identity"}}
        for section, values in (changes or {}).items():
            sections[section] = {**sections.get(section, {}), **values}
        self.configure(sections)

    def type(self, text, *words, check=True):
        """A command that reads its standard input; returns what it printed."""
        with inside(self.namespace):
            done = subprocess.run([f"{BUILD}/userspace/phonesec", *words], input=text, text=True,
                                  capture_output=True, timeout=60)
        assert done.returncode == 0 or not check, f"phonesec {words}: {done.stdout}{done.stderr}"
        return done.stdout

    def provision(self, mic=CERTIFICATES / "mic-with-key.pem"):
        # A daemon may be on the bus later than it listens.
        self.wait("identity", "show", until=lambda found: True)
        self.type(mic.read_text(), "identity", "provision")
        return self

    def lsc(self, text, seconds=60):
        return self.wait("lsc", "status", seconds=seconds,
                         until=lambda found: found["lsc"]["status"] == text)["lsc"]

    def configured(self, state="current", seconds=60):
        return self.wait("config", "show", seconds=seconds, until=lambda found:
                         found["configuration"]["state"] == state)["configuration"]

    def lists(self):
        return {one["place"]: one for one in self.helper("trust", "list")["lists"]}

    def lsc_pem(self):
        text = (self.folder / "state" / "identity" / "lsc.pem").read_text()
        begin = text.index("-----BEGIN CERTIFICATE")
        return text[begin:text.index("-----END CERTIFICATE-----") + 26]


def enrolled(daemon, services):
    """From the factory to an LSC by authentication string."""
    services.offer_list()
    services.offer_configuration(encrypted=True)
    services.capf.order(operation="install", mode="string", string=STRING, key="rsa-2048")
    daemon.provision()
    daemon.helper("config", "fetch")
    daemon.wait("lsc", "status", until=lambda found: found["lsc"]["awaits_string"])
    daemon.type(STRING + "\n", "lsc", "update")
    daemon.lsc("Installed")
    services.know_phone(daemon.lsc_pem())
    services.offer_configuration(encrypted=True)
    daemon.helper("config", "fetch")


def begun(daemon, services, mic=CERTIFICATES / "mic-with-key.pem", offered=True, **options):
    """From the factory to a configuration; the LSC needs no authentication string."""
    if offered:
        services.offer_list()
        services.offer_configuration(**{"authentication": BY_NULL_STRING, **options})
    daemon.provision(mic)
    daemon.helper("config", "fetch")
    return daemon.configured()


def lsc_updated(daemon, services, **orders):
    """Another LSC; returns it in PEM."""
    services.capf.order(**{"operation": "install", "mode": "null-string", "key": "p-256",
                           **orders})
    daemon.type("", "lsc", "update")
    daemon.lsc("Installed")
    return daemon.lsc_pem()
