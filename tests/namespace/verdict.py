# SPDX-License-Identifier: Apache-2.0
"""Tests by name, their results in the words of lib.sh, and what a failed one says."""
import os
import sys
import traceback

# How much of what takes long is done; the slow proofs ask for all of it.
SLOW = os.environ.get("PHONESEC_SLOW") == "1"

_tests = []


class Failure(Exception):
    """A check that did not hold."""


def check(holds, why):
    if not holds:
        raise Failure(why)


def shown(value):
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}... of {len(text)}"


def check_equal(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: found {shown(found)}, wanted {shown(wanted)}")


def test(function):
    """Marks a function as the test of its name; its first line of text says what it shows."""
    _tests.append(function)
    return function


def name_of(function):
    return function.__name__.replace("_", "-")


def run(only):
    """Runs all tests, or those named; 0 when every one of them passed."""
    unknown = set(only) - {name_of(function) for function in _tests}
    if unknown:
        print("not ok protocol: there is no test " + " ".join(sorted(unknown)))
        return 1
    failed = 0
    chosen = [function for function in _tests if not only or name_of(function) in only]
    for function in chosen:
        try:
            function()
            print(f"ok {name_of(function)}", flush=True)
        except Failure as failure:
            failed += 1
            lines = [frame.lineno for frame in traceback.extract_tb(failure.__traceback__)
                     if frame.name == function.__name__]
            print(f"not ok {name_of(function)}: {failure} "
                  f"(line {lines[-1]})", flush=True)
        except Exception as error:  # A test that breaks down is a test that fails.
            failed += 1
            print(f"not ok {name_of(function)}: {type(error).__name__}: {error}", flush=True)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed else 0
