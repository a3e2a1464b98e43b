#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A configuration server of a call manager that does what it is told, right or wrong: HTTP,
HTTPS and TFTP on loopback.

    config_server.py --folder FOLDER [--address 127.0.0.1] [--port 0]

It makes certificates in FOLDER: signer, stranger (signs too, and is in no list), web (of HTTPS),
lsc.pem, other.pem (of the phone, with their keys); then prints "ports HTTP HTTPS TFTP". With
--port that is the one of HTTP, and the next one is that of HTTPS. Each line on standard input
is a JSON object with orders, and is answered by a line with what was asked for since the last
one. It ends with standard input.

Orders:
    put      {"name": file, "kind": list, signed, encrypted, plain or raw, "text": its content,
              "signer": signer, "as": name that it is signed under, "time": seconds since 1970,
              "digest": sha512, "key": lsc, "signer-version": [1, 0],
              "records": [[who, role, whether it is without certificate]],
              "fault": tampered, truncated, huge, garbage, empty}
             "repeat" is how often the content holds the text; "{hash}" in a text is the certHash
             of the LSC
    save     a file, into FOLDER
    remove   a file
    know     {name: file}: certificates in PEM that are called so from then on
    behave   {"http", "https" or "tftp": ok, close, slow, error, huge, drop}
"""
import argparse
import datetime
import http.server
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
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import phone_files

HUGE = 8 * 1024 * 1024


def make_certificate(name, key):
    now = datetime.datetime.utcnow()
    attributes = [(x509.NameOID.COMMON_NAME, name), (x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "Lab"),
                  (x509.NameOID.ORGANIZATION_NAME, "Site")]
    subject = x509.Name([x509.NameAttribute(*attribute) for attribute in attributes])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=30))
    builder = builder.add_extension(x509.SubjectAlternativeName(
        [x509.DNSName("another-name.example")]), False)
    return builder.sign(key, hashes.SHA256())


class Site:
    """Files, who signs them, and how servers behave."""

    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        self.files, self.asked = {}, []
        self.behave = {"http": "ok", "https": "ok", "tftp": "ok"}
        self.identities = {}
        for name in ("signer", "stranger", "web", "lsc", "other"):
            key = (ec.generate_private_key(ec.SECP256R1()) if name == "web" else
                   rsa.generate_private_key(65537, 2048))
            certificate = make_certificate(name, key)
            self.identities[name] = phone_files.Signer(certificate, key)
            with open(os.path.join(folder, name + ".pem"), "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(certificate.public_bytes(serialization.Encoding.PEM))
                file.write(key.private_bytes(serialization.Encoding.PEM,
                                             serialization.PrivateFormat.PKCS8,
                                             serialization.NoEncryption()))

    def make(self, order):
        kind = order["kind"]
        signer = self.identities[order.get("signer", "signer")]
        name = order.get("as", order["name"])
        options = {"when": order.get("time"), "digest": order.get("digest", "sha512")}
        own_hash = phone_files.hash_of(self.identities["lsc"].certificate)
        plain = order.get("text", "").replace("{hash}", own_hash).encode()
        plain *= order.get("repeat", 1)
        if kind == "list":
            records = order.get("records", [["signer", "SAST"], ["signer", "CCM+TFTP"],
                                            ["web", "TFTP"]])
            options["signer_version"] = order.get("signer-version", [1, 0])
            return phone_files.trust_list(
                signer, [(self.identities[who].certificate, *rest) for who, *rest in records],
                order.get("as", "ITLFile.tlv"), **options)
        if kind == "signed":
            return phone_files.signed(signer, plain, name, **options)
        if kind == "encrypted":
            recipient = self.identities[order.get("key", "lsc")].certificate.public_key()
            return phone_files.encrypted(signer, plain, name, recipient, **options)
        return plain

    def put(self, order):
        content, fault = self.make(order), order.get("fault")
        if fault == "tampered":
            content = content[:-5] + bytes([content[-5] ^ 1]) + content[-4:]
        elif fault == "truncated":
            content = content[:len(content) // 2]
        elif fault == "huge":
            content += b" " * HUGE
        elif fault == "garbage":
            content = os.urandom(len(content) or 100)
        elif fault == "empty":
            content = b""
        self.files[order["name"]] = content

    def order(self, orders):
        with self.lock:
            for name, file in orders.get("know", {}).items():
                with open(file, "rb") as stream:
                    self.identities[name] = phone_files.Signer(
                        x509.load_pem_x509_certificate(stream.read()), None)
            if "put" in orders:
                self.put(orders["put"])
            if "save" in orders:
                with open(os.path.join(self.folder, orders["save"]), "wb") as file:
                    file.write(self.files[orders["save"]])
            if "remove" in orders:
                self.files.pop(orders["remove"], None)
            self.behave.update(orders.get("behave", {}))
            asked, self.asked = self.asked, []
            return {"asked": asked}

    def get(self, way, name, how=""):
        with self.lock:
            self.asked.append(f"{way} {name}{how}")
            return self.behave[way], self.files.get(name)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, *_):
        pass

    def shown(self):
        """What the phone shows of itself."""
        how = ""
        if self.headers["Authorization"]:
            how += " " + self.headers["Authorization"]
        if isinstance(self.request, ssl.SSLSocket) and self.request.getpeercert(True):
            how += " certificate"
        return how

    def do_GET(self):
        self.close_connection = True
        behave, content = self.server.site.get(self.server.way, self.path[1:], self.shown())
        if behave == "close":
            return
        if behave == "slow":
            time.sleep(self.timeout)
            return
        status = 500 if behave == "error" else 404 if content is None else 200
        body = content if status == 200 else b"sorry"
        if behave == "huge":
            status, body = 200, b"x" * HUGE
        self.send_response(status)
        if behave != "huge":
            self.send_header("Content-Length", str(len(body) + (behave == "drop")))
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, site, way, context=None):
        super().__init__(address, Handler)
        self.site, self.way = site, way
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True,
                                              do_handshake_on_connect=False)

    def handle_error(self, *_):
        pass


def https_context(folder, phones=None):
    """Asks for a certificate without checking it, as what matters is whether one is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(os.path.join(folder, "web.pem"))
    context.load_verify_locations(os.path.join(folder, "lsc.pem"))
    if phones:
        context.load_verify_locations(phones)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


class Tftp(threading.Thread):
    """RFC 1350, without options."""

    BLOCK = 512

    def __init__(self, address, site):
        super().__init__(daemon=True)
        self.site, self.address = site, address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))

    def run(self):
        while True:
            packet, peer = self.socket.recvfrom(2048)
            if packet[:2] != b"\0\1":
                continue
            name = packet[2:].split(b"\0")[0].decode()
            threading.Thread(target=self.answer, args=(name, peer), daemon=True).start()

    def answer(self, name, peer):
        behave, content = self.site.get("tftp", name)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
            mine.bind((self.address, 0))
            mine.settimeout(2)
            if behave in ("close", "slow"):
                return
            if content is None or behave == "error":
                code = 1 if content is None else 0
                mine.sendto(struct.pack(">HH", 5, code) + b"sorry\0", peer)
                return
            self.send(mine, peer, content, behave == "drop")

    def send(self, mine, peer, content, cut):
        for number in range(len(content) // self.BLOCK + 1):
            block = content[number * self.BLOCK:(number + 1) * self.BLOCK]
            packet = struct.pack(">HH", 3, (number + 1) & 0xFFFF) + block
            for _ in range(3):
                mine.sendto(packet, peer)
                try:
                    answer = mine.recv(2048)
                except socket.timeout:
                    continue
                if answer[:4] == struct.pack(">HH", 4, (number + 1) & 0xFFFF):
                    break
            if cut:
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n", maxsplit=1)[0])
    parser.add_argument("--folder", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--phones", help="authorities of certificates that phones show")
    arguments = parser.parse_args()
    site = Site(arguments.folder)
    port = arguments.port
    plain = Server((arguments.address, port), site, "http")
    secure = Server((arguments.address, port + 1 if port else 0), site, "https",
                    https_context(arguments.folder, arguments.phones))
    tftp = Tftp(arguments.address, site)
    for server in (plain, secure):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    tftp.start()
    print("ports", plain.server_address[1], secure.server_address[1],
          tftp.socket.getsockname()[1], flush=True)
    for line in sys.stdin:
        print(json.dumps(site.order(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
