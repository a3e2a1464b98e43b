#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Inside the debug kernel: loading the module runs its KUnit suites; each case of
# each suite becomes a line.

. "$TOP/tests/namespace/lib.sh"

results=/sys/kernel/debug/kunit
module_load

# results_print SUITE: its cases, from lines like "    ok 3 case_name".
results_print() {
	sed -nE "s/^ +(ok|not ok) [0-9]+ ([^ ]+)( # SKIP *(.*))?\$/\1 $1.\2 \4/p" "$results/$1/results"
}

for suite in "$results"/*/results; do
	[ -e "$suite" ] || continue
	suite=$(basename "$(dirname "$suite")")
	while read -r line; do
		case $line in
		"not ok "*) not_ok "${line#not ok }" "see below"; cat "$results/$suite/results" ;;
		"ok "*" "*) line=${line#ok }; skip "${line%% *}" "${line#* }" ;;
		*) ok "${line#ok }" ;;
		esac
	done < <(results_print "$suite")
done
[ $((passed + failed)) -gt 0 ] || not_ok kunit "the module brought no suite"

assert_module_clean
finish
