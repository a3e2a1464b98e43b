#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 600
#
# A PC behind the phone: 802.1X through it, logged off in its place, and what of its frames and
# of the phone's pass. Runs as a job in a guest (tests/machine/job.sh):
#
#   tests/uml/run.sh tests/site/test_pc_port.sh [TEST...]
#
#      pc         phone                        switch
#      eth0 ----- eth1 === br0 === eth0 ------ port

# shellcheck source=tests/site/site.sh
. "$TOP/tests/site/site.sh"

hosts=(pc phone switch)
site_folders_create
scenario_run phone_pc_port.py "$@"
site_finish
