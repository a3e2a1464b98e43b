# SPDX-License-Identifier: Apache-2.0
"""Where tokens come from: a server for RFC 6749 section 6 over HTTPS.

    with TokenEndpoint(lifetime=30) as endpoint:
        refresh = endpoint.refresh_create()
        CallManager(good_token=endpoint.good)
"""

import http.server
import json
import os
import threading
import urllib.parse

from connection import server_context
from hosts import inside
from sip_message import token

PORT = 8443


class TokenEndpoint:
    """@lifetime: seconds of an access token; what was asked stays in @asked"""

    def __init__(self, namespace="manager", address="10.7.0.10", lifetime=600):
        self.lifetime = lifetime
        self.refresh, self.access, self.asked = set(), [], []
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = endpoint.answer(
                    dict(urllib.parse.parse_qsl(octets.decode())))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                """Nothing: what was asked is kept."""

        with inside(namespace):
            self.server = http.server.ThreadingHTTPServer((address, PORT), Handler)
        context = server_context(os.environ["CERTIFICATES"], "tomcat", phones=False)
        # The handshake belongs to the thread of its connection.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def refresh_create(self):
        """A refresh token, as somebody gets it who logs in."""
        self.refresh.add(made := "refresh." + token())
        return made

    def good(self, shown):
        return shown in self.access

    def answer(self, form):
        self.asked.append(form)
        if form.get("grant_type") != "refresh_token" or \
                form.get("refresh_token") not in self.refresh:
            return 400, {"error": "invalid_grant"}
        self.access.append(made := "access." + token() + token())
        return 200, {"access_token": made, "token_type": "Bearer",
                     "expires_in": self.lifetime}
