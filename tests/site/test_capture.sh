#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 600
#
# A decrypted capture of a call: what it holds, who may make it, and that nothing of it is
# left. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 600 tests/site/test_capture.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
module_load
bus_start
kamailio_start
capture_start capture
scenario_run phone_capture.py "$@"
capture_stop capture
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge capture sealed
site_finish
