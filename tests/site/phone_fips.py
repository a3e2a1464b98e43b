# SPDX-License-Identifier: Apache-2.0
"""A phone in FIPS mode: what has to be there, whom it registers at and with what."""

import os
import pathlib
import subprocess
import time

from call_manager import OAUTH, CallManager
from daemon import BUILD
from fips_provider import (DISPLAY_WEAK, FIPS, FOLDER, PROVIDER, display,
                           provider_install)
from hosts import inside
from results import equal, test, tests_run
from site_phone import Daemon, phone_create, registration, server, called
from tokens import TokenEndpoint

TOKEN = {"oauth": {"sip-oauth-mode": "yes", "client-id": "phone",
                   "token-endpoint": "https://manager.site.test:8443/token"},
         "call-manager": {"primary": f"manager.site.test:{OAUTH}"}}


def fips(name, keys="no", **sections):
    return Daemon({"fips": {**FIPS, "private-keys": keys}, **sections}, name=name)


def module_load(*words):
    if not os.path.exists("/sys/module/nf_srtp"):
        subprocess.run(["insmod", os.environ["MODULE"], *words], check=True)


def module_remove():
    subprocess.run(["rmmod", "nf_srtp"], check=True)


def refused(daemon, code):
    """It ends by itself and says why, and nothing listens."""
    daemon.start(ready=False)
    assert daemon.process.wait(60), "it ended as if all were well"
    daemon.says(code)
    assert "The phone is guarded" not in daemon.log()


@test("module-missing-or-spoiled-prevents-the-start")
def module_spoiled():
    refused(fips("without"), "fips-module")
    module_load("selftest_spoil=1")
    try:
        refused(fips("spoiled"), "fips-module")
    finally:
        module_remove()


@test("provider-tampered-or-missing-prevents-the-start")
def provider_tampered():
    module_load()
    bad = FOLDER / "bad.so"
    octets = bytearray(PROVIDER.read_bytes())
    octets[-8] ^= 1
    bad.write_bytes(octets)
    refused(Daemon({"fips": {**FIPS, "provider-module": bad}}, name="tampered"), "fips-self-test")
    refused(Daemon({"fips": {**FIPS, "provider-module": FOLDER / "none.so"}}, name="missing"),
            "fips-provider")


@test("private-keys-are-not-used-and-oauth-registers")
def keys_refused():
    module_load()
    with CallManager() as manager:
        daemon = fips("keys")
        daemon.start(ready=False)
        daemon.says("fips-keys")
        equal(manager.registers, [])
        daemon.process.kill()
        daemon.process.wait()
    with TokenEndpoint() as endpoint, CallManager(good_token=endpoint.good) as manager, \
            fips("oauth", **TOKEN) as daemon, phone_create() as phone:
        with inside("phone"):
            subprocess.run([f"{BUILD}/userspace/phonesec", "oauth", "login"], check=True,
                           input=endpoint.refresh_create() + "\n", text=True,
                           capture_output=True, timeout=60)
        daemon.wait("oauth", "status", until=lambda found: found["oauth"]["state"] == "ready")
        phone.register()
        equal(manager.registered("1001").port, OAUTH)
        daemon.says("FIPS mode is in force")


@test("call-with-approved-keys")
def call_made():
    module_load()
    with CallManager() as manager, fips("call", "approved") as daemon, phone_create() as phone:
        phone.register()
        manager.registered("1001")
        equal(registration(daemon)["state"], "active")
        call = called(manager, phone)
        equal(call.media.counts["plain"], 0, "packets in clear")
        call.bye()
        phone.closed()


@test("server-with-1024-bits-is-told-on-the-display")
def server_weak():
    module_load()
    with CallManager(certificate="manager-short") as manager, display() as shown, \
            fips("weak", "approved") as daemon, phone_create() as phone:
        phone.register("REGISTER_FAIL")
        daemon.wait("signalling", "show", until=lambda found:
                    found["servers"][0]["last"]["code"] == "fips-server")
        # It is tried again, and told once.
        time.sleep(8)
        assert daemon.log().count("fips-server") > 1, daemon.log()
        equal(shown(), [DISPLAY_WEAK])
        equal(manager.registers, [])
        equal(server(daemon)["state"] == "active", False)


@test("challenge-by-md5-is-refused")
def challenge_md5():
    module_load()
    with CallManager() as manager, fips("md5", "approved") as daemon, phone_create() as phone:
        manager.refusal = 401, None, [("WWW-Authenticate",
                                       'Digest realm="site", nonce="1", algorithm=MD5')]
        phone.register("REGISTER_FAIL")
        daemon.says("fips-md5")
        equal(len(manager.registers), 1, "answers to a challenge by MD5")
        equal(registration(daemon)["status"], 403)


@test("kernel-without-fips-mode-prevents-the-start")
def kernel_without():
    """Where the kernel is in FIPS mode the daemon sees another file in the place of its word."""
    word, off = pathlib.Path("/proc/sys/crypto/fips_enabled"), FOLDER / "off"
    hide = word.exists() and word.read_text().strip() == "1"
    off.write_text("0\n")
    if hide:
        subprocess.run(["mount", "--bind", off, word], check=True)
    try:
        refused(fips("kernel"), "fips-kernel")
    finally:
        if hide:
            subprocess.run(["umount", word], check=True)


provider_install()
tests_run()
