# SPDX-License-Identifier: Apache-2.0
"""A program on the phone whose every step a script takes: plain SIP over UDP to the daemon,
plain RTP from a port that the daemon guards. Stock programs do what they want; this one
forks, crosses, repeats and is late when it is to.

    with Program() as program:
        call = program.call("1002")         call = program.incoming()
        call.ringing()                      call.ring()
        call.answered()                     call.answer()
        call.ack()                          call.acknowledged()
"""

import contextlib
import random
import socket
import threading

from call import PATIENCE, Call
from far_end import FarEnd
from hosts import inside
from media_end import MediaEnd
from sip_message import SipMessage

PHONE, MANAGER = "10.7.0.1", "10.7.0.10"
DAEMON = ("127.0.0.1", 5060)
# As in the daemon's settings.
MEDIA_PORTS = range(16384, 32768, 2)


def port_pair(address, ports):
    """Two sockets, RTP and RTCP, at a random one of these ports and the next."""
    while True:
        with contextlib.ExitStack() as stack:
            pair = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    for _ in range(2)]
            try:
                port = random.choice(ports)
                for one, number in zip(pair, (port, port + 1)):
                    one.bind((address, number))
                    one.settimeout(0.2)
            except OSError:
                continue
            stack.pop_all()
            return pair


class PhoneMedia(MediaEnd):
    """Plain RTP from a guarded port."""

    def __init__(self, name="phone"):
        super().__init__("phone", PHONE, name, suites=())

    @staticmethod
    def sockets(address):
        return port_pair(address, MEDIA_PORTS)


class SilentMedia:
    """An address that nobody sends from or listens at, for calls that are many."""

    numbers = iter(range(20000, 32000, 2))

    def __init__(self, address, masters=()):
        self.address, self.masters = address, list(masters)
        self.port = next(SilentMedia.numbers, None) or self.again()
        self.speaks = False

    @staticmethod
    def again():
        SilentMedia.numbers = iter(range(20000, 32000, 2))
        return next(SilentMedia.numbers)

    def connect(self, *_):
        pass

    def close(self):
        pass


class Datagrams:
    """The socket of a program, and who reads it."""

    def __init__(self, owner, peer):
        self.owner, self.peer = owner, peer
        with inside("phone"):
            self.plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.plain.bind(("127.0.0.1", 0))
        self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.plain.settimeout(0.2)
        self.open = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.open:
            try:
                octets = self.plain.recv(65536)
            except OSError:
                # Nothing yet, or nobody at the other end for a moment.
                continue
            self.owner.message(self, SipMessage.parse(octets))

    def send(self, message):
        with contextlib.suppress(ConnectionRefusedError):
            self.plain.sendto(bytes(message), self.peer)

    def close(self):
        self.open = False
        self.thread.join()
        self.plain.close()


class Program(FarEnd):
    """@media: makes the media of a call, None for calls without."""

    def __init__(self, user="1001", media=PhoneMedia):
        super().__init__(user, "phone", "127.0.0.1")
        self.media_make = media

    def __enter__(self):
        self.connection = Datagrams(self, DAEMON)
        self.own_port = self.connection.plain.getsockname()[1]
        self.register(1, 600)
        with self.news:
            assert self.news.wait_for(lambda: any(one.status >= 200 for one in self.answers),
                                      PATIENCE), "no answer to REGISTER"
        assert self.answers[-1].status == 200, self.answers[-1].start
        return self

    def call_create(self):
        return Call(self, self.media_make() if self.media_make else None, crypto=[])

    def asked_nothing(self):
        assert not self.waiting, self.waiting

    def via(self, _call=None):
        return f"UDP {self.address}:{self.own_port}"

    def contact(self, _call=None):
        return f"sip:{self.user}@{self.address}:{self.own_port}"
