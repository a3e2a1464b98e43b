# SPDX-License-Identifier: Apache-2.0
"""A call manager for what no packaged one does: security of a call in Call-Info, tokens in
the way of SIP OAuth, answers and refusals as a script wants them.

    with CallManager() as manager:
        manager.registered("1001")
        call = manager.call("1001", media=manager.media("far"))
        call.answered()
        ...

Ports: 5061 with certificates of both sides, 5090 (5091) with tokens, 5060 plain, each
there for the security profiles that it belongs to.
"""

import json
import os
import threading
import urllib.parse
import urllib.request

from call import PATIENCE, Call, call_info
from connection import Port, server_context
from media_end import MediaEnd
from sip_message import parameter, response_to, token, uri_of, user_of

SUPPORTED = "X-cisco-srtp-fallback,X-cisco-sis-9.1.0"
PLAIN, MUTUAL, OAUTH = 5060, 5061, 5090
BEARER = 'Bearer token="'
TOKEN_WANTED = 407, None, [("Proxy-Authenticate", 'Bearer realm="ccmsipline"')]


def tokens_listed(*good):
    return lambda shown: shown in good


def tokens_validated(url):
    """Asks whoever gave them out (RFC 7662)."""
    def good(shown):
        form = urllib.parse.urlencode({"token": shown}).encode()
        with urllib.request.urlopen(url, form, 10) as answer:
            return json.load(answer).get("active") is True
    return good


class CallManager:
    """@certificate: shown on 5061; @web_certificate: on the OAuth port
    @good_token: says whether a token is good
    """

    def __init__(self, namespace="manager", address="10.7.0.10", certificate="manager",
                 web_certificate="tomcat", good_token=lambda shown: True, name="site"):
        folder = os.environ["CERTIFICATES"]
        self.namespace, self.address, self.name = namespace, address, name
        self.good_token = good_token
        self.contexts = {PLAIN: None, MUTUAL: server_context(folder, certificate),
                         OAUTH: server_context(folder, web_certificate, phones=False)}
        # Ports whose devices are in another mode: a registration there is refused.
        self.mismatched = set()
        # (status, reason, headers) for the next registrations, or None.
        self.refusal = None
        # What is said to a token that is not good.
        self.token_refusal = 403, None, self.warning("SIP OAuth token is not valid")
        self.answers_registers = self.answers_pings = True
        self.expires = 120
        self.contacts, self.registers, self.others = {}, [], []
        self.connections, self.failures = [], []
        self.calls, self.waiting = {}, []
        self.news = threading.Condition()
        self.ports = []

    def start(self):
        self.ports = [Port(self.namespace, self.address, number, self, context)
                      for number, context in self.contexts.items()]
        return self

    def stop(self, reset=False, media=False):
        """Ends in order, or as by loss of power; media of calls may go on."""
        for port in self.ports:
            port.close()
        self.ports = []
        for connection in list(self.connections):
            connection.close(reset)
        for call in [] if media else list(self.calls.values()):
            call.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # What the connections tell.

    def connected(self, connection):
        with self.news:
            self.connections.append(connection)
            self.news.notify_all()

    def failed(self, connection, error):
        with self.news:
            self.failures.append((connection.port, str(error)))
            self.news.notify_all()

    def closed(self, connection):
        with self.news:
            if connection in self.connections:
                self.connections.remove(connection)
            self.contacts = {user: contact for user, contact in self.contacts.items()
                             if contact[0] is not connection}
            self.news.notify_all()

    def message(self, connection, message):
        if message.status is not None or message.get("Call-ID") in self.calls:
            call = self.calls.get(message.get("Call-ID"))
            if call:
                call.take(message)
        elif message.method == "REGISTER":
            self.register(connection, message)
        elif message.method == "INVITE":
            self.invite(connection, message)
        elif message.method == "CANCEL":
            connection.send(response_to(message, 481, tag=token()))
        elif message.method != "ACK":
            connection.send(response_to(message, 200, tag=token()))
            with self.news:
                self.others.append(message)
                self.news.notify_all()

    def invite(self, connection, message):
        call = self.call_create(connection)
        call.accept(message)
        connection.send(response_to(message, 100))
        with self.news:
            self.calls[call.id] = call
            self.waiting.append(call)
            self.news.notify_all()

    # The registrar.

    def register(self, connection, message):
        with self.news:
            self.registers.append(message)
            self.news.notify_all()
        if not self.answers_registers:
            return
        status, reason, headers = self.register_verdict(connection, message)
        if status == 200:
            headers = self.bind(connection, message)
        connection.send(response_to(message, status, reason, token(), headers))
        with self.news:
            self.news.notify_all()

    def warning(self, text):
        return [("Warning", f'399 {self.name} "{text}"')]

    def register_verdict(self, connection, message):
        if self.refusal:
            return self.refusal
        shown = message.get("Proxy-Authorization")
        if connection.port in self.mismatched or (connection.port != OAUTH and shown):
            return 403, None, self.warning("SIP OAuth Registration port Mismatch")
        if connection.port != OAUTH:
            return 200, None, []
        if not shown:
            return TOKEN_WANTED
        if not (shown.startswith(BEARER) and shown.endswith('"')
                and self.good_token(shown[len(BEARER):-1])):
            return self.token_refusal
        return 200, None, []

    def bind(self, connection, message):
        """Takes the binding over, and what the answer says of it."""
        user = user_of(uri_of(message.get("To")))
        contact = message.get("Contact")
        wanted = parameter(contact, "expires") or message.get("Expires")
        expires = min(int(wanted or self.expires), self.expires)
        with self.news:
            if expires:
                self.contacts[user] = (connection, uri_of(contact))
            else:
                self.contacts.pop(user, None)
            self.news.notify_all()
        headers = [("Supported", SUPPORTED)]
        if expires and contact:
            headers.append(("Contact", f"{contact.split(';expires')[0]}"
                            f";expires={expires};x-cisco-newreg"))
        return headers + [("Expires", str(expires))]

    def wait(self, found, what, seconds=PATIENCE):
        with self.news:
            result = self.news.wait_for(found, seconds)
        assert result, f"no {what}: {self.registers[-2:]} {self.failures[-3:]}"
        return result

    def registered(self, user, seconds=PATIENCE):
        """The connection that a user is registered over."""
        return self.wait(lambda: self.contacts.get(user), f"registration of {user}", seconds)[0]

    def registers_reach(self, count, seconds=PATIENCE):
        self.wait(lambda: len(self.registers) >= count, f"{count} registrations", seconds)

    # Calls.

    def media(self, name, **options):
        """Media as the far end of a call, which the call manager itself plays."""
        return MediaEnd(self.namespace, self.address, name, **options)

    def call_create(self, connection, **options):
        call = Call(self, **options)
        call.connection = connection
        return call

    def call(self, user, media=None, crypto=None, body=None, level="Encrypted", headers=(),
             number="1002", name="Far Away", mux=False):
        """Calls a registered user; a body of b"" makes it a late offer."""
        connection, contact = self.contacts[user]
        call = self.call_create(connection, media=media, crypto=crypto, mux=mux)
        with self.news:
            self.calls[call.id] = call
        info = [call_info(level, "from", "ringin")] if level else []
        return call.begin(contact, f"sip:{user}@{self.address}",
                          (name, f"sip:{number}@{self.address}"), body, [*info, *headers])

    def incoming(self, media=None, seconds=PATIENCE, **options):
        """The next call of the phone, its INVITE taken and nothing but 100 said."""
        self.wait(lambda: self.waiting, "INVITE", seconds)
        with self.news:
            call = self.waiting.pop(0)
        call.media = media
        for name, value in options.items():
            setattr(call, name, value)
        return call

    def scheme(self, call):
        return "TLS" if call.connection.context else "TCP"

    def via(self, call):
        return f"{self.scheme(call)} {self.address}:{call.connection.port}"

    def contact(self, call):
        transport = self.scheme(call).lower()
        return f"sip:manager@{self.address}:{call.connection.port};transport={transport}"

    def send(self, call, message):
        call.connection.send(message)

    def forget(self, call):
        with self.news:
            self.calls.pop(call.id, None)
