#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manual pages: their form, and that what they say of commands, settings and reasons
# is what the tables of the programs say. A line '.\" From the program: WORD' in a page is
# followed by what "phonesec WORD" writes, up to the line '.\" End of that'; a line
# '.\" From phonesecd: WORD' by what "phonesecd --manual WORD" does, and a line
# '.\" From phonesec-sign: WORD' by what "phonesec-sign WORD" does.
#
#   manual.sh [--write] PHONESEC     with --write, bring the pages up to date instead;
#                                    phonesecd and phonesec-sign are beside PHONESEC

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
pages=("$top"/docs/man/*.[0-9])
write=0 failed=0
[ "${1:-}" != --write ] || { write=1; shift; }
program=$1

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1: $2"; failed=1; }

# The page with its generated parts written anew.
page_current() {
	awk -v program="$program" -v daemon="${program%/*}/phonesecd" '
		/^\.\\" End of that$/ { inside = 0 }
		!inside { print }
		/^\.\\" From the program: [a-z-]+$/ {
			inside = 1
			fflush()
			system("\"" program "\" " $NF)
		}
		/^\.\\" From phonesecd: [a-z-]+$/ {
			inside = 1
			fflush()
			system("\"" daemon "\" --manual " $NF)
		}
		/^\.\\" From phonesec-sign: [a-z-]+$/ {
			inside = 1
			fflush()
			system("\"" program "-sign\" " $NF)
		}' "$1"
}

# Warnings of the formatter that the system has anyway.
page_format() {
	{ LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" > /dev/null; } 2>&1
}

for page in "${pages[@]}"; do
	name=${page##*/}
	current=$(page_current "$page")
	if [ $write = 1 ]; then
		printf '%s\n' "$current" > "$page"
		continue
	fi
	if [ "$name" = phonesec-web.8 ]; then
		ok "manual-current-$name # skip: its program has no options to tell of"
	elif ! grep -qE '^\.\\" From (the program|phonesecd|phonesec-sign): ' "$page"; then
		not_ok "manual-current-$name" "nothing in it comes from the program"
	elif diff -u "$page" - <<< "$current"; then
		ok "manual-current-$name"
	else
		not_ok "manual-current-$name" "run 'make -C userspace manual'"
	fi
	if ! command -v man > /dev/null; then
		ok "manual-form-$name # skip: there is no man here"
	elif said=$(page_format "$page") && [ -z "$said" ]; then
		ok "manual-form-$name"
	else
		not_ok "manual-form-$name" "$said"
	fi
	if ! command -v mandoc > /dev/null; then
		ok "manual-lint-$name # skip: there is no mandoc here"
	elif said=$(mandoc -Tlint -W warning "$page"); then
		ok "manual-lint-$name"
	else
		not_ok "manual-lint-$name" "$said"
	fi
done
page=$top/docs/refusals.md
if [ $write = 1 ]; then
	"$program" manual-refusals > "$page"
elif diff -u "$page" <("$program" manual-refusals); then
	ok manual-current-refusals
else
	not_ok manual-current-refusals "run 'make -C userspace manual'"
fi
exit $failed
