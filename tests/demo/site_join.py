# SPDX-License-Identifier: Apache-2.0
"""How a phone from the factory becomes one of the site, step by step, and who tries to be it."""
import hashlib
import time

from new_phone import STRING
from phone import phonesec, phonesec_json


class SiteJoin:
    """@scenario: whose verdicts and daemon these are; @services: the site's servers"""

    def __init__(self, scenario, services):
        self.scenario, self.services = scenario, services
        self.daemon, self.verdicts = scenario.daemon, scenario.verdicts

    def configuration(self):
        return phonesec_json("config", "show").get("configuration", {})

    def lsc(self):
        return phonesec_json("lsc", "status").get("lsc", {})

    def comes(self, what, condition):
        return self.scenario.wait_for(60, what, condition)

    def factory(self):
        """Its maker's certificate, once."""
        self.verdicts.step("A phone from the factory: a name, its maker's certificate, nobody it "
                           "trusts")
        self.daemon.provision()
        self.scenario.show("identity", "show")
        certificates = phonesec_json("identity", "show")["certificates"]
        self.verdicts.add("maker-certificate", [one["place"] for one in certificates] == ["mic"]
                          and not phonesec_json("trust", "list")["lists"],
                          "the MIC is installed for good, no trust list is there yet")

    def first_trust(self):
        self.verdicts.step("The site's trust list and a signed configuration")
        self.services.offer_list()
        self.services.offer_configuration(encrypted=True)
        phonesec("config", "fetch")
        asked = self.comes("lists and configuration are fetched",
                           lambda: self.lsc().get("awaits_string"))
        self.scenario.journal()
        self.scenario.show("trust", "list")
        self.scenario.show("trust", "show", "itl")
        lists = phonesec_json("trust", "list")["lists"]
        self.verdicts.add("first-trust", [one["place"] for one in lists] == ["ITL"],
                          f"the ITL is in force with {lists[0]['records'] if lists else 0} records")
        self.verdicts.add("encryption-wants-lsc", asked,
                          "the configuration is encrypted for a certificate that the phone does "
                          "not have: the authentication string is asked for")

    def enrolment(self):
        self.verdicts.step("The LSC, by the authentication string that the administrator told")
        self.services.capf.order(operation="install", mode="string", string=STRING, key="rsa-2048")
        self.daemon.type("0000\n", "lsc", "update", check=False)
        refused = self.comes("CAPF refuses a wrong string", lambda: self.lsc().get(
            "problem", {}).get("code"))
        self.verdicts.add("wrong-string", refused and self.lsc()["status"] == "Not Installed",
                          f"0000: {self.lsc()['status']}, {self.lsc()['problem']['text']}")
        self.daemon.type(STRING + "\n", "lsc", "update")
        installed = self.comes("a key is made, CAPF issues the LSC",
                               lambda: self.lsc().get("status") == "Installed")
        self.scenario.journal()
        self.scenario.show("lsc", "status")
        self.verdicts.add("lsc", installed, f"{self.lsc()['status']}; the key was made on the phone")

    def encrypted_configuration(self):
        self.verdicts.step("The configuration, encrypted for the LSC")
        self.services.know_phone(self.daemon.lsc_pem())
        self.services.offer_configuration(encrypted=True)
        phonesec("config", "fetch")
        current = self.comes("the configuration is fetched and decrypted",
                             lambda: self.configuration().get("state") == "current")
        self.scenario.journal()
        self.scenario.show("config", "show")
        file = self.configuration().get("file", "")
        self.verdicts.add("encrypted-configuration", current and file.endswith(".enc.sgn"),
                          f"{file}: signature checked, then decrypted")

    def forgeries(self):
        """Whoever answers in the place of the site's servers changes nothing."""
        self.verdicts.step("Somebody else answers in the place of the configuration server")
        kept = [self.daemon.folder / "state" / name
                for name in ("trust/itl.tlv", "config/config.xml")]
        before = [hashlib.sha256(path.read_bytes()).digest() for path in kept]

        def refused(name, code):
            phonesec("config", "fetch")
            seen = self.comes("the file is judged", lambda: self.configuration().get(
                "problem", {}).get("code") == code)
            same = [hashlib.sha256(path.read_bytes()).digest() for path in kept] == before
            problem = self.configuration().get("problem", {})
            self.verdicts.add(name, seen and same, f"{problem.get('text')} What was in force is "
                                                   "in force, to the byte")

        self.services.offer_list(signer="stranger", time=int(time.time()) + 60)
        refused("forged-list", "file-signer")
        self.services.offer_list()
        self.services.offer_configuration(encrypted=True, fault="tampered")
        refused("tampered-configuration", "file-signature")
        self.services.offer_configuration(encrypted=True)
        self.scenario.journal()
