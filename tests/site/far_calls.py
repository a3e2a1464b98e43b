# SPDX-License-Identifier: Apache-2.0
"""The far end of the site against baresip, both behind Kamailio."""

from baresip import Baresip
from far_end import FarEnd
from results import test, tests_run


@test("far-end-through-kamailio", 128)
@test("far-end-through-kamailio-256", 256)
def far_end_through_kamailio(bits):
    account = "<sip:1001@10.7.0.10;transport=tcp>;regint=60;mediaenc=srtp-mand"
    with FarEnd("1002", suites=(bits,)) as far, \
            Baresip("phone", account, modules=["srtp.so"], echo=True) as phone:
        phone.register()
        call = far.call("1001")
        call.taken_by(phone)
        call.media.hears("far")
        phone.hang_up()
        call.ended()


tests_run()
