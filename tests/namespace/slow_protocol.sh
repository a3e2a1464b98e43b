#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# uml: --time-travel --timeout 1700
#
# The protocol tests that have a long form, in that form.

export PHONESEC_SLOW=1 BRIEF=1
exec bash "$TOP/tests/namespace/test_protocol.sh" t7-soak-over-two-wraps t22-forged-flood
