#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every namespace test and the interop tests in one guest, one after the other.

failed=0
for test in "$TOP"/tests/namespace/test_*.sh "$TOP/tests/interop/all.sh"; do
	echo "== ${test#"$TOP/tests/"}"
	bash "$test" || failed=$((failed + 1))
done
[ $failed = 0 ]
