#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 600
#
# Registration, calls and media of a stock program through the daemon. Runs as a job in
# a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 600 tests/site/test_call.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
module_load
bus_start
kamailio_start
capture_start call
scenario_run phone_calls.py "$@"
capture_stop call
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge call sealed
site_finish
