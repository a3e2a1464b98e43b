# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # lib.sh has the counts.
#
# Sourced after lib.sh by tests whose parts are programs in Python.

# program_run FILE [ARGUMENT...]: runs a program beside this file and counts its results.
program_run() {
	local log=$TMPDIR/program.log status=0
	/usr/bin/python3 -Bu "$TOP/tests/namespace/$1" "${@:2}" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	passed=$((passed + $(grep -c '^ok ' "$log")))
	skipped=$((skipped + $(grep -c '^ok .* # skip:' "$log")))
	passed=$((passed - $(grep -c '^ok .* # skip:' "$log")))
	failed=$((failed + $(grep -c '^not ok ' "$log")))
	# A program that dies has run fewer tests than it says.
	[ "$status" = 0 ] || grep -q '^not ok ' "$log" || not_ok "$1" "it ended with $status"
}
