# SPDX-License-Identifier: Apache-2.0
"""A call as a user agent has it, one step at a time: nothing is sent that the script does
not send, and whatever comes waits in `inbox` until the script asks for it.

    call = manager.call("1001", crypto=[...])          call = manager.incoming()
    call.answered()                                    call.ring()
    call.ack()                                         call.answer()
    call.media.hears("phone")                          call.acknowledged()
    call.bye()                                         call.ended()
"""

import threading
import time

from session_description import Description, crypto_line, description
from sip_message import SipMessage, branch, response_to, token, uri_of

PATIENCE = 20
LEVELS = ("Unknown", "NotAuthenticated", "Authenticated", "Encrypted")
ALLOW = "INVITE, OPTIONS, INFO, BYE, CANCEL, ACK, PRACK, UPDATE, REFER, SUBSCRIBE, NOTIFY"


def call_info(level, orientation="to", state="connected", instance=1, gci="1-1234"):
    """What a call manager says of a call's security, in its own spelling."""
    return ("Call-Info", "<urn:x-cisco-remotecc:callinfo>; "
            f"security= {level}; orientation= {orientation}; ui-state= {state}; "
            f"call-instance= {instance}; gci= {gci}; isVoip")


class Call:
    """@owner: has send(call, message), contact(user) and forget(call).

    @media: a MediaEnd, or None for signalling alone.
    @crypto: lines for our descriptions; None: those of @media's keys
    """

    def __init__(self, owner, media=None, crypto=None, mux=False):
        self.owner, self.media, self.crypto, self.mux = owner, media, crypto, mux
        self.id, self.cseq = token() + "@site.test", 100
        self.invite = self.last = self.remote = self.ours = None
        self.local = self.far = self.target = ""
        self.route, self.tag = [], token()
        self.inbox, self.history = [], []
        self.news = threading.Condition()
        self.connection = None
        self.extra = []
        self.reliable = 0
        self.codecs = "0 101"

    # What comes.

    def take(self, message):
        with self.news:
            self.inbox.append(message)
            self.history.append(message)
            self.news.notify_all()

    def wait(self, wanted, what, seconds=PATIENCE):
        """The first message in the inbox that is wanted; it is taken out."""
        def found():
            return next((one for one in self.inbox if wanted(one)), None)

        with self.news:
            message = self.news.wait_for(found, seconds)
            assert message, f"no {what} but {self.inbox}"
            self.inbox.remove(message)
        return message

    def request(self, method, seconds=PATIENCE):
        """The next request of this method."""
        return self.wait(lambda one: one.status is None and one.method == method, method,
                         seconds)

    def response(self, request, *statuses, seconds=PATIENCE):
        """The next response to a request, one of these statuses or else any final one."""
        found = self.wait(lambda one: one.status and one.cseq == request.cseq and
                          (one.status in statuses or one.status >= 200),
                          f"{statuses} to {request.method}", seconds)
        assert not statuses or found.status in statuses, f"{found.start} {found.headers}"
        return found

    def nothing(self, seconds=1):
        """Nothing more comes."""
        time.sleep(seconds)
        assert not self.inbox, self.inbox

    # Descriptions and media.

    def describe(self, direction="sendrecv", crypto=None, **options):
        lines = crypto if crypto is not None else self.crypto
        if lines is None:
            lines = [crypto_line(master, tag)
                     for tag, master in enumerate(self.media.masters, 1)] if self.media else []
        address, port = ("10.7.0.2", 20000) if not self.media else \
            (self.media.address, self.media.port)
        self.ours = description(address, port, lines, direction, mux=self.mux,
                                codecs=self.codecs, **options)
        return self.ours

    def answer_description(self, offer, direction=None, **options):
        """An answer to an offer: the first line of it that one of our suites is in."""
        remote = Description(offer) if not isinstance(offer, Description) else offer
        self.remote = remote
        mirrored = {"sendonly": "recvonly", "recvonly": "sendonly"}.get(
            remote.direction, remote.direction)
        if "crypto" not in options and self.crypto is None:
            chosen = self.chosen(remote.crypto)
            options["crypto"] = [crypto_line(chosen[1], chosen[0].tag)] if chosen else []
        self.mux = remote.mux
        return self.describe(direction or mirrored, **options)

    def chosen(self, lines):
        """The first of these lines that we have a key for, with that key."""
        masters = self.media.masters if self.media else []
        return next(((line, master) for line in lines for master in masters
                     if line.suite == master.name), None)

    def agree(self, text=None):
        """Media as both descriptions have it now."""
        self.remote = Description(text) if text is not None else self.remote
        if not self.media:
            return self.remote
        remote, ours = self.remote, Description(self.ours)
        # Both lists are one line in an answer; the offerer's counts by the answer's tag.
        line = remote.crypto[0] if remote.crypto else None
        sends = receives = None
        if line and ours.crypto:
            tags = [one for one in ours.crypto if one.tag == line.tag] or ours.crypto
            own = tags[0]
            if len(remote.crypto) > 1:
                line = next(one for one in remote.crypto if one.tag == own.tag)
            sends, receives = own, line
        self.media.speaks = ours.direction in ("sendrecv", "sendonly")
        self.media.connect(remote.target, self.keys(sends, "sends"),
                           self.keys(receives, "receives"), remote.mux and ours.mux)
        return remote

    def keys(self, line, way):
        """Session keys of a line, the same object as long as the line's keys are the same."""
        if line is None:
            return None
        kept = getattr(self, f"kept_{way}", None)
        if not kept or kept[0] != line.octets:
            kept = (line.octets, line.keys)
            setattr(self, f"kept_{way}", kept)
        return kept[1]

    # What goes.

    def send(self, message):
        self.owner.send(self, message)
        return message

    def ask(self, method, body=b"", headers=(), kind="application/sdp", cseq=None):
        """Sends a request within the call, or the INVITE that begins it."""
        if cseq is None and method not in ("ACK", "CANCEL"):
            self.cseq += 1
        message = SipMessage(f"{method} {self.target} SIP/2.0", [
            ("Via", f"SIP/2.0/{self.owner.via(self)};branch={branch()}"),
            *(("Route", one) for one in self.route),
            ("Max-Forwards", "70"), ("From", self.local), ("To", self.far),
            ("Call-ID", self.id), ("CSeq", f"{cseq or self.cseq} {method}"),
            ("Contact", f"<{self.owner.contact(self)}>"), ("Allow", ALLOW),
            *self.extra, *headers], body)
        if body:
            message.set("Content-Type", kind)
        return self.send(message)

    def begin(self, target, far, local, body=None, headers=()):
        """The INVITE; a body of None is an offer of ours, of b"" none (a late offer)."""
        self.target, self.far = target, f"<{far}>"
        self.local = f'"{local[0]}" <{local[1]}>;tag={self.tag}'
        body = self.describe() if body is None else body
        self.invite = self.ask("INVITE", body, headers)
        return self

    def learn(self, response):
        """Tag, target and route of the dialog (RFC 3261 section 12.1.2)."""
        self.far = response.get("To")
        if response.get("Contact"):
            self.target = uri_of(response.get("Contact"))
        self.route = [one.strip() for value in response.all("Record-Route")
                      for one in value.split(",")][::-1]

    def ringing(self, status=180, agree=False):
        """A provisional response to our INVITE, reliable or not (RFC 3262)."""
        response = self.response(self.invite, status)
        self.learn(response)
        if response.get("RSeq"):
            acknowledged = self.ask("PRACK", headers=[
                ("RAck", f"{response.get('RSeq')} {response.get('CSeq')}")])
            self.response(acknowledged, 200)
        if agree and response.body:
            self.agree(response.body)
        return response

    def answered(self, agree=True):
        """The 200 to our INVITE."""
        response = self.response(self.invite, 200)
        self.learn(response)
        self.last = response
        if agree and response.body and self.ours:
            self.agree(response.body)
        return response

    def taken_by(self, program):
        """The program on the phone rings and answers, up to its media."""
        program.incoming()
        program.answer()
        self.ringing()
        self.answered()
        self.ack()
        program.established()

    def refused(self, status):
        response = self.response(self.invite, status)
        self.ack_refusal(response)
        return response

    def ack_refusal(self, response):
        """The ACK of the same transaction (RFC 3261 section 17.1.1.3)."""
        acknowledge = SipMessage(f"ACK {self.invite.uri} SIP/2.0", [
            ("Via", self.invite.get("Via")), ("From", self.local), ("To", response.get("To")),
            ("Call-ID", self.id), ("CSeq", f"{self.invite.cseq[0]} ACK"),
            ("Max-Forwards", "70"), *(("Route", one) for one in self.invite.all("Route"))])
        self.send(acknowledge)

    def ack(self, body=b"", headers=()):
        return self.ask("ACK", body, headers, cseq=self.invite.cseq[0])

    def ack_with_answer(self, **options):
        """After a late offer: the 200 has it, and the ACK our answer."""
        body = self.answer_description(self.last.body, **options)
        self.ack(body)
        return self.agree()

    def cancel(self):
        self.send(SipMessage(f"CANCEL {self.invite.uri} SIP/2.0", [
            ("Via", self.invite.get("Via")), ("From", self.local), ("To", f"{self.invite.get('To')}"),
            ("Call-ID", self.id), ("CSeq", f"{self.invite.cseq[0]} CANCEL"),
            ("Max-Forwards", "70")]))

    # Calls that came in.

    def accept(self, invite):
        """Takes a request that begins a call."""
        self.invite, self.id = invite, invite.get("Call-ID")
        self.far, self.local = invite.get("From"), f"{invite.get('To')};tag={self.tag}"
        self.target = uri_of(invite.get("Contact"))
        self.route = [one.strip() for value in invite.all("Record-Route")
                      for one in value.split(",")]
        if invite.body:
            self.remote = Description(invite.body)

    def reply(self, request, status, reason=None, body=b"", headers=(), tag=None, kind=None):
        contact = [("Contact", f"<{self.owner.contact(self)}>")] if status < 300 else []
        return self.send(response_to(request, status, reason, tag or self.tag,
                                     [*contact, *self.extra, *headers], body, kind))

    def ring(self, status=180, body=b"", tag=None, reliable=False, headers=()):
        """A provisional response; @tag: of a fork; reliable: its PRACK is waited for."""
        headers = list(headers)
        if reliable:
            self.reliable += 1
            headers += [("Require", "100rel"), ("RSeq", str(self.reliable))]
        self.reply(self.invite, status, None, body, headers, tag)
        if reliable:
            acknowledged = self.request("PRACK")
            assert acknowledged.get("RAck").split()[0] == str(self.reliable)
            self.reply(acknowledged, 200, tag=tag)

    def answer(self, tag=None, headers=(), **options):
        """The 200, with our answer or, after an INVITE without offer, with our offer."""
        if tag:
            self.tag = tag
            self.local = f"{self.invite.get('To')};tag={tag}"
        offered = bool(self.invite.body)
        body = self.answer_description(self.invite.body, **options) if offered \
            else self.describe(**options)
        self.reply(self.invite, 200, None, body, headers)
        if offered:
            self.agree()

    def acknowledged(self):
        message = self.request("ACK")
        if message.body:
            self.agree(message.body)
        return message

    # Within a call, whoever began it.

    def offer(self, method="INVITE", direction="sendrecv", headers=(), status=200, **options):
        """A new offer of ours by re-INVITE or UPDATE, up to its end."""
        before = self.ours
        body = self.describe(direction, **options)
        asked = self.ask(method, body, headers)
        if method == "INVITE":
            self.invite = asked
        response = self.response(asked, status)
        if status == 200:
            if method == "INVITE":
                self.ack()
            self.agree(response.body)
        else:
            self.ours = before
            if method == "INVITE":
                self.ack_refusal(response)
        return response

    def offered(self, method="INVITE", headers=(), **options):
        """A new offer of the other side, answered up to its end."""
        asked = self.request(method)
        if asked.get("Contact"):
            self.target = uri_of(asked.get("Contact"))
        body = self.answer_description(asked.body, **options)
        self.reply(asked, 200, None, body, headers)
        self.agree()
        if method == "INVITE":
            self.request("ACK")
        return asked

    def security(self, level, method="INVITE", **options):
        """Says what the call's security is now; the media stays as it is."""
        return self.offer(method, headers=[call_info(level)], crypto=[
            line.partition(":")[2] for line in self.ours.splitlines()
            if line.startswith("a=crypto:")], **options)

    def bye(self, headers=()):
        self.response(self.ask("BYE", headers=headers), 200)
        self.close()

    def bye_with(self, other):
        """Goodbye to the other end of the same call, which a script has as well."""
        asked = self.ask("BYE")
        other.ended()
        self.response(asked, 200)
        self.close()

    def ended(self):
        """The other side says goodbye."""
        message = self.request("BYE")
        self.reply(message, 200)
        self.close()
        return message

    def close(self):
        self.owner.forget(self)
        if self.media:
            self.media.close()
