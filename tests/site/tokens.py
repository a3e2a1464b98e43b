# SPDX-License-Identifier: Apache-2.0
"""Where the site's tokens come from: the token endpoint in its namespace.

    with TokenEndpoint(lifetime=30) as endpoint:
        refresh = endpoint.refresh_create()
        CallManager(good_token=endpoint.good)
"""

import os
import threading

from hosts import inside
from sip_message import token
from token_endpoint import Endpoint, Tokens

PORT = 8443


class TokenEndpoint:
    """@lifetime: seconds of an access token; what was asked stays in @asked"""

    def __init__(self, namespace="manager", address="10.7.0.10", lifetime=600):
        certificates = os.environ["CERTIFICATES"]
        self.tokens = Tokens()
        self.tokens.order({"expires_in": lifetime})
        with inside(namespace):
            self.server = Endpoint((address, PORT), self.tokens, f"{certificates}/tomcat.pem",
                                   f"{certificates}/tomcat.key")

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def asked(self):
        return self.tokens.requests

    @property
    def access(self):
        return list(self.tokens.access)

    def forget(self):
        """No access token of before is good any more."""
        self.tokens.access.clear()

    def refresh_create(self):
        """A refresh token, as somebody gets it who logs in."""
        made = "refresh." + token()
        self.tokens.order({"grant": made})
        return made

    def good(self, shown):
        return self.tokens.validate(shown) is not None
