# SPDX-License-Identifier: Apache-2.0
"""A user agent behind a real call manager (Kamailio) that speaks SRTP with AES-GCM in its
offers, as no packaged program does: baresip takes such an offer, and makes another.

    with FarEnd("1002", suites=(256,)) as far:
        call = far.incoming()
        call.ring()
        call.answer()
"""

import threading

from call import PATIENCE, Call
from connection import connect
from media_end import MediaEnd
from sip_message import SipMessage, branch, response_to, token

MANAGER = ("10.7.0.10", 5060)


class FarEnd:
    """@user: registers under that; media options as of MediaEnd."""

    answers_pings = True

    def __init__(self, user, namespace="far", address="10.7.0.2", **media):
        self.user, self.namespace, self.address = user, namespace, address
        self.media_options = media
        self.calls, self.waiting, self.answers = {}, [], []
        self.news = threading.Condition()
        self.connection = None

    def __enter__(self):
        self.connection = connect(self.namespace, *MANAGER, self)
        self.own_port = self.connection.plain.getsockname()[1]
        domain = MANAGER[0]
        self.connection.send(SipMessage(f"REGISTER sip:{domain} SIP/2.0", [
            ("Via", f"SIP/2.0/{self.via()};branch={branch()}"),
            ("From", f"<sip:{self.user}@{domain}>;tag={token()}"),
            ("To", f"<sip:{self.user}@{domain}>"), ("Call-ID", token()),
            ("CSeq", "1 REGISTER"), ("Contact", f"<{self.contact()}>"), ("Expires", "600"),
            ("Max-Forwards", "70")]))
        with self.news:
            assert self.news.wait_for(lambda: self.answers, PATIENCE), "no answer to REGISTER"
        assert self.answers[0].status == 200, self.answers[0].start
        return self

    def __exit__(self, *_):
        for call in list(self.calls.values()):
            call.close()
        self.connection.close()

    def connected(self, connection):
        pass

    def failed(self, connection, error):
        pass

    def closed(self, connection):
        pass

    def message(self, connection, message):
        call = self.calls.get(message.get("Call-ID"))
        if call:
            call.take(message)
        elif message.status is not None:
            with self.news:
                self.answers.append(message)
                self.news.notify_all()
        elif message.method == "INVITE":
            call = self.call_create()
            call.accept(message)
            connection.send(response_to(message, 100))
            with self.news:
                self.calls[call.id] = call
                self.waiting.append(call)
                self.news.notify_all()
        elif message.method != "ACK":
            connection.send(response_to(message, 200, tag=token()))

    def call_create(self):
        media = MediaEnd(self.namespace, self.address, "far", **self.media_options)
        return Call(self, media)

    def incoming(self, seconds=PATIENCE):
        with self.news:
            assert self.news.wait_for(lambda: self.waiting, seconds), "no INVITE"
            return self.waiting.pop(0)

    def call(self, user, **options):
        call = self.call_create()
        self.calls[call.id] = call
        target = f"sip:{user}@{MANAGER[0]}"
        return call.begin(target, target, ("Far Away", f"sip:{self.user}@{MANAGER[0]}"),
                          **options)

    def via(self, _call=None):
        return f"TCP {self.address}:{self.own_port}"

    def contact(self, _call=None):
        return f"sip:{self.user}@{self.address}:{self.own_port};transport=tcp"

    def send(self, _call, message):
        self.connection.send(message)

    def forget(self, call):
        self.calls.pop(call.id, None)
