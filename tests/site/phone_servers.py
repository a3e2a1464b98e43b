# SPDX-License-Identifier: Apache-2.0
"""Which server the phone is registered at: fail-over and fail-back, refusals, requests on a
connection that is lost, settings that change. The program is stock and never told any of it."""

import contextlib
import socket
import time

from call_manager import MUTUAL, PLAIN, CallManager
from connection import Connection
from hosts import inside, wait_until
from results import equal, test, tests_run
from site_phone import (MANAGER, ACCOUNT, QUICK, SERVERS, ALL, Daemon, phone_create, server,
                        states, registration, registered_at, secondary, tertiary, refusing,
                        router, called, sessions)


@test("fails-over-through-all-and-back")
def fails_over():
    with secondary() as second, tertiary() as third, router() as srst, phone_create() as phone:
        first = CallManager().start()
        with Daemon(ALL) as daemon:
            phone.register()
            registered_at(daemon, "primary")
            call = called(first, phone)
            first.stop(reset=True, media=True)
            second.registered("1001")
            registered_at(daemon, "secondary")
            equal(call.media.counts["plain"], 0, "packets in clear")
            call.media.hears("far")
            last = server(daemon)["last"]
            assert last["code"] in ("server-closed", "server-unreachable"), last
            assert last["text"] and last["mend"] and last["detail"], last
            # The call ends where the phone is now, and its session with it.
            assert "0 sessions" not in sessions() and "no sessions" not in sessions()
            phone.hang_up()
            assert wait_until(lambda: any(one.method == "BYE" for one in second.others), 10)
            assert wait_until(lambda: "no sessions" in sessions(), 10), sessions()
            call.media.close()
            second.stop(reset=True)
            third.registered("1001")
            third.stop(reset=True)
            srst.registered("1001")
            registered_at(daemon, "srst")
            found = states(daemon)
            equal((found[3], found.count("active")), ("active", 1), str(found))
            with tertiary() as again:
                again.registered("1001", seconds=60)
                with CallManager() as best:
                    best.registered("1001", seconds=90)
                    registered_at(daemon, "primary")
                    equal([state for state in states(daemon) if state == "active"], ["active"])
                    called(best, phone).bye()
            # The program was not told any of it.
            equal(phone.seen("REGISTER_FAIL"), [])
            daemon.says("Another call manager is in use.*from the primary to the secondary")


@test("server-that-answers-503-is-left", 503)
@test("server-that-answers-500-is-left", 500)
def refused_503(status):
    with refusing(status, "Too busy") as first, secondary() as second, \
            Daemon(SERVERS) as daemon, phone_create() as phone:
        phone.register()
        second.registered("1001")
        last = server(daemon)["last"]
        equal(last["code"], "server-refused", str(last))
        assert last["text"] and last["mend"] and str(status) in last["detail"], last
        time.sleep(5)
        # It is not asked again and again.
        equal(len(first.registers), 1, "registrations")
        called(second, phone).bye()


@test("only-server-that-answers-503-stays")
def refused_alone():
    with refusing(503, "Too busy") as first, Daemon() as daemon, phone_create() as phone:
        phone.register("REGISTER_FAIL")
        found = registration(daemon)
        equal((found["state"], found["status"], found["text"]), ("refused", 503, "Too busy"))
        equal((len(first.connections), server(daemon)["state"]), (1, "active"))


@test("server-that-does-not-answer-register-is-left")
def refused_silent():
    with CallManager() as first, secondary() as second, Daemon(SERVERS) as daemon, \
            phone_create() as phone:
        first.answers_registers = False
        phone.command("uanew", ACCOUNT)
        second.registered("1001", seconds=30)
        phone.wait("REGISTER_OK")
        last = server(daemon)["last"]
        equal(last["code"], "server-silent", str(last))
        assert "REGISTER" in last["detail"], last
        # What the program repeats does not go on, as the connection loses nothing.
        equal(len(first.registers), 1, "registrations")


@test("device-that-is-refused-is-shown")
def refused_403():
    with refusing(403, "Device is not known here") as first, secondary() as second, \
            Daemon(SERVERS) as daemon, phone_create() as phone:
        phone.register("REGISTER_FAIL")
        found = registration(daemon)
        equal((found["state"], found["status"], found["text"]),
              ("refused", 403, "Device is not known here"))
        daemon.says("The registration was refused.*Device is not known here")
        time.sleep(5)
        assert len(first.registers) <= 2, first.registers
        equal((second.registers, server(daemon)["state"]), ([], "active"))


@test("server-without-pongs-stays-and-comes-back")
def no_pongs():
    with secondary() as second, phone_create() as phone:
        first = CallManager()
        first.answers_pings = False
        with first, Daemon(SERVERS) as daemon:
            phone.register()
            connection = first.registered("1001")
            assert wait_until(lambda: connection.pings > 3, 20)
            equal(first.connections, [connection])
            first.stop(reset=True)
            second.registered("1001")
            again = CallManager()
            again.answers_pings = False
            with again:
                again.registered("1001", seconds=60)
                equal(server(daemon)["state"], "active")


@test("router-without-certificate-is-not-used", "yes")
@test("router-that-is-not-secure-is-not-used", "no")
def router_unpinned(secure):
    """Not even a file that says so is taken."""
    changes = {"srst": {"router": "srst.site.test:5061", "secure": secure},
               "call-manager": {"primary": None}}
    with router() as srst:
        daemon = Daemon(changes).start(ready=False)
        equal(daemon.process.wait(20), 6)
        daemon.says("srst")
        equal((srst.connections, srst.failures, srst.registers), ([], [], []))


@test("nonsecure-phone-uses-the-router-in-clear")
def router_clear():
    changes = {"phone": {"security-mode": "nonsecure"}, "srst": {"router": "srst.site.test:5060"},
               "call-manager": {**QUICK, "primary": "manager.site.test:5060"}}
    with router() as srst, Daemon(changes) as daemon, phone_create() as phone:
        phone.register()
        equal(srst.registered("1001").port, PLAIN)
        equal(server(daemon, 3)["tls_version"], "")
        call = called(srst, phone, crypto=[], level=None)
        call.bye()


@test("request-on-a-lost-connection-is-answered")
def in_flight():
    with phone_create() as phone:
        manager = CallManager().start()
        with Daemon({"call-manager": QUICK}) as daemon:
            phone.register()
            manager.registered("1001")
            phone.call(f"sip:1002@{MANAGER}")
            manager.incoming()
            manager.stop(reset=True)
            found = phone.wait("CALL_CLOSED", seconds=10)
            assert "503" in str(found), found
            equal(daemon.helper("call", "list")["calls"], [])
            # And without any server it is told at once.
            phone.call(f"sip:1002@{MANAGER}")
            assert "503" in str(phone.wait("CALL_CLOSED", seconds=15))


@test("change-on-a-lost-connection-leaves-the-call")
def change_in_flight():
    with secondary() as second, phone_create() as phone:
        manager = CallManager().start()
        with Daemon(SERVERS) as daemon:
            phone.register()
            manager.registered("1001")
            call = called(manager, phone)
            phone.hold()
            call.request("INVITE")
            manager.stop(reset=True, media=True)
            second.registered("1001")
            equal(len(daemon.helper("call", "list")["calls"]), 1)
            phone.hang_up()
            assert wait_until(lambda: any(one.method == "BYE" for one in second.others), 10)
            assert wait_until(lambda: "no sessions" in sessions(), 10), sessions()
            call.media.close()


@test("call-waits-for-the-connection")
def call_waits():
    manager = CallManager()
    with inside("manager"), contextlib.closing(socket.create_server((MANAGER, MUTUAL))) as slow, \
            Daemon({"call-manager": {"connect-timeout": "20"}}) as daemon, phone_create() as phone:
        plain, peer = slow.accept()
        phone.command("uanew", ACCOUNT)
        phone.call(f"sip:1002@{MANAGER}")
        time.sleep(2)
        equal(server(daemon)["state"], "connecting")
        Connection(plain, peer, manager, MUTUAL, manager.contexts[MUTUAL])
        manager.registered("1001")
        call = manager.incoming(media=manager.media("far"))
        call.ring()
        call.answer()
        call.acknowledged()
        call.media.hears("far")
        # What the program repeated meanwhile went on once.
        equal(len(manager.registers), 1, "registrations")
        phone.hang_up()
        call.ended()
        for connection in list(manager.connections):
            connection.close()


@test("call-does-not-wait-for-ever")
def call_waits_in_vain():
    """Nobody shakes hands there, at the first attempt and at the next one."""
    with inside("manager"), contextlib.closing(socket.create_server((MANAGER, MUTUAL))), \
            Daemon({"call-manager": QUICK}) as daemon, phone_create() as phone:
        phone.command("uanew", ACCOUNT)
        for _ in range(2):
            daemon.wait("signalling", "show", until=lambda found:
                        found["servers"][0]["state"] == "failed")
            daemon.wait("signalling", "show", until=lambda found:
                        found["servers"][0]["state"] == "connecting")
        phone.call(f"sip:1002@{MANAGER}")
        assert "503" in str(phone.wait("CALL_CLOSED", seconds=8))


@test("reload-in-a-call-drops-nothing")
def reload_in_call():
    with CallManager() as manager, Daemon() as daemon, phone_create() as phone:
        phone.register()
        connection = manager.registered("1001")
        call = called(manager, phone)
        count = len(manager.registers)
        for interval in ("30", "40"):
            daemon.begin = daemon.log_file.stat().st_size
            daemon.configure({"call-manager": QUICK, "program": {"register-interval": interval}})
            daemon.reload()
            daemon.says("The settings were read again")
            call.media.hears("far")
        # What cannot be taken is refused whole, and the settings before are still there.
        for changes, words in (({"program": {"listen": "127.0.0.1:5070"}}, "cannot change"),
                               ({"trust": {"anchors": "/nowhere"}}, "/nowhere")):
            daemon.begin = daemon.log_file.stat().st_size
            daemon.configure(changes)
            daemon.reload()
            daemon.says(f"(?s)The configuration file was refused.*{words}")
        equal((manager.connections, len(manager.registers)), ([connection], count))
        equal(call.media.counts["plain"], 0)
        call.bye()
        phone.closed()
        manager.calls.clear()
        called(manager, phone).bye()


tests_run()
