#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A server of the Certificate Authority Proxy Function that does what it is told, right or wrong.

    capf_server.py --folder FOLDER [--address 127.0.0.1] [--port 0] [--stay]
        [--certificate FILE --key FILE] [--dump FILE]

It prints "port NUMBER". Without a certificate it makes FOLDER/capf.pem and FOLDER/capf.key,
which it shows to phones and issues LSCs with, and makers' certificates for phones:
FOLDER/mic-rsa.pem and FOLDER/mic-ec.pem with their keys behind them. Each line on standard
input is a JSON object with orders, and is answered by a line with what has happened so far.
It ends with standard input, unless told to stay. With --dump all messages are written there
in hexadecimal.

Orders, each until it is changed:
    operation   install, delete, fetch, none, or encrypt (which no phone has to know)
    key         rsa-512 to rsa-4096, p-256, p-384, p-521
    mode        how phones must show who they are: string, null-string, lsc, mic, any
    tells       whether the first message names the mode by its number
    string      the authentication string
    device      the one device that is known
    version     of the protocol; null leaves it out
    fault       one of the words below, or ""
    at          which message of the server has the fault or is cut, counted from 0
    retry       how many sessions are put off; retry_value is the hexadecimal value of the delay
    reason      number that sessions end with in place of the right one; null for none
    type        of the certificate that is fetched, stored or deleted, 1 LSC or 2 MIC
    subject     capfd, or cucm: how LSCs name the phone
    forget      true: what happened before is told no more

Faults:
    cut         the connection ends in place of the message
    half        ... within the message
    reset       ... with a reset
    silent      nothing is sent, and the connection stays
    drip        one byte at a time, 20 ms apart
    pieces      head and body in records of their own; harmless
    unknown     an element that nobody knows stands first; harmless
    order       elements in reverse order; harmless
    garbage     bytes that are no message
    huge        a length of 65535, and nothing behind it
    length      the last element is longer than the message
    twice       the first element stands there twice
    empty       no elements
    session     another number of the session
    command     a command that does not exist
    abort       AbortRequest in place of the message
    again       the message is sent twice
    other-key, expired, no-certificate, trailing, mic-type     what is wrong with the LSC
    flood       RequestInProgress without end
    busy        RequestInProgress before each message; harmless
"""
import argparse
import datetime
import hashlib
import ipaddress
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MAGIC = 0x55
(AUTH_REQUEST, AUTH_RESPONSE, KEY_REQUEST, KEY_RESPONSE) = (1, 2, 3, 4)
(ENCRYPT_REQUEST, STORE_REQUEST, STORE_RESPONSE, FETCH_REQUEST, FETCH_RESPONSE) = (6, 9, 10, 11, 12)
(DELETE_REQUEST, DELETE_RESPONSE, END_SESSION, RETRY_LATER, IN_PROGRESS) = (13, 14, 15, 16, 17)
ABORT_REQUEST = 20
REASON, TYPE, CERTIFICATE, SIGNATURE, VERSION, AUTH = 1, 3, 4, 6, 7, 8
PUBLIC_KEY, KEY_SIZE, STRING, RETRY_DELAY, DEVICE, SUDI = 9, 10, 11, 12, 13, 16
KEY_TYPE, CURVE, SIGNATURE_SHA2 = 17, 18, 20
NOTHING, OK, REFUSED, UNKNOWN_DEVICE = 0, 1, 7, 9
MODES = {"string": 1, "null-string": 2, "lsc": 3, "mic": 4}
CURVES = {"p-256": 0, "p-384": 1, "p-521": 2}
DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


def element(tag, value):
    return struct.pack(">BH", tag, len(value)) + value


def elements_read(data):
    """Elements as a dictionary; each may stand there once."""
    found, at = {}, 0
    while at < len(data):
        tag, length = struct.unpack_from(">BH", data, at)
        value = data[at + 3:at + 3 + length]
        if len(value) != length or tag in found:
            raise Broken(f"element {tag}")
        found[tag] = value
        at += 3 + length
    return found


def certificate_element(der, kind=1):
    return element(CERTIFICATE, element(1, bytes([0, kind]) + der))


class Broken(Exception):
    """The phone sent what it must not."""


class Ended(Exception):
    """The session is over."""


class Certificates:
    """The authority for LSCs, that of the maker, and what they issued."""

    def __init__(self, folder, address, certificate=None, key=None):
        self.folder = folder
        if certificate:
            with open(certificate, "rb") as file:
                self.capf = x509.load_pem_x509_certificate(file.read())
            with open(key, "rb") as file:
                self.capf_key = serialization.load_pem_private_key(file.read(), None)
        else:
            self.capf_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            address = x509.IPAddress(ipaddress.ip_address(address))
            self.capf = self.issue(self.name("CAPF-00112233"), self.capf_key.public_key(), None,
                                   [(x509.SubjectAlternativeName([address]), False)])
            self.write("capf.pem", self.capf)
            self.write("capf.key", None, self.capf_key)
        self.maker_key = ec.generate_private_key(ec.SECP256R1())
        self.maker_name = self.name("Phone Manufacturing CA")
        for kind in ("rsa", "ec"):
            key = (rsa.generate_private_key(public_exponent=65537, key_size=2048)
                   if kind == "rsa" else ec.generate_private_key(ec.SECP256R1()))
            mic = self.issue(self.name("CP-8841-SEP001122334455"), key.public_key(),
                             (self.maker_name, self.maker_key))
            self.write(f"mic-{kind}.pem", mic, key)

    @staticmethod
    def name(common):
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Site Test"),
                          x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "CAPF"),
                          x509.NameAttribute(NameOID.COMMON_NAME, common)])

    def write(self, name, certificate, key=None):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(os.path.join(self.folder, name), flags, 0o600), "wb") as file:
            if certificate:
                file.write(certificate.public_bytes(PEM))
            if key:
                file.write(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))

    def issue(self, name, key, issuer, extensions=(), begins=-1, ends=365):
        """A certificate; without an issuer it is the authority's own."""
        now = datetime.datetime.utcnow().replace(microsecond=0)
        builder = (x509.CertificateBuilder().subject_name(name)
                   .issuer_name(issuer[0] if issuer else name).public_key(key)
                   .serial_number(x509.random_serial_number())
                   .not_valid_before(now + begins * DAY).not_valid_after(now + ends * DAY)
                   .add_extension(x509.BasicConstraints(not issuer, None), True))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(issuer[1] if issuer else self.capf_key, hashes.SHA256())

    def lsc(self, device, key, subject="capfd", **options):
        """An LSC for a device."""
        own = [x509.NameAttribute(NameOID.COMMON_NAME, device)]
        if subject == "cucm":
            own = [x509.NameAttribute(NameOID.SERIAL_NUMBER, "PID:CP-8841 SN:FCH00000000"),
                   x509.NameAttribute(NameOID.COMMON_NAME, f"CP-8841-{device}")]
        copied = [attribute for attribute in self.capf.subject
                  if attribute.oid in (NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME,
                                       NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.LOCALITY_NAME,
                                       NameOID.STATE_OR_PROVINCE_NAME)]
        usage = x509.KeyUsage(digital_signature=True, content_commitment=False,
                              key_encipherment=True, data_encipherment=False,
                              key_agreement=False, key_cert_sign=False, crl_sign=False,
                              encipher_only=False, decipher_only=False)
        purposes = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH,
                    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5")]
        return self.issue(x509.Name(own + copied), key, (self.capf.subject, self.capf_key), [
            (usage, True), (x509.ExtendedKeyUsage(purposes), False),
            (x509.SubjectAlternativeName([x509.UniformResourceIdentifier(device)]), False),
        ], **options)

    def kind_of(self, certificate):
        """lsc or mic by who issued it; neither is an error."""
        body = certificate.tbs_certificate_bytes
        try:
            if certificate.issuer == self.maker_name:
                self.maker_key.public_key().verify(certificate.signature, body,
                                                   ec.ECDSA(hashes.SHA256()))
                return "mic"
            self.capf_key.public_key().verify(certificate.signature, body, padding.PKCS1v15(),
                                              hashes.SHA256())
            return "lsc"
        except InvalidSignature:
            raise Broken("a certificate of somebody else") from None


def signature_check(certificate, signature, data, digest):
    """RSA over the bare hash, or ECDSA."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            bare = key.recover_data_from_signature(signature, padding.PKCS1v15(), None)
            if bare != hashlib.new(digest.name, data).digest():
                raise Broken(f"another {digest.name} was signed")
        else:
            key.verify(signature, data, ec.ECDSA(digest))
    except InvalidSignature:
        raise Broken(f"signature over {digest.name}") from None


class Session:
    """One connection."""

    def __init__(self, server, connection, number):
        self.server = server
        self.connection = connection
        self.number = number
        self.orders = dict(server.orders)
        self.sent = 0
        self.device = ""
        self.version = 0
        self.told = {"session": number, "received": [], "end": None}
        server.sessions.append(self.told)

    def dump(self, direction, data):
        if self.server.dump:
            self.server.dump.write(f"{direction} {data.hex()}\n")
            self.server.dump.flush()

    # What is sent, with the faults that have to do with its form.

    def write(self, data):
        self.dump("S", data)
        self.connection.sendall(data)

    def faulty(self, fault, command, elements):
        """Sends the message with a fault; returns false for faults of other things."""
        body = b"".join(elements)
        number = self.number
        if fault in ("cut", "half", "reset", "silent"):
            self.end_badly(fault, self.message(command, number, body))
        if fault == "abort":
            self.write(self.message(ABORT_REQUEST, number, element(REASON, bytes([REFUSED]))))
            raise Ended("abort")
        if fault == "garbage":
            return self.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        if fault == "huge":
            return self.write(struct.pack(">BBIH", MAGIC, command, number, 65535))
        if fault == "flood":
            while True:
                self.write(self.message(IN_PROGRESS, number, b""))
        if fault == "busy":
            self.write(self.message(IN_PROGRESS, number, b""))
        data = self.message(command, number, body)
        if fault == "length":
            data = self.message(command, number, body + b"\x01\x00\x05\x01")
        if fault == "twice" and elements:
            data = self.message(command, number, elements[0] + body)
        if fault == "unknown":
            data = self.message(command, number, element(99, b"what is this") + body)
        if fault == "order":
            data = self.message(command, number, b"".join(reversed(elements)))
        if fault == "empty":
            data = self.message(command, number, b"")
        if fault == "session":
            data = self.message(command, number + 1, body)
        if fault == "command":
            data = self.message(77, number, body)
        if fault == "again":
            data += data
        pieces = [data]
        if fault == "pieces" and body:
            pieces = [data[:8], data[8:]]
        if fault == "drip":
            pieces = [data[i:i + 1] for i in range(len(data))]
        for piece in pieces:
            self.write(piece)
            time.sleep(0.02 if len(pieces) > 1 else 0)
        return True

    def end_badly(self, fault, data):
        if fault == "half":
            self.write(data[:len(data) // 2])
        if fault == "silent":
            try:
                self.connection.recv(1)
            except OSError:
                pass
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
        raise Ended(fault)

    @staticmethod
    def message(command, number, body):
        return struct.pack(">BBIH", MAGIC, command, number, len(body)) + body

    def send(self, command, *elements):
        fault = self.orders["fault"] if self.sent == self.orders["at"] else ""
        self.sent += 1
        self.faulty(fault, command, elements)

    # What is received.

    def read(self, length):
        data = b""
        while len(data) < length:
            more = self.connection.recv(length - len(data))
            if not more:
                raise Ended("the phone has closed")
            data += more
        return data

    def receive(self, command):
        """The elements of the phone's next message, which must be this one."""
        while True:
            head = self.read(8)
            magic, got, number, length = struct.unpack(">BBIH", head)
            body = self.read(length)
            self.dump("C", head + body)
            self.told["received"].append(got)
            if magic != MAGIC or number != self.number:
                raise Broken(f"head {head.hex()}")
            if got == IN_PROGRESS and command == KEY_RESPONSE:
                continue
            if got != command:
                raise Broken(f"message {got}, not {command}")
            return elements_read(body)

    @staticmethod
    def number_of(elements, tag):
        if len(elements.get(tag, b"")) != 1:
            raise Broken(f"element {tag}")
        return elements[tag][0]

    @staticmethod
    def text_of(elements, tag):
        value = elements.get(tag, b"")
        if not value or value.index(0) != len(value) - 1:
            raise Broken(f"element {tag}")
        return value[:-1].decode("ascii")

    @staticmethod
    def certificate_of(elements):
        value = elements[CERTIFICATE]
        if value[0] != 1 or value[3] != 0 or int.from_bytes(value[1:3], "big") != len(value) - 3:
            raise Broken("certificate element")
        return value[4], x509.load_der_x509_certificate(value[5:])

    # The operations.

    def end(self, reason, words=None):
        if self.orders["reason"] is not None:
            reason = self.orders["reason"]
        self.told["end"] = reason
        elements = [element(REASON, bytes([reason]))]
        if words:
            elements.append(element(2, words.encode() + b"\0"))
        self.send(END_SESSION, *elements)
        # The phone hangs up.
        try:
            self.connection.settimeout(5)
            while self.connection.recv(4096):
                pass
        except OSError:
            pass
        raise Ended("in order")

    def proof_check(self, elements):
        """Who the phone shows itself to be; both signatures must hold."""
        _, certificate = self.certificate_of(elements)
        kind, certificate = self.server.certificates.kind_of(certificate), certificate
        data = self.device.encode() + b"\0" + certificate.public_bytes(DER)
        signature_check(certificate, elements.get(SIGNATURE, b""), data, hashes.SHA1())
        self.told["proofs"] = ["sha1"]
        key = certificate.public_key()
        small = isinstance(key, rsa.RSAPublicKey) and key.key_size < 600
        if self.version >= 3 and not small:
            inner = elements_read(elements.get(SIGNATURE_SHA2, b""))
            signature_check(certificate, inner.get(3, b""), data, hashes.SHA512())
            self.told["proofs"].append("sha512")
        if SUDI in elements:
            self.sudi_check(elements_read(elements[SUDI]))
        return kind

    def sudi_check(self, inner):
        certificate = x509.load_der_x509_certificate(inner[0])
        if self.version < 3 or self.server.certificates.kind_of(certificate) != "mic":
            raise Broken("SUDI")
        data = struct.pack("<I", self.number) + inner[0]
        signature_check(certificate, inner[1], data, hashes.SHA1())
        signature_check(certificate, inner[3], data, hashes.SHA512())
        self.told["proofs"].append("sudi")

    def authenticate(self):
        """Returns the reason of a refusal, or None."""
        mode = self.orders["mode"]
        elements = []
        if self.orders["version"] is not None:
            elements.append(element(VERSION, bytes([self.orders["version"]])))
        if self.orders["tells"]:
            elements.append(element(AUTH, bytes([MODES.get(mode, 0)])))
        self.send(AUTH_REQUEST, *elements)
        got = self.receive(AUTH_RESPONSE)
        self.version = self.number_of(got, VERSION)
        if self.number_of(got, REASON) != OK or self.version > (self.orders["version"] or 2):
            raise Broken("reason or version")
        self.device = self.text_of(got, DEVICE)
        string = self.text_of(got, STRING)
        shown = self.proof_check(got) if CERTIFICATE in got else None
        self.told.update({"version": self.version, "device": self.device, "shown": shown,
                          "has_string": bool(string)})
        if self.device != self.orders["device"]:
            return UNKNOWN_DEVICE
        good = {"string": string == self.orders["string"] and not shown,
                "null-string": not string and not shown,
                "lsc": bool(shown), "mic": bool(shown), "any": True}[mode]
        return None if good else REFUSED

    def key_request(self):
        name = self.orders["key"]
        if name.startswith("rsa-"):
            self.send(KEY_REQUEST, element(KEY_SIZE, struct.pack(">H", int(name[4:]))),
                      element(KEY_TYPE, b"\0"))
        else:
            self.send(KEY_REQUEST, element(KEY_TYPE, b"\1"),
                      element(CURVE, bytes([CURVES.get(name, 9)])))

    def key_check(self, der):
        key = serialization.load_der_public_key(der)
        name = (f"rsa-{key.key_size}" if isinstance(key, rsa.RSAPublicKey)
                else f"p-{key.curve.key_size}")
        if name != self.orders["key"]:
            raise Broken(f"a key {name}")
        self.told["key"] = name
        return key

    def lsc_make(self, key):
        """The DER that is to be stored, with what is wrong about it."""
        fault = self.orders["fault"]
        options = {"begins": -9, "ends": -1} if fault == "expired" else {}
        if fault == "other-key":
            key = ec.generate_private_key(ec.SECP256R1()).public_key()
        lsc = self.server.certificates.lsc(self.device, key, self.orders["subject"], **options)
        self.told["issued"] = lsc.fingerprint(hashes.SHA256()).hex()
        der = lsc.public_bytes(DER)
        if fault == "no-certificate":
            der = b"\x30\x03\x02\x01\x01"
        if fault == "trailing":
            der += b"more"
        return der

    def install(self):
        self.key_request()
        key = self.key_check(self.receive(KEY_RESPONSE)[PUBLIC_KEY])
        kind = 2 if self.orders["fault"] == "mic-type" else self.orders["type"] or 1
        self.send(STORE_REQUEST, element(TYPE, bytes([kind])),
                  certificate_element(self.lsc_make(key)))
        answer = self.number_of(self.receive(STORE_RESPONSE), REASON)
        self.told["stored"] = answer == OK
        self.end(OK if answer == OK else REFUSED)

    def fetch(self):
        kind = self.orders["type"]
        self.send(FETCH_REQUEST, *([element(TYPE, bytes([kind]))] if kind else []))
        got = self.receive(FETCH_RESPONSE)
        if self.number_of(got, REASON) == OK:
            kind, certificate = self.certificate_of(got)
            self.told["fetched"] = [kind, certificate.fingerprint(hashes.SHA256()).hex()]
        self.end(NOTHING)

    def delete(self):
        kind = self.orders["type"]
        self.send(DELETE_REQUEST, *([element(TYPE, bytes([kind]))] if kind else []))
        self.told["deleted"] = self.number_of(self.receive(DELETE_RESPONSE), REASON) == OK
        self.end(OK)

    def serve(self):
        if self.server.retry_take():
            self.send(RETRY_LATER, element(RETRY_DELAY,
                                           bytes.fromhex(self.orders["retry_value"])))
            raise Ended("put off")
        reason = self.authenticate()
        if reason:
            self.end(reason, "not this phone" if reason == REFUSED else None)
        operation = self.orders["operation"]
        if operation == "encrypt":
            self.send(ENCRYPT_REQUEST, element(99, b"?"))
            raise Ended("encrypt")
        if operation == "none":
            self.end(NOTHING)
        {"install": self.install, "fetch": self.fetch, "delete": self.delete}[operation]()

    def run(self):
        try:
            self.serve()
        except (Ended, Broken, OSError, KeyError, ValueError, struct.error) as why:
            self.told["ended"] = f"{type(why).__name__}: {why}"


class Server:
    """Listens, and has what was ordered and what has happened."""

    def __init__(self, arguments):
        self.certificates = Certificates(arguments.folder, arguments.address,
                                         arguments.certificate, arguments.key)
        self.orders = {"operation": "install", "key": "p-256", "mode": "any", "tells": False,
                       "string": "1234567890", "device": "SEP001122334455", "version": 3,
                       "fault": "", "at": -1, "retry": 0, "retry_value": "0001",
                       "reason": None, "type": None, "subject": "capfd"}
        self.sessions = []
        self.lock = threading.Lock()
        self.dump = open(arguments.dump, "w", encoding="ascii") if arguments.dump else None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(
            arguments.certificate or os.path.join(arguments.folder, "capf.pem"),
            arguments.key or os.path.join(arguments.folder, "capf.key"))
        self.socket = socket.create_server((arguments.address, arguments.port))

    def retry_take(self):
        with self.lock:
            if not self.orders["retry"]:
                return False
            self.orders["retry"] -= 1
            return True

    def order(self, orders):
        with self.lock:
            if orders.pop("forget", False):
                self.sessions.clear()
            unknown = set(orders) - set(self.orders)
            if unknown:
                raise ValueError(f"no such order: {', '.join(sorted(unknown))}")
            self.orders.update(orders)
            return {"sessions": self.sessions}

    def connection_serve(self, plain, number):
        try:
            with self.context.wrap_socket(plain, server_side=True) as connection:
                connection.settimeout(60)
                Session(self, connection, number).run()
        except OSError:
            pass

    def serve(self):
        number = 0
        while True:
            plain, _ = self.socket.accept()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number += 1
            threading.Thread(target=self.connection_serve, args=(plain, number),
                             daemon=True).start()


def arguments_read():
    parser = argparse.ArgumentParser(description="CAPF server for tests")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--dump")
    parser.add_argument("--stay", action="store_true")
    return parser.parse_args()


def main():
    arguments = arguments_read()
    server = Server(arguments)
    threading.Thread(target=server.serve, daemon=True).start()
    print("port", server.socket.getsockname()[1], flush=True)
    for line in sys.stdin:
        print(json.dumps(server.order(json.loads(line))), flush=True)
    while arguments.stay:
        time.sleep(3600)


if __name__ == "__main__":
    main()
