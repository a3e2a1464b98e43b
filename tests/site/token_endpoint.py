#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A token endpoint (RFC 6749 section 6) that does what it is told, right or wrong.

    token_endpoint.py --folder FOLDER [--address 127.0.0.1] [--port 0] [--name NAME]...
        [--certificate FILE --key FILE] [--suites LIST] [--client ID] [--field NAME=VALUE]...
        [--stay]

It prints "port NUMBER" and serves POST /token and GET /validate?token=TOKEN. Without a
certificate of its own it makes an authority, FOLDER/ca.pem, and a certificate from it.
Each line on standard input is a JSON object with orders, and is answered by a line with
what has happened so far. It ends with standard input, unless told to stay.

Orders, each until it is changed:
    behave       issue, refuse (400 invalid_grant), unavailable (503), garbage, huge, type,
                 redirect, slow (never answers), other (400 invalid_client)
    expires_in   seconds, or any other JSON value; null leaves it out
    rotate       whether each use of a refresh token exchanges it
    answer       fields that replace those of the next answers
    description  error_description; {token} stands for what was sent
    grant        a refresh token that is good from now on
    forget       refresh and access tokens are good no more
"""
import argparse
import datetime
import http.server
import ipaddress
import json
import os
import secrets
import ssl
import sys
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Tokens:
    """Which tokens are good, and how requests are answered."""

    def __init__(self, client=None, fields=None):
        self.client = client
        self.fields = fields or {}
        self.lock = threading.Lock()
        self.orders = {"behave": "issue", "expires_in": 3600, "rotate": False, "answer": {},
                       "description": "the refresh token is not good"}
        self.refresh = set()
        self.access = {}
        self.requests = []

    def order(self, orders):
        """Takes orders, and tells what has happened."""
        with self.lock:
            if "grant" in orders:
                self.refresh.add(orders.pop("grant"))
            if orders.pop("forget", False):
                self.refresh.clear()
                self.access.clear()
            unknown = set(orders) - set(self.orders)
            if unknown:
                raise ValueError(f"no such order: {', '.join(sorted(unknown))}")
            self.orders.update(orders)
            return {"requests": len(self.requests), "last": self.requests[-1:],
                    "issued": list(self.access), "refresh": sorted(self.refresh)}

    def validate(self, token):
        """Seconds that an access token is still good for, or None."""
        with self.lock:
            left = self.access.get(token, 0) - time.monotonic()
        return left if left > 0 else None

    def fault(self, form):
        """The error code for a form, or None."""
        if form.get("grant_type") != "refresh_token":
            return "unsupported_grant_type"
        if self.client is not None and form.get("client_id") != self.client:
            return "invalid_client"
        if any(form.get(name) != value for name, value in self.fields.items()):
            return "invalid_request"
        if form.get("refresh_token") not in self.refresh:
            return "invalid_grant"
        return None

    def issue(self, form):
        """Status and answer for a form."""
        fault = self.fault(form)
        if self.orders["behave"] == "refuse":
            fault = "invalid_grant"
        if self.orders["behave"] == "other":
            fault = "invalid_client"
        if fault:
            words = self.orders["description"].replace("{token}", form.get("refresh_token", ""))
            return 400, {"error": fault, "error_description": words}
        token = "access." + secrets.token_urlsafe(48)
        expires = self.orders["expires_in"]
        answer = {"access_token": token, "token_type": "Bearer"}
        if expires is not None:
            answer["expires_in"] = expires
        if self.orders["rotate"]:
            self.refresh.remove(form["refresh_token"])
            answer["refresh_token"] = "refresh." + secrets.token_urlsafe(48)
            self.refresh.add(answer["refresh_token"])
        answer.update(self.orders["answer"])
        good = expires if isinstance(expires, (int, float)) else 3600
        self.access[answer["access_token"]] = time.monotonic() + good
        return 200, answer

    def answer(self, form):
        """Status, header fields and body for a form."""
        with self.lock:
            self.requests.append(form)
            behave = self.orders["behave"]
            if behave == "unavailable":
                return 503, {"Retry-After": "1"}, b""
            if behave == "garbage":
                return 200, {"Content-Type": "application/json"}, b'{"access_token": "abc'
            if behave == "redirect":
                return 307, {"Location": "/token?again"}, b""
            status, answer = self.issue(form)
            body = json.dumps(answer).encode()
            if behave == "huge":
                body = b" " * 70000 + body
            kind = "text/html" if behave == "type" else "application/json;charset=UTF-8"
            return status, {"Content-Type": kind, "Cache-Control": "no-store"}, body


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_message(self, *_):
        pass

    def reply(self, status, fields, body):
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        # Without a length the client has to count for itself.
        if len(body) > 65536:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def do_POST(self):
        tokens = self.server.tokens
        if urllib.parse.urlsplit(self.path).path != "/token":
            return self.reply(404, {}, b"")
        if self.headers.get_content_type() != "application/x-www-form-urlencoded":
            return self.reply(415, {}, b"")
        text = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        try:
            pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        except ValueError:
            return self.reply(400, {}, b"")
        reply = tokens.answer(dict(pairs))
        if tokens.orders["behave"] == "slow":
            time.sleep(self.timeout)
        return self.reply(*reply)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path != "/validate":
            return self.reply(404, {}, b"")
        token = dict(urllib.parse.parse_qsl(url.query)).get("token")
        left = self.server.tokens.validate(token)
        answer = {"active": left is not None}
        if left is not None:
            answer["expires_in"] = int(left)
        return self.reply(200, {"Content-Type": "application/json"}, json.dumps(answer).encode())


class Endpoint(http.server.ThreadingHTTPServer):
    """The server; @tokens may be asked from the same process too."""

    daemon_threads = True

    def __init__(self, address, tokens, certificate, key, suites=None):
        super().__init__(address, Handler)
        self.tokens = tokens
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if suites:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suites)
        context.load_cert_chain(certificate, key)
        # The handshake is left to the connection's thread.
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)

    def handle_error(self, *_):
        """Clients that go away are part of the tests."""


def file_write(path, data):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)


def certificate_build(name, key, issuer, issuer_key, extensions):
    now = datetime.datetime.utcnow()
    builder = (x509.CertificateBuilder()
               .subject_name(name).issuer_name(issuer).public_key(key.public_key())
               .serial_number(x509.random_serial_number())
               .not_valid_before(now - datetime.timedelta(days=1))
               .not_valid_after(now + datetime.timedelta(days=30)))
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(issuer_key, hashes.SHA256())


def alternative_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def certificates_make(folder, names):
    """An authority and a certificate for the names; returns files of certificate and key."""
    def title(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = title("token endpoint authority")
    ca = certificate_build(authority, ca_key, authority, ca_key, [
        (x509.BasicConstraints(ca=True, path_length=0), True)])
    own = certificate_build(title("token endpoint"), key, authority, ca_key, [
        (x509.SubjectAlternativeName([alternative_name(name) for name in names]), False)])
    pem = serialization.Encoding.PEM
    files = [os.path.join(folder, name) for name in ("ca.pem", "endpoint.pem", "endpoint.key")]
    file_write(files[0], ca.public_bytes(pem))
    file_write(files[1], own.public_bytes(pem))
    file_write(files[2], key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    return files[1], files[2]


def arguments_read():
    parser = argparse.ArgumentParser(description="token endpoint for tests")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", action="append", default=[])
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--suites")
    parser.add_argument("--client")
    parser.add_argument("--field", action="append", default=[])
    parser.add_argument("--stay", action="store_true")
    return parser.parse_args()


def main():
    arguments = arguments_read()
    certificate, key = arguments.certificate, arguments.key
    if not certificate:
        certificate, key = certificates_make(arguments.folder,
                                             arguments.name or [arguments.address])
    tokens = Tokens(arguments.client, dict(field.split("=", 1) for field in arguments.field))
    endpoint = Endpoint((arguments.address, arguments.port), tokens, certificate, key,
                        arguments.suites)
    threading.Thread(target=endpoint.serve_forever, daemon=True).start()
    print("port", endpoint.server_address[1], flush=True)
    for line in sys.stdin:
        print(json.dumps(tokens.order(json.loads(line))), flush=True)
    while arguments.stay:
        time.sleep(3600)


if __name__ == "__main__":
    main()
