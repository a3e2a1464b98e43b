#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 600
#
# The site that the daemon is tested against, by itself: call managers, programs and the
# stand-ins for what is not packaged. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh tests/site/test_site.sh [TEST...]

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

site_create
check voices-are-told-apart /usr/bin/python3 -B "$TOP/tests/site/voice.py"
kamailio_start
capture_start site
scenario_run plain_call.py "$@"
capture_stop site
# What finds speech in clear is shown to find it, so that finding none means something.
capture_judge site clear
scenario_run far_calls.py "$@"
process_stop kamailio
scenario_run stand_ins.py "$@"
site_finish
