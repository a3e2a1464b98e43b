#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 300
#
# Calls in a row and calls at once, with nothing left of them. slow_soak.sh has more of
# them. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 300 tests/site/test_soak.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

export SOAK_ROW=${SOAK_ROW:-60} SOAK_ONCE=${SOAK_ONCE:-20}
site_create
module_load
bus_start
scenario_run soak.py "$@"
site_finish
