#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The short demonstration of FIPS mode, on a kernel that is in FIPS mode itself.

fips_scenario.py FOLDER, as scenario.py has it.
"""
import sys

import evidence
import ledger
from call_manager import MUTUAL, CallManager
from daemon import Daemon
from fips_provider import DISPLAY_WEAK, FIPS, display, provider_install
from phone import phonesec, phonesec_json
from scenario import Scenario

SECTION = {**FIPS, "private-keys": "approved"}
WEAK_PORT = 6061


class FipsScenario(Scenario):
    """A phone of the site, with its LSC, that is told to be in FIPS mode."""

    def __init__(self, folder):
        super().__init__(folder)
        self.daemon = Daemon({"fips": SECTION})

    def server_is_weak(self):
        self.verdicts.step("A call manager with a key of 1024 bits")
        weak = CallManager(certificate="manager-short", name="weak")
        weak.contexts = {WEAK_PORT: weak.contexts[MUTUAL]}
        self.daemon = Daemon({"fips": SECTION, "call-manager": {
            "primary": f"manager.site.test:{WEAK_PORT}"}}, name="phonesecd-weak")
        with weak, display() as shown:
            self.daemon.start()
            told = self.wait_for(60, "the phone refuses it", shown)
            self.show("signalling", "show")
            last = self.server().get("last", {})
            self.daemon.stop()
            self.verdicts.add("server-weak", told and shown()[0] == DISPLAY_WEAK and
                              last.get("code") == "fips-server" and not weak.registers,
                              f"the display says: {shown()[0] if told else 'nothing'}")

    def mode(self):
        self.verdicts.step("FIPS mode")
        self.wait_for(60, "the daemon answers", lambda: phonesec_json("fips", "status"))
        self.journal()
        self.show("fips", "status")
        # It ends with 1 where something of this phone would not work in FIPS mode.
        self.verdicts.shell("phonesec fips check", phonesec("fips", "check", check=False))
        with open("/proc/sys/crypto/fips_enabled", encoding="ascii") as file:
            kernel = file.read().strip()
        found = phonesec_json("fips", "status").get("fips", {})
        self.verdicts.add("fips-mode", kernel == "1" and found.get("on") is True,
                          f"approved algorithms are enforced; the kernel says {kernel}")


def main():
    scenario = FipsScenario(sys.argv[1])
    provider_install()
    usual = scenario.daemon
    scenario.server_is_weak()
    scenario.daemon = usual
    ledger.ingress_count()
    scenario.daemon_start()
    scenario.mode()
    scenario.connect()
    scenario.register()
    scenario.call_begin()
    scenario.verdicts.add("media-go-on", scenario.media_pass(10), "ten seconds more")
    scenario.call_end()
    scenario.keys_search()
    scenario.daemon.stop()


if __name__ == "__main__":
    try:
        main()
    finally:
        evidence.keep(sys.argv[1])
