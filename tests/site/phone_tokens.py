# SPDX-License-Identifier: Apache-2.0
"""Registration with tokens (SIP OAuth): kept, refreshed, refused, and never seen by others."""

import ssl
import subprocess
import time

from call_manager import MUTUAL, OAUTH, TOKEN_WANTED, CallManager
from daemon import BUILD, CERTIFICATES
from hosts import inside, wait_until
from results import equal, test, tests_run
from site_phone import ACCOUNT, Daemon, phone_create, server, registration, called, calls
from sniffer import Sniffer
from tokens import TokenEndpoint


TOKEN = {"oauth": {"sip-oauth-mode": "yes", "client-id": "phone",
                   "token-endpoint": "https://manager.site.test:8443/token"},
         "call-manager": {"primary": "manager.site.test:5090"}}


def login(refresh):
    with inside("phone"):
        subprocess.run([f"{BUILD}/userspace/phonesec", "oauth", "login"], input=refresh + "\n",
                       text=True, check=True, capture_output=True, timeout=60)


def token_state(daemon, *wanted, seconds=20):
    return daemon.wait("oauth", "status", seconds=seconds, until=lambda found:
                       found["oauth"]["state"] in wanted)["oauth"]


@test("token-is-shown-to-nobody-else")
def token_kept():
    with Sniffer("phone", "lo", "ip", "token-lo") as loopback, \
            Sniffer("wire", "switch", "tcp", "token-wire") as wire, \
            TokenEndpoint(lifetime=12) as endpoint, \
            CallManager(good_token=endpoint.good) as manager, \
            Daemon(TOKEN, name="kept") as daemon, phone_create() as phone:
        # Asked for one and ready to take it, the server learns that there is none.
        manager.contexts[OAUTH].verify_mode = ssl.CERT_OPTIONAL
        manager.contexts[OAUTH].load_verify_locations(f"{CERTIFICATES}/phones.pem")
        token_state(daemon, "no-token")
        daemon.says("There is no new token")
        refresh = endpoint.refresh_create()
        login(refresh)
        token_state(daemon, "ready")
        daemon.says("There is a new token")
        phone.register()
        connection = manager.registered("1001")
        equal((connection.port, connection.certificate), (OAUTH, None))
        # Another one in time: it never has none.
        end = time.monotonic() + 30
        while len(endpoint.access) < 2:
            assert time.monotonic() < end, "no new token"
            equal(daemon.helper("oauth", "status")["oauth"]["state"], "ready")
            time.sleep(0.3)
        call = calls(manager, phone)
        equal([one for one in (call.invite, *call.history) if one.get("Proxy-Authorization")], [])
        call.bye()
        phone.closed()
        stored = daemon.folder / "state" / "refresh-token"
        equal(oct(stored.stat().st_mode & 0o777), "0o600")
        log = daemon.log().encode()
        files = b"".join(path.read_bytes() for path in daemon.folder.rglob("*")
                         if path.is_file() and path != stored)
        shown = [one for one in daemon.folder.rglob("*")]
        assert stored in shown
    for secret in (refresh, *endpoint.access):
        for what, octets in (("log", log), ("files", files), ("loopback", loopback.octets()),
                             ("wire", wire.octets())):
            # The system bus takes the login as a file descriptor, so it is not there either.
            assert secret.encode() not in octets, f"a token is in the {what}"
    assert b"REGISTER sip:" in loopback.octets(), "nothing was captured"


@test("token-that-is-refused-is-replaced")
def token_replaced():
    with TokenEndpoint() as endpoint, CallManager(good_token=endpoint.good) as manager, \
            Daemon(TOKEN, name="replaced") as daemon, phone_create() as phone:
        manager.token_refusal = TOKEN_WANTED
        login(endpoint.refresh_create())
        token_state(daemon, "ready")
        # The server has forgotten it, and takes the next one.
        endpoint.forget()
        phone.command("uanew", ACCOUNT)
        manager.registered("1001")
        equal(token_state(daemon, "ready")["state"], "ready")
        equal(registration(daemon)["state"], "active")


@test("token-that-is-always-refused-is-shown", 407)
@test("token-that-is-not-valid-is-shown", 403)
def token_refused(status):
    # The call manager first: a daemon that found none answers the program's REGISTER itself.
    with TokenEndpoint() as endpoint, CallManager(good_token=lambda shown: False) as manager, \
            Daemon(TOKEN, name="never") as daemon, phone_create() as phone:
        if status == 407:
            manager.token_refusal = TOKEN_WANTED
        login(endpoint.refresh_create())
        token_state(daemon, "ready")
        phone.register("REGISTER_FAIL")
        found = token_state(daemon, "refused")
        equal(found["problem"]["code"], "token-refused", str(found))
        assert found["problem"]["mend"], found
        found = registration(daemon)
        equal((found["state"], found["status"]), ("refused", status), str(found))
        daemon.says("There is no new token.*token-refused|There is no new token.*refused")
        time.sleep(3)
        assert len(manager.registers) <= 4, len(manager.registers)


@test("refresh-token-that-is-refused-is-shown")
def refresh_refused():
    with TokenEndpoint() as endpoint, Daemon(TOKEN, name="refresh") as daemon:
        login("refresh.unknown")
        found = token_state(daemon, "refused")
        equal(found["problem"]["code"], "token-refused", str(found))
        daemon.says("There is no new token")
        login(endpoint.refresh_create())
        token_state(daemon, "ready")


@test("token-on-a-port-for-certificates-is-shown")
def token_port():
    with TokenEndpoint() as endpoint, CallManager(good_token=endpoint.good) as manager, \
            Daemon(TOKEN, name="mismatch") as daemon, phone_create() as phone:
        manager.mismatched.add(OAUTH)
        login(endpoint.refresh_create())
        token_state(daemon, "ready")
        phone.register("REGISTER_FAIL")
        last = server(daemon)["last"]
        equal(last["code"], "token-port", str(last))
        assert "5090" in last["mend"], last
        # It is no fault of the token's.
        equal(token_state(daemon, "ready")["state"], "ready")


@test("token-over-remote-access-is-refused-at-start")
def token_remote():
    changes = {**TOKEN, "oauth": {**TOKEN["oauth"], "mobile-and-remote-access": "yes"}}
    daemon = Daemon(changes, name="remote").start(ready=False)
    equal(daemon.process.wait(20), 6)
    daemon.says("Mobile and Remote Access")


@test("reload-with-tokens")
def reload_tokens():
    """On, in use, with another form, and off again."""
    with TokenEndpoint(lifetime=12) as endpoint, CallManager(good_token=endpoint.good) as manager, \
            Daemon({"call-manager": {"primary": "manager.site.test"}}) as daemon, \
            phone_create() as phone:
        changes = {**TOKEN, "call-manager": {"primary": "manager.site.test"}}
        phone.register()
        equal(manager.registered("1001").port, MUTUAL)

        def reload(wanted):
            daemon.begin = daemon.log_file.stat().st_size
            daemon.configure(wanted)
            daemon.reload()
            daemon.says("The settings were read again")

        def registered_on(port):
            assert wait_until(lambda: manager.contacts.get("1001") and
                              manager.contacts["1001"][0].port == port, 20), manager.contacts

        reload(changes)
        token_state(daemon, "no-token")
        login(endpoint.refresh_create())
        registered_on(OAUTH)
        connection = manager.registered("1001")
        reload({**changes, "oauth": {**TOKEN["oauth"], "form": "device=x"}})
        equal(token_state(daemon, "ready")["state"], "ready")
        seen = len(endpoint.asked)
        assert wait_until(lambda: len(endpoint.asked) > seen, 20)
        equal(endpoint.asked[-1].get("device"), "x")
        assert manager.contacts["1001"][0] is connection, "the connection was dropped"
        call = called(manager, phone)
        reload({"call-manager": {"primary": "manager.site.test"}})
        registered_on(MUTUAL)
        call.media.hears("far")
        token_state(daemon, "off")
        call.media.close()
        phone.hang_up()




tests_run()
