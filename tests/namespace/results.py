# SPDX-License-Identifier: Apache-2.0
"""Results of a test program, one line a test, as tests/namespace/lib.sh prints them."""

import sys
import traceback

tests = []
failures = 0


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


def test(name, *arguments):
    """Register a function as a test; more than once for several arguments."""
    def register(function):
        tests.append((name, function, arguments))
        return function
    return register


def test_run(name, function, arguments):
    global failures
    try:
        function(*arguments)
    except Skip as reason:
        print(f"ok {name} # skip: {reason}", flush=True)
    except AssertionError as reason:
        failures += 1
        where = traceback.extract_tb(reason.__traceback__)[-1].lineno
        for frame in traceback.extract_tb(reason.__traceback__):
            if frame.name == function.__name__:
                where = frame.lineno
        print(f"not ok {name}: {reason} (line {where})", flush=True)
    except Exception as error:
        failures += 1
        print(f"not ok {name}: {error!r}", flush=True)
        traceback.print_exc(limit=-4, file=sys.stdout)
    else:
        print(f"ok {name}", flush=True)


def tests_run():
    """Run what was registered, or what the arguments name by a part; ends the program."""
    for name, function, arguments in tests:
        if len(sys.argv) < 2 or any(part in name for part in sys.argv[1:]):
            test_run(name, function, arguments)
    sys.exit(1 if failures else 0)


def equal(found, wanted, what="found"):
    assert found == wanted, f"{what} is {repr(found)[:300]}, wanted {repr(wanted)[:300]}"
