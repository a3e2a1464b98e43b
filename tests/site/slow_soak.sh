#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --timeout 900 --memory 768M
#
# test_soak.sh as it is too long for every day.

export SOAK_ROW=500 SOAK_ONCE=50
# shellcheck source=tests/site/test_soak.sh
. "$TOP/tests/site/test_soak.sh"
