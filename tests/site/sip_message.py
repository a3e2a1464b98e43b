# SPDX-License-Identifier: Apache-2.0
"""SIP messages, and how they lie in a stream (RFC 3261 sections 7 and 18.3)."""

import os

COMPACT = {"v": "Via", "f": "From", "t": "To", "i": "Call-ID", "m": "Contact", "l": "Content-Length",
           "c": "Content-Type", "k": "Supported", "e": "Content-Encoding", "s": "Subject"}
REASONS = {100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
           403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
           481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
           488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
           503: "Service Unavailable", 603: "Decline"}
PING, PONG = b"\r\n\r\n", b"\r\n"


class SipMessage:
    """@start: first line; @headers: pairs in their order; @body: octets."""

    def __init__(self, start, headers=(), body=b""):
        self.start, self.headers = start, list(headers)
        self.body = body.encode() if isinstance(body, str) else body

    @classmethod
    def parse(cls, octets):
        head, _, body = octets.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        headers = []
        for line in lines[1:]:
            if line[:1] in (" ", "\t"):
                headers[-1] = (headers[-1][0], headers[-1][1] + " " + line.strip())
                continue
            name, _, value = line.partition(":")
            name = name.strip()
            headers.append((COMPACT.get(name.lower(), name), value.strip()))
        return cls(lines[0], headers, body)

    def __bytes__(self):
        lines = [self.start]
        lines += [f"{name}: {value}" for name, value in self.headers
                  if name.lower() != "content-length"]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body

    def __repr__(self):
        return f"<{self.start}; {self.get('CSeq')}; {self.get('Call-ID')}>"

    @property
    def status(self):
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else None

    @property
    def method(self):
        """Of a request its method, of a response that of its request."""
        return self.start.split(" ")[0] if self.status is None else self.cseq[1]

    @property
    def uri(self):
        return self.start.split(" ")[1]

    @property
    def cseq(self):
        number, method = self.get("CSeq").split()
        return int(number), method

    def get(self, name, default=""):
        return next((value for key, value in self.headers if key.lower() == name.lower()),
                    default)

    def all(self, name):
        """All values; those that stand in one line are not taken apart."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def set(self, name, value):
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.headers.append((name, value))

    def tag(self, name):
        return parameter(self.get(name), "tag")


def parameter(value, name):
    """A parameter behind a name-addr or of a header."""
    for part in value.rpartition(">")[2].split(";"):
        key, _, found = part.strip().partition("=")
        if key.lower() == name:
            return found
    return ""


def uri_of(value):
    """The URI of a name-addr or addr-spec."""
    if "<" in value:
        return value.partition("<")[2].partition(">")[0]
    return value.partition(";")[0].strip()


def user_of(uri):
    return uri.partition(":")[2].partition("@")[0].partition(";")[0]


def response_to(request, status, reason=None, tag=None, headers=(), body=b"", kind=None):
    """A response with what it must repeat (RFC 3261 section 8.2.6)."""
    repeated = [(name, value) for name, value in request.headers
                if name.lower() in ("via", "from", "call-id", "cseq")]
    to = request.get("To")
    if tag and not parameter(to, "tag"):
        to += f";tag={tag}"
    if 100 < status < 300:
        repeated += [("Record-Route", value) for value in request.all("Record-Route")]
    answer = SipMessage(f"SIP/2.0 {status} {reason or REASONS.get(status, 'Answer')}",
                        [*repeated, ("To", to), *headers], body)
    if answer.body:
        answer.set("Content-Type", kind or "application/sdp")
    return answer


def token():
    return os.urandom(6).hex()


def branch():
    return "z9hG4bK" + token()


class MessageStream:
    """Takes octets as they come and gives whole messages; pings are the octets themselves."""

    def __init__(self):
        self.octets = b""

    def feed(self, octets):
        self.octets += octets
        while self.octets:
            if self.octets.startswith(PING):
                self.octets = self.octets[len(PING):]
                yield PING
                continue
            if self.octets.startswith(PONG):
                if self.octets == PONG[:1] or PING.startswith(self.octets) \
                        and self.octets != PONG:
                    return
                self.octets = self.octets[len(PONG):]
                yield PONG
                continue
            end = self.octets.find(b"\r\n\r\n")
            if end < 0:
                return
            length = SipMessage.parse(self.octets[:end + 4]).get("Content-Length")
            assert length.isdigit(), f"a message without length: {self.octets[:end]}"
            end += 4 + int(length)
            if len(self.octets) < end:
                return
            whole, self.octets = self.octets[:end], self.octets[end:]
            yield SipMessage.parse(whole)
