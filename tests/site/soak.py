# SPDX-License-Identifier: Apache-2.0
"""Many calls in a row and many at once, signalling alone: nothing of them is left, in the
kernel or in the daemon. SOAK_ROW and SOAK_ONCE say how many."""

import os
import pathlib
import time

from phone_site import calls_of, nothing_left, numbers_of, phone_site
from program import SilentMedia
from results import equal, test, tests_run
from srtp_reference import Master

ROW, ONCE = int(os.environ["SOAK_ROW"]), int(os.environ["SOAK_ONCE"])
# What the C library may keep of freed memory, in KiB.
GROWTH_MAX = 1024
# Memory of its own of a daemon with fifty calls, in KiB. What it maps of libraries is
# shared with whoever else has them.
MEMORY_MAX = 12 * 1024


def program_media():
    return SilentMedia("10.7.0.1")


def manager_media():
    return SilentMedia("10.7.0.10", [Master(256)])


def descriptors(daemon):
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def memory(daemon, kind="RssAnon"):
    """In KiB, resident; RssAnon is what is its own, VmRSS all of it."""
    text = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="utf-8")
    return int(text.partition(f"{kind}:")[2].split()[0])


def call_begin(manager, program, outgoing):
    """A call up to its media; who began it comes first."""
    if outgoing:
        one = program.call("1002")
        other = manager.incoming(media=manager_media())
    else:
        one = manager.call("1001", media=manager_media())
        other = program.incoming()
    other.ring()
    one.ringing()
    other.answer()
    one.answered()
    one.ack()
    other.acknowledged()
    return one, other


def call_end(one, other, caller):
    if caller:
        one.bye_with(other)
    else:
        other.bye_with(one)
    for call in (one, other):
        call.close()


def calls_in_a_row(manager, program, count):
    for number in range(count):
        # Either begins, and either ends.
        call_end(*call_begin(manager, program, number % 2), number % 4 < 2)


@test("calls-in-a-row")
def in_a_row():
    with phone_site(media=program_media) as (manager, daemon, program):
        # The first calls allocate what stays.
        calls_in_a_row(manager, program, 8)
        nothing_left(daemon)
        files, before = descriptors(daemon), memory(daemon)
        begin = time.monotonic()
        calls_in_a_row(manager, program, ROW)
        print(f"   {ROW} calls in {time.monotonic() - begin:.1f} s")
        nothing_left(daemon)
        after = memory(daemon)
        print(f"   own memory: {before} KiB before, {after} KiB after")
        equal(descriptors(daemon), files, "open files")
        assert after - before < GROWTH_MAX, "memory grows"
        equal(len(program.calls) + len(manager.calls), 0, "calls of the stand-ins")


@test("calls-at-once")
def at_once():
    with phone_site(media=program_media) as (manager, daemon, program):
        files, before = descriptors(daemon), memory(daemon)
        calls = [call_begin(manager, program, number % 2) for number in range(ONCE)]
        calls_of(daemon, ONCE)
        equal(len(numbers_of(daemon)), ONCE, "sessions")
        during, whole = memory(daemon), memory(daemon, "VmRSS")
        for number, (one, other) in enumerate(calls):
            call_end(one, other, number % 4 < 2)
        nothing_left(daemon)
        print(f"   own memory: {before} KiB before, {during} KiB with {ONCE} calls, "
              f"{memory(daemon)} KiB after; {whole} KiB with libraries")
        equal(descriptors(daemon), files, "open files")
        assert during <= MEMORY_MAX, f"{during} KiB with {ONCE} calls"


tests_run()
