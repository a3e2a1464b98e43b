#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900 --memory 768M
#
# Offers and answers between a program and a call manager that say whatever may be said.
# Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --memory 768M --timeout 900 tests/site/test_media.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
bus_start
module_load
capture_start media
scenario_run phone_media.py "$@"
capture_stop media
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge media sealed
scenario_run phone_policy.py "$@"
site_finish
