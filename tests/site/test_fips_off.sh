#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The phone is to be in FIPS mode and its kernel is in none: the daemon does not start.
# Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh tests/site/test_fips_off.sh

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
scenario_run phone_fips.py kernel-without
site_finish
