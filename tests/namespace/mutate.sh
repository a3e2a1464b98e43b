#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Breaks the module in a copy, one line of mutations.tsv after the other, and expects
# the test named there to fail under the debug kernel each time.
#
#   mutate.sh [PATTERN]   PATTERN picks lines by the name of the test

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
mutant=$build/module/uml-mutant
passed=0 failed=0

refuse() {
	echo "not ok $test ($file): $1"
	failed=$((failed + 1))
}

# Only what differs is copied, so that only what was broken is compiled again.
sources_restore() {
	rsync -rc "$top/Kbuild" "$top/kmod" "$top/include" "$mutant/"
}

mutant_build() {
	make -C "$build/linux-source" ARCH=um O="$build/uml" M="$mutant" modules \
		> "$mutant/log" 2>&1
}

# test_fails: the test itself must say so; a guest that does not come up proves nothing.
test_fails() {
	MODULE=$mutant/nf_srtp.ko timeout 300 "$top/tests/uml/run.sh" --time-travel --env BRIEF=1 \
		"$here/test_protocol.sh" "$test" > "$mutant/log" 2>&1 || true
	grep -q "^not ok $test: " "$mutant/log"
}

mkdir -p "$mutant"
while IFS=$'\t' read -r test file expression; do
	case $test in \#*|'') continue ;; esac
	[[ $test =~ ${1:-.} ]] || continue
	sources_restore
	sed -i "$expression" "$mutant/kmod/$file"
	if cmp -s "$top/kmod/$file" "$mutant/kmod/$file"; then
		refuse "the expression changes nothing"
	elif ! mutant_build; then
		refuse "the broken module does not compile: $(grep -m 1 error: "$mutant/log")"
	elif test_fails; then
		echo "ok $test ($file)"
		passed=$((passed + 1))
	else
		refuse "passes although the module is broken: $(tail -n 1 "$mutant/log")"
	fi
done < "$here/mutations.tsv"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
