#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a script under the debug kernel, in about a second and without root rights.
#
#   run.sh [--time-travel] [--append ARG] [--memory M] [--timeout SECONDS]
#          [--env NAME=VALUE] SCRIPT [ARGUMENT...]
#
# --time-travel lets the guest's clock jump over idle time: an hour's sleep takes
# seconds. What SCRIPT finds and what the exit status means: tests/machine/job.sh.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=${PHONESEC_BUILD:-$top/build}
out=${OUT:-$build/out}
module=${MODULE:-$build/module/uml/nf_srtp.ko}
memory=512M limit=300 append=() environment=()
# shellcheck source=tests/machine/job.sh
. "$top/tests/machine/job.sh"

while [ $# -gt 0 ]; do
	case $1 in
	--time-travel) append+=(time-travel); shift ;;
	--append) append+=("$2"); shift 2 ;;
	--memory) memory=$2; shift 2 ;;
	--timeout) limit=$2; shift 2 ;;
	--env) environment+=("$2"); shift 2 ;;
	-*) echo "run.sh: unknown option $1" >&2; exit 2 ;;
	*) break ;;
	esac
done
[ $# -gt 0 ] || { echo "run.sh: name the script to run" >&2; exit 2; }
script=$(realpath "$1")
arguments=("${@:2}")

[ -x "$build/uml/linux" ] || "$here/build.sh"
job_create uml
job_run "$build/uml/linux" mem="$memory" rootfstype=hostfs rootflags=/ ro \
	init="$here/init.sh" init_folder="$here" job_folder="$job" out_folder="$out" \
	con0=fd:0,fd:1 con=null panic=1 loglevel=3 log_buf_len=4M kasan_multi_shot kunit.enable=1 \
	"${append[@]}"
job_judge
