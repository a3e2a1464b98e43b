# SPDX-License-Identifier: Apache-2.0
"""Connections that carry SIP, with TLS or without it, and the port that takes them."""

import select
import socket
import ssl
import threading
import time

from hosts import inside
from sip_message import PING, PONG, MessageStream

HANDSHAKE_SECONDS = 20


class Connection:
    """A connection and who reads it; @owner: has message(), and may have closed()."""

    def __init__(self, plain, peer, owner, port, context=None):
        self.plain = self.socket = plain
        self.owner, self.port, self.context = owner, port, context
        self.peer = peer
        # OpenSSL does not let two threads use a session at once.
        self.lock = threading.Lock()
        self.pings = 0
        self.open = True
        self.certificate = self.cipher = self.version = None
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            if self.context:
                self.plain.settimeout(HANDSHAKE_SECONDS)
                self.socket = self.context.wrap_socket(self.plain, server_side=True)
                self.certificate = self.socket.getpeercert()
                self.version, self.cipher = self.socket.version(), self.socket.cipher()[0]
            self.socket.setblocking(False)
            self.owner.connected(self)
            self.read()
        except (OSError, ssl.SSLError) as error:
            self.owner.failed(self, error)
        finally:
            self.open = False
            self.plain.close()
            self.socket.close()
            self.owner.closed(self)

    def read(self):
        stream = MessageStream()
        while self.open:
            octets = self.receive()
            if octets is None:
                continue
            if not octets:
                return
            for message in stream.feed(octets):
                if message == PING:
                    self.pings += 1
                    if self.owner.answers_pings:
                        self.send(PONG)
                elif message != PONG:
                    self.owner.message(self, message)

    def receive(self):
        """Octets, none at the end, None when there are none yet."""
        if not (self.context and self.socket.pending()):
            select.select([self.socket], [], [], 0.1)
        with self.lock:
            try:
                return self.socket.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                return None

    def send(self, *messages):
        """Messages or octets, all of them in one segment if it is large enough."""
        self.send_octets(b"".join(bytes(message) for message in messages))

    def send_octets(self, octets):
        while octets:
            with self.lock:
                try:
                    sent = self.socket.send(octets)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
                    sent = 0
            octets = octets[sent:]
            if octets and not sent:
                select.select([], [self.socket], [], 0.1)

    def send_split(self, message, size, pause=0.01):
        """A message in segments of so many octets."""
        octets = bytes(message)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(octets), size):
            self.send_octets(octets[at:at + size])
            time.sleep(pause)

    def close(self, reset=False):
        """With a word of TLS, or with a reset as from a machine that was switched off."""
        self.open = False
        if reset:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif self.context:
            with self.lock:
                try:
                    self.socket.unwrap()
                except (OSError, ValueError):
                    pass


class Port:
    """Takes connections at an address; a context of None is TCP alone."""

    def __init__(self, namespace, address, number, owner, context=None):
        with inside(namespace):
            self.listener = socket.create_server((address, number))
        self.number, self.owner, self.context = number, owner, context
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                plain, peer = self.listener.accept()
            except OSError:
                return
            Connection(plain, peer, self.owner, self.number, self.context)

    def close(self):
        # A close alone would leave the thread in accept().
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.thread.join()


def connect(namespace, address, port, owner):
    """A connection of our own, without TLS."""
    with inside(namespace):
        plain = socket.create_connection((address, port), 20)
    return Connection(plain, (address, port), owner, port)


def server_context(certificates, name, phones=True):
    """TLS as a call manager has it; @phones: they must show a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Old key sizes are there to be refused by the phone, not by this end.
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(f"{certificates}/{name}.pem", f"{certificates}/{name}.key")
    if phones:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{certificates}/phones.pem")
    return context
