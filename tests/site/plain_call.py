# SPDX-License-Identifier: Apache-2.0
"""The site by itself, before any security is added to the phone: calls between programs
that speak for themselves, so that what fails later is not the site's."""

import os
import socket
import ssl

from baresip import Baresip
from hosts import inside
from results import equal, test, tests_run

MANAGER = "10.7.0.10"
CERTIFICATES = os.environ["CERTIFICATES"]
SRTP = ";mediaenc=srtp-mand"


def account(number, transport, more=""):
    return f"<sip:{number}@{MANAGER};transport={transport}>;regint=60{more}"


def talk(phone, far):
    phone.register()
    far.register()
    phone.call(f"sip:1002@{MANAGER}")
    far.incoming()
    far.answer()
    phone.established()
    far.established()
    phone.hears("far")
    far.hears("phone")


@test("plain-call-over-udp", "udp")
@test("plain-call-over-tcp", "tcp")
def plain_call(transport):
    with Baresip("phone", account(1001, transport)) as phone, \
            Baresip("far", account(1002, "tcp")) as far:
        talk(phone, far)
        phone.hang_up()
        far.closed()


@test("secure-call-between-programs")
def secure_call():
    """Two that have TLS, a certificate and SRTP of their own."""
    tls = f"sip_certificate {CERTIFICATES}/lsc-with-key.pem\n" \
        f"sip_cafile {CERTIFICATES}/anchors.pem"
    with Baresip("phone", account(1001, "tls", SRTP), modules=["srtp.so"], lines=tls) as phone, \
            Baresip("far", account(1002, "tcp", SRTP), modules=["srtp.so"]) as far:
        talk(phone, far)
        far.hang_up()
        phone.closed()


def tls_ask(port, certificate, text=None):
    """What a server says to a request, over TLS with a certificate or without one."""
    context = ssl.create_default_context(cafile=f"{CERTIFICATES}/anchors.pem")
    if certificate:
        context.load_cert_chain(f"{CERTIFICATES}/{certificate}.pem",
                                f"{CERTIFICATES}/{certificate}.key")
    with inside("phone"), socket.create_connection((MANAGER, port), 10) as plain:
        with context.wrap_socket(plain, server_hostname="manager.site.test") as secure:
            secure.settimeout(10)
            secure.sendall((text or register()).encode())
            return secure.recv(65536).decode()


def register(more="", contact="<sip:1003@10.7.0.1:5061;transport=tls>"):
    return (f"REGISTER sip:{MANAGER} SIP/2.0\r\n"
            f"Via: SIP/2.0/TLS 10.7.0.1:5061;branch=z9hG4bK{os.urandom(8).hex()}\r\n"
            f"From: <sip:1003@{MANAGER}>;tag=1\r\nTo: <sip:1003@{MANAGER}>\r\n"
            f"Call-ID: {os.urandom(8).hex()}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\n"
            f"Contact: {contact}\r\n{more}Content-Length: 0\r\n\r\n")


@test("manager-wants-a-certificate")
def manager_wants_certificate():
    assert tls_ask(5061, "lsc").startswith("SIP/2.0 200")
    assert tls_ask(5061, "mic").startswith("SIP/2.0 200")
    for certificate in (None, "lsc-expired", "lsc-stranger"):
        try:
            said = tls_ask(5061, certificate)
        except (ssl.SSLError, ConnectionError):
            said = ""
        equal(said, "", f"the answer to {certificate}")


@test("oauth-port-wants-a-token")
def oauth_port_wants_token():
    said = tls_ask(5090, None)
    assert said.startswith("SIP/2.0 407"), said
    assert 'Proxy-Authenticate: Bearer realm="ccmsipline"' in said, said
    token = os.environ["OAUTH_TOKEN"]
    assert tls_ask(5090, None, register(f'Proxy-Authorization: Bearer token="{token}"\r\n')) \
        .startswith("SIP/2.0 200")
    assert tls_ask(5090, None, register('Proxy-Authorization: Bearer token="bad"\r\n')) \
        .startswith("SIP/2.0 403")


tests_run()
