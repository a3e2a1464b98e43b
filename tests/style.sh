#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What can be judged without building: licences, scripts, spelling, layout.

set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

passed=0 failed=0
# rule NAME COMMAND...: silence and success are a pass.
rule() {
	local name=$1 said status=0
	shift
	said=$("$@" 2>&1) || status=$?
	if [ $status = 0 ]; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "not ok $name"
		printf '%s\n' "$said" | tail -n 60
		failed=$((failed + 1))
	fi
}

# The files of the tree, as git would commit them; licence texts are other people's, and
# messages are as they were on the wire.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- \
	':!LICENSES' ':!tests/fuzz/corpus' ':!tests/vectors/sip/*.dat' |
	while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done)
mapfile -t texts < <(grep -IlE '' "${files[@]}")
mapfile -t scripts < <(grep -lE '^#!/bin/(ba)?sh|^# shellcheck shell' "${texts[@]}")
mapfile -t pythons < <(printf '%s\n' "${texts[@]}" | grep '\.py$')
mapfile -t sources < <(printf '%s\n' "${texts[@]}" | grep -E '\.([ch]|sh|py)$' |
	grep -v '_gen\.[ch]$')

no_line() { # PATTERN FILE...: no line may match
	! grep -nE "$@"
}

# Text that people read is not broken, so that it can be searched for.
no_long_line() {
	! LC_ALL=C.UTF-8 awk '
		{ line = $0; while (match(line, /\t/)) line = substr(line, 1, RSTART - 1) \
			sprintf("%*s", 8 - (RSTART - 1) % 8, "") substr(line, RSTART + 1) }
		length(line) > 100 && !/"[^"]*"[][)(};,: ]*$/ {
			print FILENAME ":" FNR ": " length(line) " columns"
		}' "$@" | grep .
}

no_long_file() {
	! wc -l "$@" | awk '$2 != "total" && $1 >= 600' | grep .
}

identifier_everywhere() {
	local file lacking=0
	for file in "${files[@]}"; do
		case $file in *.license | *.md | .reuse/dep5) continue ;; esac
		[ ! -e "$file.license" ] || continue
		head -n 5 "$file" | grep -q SPDX-License-Identifier && continue
		echo "$file has no SPDX line"
		lacking=1
	done
	return $lacking
}

executable_scripts() {
	local file wrong=0
	for file in "${scripts[@]}"; do
		head -n 1 "$file" | grep -q '^#!' || continue
		[ -x "$file" ] || { echo "$file is a script that cannot be run"; wrong=1; }
	done
	return $wrong
}

rule licences reuse lint
rule identifiers identifier_everywhere
rule shellcheck shellcheck -x --severity=warning "${scripts[@]}"
rule spelling codespell --ignore-words-list=nd,nknown "${texts[@]}"
[ ${#pythons[@]} = 0 ] || rule python python3 -c \
	'import ast, sys; [ast.parse(open(name).read(), name) for name in sys.argv[1:]]' "${pythons[@]}"
rule trailing-space no_line '[[:blank:]]+$' "${texts[@]}"
rule line-length no_long_line "${sources[@]}"
rule file-length no_long_file "${sources[@]}"
rule executable executable_scripts

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
