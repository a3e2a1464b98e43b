#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900
#
# Fail-over, registration, security modes and tokens: behind the stand-in for a call
# manager. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --timeout 900 tests/site/test_servers.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
module_load
bus_start
scenario_run phone_servers.py "$@"
scenario_run phone_profile.py "$@"
scenario_run phone_tokens.py "$@"
site_finish
