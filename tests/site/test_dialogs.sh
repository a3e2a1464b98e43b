#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 1200 --memory 768M
#
# The life of calls: how they change and end, and what becomes of them when the daemon dies
# or is replaced. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --memory 768M --timeout 1200 tests/site/test_dialogs.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
bus_start
# It loads the module.
scenario_run phone_module.py
capture_start dialogs
for scenario in phone_dialogs phone_hostile phone_recovery; do
	scenario_run "$scenario.py" "$@"
done
capture_stop dialogs
# A part of the tests may have no media.
[ $# -gt 0 ] || capture_judge dialogs sealed
site_finish
