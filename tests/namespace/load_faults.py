# SPDX-License-Identifier: Apache-2.0
"""Loading the module without memory: it is refused, and what it had taken is given back."""

import ctypes
import errno
import itertools
import os
import sys

from allocation import NthAllocation
from results import equal, test, tests_run

SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176
libc = ctypes.CDLL(None, use_errno=True)
module = sys.argv.pop(1)


def module_load(nth, number):
    file = os.open(module, os.O_RDONLY)
    nth.fail(number)
    failed = libc.syscall(SYS_FINIT_MODULE, file, b"", 0)
    error = ctypes.get_errno() if failed else 0
    fired = nth.failed()
    os.close(file)
    return error, fired


@test("fault-sweep-load")
def every_allocation_of_loading():
    """Every seventh one unless the slow tests are asked for; the caches alone make hundreds.

    Break: main.c nf_srtp_init(), any of the steps back after an error.
    """
    """Break: main.c nf_srtp_init(), any of the steps back after an error."""
    nth = NthAllocation()
    refusals = 0
    for number in itertools.count(1, 1 if os.environ.get("PHONESEC_SLOW") == "1" else 7):
        error, fired = module_load(nth, number)
        if error:
            refusals += 1
            assert error in (errno.ENOMEM, errno.ENOENT, errno.EINVAL), os.strerror(error)
            assert not os.path.exists("/sys/module/nf_srtp"), "refused and loaded"
        else:
            equal(libc.syscall(SYS_DELETE_MODULE, b"nf_srtp", 0), 0, "unload")
        if not fired:
            break
    print(f"  {number - 1} allocations, {refusals} refusals", flush=True)
    assert refusals > 20, "hardly anything failed"


tests_run()
