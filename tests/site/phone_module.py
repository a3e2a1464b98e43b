# SPDX-License-Identifier: Apache-2.0
"""A phone whose kernel module is not loaded, and then is: no calls, and then calls."""

import os
import subprocess

from phone_site import agreed, nothing_left, phone_site, warning
from results import equal, test, tests_run


@test("no-calls-without-the-module")
def module_missing():
    with phone_site() as (manager, daemon, program):
        response = program.call("1002").refused(488)
        assert "module-missing" in warning(response), response.headers
        outer = manager.call("1001", media=manager.media("far"))
        assert "module-missing" in warning(outer.refused(488))
        equal(manager.waiting + program.waiting, [], "calls that got through")
        subprocess.run(["insmod", os.environ["MODULE"]], check=True)
        inner, outer = agreed(manager, program)
        inner.bye_with(outer)
        nothing_left(daemon)


tests_run()
