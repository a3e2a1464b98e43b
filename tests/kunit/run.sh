#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the module with its KUnit suites in a copy, since elsewhere it is built
# without, and runs them under the debug kernel.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
copy=${KUNIT_COPY:-$build/module/kunit}

# KUNIT_COPY names a copy whose sources the caller has put there.
if [ -z "${KUNIT_COPY:-}" ]; then
	mkdir -p "$copy"
	(cd "$top" && rsync -rcR --delete Kbuild kmod include tests/kunit "$copy/")
fi
make -C "$build/linux-source" ARCH=um O="$build/uml" M="$copy" NF_SRTP_KUNIT=y modules \
	> "$copy/log" 2>&1 || { tail -n 30 "$copy/log"; exit 1; }
MODULE=$copy/nf_srtp.ko exec "$top/tests/uml/run.sh" --time-travel "$here/guest.sh"
