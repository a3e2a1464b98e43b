#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Breaks kmod/core in a copy, one line of mutations.tsv after the other, and
# expects the test named there to fail each time.
#
#   mutate.sh FOLDER [PATTERN]   FOLDER for the copies; PATTERN picks lines

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
core=$here/../../kmod/core
folder=${1:?name a folder for the copies}
passed=0 failed=0

refuse() {
	echo "not ok $test: $1"
	failed=$((failed + 1))
}

while IFS=$'\t' read -r program test file expression; do
	case $program in \#*|'') continue ;; esac
	[[ $test =~ ${2:-.} ]] || continue
	rm -rf "$folder"
	mkdir -p "$folder/core"
	cp "$core"/*.[ch] "$folder/core"
	sed -i "$expression" "$folder/core/$file"
	if cmp -s "$core/$file" "$folder/core/$file"; then
		refuse "the expression changes nothing in $file"
		continue
	fi
	if ! make -s -C "$here" BUILD="$folder" core="$folder/core" COMPILERS=gcc TESTS="$program" \
		SANITIZE= CFLAGS='-Wno-error -w' all > "$folder/log" 2>&1; then
		refuse "the broken core does not compile: $(tail -n 1 "$folder/log")"
		continue
	fi
	timeout 60 "$folder/unit/gcc/$program" > "$folder/log" 2>&1 || true
	if grep -q "^\[  FAILED  \] $test\$" "$folder/log"; then
		echo "ok $test"
		passed=$((passed + 1))
	else
		refuse "passes although $file is broken"
	fi
done < "$here/mutations.tsv"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
