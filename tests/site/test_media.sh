#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900 --memory 768M
#
# Offers, answers and the life of calls between a program and a call manager that say and
# do whatever may be said and done. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --memory 768M --timeout 900 tests/site/test_media.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
bus_start
scenario_run phone_module.py
capture_start media
for scenario in phone_media phone_dialogs phone_recovery; do
	scenario_run "$scenario.py" "$@"
done
capture_stop media
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge media sealed
scenario_run phone_policy.py "$@"
site_finish
