# SPDX-License-Identifier: Apache-2.0
"""The stock program behind the daemon, and the servers that it may be registered at."""

import subprocess

from baresip import Baresip
from call_manager import MUTUAL, CallManager
from daemon import BUILD, CERTIFICATES
from daemon import Daemon as AnyDaemon
from hosts import inside

MANAGER = "10.7.0.10"
ACCOUNT = f'<sip:1001@{MANAGER}>;outbound="sip:127.0.0.1:5060;lr";regint=60'
QUICK = {"keep-alive": "2", "fail-back": "3", "connect-timeout": "3"}
SERVERS = {"call-manager": {"primary": "manager.site.test:5061",
                            "secondary": "subscriber.site.test:5061", **QUICK}}
ALL = {"call-manager": {**SERVERS["call-manager"], "tertiary": "subscriber.site.test:6061"},
       "srst": {"router": "srst.site.test:5061", "secure": "yes",
                "certificate": f"{CERTIFICATES}/srst.pem"}}


class Daemon(AnyDaemon):
    """Without a past: what another test left registered is none of its business."""

    count = 0

    def __init__(self, changes=None, name="servers"):
        Daemon.count += 1
        super().__init__(changes, name=f"phonesecd-{name}-{Daemon.count}")


def phone_create(**options):
    return Baresip("phone", ACCOUNT, echo=True, **options)


def server(daemon, role=0):
    return daemon.helper("signalling", "show")["servers"][role]


def states(daemon):
    return [one["state"] for one in daemon.helper("signalling", "show")["servers"]]


def registration(daemon):
    return daemon.helper("register", "status")["registrations"][0]


def registered_at(daemon, role, seconds=20):
    return daemon.wait("register", "status", seconds=seconds, until=lambda found: any(
        one["state"] == "active" and one["server"] == role for one in found["registrations"]))


def secondary():
    return CallManager(address="10.7.0.11", certificate="subscriber", name="subscriber")


def tertiary():
    made = CallManager(address="10.7.0.11", certificate="subscriber", name="tertiary")
    made.contexts = {6061: made.contexts[MUTUAL]}
    return made


def refusing(status, text):
    made = CallManager()
    made.refusal = status, None, made.warning(text)
    return made


def router(certificate="srst"):
    return CallManager("srst", "10.7.0.20", certificate, name="srst")


def called(manager, phone, **options):
    """A call to the phone with sound both ways: the phone repeats what it hears."""
    call = manager.call("1001", media=manager.media("far"), **options)
    call.taken_by(phone)
    call.media.hears("far")
    return call


def calls(manager, phone, **options):
    """The same, and the phone is who calls."""
    phone.call(f"sip:1002@{MANAGER}")
    call = manager.incoming(media=manager.media("far"), **options)
    call.ring()
    call.answer()
    call.acknowledged()
    phone.established()
    call.media.hears("far")
    return call


def sessions():
    with inside("phone"):
        return subprocess.run([f"{BUILD}/userspace/phonesec", "media", "list"],
                              capture_output=True, text=True, check=True).stdout
