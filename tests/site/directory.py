#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
A directory of the call manager (User Data Services, resource "users") over HTTPS, which knows
alice with one password and finds whoever she asks for.

    directory.py --folder FOLDER [--address 127.0.0.1] [--port 0]

It makes an authority, FOLDER/ca.pem, and another that has not signed its certificate,
FOLDER/other.pem, and prints "port NUMBER". Each line on standard input says what the next
answers are, and is answered by the number of requests so far: answer, redirect, type, huge,
garbage, error. It ends with its input.
"""
import argparse
import base64
import http.server
import os
import ssl
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

from token_endpoint import certificates_make

CREDENTIALS = "alice:pass:word ü"


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *_):
        pass

    def reply(self, status, kind, body, **fields):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.requests += 1
        url = urllib.parse.urlsplit(self.path)
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if given != base64.b64encode(CREDENTIALS.encode()).decode():
            return self.reply(401, "text/html", b"no", **{"WWW-Authenticate": "Basic"})
        name = urllib.parse.parse_qs(url.query).get("name", [""])[0]
        body = (f'<users totalCount="1"><user><userName>x</userName><displayName>{escape(name)}'
                '</displayName><phoneNumber>1001</phoneNumber></user></users>').encode()
        order = self.server.order
        if order == "redirect":
            return self.reply(302, "application/xml", body, Location="/cucm-uds/users?again")
        if order == "error":
            return self.reply(500, "application/xml", body)
        if order == "type":
            return self.reply(200, "text/html", body)
        if order == "huge":
            body += b" " * 300000
        if order == "garbage":
            body = body[:-3]
        return self.reply(200, "application/xml;charset=UTF-8", body)


class Directory(http.server.ThreadingHTTPServer):
    """The server, and what it was told."""

    daemon_threads = True
    order = "answer"
    requests = 0

    def handle_error(self, *_):
        """Clients that go away are part of the tests."""


def main():
    parser = argparse.ArgumentParser(description="directory for tests")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    certificates_make(arguments.folder, [arguments.address])
    os.rename(f"{arguments.folder}/ca.pem", f"{arguments.folder}/other.pem")
    certificate, key = certificates_make(arguments.folder, [arguments.address])
    directory = Directory((arguments.address, arguments.port), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    directory.socket = context.wrap_socket(directory.socket, server_side=True,
                                           do_handshake_on_connect=False)
    threading.Thread(target=directory.serve_forever, daemon=True).start()
    print("port", directory.server_address[1], flush=True)
    for line in sys.stdin:
        directory.order = line.strip()
        print(directory.requests, flush=True)


if __name__ == "__main__":
    main()
