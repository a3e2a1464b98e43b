# SPDX-License-Identifier: Apache-2.0
"""Whom a phone of the site believes: lists that govern, wait and end, servers that are away, a
clock that is wrong, and what nobody may find."""

import base64
import json
import os
import pathlib
import re
import subprocess
import time

from call_manager import CallManager
from certificates import DEVICE
from daemon import BUILD, LOGS, USER
from hosts import inside, wait_until
from leaks import files, texts
from new_phone import NewPhone, begun
from results import Skip, equal, test, tests_run
from site_phone import called, phone_create, registered_at, server
from site_services import HTTP, RECORDS, Services

SITE = pathlib.Path(os.environ["SITE"])
FOLDER = SITE / "services"
CTL = f"CTL{DEVICE}.tlv"
SIGNED = f"{DEVICE}.cnf.xml.sgn"
BUS = "org.phonesec.Phone1"


def fetched(daemon, until):
    daemon.helper("config", "fetch")
    return daemon.wait("config", "show", seconds=60, until=lambda found: until(
        found["configuration"]))["configuration"]


def refused(daemon, code):
    return fetched(daemon, lambda found: found["problem"]["code"] == code)


def accepted(daemon):
    """Each file of a turn is there and good."""
    daemon.helper("config", "fetch")
    time.sleep(1)
    return daemon.configured()


def fingerprint(daemon, place):
    return daemon.lists()[place]["fingerprint"]


@test("last-good-configuration-while-servers-are-away")
def servers_away():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="away", changes={"call-manager": {"connect-timeout": "3"}}) as daemon:
        begun(daemon, services)
        daemon.stop()
        nft = ["ip", "netns", "exec", "manager", "nft"]
        subprocess.run([*nft, "add table inet away; add chain inet away in { type filter hook "
                        "input priority 0; }; add rule inet away in tcp dport "
                        f"{HTTP} drop"], check=True)
        try:
            services.files.order()
            daemon.start()
            with phone_create() as phone:
                phone.register()
                assert manager.registered("1001")
                found = daemon.configured("failed")
                assert found["stored"] and found["problem"]["code"], found
                assert services.files.order()["asked"] == [], "somebody was let through"
        finally:
            subprocess.run([*nft, "delete", "table", "inet", "away"], check=True)
        # Nobody asks for it.
        found = daemon.configured(seconds=90)
        assert not found["stored"] and not found["problem"]["code"], found
        assert f"http {SIGNED}" in services.files.order()["asked"]


@test("ctl-governs-the-itl")
def ctl_governs():
    with Services(FOLDER) as services, NewPhone(name="ctl") as daemon:
        both = [["stranger", "SAST"], *RECORDS]
        now = services.made
        services.offer_list(records=both)
        services.offer_configuration()
        begun(daemon, services, offered=False)
        services.offer_list(records=both, signer="stranger", time=now + 1)
        accepted(daemon)
        itl = fingerprint(daemon, "ITL")
        # Until now the other signer was as good as the first.
        services.put(CTL, "list", records=RECORDS, time=now, **{"as": "CTLFile.tlv"})
        accepted(daemon)
        equal(sorted(daemon.lists()), ["CTL", "ITL"])
        services.offer_list(records=both, signer="stranger", time=now + 2)
        refused(daemon, "file-signer")
        equal(fingerprint(daemon, "ITL"), itl, "the ITL in force")
        services.offer_list(records=both, time=now + 3)
        accepted(daemon)
        assert fingerprint(daemon, "ITL") != itl, "the CTL's own signer is refused"


@test("non-secure-list-vouches-for-nobody")
def non_secure():
    with Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="insecure") as daemon:
        begun(daemon, services)
        now = services.made
        services.put(CTL, "list", records=[["signer", "CCM+TFTP", True]], time=now,
                     **{"as": "CTLFile.tlv"})
        accepted(daemon)
        equal(daemon.lists()["CTL"]["records"], 1)
        # A list without signers does not govern: the ITL goes on, and takes the next one.
        itl = fingerprint(daemon, "ITL")
        services.offer_list(time=now + 1)
        accepted(daemon)
        assert fingerprint(daemon, "ITL") != itl, "the ITL is the old one"
        # Whoever is named without a certificate is nobody that a server could be.
        services.offer_list(time=now + 2, records=[one for one in RECORDS if one[0] != "manager"])
        services.put(CTL, "list", records=[["signer", "CCM+TFTP", True], ["manager", "CCM", True]],
                     time=now + 2, **{"as": "CTLFile.tlv"})
        accepted(daemon)
        count = len(manager.registers)
        daemon.stop()
        daemon.start()
        found = daemon.wait("signalling", "show", seconds=60, until=lambda found: found[
            "servers"][0]["last"]["code"] not in ("", "server-untrusted"))["servers"][0]["last"]
        equal(found["code"], "verify-no")
        equal(len(manager.registers), count)


@test("list-that-waits-is-approved-by-fingerprint")
def pending():
    with Services(FOLDER) as services, NewPhone(name="pending") as daemon:
        begun(daemon, services)
        before = fingerprint(daemon, "ITL")
        services.offer_list(signer="stranger", time=services.made + 1,
                            records=[["stranger", "SAST"], ["stranger", "CCM+TFTP"],
                                     *RECORDS[2:]])
        refused(daemon, "file-signer")
        waits = daemon.helper("trust", "pending")["pending"]
        equal(len(waits), 1, str(waits))
        equal(waits[0]["problem"]["code"], "file-signer")
        good = waits[0]["fingerprint"]
        assert good in daemon.type("", "trust", "pending")
        wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
        said = daemon.helper("trust", "approve", wrong, check=False)
        equal(said["error"]["code"], "trust-pending", str(said))
        equal(fingerprint(daemon, "ITL"), before, "the list in force")
        daemon.helper("trust", "approve", good)
        equal(fingerprint(daemon, "ITL"), good, "the list in force")
        assert "pending" not in daemon.lists(), daemon.lists()
        services.offer_configuration(signer="stranger", time=int(time.time()) + 60)
        accepted(daemon)


@test("explain-tells-rule-and-mend")
def explained():
    with Services(FOLDER) as services, NewPhone(name="explain") as daemon:
        begun(daemon, services)

        def explain(code, name=SIGNED, **options):
            kind = options.pop("kind", "signed")
            services.put(name, kind, text="<device></device>",
                         **{"time": int(time.time()), **options})
            services.files.order(save=name)
            said = daemon.type("", "trust", "explain", str(FOLDER / name), "--name", SIGNED,
                               check=False)
            found = daemon.helper("trust", "explain", str(FOLDER / name), "--name", SIGNED,
                                  check=False)["judgement"]
            equal(found["problem"]["code"], code, said)
            equal(found["accepted"], not code)
            if code:
                # Both the rule and what would mend it are there in words.
                assert found["problem"]["text"] in said and found["problem"]["mend"] in said, said
            return found

        good = explain("")
        assert "CN=signer" in good["signer"] and good["found"] == "ITL", good
        equal(good["name"], SIGNED)
        equal(explain("file-name", name="other.sgn", **{"as": "other"})["name"], "other")
        assert explain("file-older", time=services.made - 1000)["timestamp"]
        explain("file-signature", fault="tampered")
        found = explain("file-signer", signer="stranger")
        assert "CN=stranger" in found["signer"] and found["asks"], found
        explain("file-unsigned", kind="plain")


@test("reset-is-for-root-alone")
def reset():
    with Services(FOLDER) as services, NewPhone(name="reset") as daemon:
        begun(daemon, services)

        def member(*words):
            with inside(daemon.namespace):
                return subprocess.run(
                    ["setpriv", "--reuid=65534", f"--regid={USER}", f"--groups={USER}",
                     f"{BUILD}/userspace/phonesec", *words, "--json"], stdin=subprocess.DEVNULL,
                    capture_output=True, text=True, timeout=60, check=False)

        done = member("config", "fetch")
        equal(done.returncode, 0, f"a member may do nothing: {done.stdout}{done.stderr}")
        done = member("trust", "reset")
        assert done.returncode and "root" in done.stdout + done.stderr, done
        assert "ITL" in daemon.lists(), "it was done all the same"
        services.files.order(remove=f"ITL{DEVICE}.tlv")
        daemon.helper("trust", "reset")
        equal(daemon.lists(), {})
        # The next list is the first one again, whoever signed it.
        services.offer_list(signer="stranger", records=[["stranger", "SAST"], *RECORDS])
        daemon.helper("config", "fetch")
        assert wait_until(lambda: "ITL" in daemon.lists(), 30)


@test("tftp-when-http-does-not-answer")
def tftp():
    with Services(FOLDER) as services:
        port = services.files.ports[2]
        services.files.order(behave={"http": "close"})
        with NewPhone(name="tftp", changes={"provisioning": {"tftp-port": str(port)}}) as daemon:
            found = begun(daemon, services)
            assert found["source"].startswith("tftp://"), found
            asked = services.files.order()["asked"]
            assert f"tftp {SIGNED}" in asked and any(
                one.startswith("http ") for one in asked), asked


@test("https-when-the-list-says-so")
def https():
    with Services(FOLDER) as services, NewPhone(name="https") as daemon:
        services.offer_list(**{"signer-version": [1, 1], "records": [*RECORDS, ["web", "TFTP"]]})
        services.offer_configuration()
        found = begun(daemon, services, offered=False)
        equal(found["source"], f"https://manager.site.test:{HTTP + 1}")
        asked = services.files.order()["asked"]
        assert any(one.startswith(f"https {SIGNED}") for one in asked), asked


@test("clock-that-is-wrong-is-told")
def wrong_clock():
    if "User Mode Linux" not in pathlib.Path("/proc/cpuinfo").read_text():
        raise Skip("the clock belongs to more than this test")
    with Services(FOLDER) as services, NewPhone(name="clock") as daemon:
        begun(daemon, services)
        past = time.time() - time.monotonic()
        time.clock_settime(time.CLOCK_REALTIME, 946684800)
        try:
            with CallManager():
                found = daemon.wait("signalling", "show", seconds=60, until=lambda found: found[
                    "servers"][0]["last"]["code"] == "clock-wrong")["servers"][0]["last"]
                assert "2000" in found["detail"] and found["mend"], found
                daemon.says("clock", 30)
        finally:
            time.clock_settime(time.CLOCK_REALTIME, past + time.monotonic())
        with CallManager() as manager, phone_create() as phone:
            assert wait_until(lambda: server(daemon)["state"] == "active", 60), server(daemon)
            phone.register()
            manager.registered("1001", 60)
            registered_at(daemon, "primary")


# What is unlike anything that may stand in a log by chance.
STRING, SSH, PASSWORD = "730915284617", "nobody-reads-ssh-9d1c", "nobody-reads-phone-77b2"
SECRETS = f"""<sshUserId>root</sshUserId><sshPassword>{SSH}</sshPassword>
<commonProfile><phonePassword>{PASSWORD}</phonePassword></commonProfile>"""


def properties():
    """All that the bus shows of the daemon, objects and the one that is always there."""
    def bus(*words):
        return subprocess.run(
            ["busctl", f"--address={os.environ['DBUS_SYSTEM_BUS_ADDRESS']}", "--json=short",
             "call", BUS, *words], capture_output=True, text=True, check=True).stdout

    path = "/org/phonesec/Phone1"
    found = bus(path, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    described = json.loads(bus(path, "org.freedesktop.DBus.Introspectable",
                               "Introspect"))["data"][0]
    interfaces = re.findall(r'interface name="(org\.phonesec[^"]*)"', described)
    assert len(interfaces) > 4, interfaces
    for interface in interfaces:
        found += bus(path, "org.freedesktop.DBus.Properties", "GetAll", "s", interface)
    return found


def forms(text):
    """A text as it may be written: as it is, in hexadecimal, in base64."""
    octets = text if isinstance(text, bytes) else text.encode()
    return [octets, octets.hex().encode(), octets.hex().upper().encode(),
            base64.b64encode(octets)[:len(octets) // 3 * 4]]


def key_parts(daemon):
    """Lines of the body of each private key that the phone keeps, and the same as octets."""
    parts = []
    for path in (daemon.folder / "state/identity").rglob("lsc*.pem"):
        for body in re.findall(r"PRIVATE KEY-----\n(.*?)-----END", path.read_text(), re.S):
            # The first line is the same for all keys of a kind.
            for line in body.split()[1:]:
                parts += [line.encode(), *forms(base64.b64decode(line + "==="))]
    assert parts, "no private key was found"
    return parts


@test("secrets-stay-in-the-state-folder")
def leaks():
    capture = pathlib.Path(LOGS, "identity.pcap")
    with inside("wire"), subprocess.Popen(
            ["tcpdump", "-Z", "root", "-U", "-n", "-i", "switch", "-w", str(capture)],
            stderr=subprocess.DEVNULL) as tcpdump, \
            Services(FOLDER) as services, CallManager() as manager, \
            NewPhone(name="leaks") as daemon, phone_create() as phone:
        assert wait_until(capture.exists, 10)
        services.offer_list()
        services.offer_configuration(encrypted=True, more=SECRETS)
        services.capf.order(operation="install", mode="string", string=STRING, key="rsa-2048")
        daemon.provision()
        daemon.helper("config", "fetch")
        daemon.wait("lsc", "status", until=lambda found: found["lsc"]["awaits_string"])
        daemon.type("12345\n", "lsc", "update", check=False)
        daemon.type(STRING + "\n", "lsc", "update")
        services.know_phone(daemon.lsc_pem())
        services.offer_configuration(encrypted=True, more=SECRETS)
        daemon.helper("config", "fetch")
        daemon.configured()
        phone.register()
        called(manager, phone).bye()
        phone.closed()
        said = properties() + "".join(daemon.type("", *words) for words in (
            ("config", "show"), ("identity", "show"), ("lsc", "status"), ("trust", "list")))
        keys = key_parts(daemon)
        kept = (daemon.folder / "state/config/config.xml").read_bytes()
        time.sleep(0.5)
        tcpdump.terminate()
        tcpdump.wait(10)
    assert SSH.encode() in kept and PASSWORD.encode() in kept, "the secrets never came"
    wanted = [form for text in (STRING, SSH, PASSWORD) for form in forms(text)] + keys
    looked = 0
    state = daemon.folder / "state"
    for path in files([SITE, LOGS, daemon.folder]):
        inside_state = state in path.parents
        for text in texts(path):
            looked += 1
            leaked = [form for form in (forms(STRING) if inside_state else wanted) if form in text]
            assert not leaked, f"{path} has {leaked[0][:20]}"
    assert looked > 20 and capture.stat().st_size > 10000, f"{looked} texts"
    assert DEVICE in said, "the bus shows nothing"
    for form in wanted:
        assert form not in said.encode(), f"the bus shows {form[:20]}"


tests_run()
