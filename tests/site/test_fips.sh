#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --append fips=1
#
# The phone in FIPS mode, on a kernel in FIPS mode, with OpenSSL's FIPS provider; without
# either the daemon does not start. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh --append fips=1 --memory 768M --timeout 400 tests/site/test_fips.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
bus_start
scenario_run phone_fips.py "$@"
site_finish
