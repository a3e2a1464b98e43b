# SPDX-License-Identifier: Apache-2.0
"""The kernel's fault injection, set so that allocations of the module fail and no others."""

import contextlib
import ctypes
import os
import pathlib

KNOBS = pathlib.Path("/sys/kernel/debug/failslab")
libc = ctypes.CDLL(None, use_errno=True)


def knob_set(**values):
    for name, value in values.items():
        KNOBS.joinpath(name.replace("_", "-")).write_text(f"{value}\n")


def text_of_module():
    """First and last address of the module's code."""
    start = int(pathlib.Path("/sys/module/nf_srtp/sections/.text").read_text(), 0)
    for line in pathlib.Path("/proc/modules").read_text().splitlines():
        words = line.split()
        if words[0] == "nf_srtp":
            return start, start + int(words[1])
    raise RuntimeError("the module is not loaded")


@contextlib.contextmanager
def module_without_memory(percent, times=-1, task_only=False):
    """So many per cent of the allocations below the module's code fail, in any context."""
    start, end = text_of_module()
    knob_set(require_start=f"{start:#x}", require_end=f"{end:#x}", ignore_gfp_wait="N",
             task_filter="Y" if task_only else "N", verbose=0, times=times, probability=percent)
    try:
        yield
    finally:
        knob_set(probability=0, require_start=0, require_end="0xffffffffffffffff",
                 task_filter="N")


class NthAllocation:
    """The n-th allocation of this thread from now on fails, whoever makes it."""

    def __init__(self):
        knob_set(ignore_gfp_wait="N", verbose=0, probability=0)
        self.file = os.open(f"/proc/self/task/{libc.syscall(186)}/fail-nth", os.O_RDWR)

    def fail(self, number):
        os.pwrite(self.file, str(number).encode(), 0)

    def failed(self):
        """Whether it came to that; either way nothing fails from here on."""
        left = int(os.pread(self.file, 32, 0))
        os.pwrite(self.file, b"0", 0)
        return left == 0
