# SPDX-License-Identifier: Apache-2.0
"""A phone that knows nobody becomes one of the site: trust lists, configuration, LSC, TVS."""

import hashlib
import os
import time

from cryptography import x509

from call_manager import CallManager
from certificates import PHONE
from hosts import wait_until
from new_phone import STRING, NewPhone, enrolled
from results import equal, test, tests_run
from site_phone import called, phone_create, registered_at, server
from site_services import BY_NULL_STRING, CERTIFICATES, RECORDS, Services

FOLDER = os.path.join(os.environ["SITE"], "services")
WITHOUT_MANAGER = [one for one in RECORDS if one[0] != "manager"]


@test("empty-phone-becomes-one-of-the-site")
def becomes_one():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="new") as daemon, phone_create() as phone:
        enrolled(daemon, services)
        daemon.configured()
        phone.register()
        connection = manager.registered("1001")
        lsc = x509.load_pem_x509_certificate(daemon.lsc_pem().encode())
        equal(int(connection.certificate["serialNumber"], 16), lsc.serial_number,
              "the certificate that was shown")
        assert PHONE in lsc.subject.rfc4514_string(), lsc.subject
        lists = daemon.lists()
        equal(sorted(lists), ["ITL"])
        equal(lists["ITL"]["records"], len(RECORDS))
        call = called(manager, phone)
        call.bye()
        phone.closed()
        # It has registered: the LSC of before is not needed any more.
        assert wait_until(lambda: not (daemon.folder / "state/identity/lsc-old.pem").exists(), 10)
        forged_and_tampered(daemon, services)
        equal(server(daemon)["state"], "active")


def forged_and_tampered(daemon, services):
    """Neither a forged list nor a tampered configuration changes anything."""
    state = daemon.folder / "state"
    before = {path: hashlib.sha256(path.read_bytes()).hexdigest()
              for path in (state / "trust/itl.tlv", state / "config/config.xml")}

    def refused(code, said):
        daemon.helper("config", "fetch")
        found = daemon.wait("config", "show", seconds=60, until=lambda found: found[
            "configuration"]["problem"]["code"] == code)["configuration"]
        print(f"   {said}: {found['problem']['text']}")
        for path, digest in before.items():
            equal(hashlib.sha256(path.read_bytes()).hexdigest(), digest, str(path))

    services.offer_list(signer="stranger", time=int(time.time()) + 60)
    refused("file-signer", "a list of somebody else's")
    equal(daemon.lists()["pending"]["problem"]["code"], "file-signer")
    services.offer_list()
    services.offer_configuration(encrypted=True, fault="tampered")
    refused("file-signature", "a configuration that was changed on its way")
    services.offer_configuration(encrypted=True, signer="stranger")
    refused("file-signer", "a configuration of somebody else's")


@test("null-string-needs-nobody")
def null_string():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="null") as daemon, phone_create() as phone:
        services.offer_list()
        services.offer_configuration(authentication=BY_NULL_STRING)
        services.capf.order(operation="install", mode="null-string", key="p-256")
        daemon.provision()
        daemon.helper("config", "fetch")
        daemon.configured()
        daemon.type("", "lsc", "update")
        daemon.lsc("Installed")
        phone.register()
        assert manager.registered("1001").certificate
        services.capf.order(operation="delete")
        daemon.type("", "lsc", "update")
        daemon.lsc("Not Installed")


@test("wrong-string-installs-nothing")
def wrong_string():
    with Services(FOLDER) as services, NewPhone(name="wrong") as daemon:
        services.offer_list()
        services.offer_configuration()
        services.capf.order(operation="install", mode="string", string=STRING)
        daemon.provision()
        daemon.helper("config", "fetch")
        daemon.configured()
        daemon.type("654321\n", "lsc", "update", check=False)
        found = daemon.wait("lsc", "status", seconds=60, until=lambda found:
                            found["lsc"]["problem"]["code"])["lsc"]
        equal(found["status"], "Not Installed")
        log = daemon.log()
        assert "654321" not in log and STRING not in log, "the string is in the log"


@test("call-manager-that-tvs-vouches-for")
def vouched_for():
    with Services(FOLDER, WITHOUT_MANAGER) as services, CallManager() as manager, \
            NewPhone(name="tvs") as daemon, phone_create() as phone:
        services.offer_list()
        services.offer_configuration(authentication=BY_NULL_STRING)
        services.tvs.order(know=f"{CERTIFICATES}/manager.pem:1:3600")
        daemon.provision()
        daemon.helper("config", "fetch")
        daemon.configured()
        daemon.wait("signalling", "show", seconds=60, until=lambda found:
                    found["servers"][0]["state"] == "active")
        phone.register()
        manager.registered("1001")
        records = daemon.helper("trust", "show", "tvs")["records"]
        equal(len(records), 1, str(records))
        registered_at(daemon, "primary")


@test("call-manager-that-nobody-vouches-for")
def not_vouched_for():
    with Services(FOLDER, WITHOUT_MANAGER) as services, CallManager() as manager, \
            NewPhone(name="unknown") as daemon:
        services.offer_list()
        services.offer_configuration(authentication=BY_NULL_STRING)
        daemon.provision()
        daemon.helper("config", "fetch")
        daemon.configured()
        # At first it is only unknown; then TVS was asked.
        found = daemon.wait("signalling", "show", seconds=60, until=lambda found: found[
            "servers"][0]["last"]["code"] not in ("", "server-untrusted"))["servers"][0]["last"]
        equal(found["code"], "verify-no", str(found))
        assert services.tvs.order()["asked"], "TVS was not asked"
        assert not manager.registers


tests_run()
