#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A trust verification server that does what it is told, right or wrong.

    tvs_server.py --certificate FILE --key FILE [--address 127.0.0.1] [--port 0]
        [--know FILE:ROLES:TTL]... [--clients FILE] [--stay]

It prints "port NUMBER". FILE of --know is a certificate in PEM, ROLES are numbers with commas
between, TTL are seconds. With --clients it asks phones for a certificate of these authorities.
Each line on standard input is a JSON object with orders, and is answered by a line with what has
been asked so far. It ends with standard input, unless told to stay.

Orders, each until it is changed:
    behave   answer, no (to everything), slow (never answers), close (without an answer), garbage
             (bytes that are no message), huge (a head that announces too much), session (of
             somebody else), command (of another answer), version, cut (an element that is longer
             than the message), statusless, other (answers a query with another certificate)
    know     a text as of --know: one more certificate
    forget   all certificates
    filler   byte 4 of the head, which has no meaning
    whole    whether head and elements leave in one piece
"""
import argparse
import json
import socketserver
import ssl
import struct
import sys
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

VERIFY, VERIFIED, QUERY, FOUND = 1, 2, 3, 4
DEVICE, CERTIFICATE, SUBJECT, ISSUER, SERIAL, STATUS, ROLES, TTL = 1, 2, 3, 4, 5, 7, 8, 9


def element(tag, value):
    return struct.pack("!BH", tag, len(value)) + value


def elements_read(data):
    found = {}
    while data:
        tag, length = struct.unpack("!BH", data[:3])
        found[tag] = data[3:3 + length]
        assert len(found[tag]) == length, "an element is cut"
        data = data[3 + length:]
    return found


def text_read(value):
    assert value.index(0) == len(value) - 1, "a text does not end in its only zero"
    return value[:-1].decode("latin-1")


class Known:
    """One certificate that is vouched for."""

    def __init__(self, text):
        file, roles, ttl = text.rsplit(":", 2)
        with open(file, "rb") as stream:
            self.certificate = x509.load_pem_x509_certificate(stream.read())
        self.der = self.certificate.public_bytes(Encoding.DER)
        self.roles = bytes(int(role) for role in roles.split(",") if role)
        self.ttl = int(ttl)

    def serial(self):
        number = self.certificate.serial_number
        return number.to_bytes((number.bit_length() + 7) // 8, "big")

    def said(self):
        return element(ROLES, self.roles) + element(TTL, struct.pack("!I", self.ttl))


class Service:
    """Whom the server knows, how it behaves, and what it was asked."""

    def __init__(self):
        self.lock = threading.Lock()
        self.orders = {"behave": "answer", "filler": 0xF7, "whole": False}
        self.known = []
        self.asked = []

    def order(self, orders):
        with self.lock:
            if "know" in orders:
                self.known.append(Known(orders.pop("know")))
            if orders.pop("forget", None):
                self.known.clear()
            self.orders.update(orders)
            return {"asked": self.asked}

    def body(self, command, asked):
        behave = self.orders["behave"]
        found = None
        for known in self.known:
            if command == VERIFY and known.der == asked.get(CERTIFICATE):
                found = known
            if command == QUERY and known.serial() == asked.get(SERIAL):
                found = known
        if behave == "other" and command == QUERY:
            found = next(known for known in self.known if known.der != found.der)
        if not found or behave == "no":
            return element(STATUS, b"\1")
        if behave == "statusless":
            return found.said()
        der = element(CERTIFICATE, found.der) if command == QUERY else b""
        return element(STATUS, b"\0") + der + found.said()

    def answer(self, head, data):
        """The head and the elements that answer a request, or None."""
        magic, version, command, _, session, _ = struct.unpack("!BBBBIH", head)
        assert (magic, version) == (0x57, 1), "this is no request"
        asked = elements_read(data)
        with self.lock:
            behave = self.orders["behave"]
            self.asked.append({
                "command": command, "session": session,
                "device": asked[DEVICE].decode("latin-1"),
                "subject": text_read(asked.get(SUBJECT, b"\0")),
                "issuer": text_read(asked.get(ISSUER, b"\0")),
                "serial": asked.get(SERIAL, b"").hex(), "client": None})
            body = self.body(command, asked)
            if behave == "garbage":
                return b"HTTP/1.1 4", b"00 Bad Request\r\n"
            if behave == "cut":
                body = body[:-1] + b"\x0A\xFF\xFF"
            length = 0xFFFF if behave == "huge" else len(body)
            session += behave == "session"
            answer = VERIFIED if command == VERIFY else FOUND
            if behave == "command":
                answer = FOUND if command == VERIFY else VERIFIED
            return struct.pack("!BBBBIH", 0x57, 2 if behave == "version" else 1, answer,
                               self.orders["filler"], session, length), body


class Handler(socketserver.BaseRequestHandler):
    """One connection of a phone."""

    def receive(self, length):
        data = b""
        while len(data) < length:
            piece = self.link.recv(length - len(data))
            if not piece:
                return None
            data += piece
        return data

    def serve(self):
        service = self.server.service
        while True:
            head = self.receive(10)
            if not head:
                return
            data = self.receive(struct.unpack("!H", head[8:])[0])
            head, body = service.answer(head, data)
            service.asked[-1]["client"] = self.shown()
            if service.orders["behave"] == "close":
                return
            if service.orders["behave"] == "slow":
                time.sleep(3600)
            if service.orders["whole"]:
                self.link.sendall(head + body)
            else:
                self.link.sendall(head)
                self.link.sendall(body)

    def shown(self):
        der = self.link.getpeercert(True)
        return x509.load_der_x509_certificate(der).subject.rfc4514_string() if der else None

    def handle(self):
        try:
            with self.server.context.wrap_socket(self.request, server_side=True) as self.link:
                self.serve()
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--know", action="append", default=[])
    parser.add_argument("--clients")
    parser.add_argument("--stay", action="store_true")
    options = parser.parse_args()

    server = Server((options.address, options.port), Handler)
    server.service = Service()
    server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.context.load_cert_chain(options.certificate, options.key)
    if options.clients:
        server.context.load_verify_locations(options.clients)
        server.context.verify_mode = ssl.CERT_OPTIONAL
    for text in options.know:
        server.service.order({"know": text})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"port {server.server_address[1]}", flush=True)
    for line in sys.stdin:
        print(json.dumps(server.service.order(json.loads(line))), flush=True)
    while options.stay:
        time.sleep(3600)


if __name__ == "__main__":
    main()
