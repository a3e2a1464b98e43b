# SPDX-License-Identifier: Apache-2.0
"""What a call manager has beside signalling: configuration, CAPF and TVS, each a program of its
own in the call manager's namespace.

    with Services() as services:
        services.offer_list()
        services.offer_configuration(...)
        services.capf.order(operation="install", mode="string", string="123456")
"""

import json
import os
import pathlib
import subprocess
import sys
import time

from certificates import DEVICE
from hosts import inside

CERTIFICATES = pathlib.Path(os.environ["CERTIFICATES"])
HERE = pathlib.Path(__file__).parent
HTTP, CAPF, TVS = 6970, 3804, 2445
# Which certificates of the site a phone's list names, and what for.
RECORDS = [["signer", "SAST"], ["signer", "CCM+TFTP"], ["manager", "CCM"], ["capf-ca", "CAPF"],
           ["verifier", "TVS"]]
PROVISIONING = {
    # Nothing of what the file of other tests names: all of it comes from the site.
    "call-manager": {"primary": None},
    "identity": {"lsc": None, "lsc-key": None},
    "provisioning": {"enabled": "yes", "primary": f"manager.site.test:{HTTP}", "https-port": "6971",
                     "tftp-port": "0", "interval": "60"},
}

CONFIGURATION = """<?xml version="1.0" encoding="UTF-8"?>
<device>
 <fullConfig>{full}</fullConfig>
 <deviceProtocol>SIP</deviceProtocol>
 <devicePool><callManagerGroup><members><member priority="0"><callManager>
  <ports><ethernetPhonePort>2000</ethernetPhonePort><sipPort>5060</sipPort>
  <securedSipPort>5061</securedSipPort></ports>
  <processNodeName>manager.site.test</processNodeName>
 </callManager></member></members></callManagerGroup></devicePool>
 <deviceSecurityMode>{mode}</deviceSecurityMode>
 <capfAuthMode>{authentication}</capfAuthMode>
 <capfList><capf><phonePort>{capf}</phonePort>
  <processNodeName>manager.site.test</processNodeName></capf></capfList>
 <certHash>{hash}</certHash>
 <encrConfig>{encrypted}</encrConfig>
 <TVS><members><member priority="0"><port>{tvs}</port><address>manager.site.test</address></member>
 </members></TVS>
{more}</device>
"""
BY_STRING, BY_NULL_STRING = 1, 2


class Service:
    """A stand-in that takes orders as lines of JSON, and answers each with what has happened."""

    def __init__(self, script, *words, namespace="manager"):
        with inside(namespace):
            self.process = subprocess.Popen(
                [sys.executable, "-B", str(HERE / script), *map(str, words)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert line.startswith("port"), f"{script} does not start"
        self.ports = [int(word) for word in line.split()[1:]]

    def order(self, **orders):
        self.process.stdin.write(json.dumps(orders) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


class Services:
    """All of them, and the files that a phone of the site finds."""

    def __init__(self, folder, records=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.records = records or RECORDS
        self.made = int(time.time())
        self.capf_certificate = CERTIFICATES / "capf-ca.pem"

    def __enter__(self):
        self.files = Service("config_server.py", "--folder", self.folder, "--address", "10.7.0.10",
                             "--port", HTTP, "--phones", CERTIFICATES / "phones.pem")
        for name in ("manager", "capf-ca", "verifier"):
            self.files.order(know={name: str(CERTIFICATES / f"{name}.pem")})
        self.capf = Service("capf_server.py", "--folder", self.folder, "--address", "10.7.0.10",
                            "--port", CAPF, "--certificate", self.capf_certificate,
                            "--key", CERTIFICATES / "capf-ca.key")
        self.capf.order(subject="cucm")
        self.tvs = Service("tvs_server.py", "--address", "10.7.0.10", "--port", TVS,
                           "--certificate", CERTIFICATES / "verifier.pem",
                           "--key", CERTIFICATES / "verifier.key")
        return self

    def __exit__(self, *_):
        for service in (self.files, self.capf, self.tvs):
            service.close()

    def put(self, name, kind, **options):
        self.files.order(put={"name": name, "kind": kind, **options})

    def offer_list(self, **options):
        """The same list each time, unless a test says otherwise."""
        self.put(f"ITL{DEVICE}.tlv", "list", **{"records": self.records, "time": self.made,
                                                **options})

    def offer_configuration(self, encrypted=False, text=None, authentication=BY_STRING, mode=3,
                            more="", **options):
        """The signed file; with @encrypted it is the short one, and the whole one beside it."""
        whole = text or CONFIGURATION.format(
            full="true", mode=mode, authentication=authentication, capf=CAPF, tvs=TVS, hash="",
            encrypted="true" if encrypted else "false", more=more)
        if not encrypted:
            self.put(f"{DEVICE}.cnf.xml.sgn", "signed", text=whole, **options)
            return
        short = CONFIGURATION.format(full="false", mode=mode, authentication=authentication,
                                     capf=CAPF, tvs=TVS, hash="{hash}", encrypted="true", more="")
        self.put(f"{DEVICE}.cnf.xml.sgn", "signed", text=short)
        self.put(f"{DEVICE}.cnf.xml.enc.sgn", "encrypted", text=whole, **options)

    def know_phone(self, pem):
        """The call manager learns which certificate the phone has, and encrypts for it."""
        file = self.folder / "known.pem"
        file.write_text(pem)
        self.files.order(know={"lsc": str(file)})
