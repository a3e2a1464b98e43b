# SPDX-License-Identifier: Apache-2.0
"""Loading the module without memory: it is refused, and what it had taken is given back."""

import ctypes
import errno
import itertools
import os
import pathlib
import sys
import time

from allocation import NthAllocation, knob_set
from results import equal, test, tests_run

SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176
# Code of modules lies above that of the debug kernel, and no other module is loaded.
MODULES_START, MODULES_END = 0x68000000, 0xffffffff
REFUSALS = {errno.ENOMEM, errno.ENOENT, errno.EINVAL}
KMEMLEAK = pathlib.Path("/sys/kernel/debug/kmemleak")
# Its callers go on without it, and the kernel loses the name that it has copied.
LEAK_OF_KERNEL = "sysfs_slab_add"
libc = ctypes.CDLL(None, use_errno=True)
module = sys.argv.pop(1)
step = 1 if os.environ.get("PHONESEC_SLOW") == "1" else 16


def module_load():
    """Load it; 0 or the error."""
    file = os.open(module, os.O_RDONLY)
    error = ctypes.get_errno() if libc.syscall(SYS_FINIT_MODULE, file, b"", 0) else 0
    os.close(file)
    return error


def module_unload():
    equal(libc.syscall(SYS_DELETE_MODULE, b"nf_srtp", 0), 0, "unload")


def leaks():
    """What kmemleak reports that is not the kernel's own; forgotten afterwards."""
    for _ in range(2):
        time.sleep(6)
        KMEMLEAK.write_text("scan\n")
    objects = KMEMLEAK.read_text().split("unreferenced object")[1:]
    KMEMLEAK.write_text("clear\n")
    return "".join(entry for entry in objects if LEAK_OF_KERNEL not in entry)


@test("fault-sweep-load")
def loading_without_memory():
    """Break: main.c nf_srtp_init(), any of the steps back after an error."""
    nth = NthAllocation()
    knob_set(require_start=f"{MODULES_START:#x}", require_end=f"{MODULES_END:#x}")
    outcomes = []
    for number in itertools.count(1, step):
        nth.fail(number)
        error = module_load()
        failed = nth.failed()
        if not error:
            module_unload()
        if not failed:
            break
        outcomes.append(error)
        assert error in {0, *REFUSALS}, f"allocation {number}: {os.strerror(error)}"
        assert not os.path.exists("/sys/module/nf_srtp"), f"{number}: refused and loaded"
    knob_set(require_start=0, require_end="0xffffffffffffffff")
    equal(error, 0, "loading when nothing fails")
    refusals = sum(map(bool, outcomes))
    print(f"  {number - 1} allocations, {len(outcomes)} failed in turn, {refusals} refusals")
    # Most are of the self-test: without it the module loads and refuses sessions.
    assert refusals > len(outcomes) // 8, "hardly anything was refused"
    equal(leaks(), "", "leaked")


tests_run()
