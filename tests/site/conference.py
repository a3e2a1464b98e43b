# SPDX-License-Identifier: Apache-2.0
"""Conferences as a call manager runs them: who takes part at which security, and what all
of them are told when that changes.

    conference = Conference("Encrypted")              an ad hoc one, by a secure initiator
    conference.join(call, "Encrypted")
    conference.join_elsewhere("somebody", "NotAuthenticated")     the lock goes
    conference.leave("somebody")                                  and comes back
"""

from call import LEVELS

# The words and the number that a refusal has.
TOO_LOW = "Does not meet Security Level"


def lowest(*levels):
    return min(levels, key=LEVELS.index)


class Conference:
    """@bridge: the best that the bridge can do, which its initiator decides for ad hoc ones
    @minimum: what a Meet-Me conference asks of everybody, None for none
    @method: how changes are told
    """

    def __init__(self, bridge="Encrypted", minimum=None, method="INVITE"):
        self.bridge, self.minimum, self.method = bridge, minimum, method
        self.calls, self.elsewhere = {}, {}
        self.told = bridge

    @property
    def level(self):
        """The minimum over all that take part, and the bridge."""
        return lowest(self.bridge, *self.calls.values(), *self.elsewhere.values())

    def admits(self, level):
        return not self.minimum or LEVELS.index(level) >= LEVELS.index(self.minimum)

    def enter(self, call, level):
        """A Meet-Me call that has come in: refused, with the reason for its display, or
        answered. Returns whether it takes part."""
        if not self.admits(level):
            call.reply(call.invite, 403, None, headers=[
                ("Warning", f'399 site "{TOO_LOW}"')])
            call.request("ACK")
            return False
        call.ring()
        call.answer()
        call.acknowledged()
        self.join(call, level)
        return True

    def join(self, call, level):
        """A call that is up takes part from now on."""
        self.calls[call] = level
        self.tell(also=call)

    def join_elsewhere(self, name, level):
        """Somebody whose call is none of the test's."""
        self.elsewhere[name] = level
        self.tell()

    def leave(self, who):
        self.calls.pop(who, None)
        self.elsewhere.pop(who, None)
        self.tell()

    def tell(self, also=None):
        changed, self.told = self.told != self.level, self.level
        for call in self.calls:
            if changed or call is also:
                call.security(self.level, self.method)
