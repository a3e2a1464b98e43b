#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Inside the debug kernel: loading the module runs its KUnit suites; each case of
# each suite becomes a line.

. "$TOP/tests/namespace/lib.sh"

results=/sys/kernel/debug/kunit
suites=(nf_srtp_core nf_srtp_objects nf_srtp_requests nf_srtp_transform)

# cases_of SUITE: "ok CASE WHY" or "not CASE" from lines like "    ok 3 case # SKIP why".
cases_of() {
	sed -nE "s/^    (ok|not) (ok )?[0-9]+ ([^ ]+)( # SKIP ?(.*))?\$/\1 \3 \5/p" \
		"$results/$1/results"
}

# suite_judge SUITE: a suite that is missing or empty has failed.
suite_judge() {
	local verdict name why count=0 before=$failed
	[ -e "$results/$1/results" ] || { not_ok "$1" "the module did not bring it"; return; }
	while read -r verdict name why; do
		count=$((count + 1))
		case $verdict:$why in
		not:*) not_ok "$1.$name" "the log of the suite follows" ;;
		ok:) ok "$1.$name" ;;
		*) skip "$1.$name" "$why" ;;
		esac
	done < <(cases_of "$1")
	[ $count -gt 0 ] || not_ok "$1" "it has no tests"
	[ $failed = "$before" ] || sed 's/^/  /' "$results/$1/results"
}

module_load
for suite in "${suites[@]}"; do
	suite_judge "$suite"
done
check_equal kunit-suites-known \
	"$(cd $results && printf '%s\n' nf_srtp_* | sort | tr '\n' ' ')" "${suites[*]} "
assert_module_clean
finish
