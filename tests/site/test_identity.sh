#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900
#
# A phone without a past and the servers of a site: trust, configuration, LSC, TVS. Runs
# as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 900 tests/site/test_identity.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
module_load
bus_start
scenario_run phone_identity.py "$@"
scenario_run phone_trust.py "$@"
scenario_run phone_enrolment.py "$@"
site_finish
