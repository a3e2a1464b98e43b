#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900
#
# Servers that are taken and refused, what a call is shown as, conferences, tokens: behind
# the stand-in for a call manager. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 900 tests/site/test_security.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
module_load
bus_start
capture_start security
scenario_run phone_security.py "$@"
capture_stop security
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge security sealed
site_finish
