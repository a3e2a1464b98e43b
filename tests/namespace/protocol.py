# SPDX-License-Identifier: Apache-2.0
"""Runs the protocol tests of the module in the namespaces of lib.sh: protocol.py [TEST...]"""
import sys

import media
import verdict

# Each of these registers its tests; those that look back on the run come last.
import event_tests  # noqa: F401
import index_tests  # noqa: F401
import key_tests  # noqa: F401
import packet_tests  # noqa: F401
import session_tests  # noqa: F401
import refusal_tests  # noqa: F401

media.enter("phone")
sys.exit(verdict.run(sys.argv[1:]))
