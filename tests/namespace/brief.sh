#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The tests that `make check` repeats on each stock kernel, in one guest: that the
# module loads and proves itself, who may do what, and calls with other
# implementations. all.sh has the rest, which takes long under emulation.

failed=0
for test in "$TOP"/tests/namespace/test_{selftest,privilege}.sh "$TOP/tests/interop/all.sh"; do
	echo "== ${test#"$TOP/tests/"}"
	bash "$test" || failed=$((failed + 1))
done
[ $failed = 0 ]
