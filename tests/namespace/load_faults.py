# SPDX-License-Identifier: Apache-2.0
"""Loading the module without memory: it is refused, and what it had taken is given back."""

import ctypes
import errno
import itertools
import os
import sys

from allocation import knob_set
from results import equal, test, tests_run

SYS_FINIT_MODULE, SYS_DELETE_MODULE = 313, 176
# Code of modules lies above that of the debug kernel, and no other module is loaded.
MODULES_START, MODULES_END = 0x68000000, 0xffffffff
libc = ctypes.CDLL(None, use_errno=True)
module = sys.argv.pop(1)
step = 64 if os.environ.get("PHONESEC_SLOW") == "1" else 1024


def module_load(allowed):
    """Load with so many bytes of slab memory for what the module itself asks for."""
    file = os.open(module, os.O_RDONLY)
    knob_set(space=allowed, times=1, probability=100)
    failed = libc.syscall(SYS_FINIT_MODULE, file, b"", 0)
    error = ctypes.get_errno() if failed else 0
    knob_set(probability=0)
    os.close(file)
    return error


@test("fault-sweep-load")
def loading_in_little_memory():
    """Break: main.c nf_srtp_init(), any of the steps back after an error."""
    knob_set(require_start=f"{MODULES_START:#x}", require_end=f"{MODULES_END:#x}",
             ignore_gfp_wait="N", task_filter="N", verbose=0)
    refusals = 0
    for allowed in itertools.count(0, step):
        error = module_load(allowed)
        if not error:
            break
        refusals += 1
        assert error in (errno.ENOMEM, errno.ENOENT, errno.EINVAL), os.strerror(error)
        assert not os.path.exists("/sys/module/nf_srtp"), "refused and loaded"
    knob_set(require_start=0, require_end="0xffffffffffffffff", space=0, times=-1)
    equal(libc.syscall(SYS_DELETE_MODULE, b"nf_srtp", 0), 0, "unload")
    print(f"  {refusals} refusals up to {allowed} bytes", flush=True)
    assert refusals > 10, "hardly anything failed"


tests_run()
