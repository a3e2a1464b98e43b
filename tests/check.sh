#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs the stages of `make check`, three at a time, and counts their tests. The output
# of each is kept in build/check/STAGE.log; a stage that prints no result lines
# counts as one test.
#
#   check.sh [--fast | --slow | --list] [STAGE...]
#
# --fast leaves out what needs a virtual machine or installs something, --slow runs
# the proofs that take too long for every day instead. Naming stages runs only these
# and what they need.

set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top" || exit 1
export PHONESEC_BUILD=${PHONESEC_BUILD:-$top/build}
logs=$PHONESEC_BUILD/check
jobs_at_once=3
limit=1800

names=()
declare -A needs commands state started

# stage NAME "NEEDED STAGES" COMMAND...
stage() {
	names+=("$1")
	needs[$1]=$2
	commands[$1]=$(printf '%q ' "${@:3}")
}

release_of() { tests/machine/vm.sh --kernel "$1" --release; }

# stages_of_tests PREFIX TEST...: each boots on its own; a line "# uml: OPTIONS" in it is
# for the runner.
stages_of_tests() {
	local prefix=$1 test name options
	shift
	for test; do
		name=${test##*/}
		name=${name#*_}
		read -ra options < <(sed -n 's/^# uml: //p' "$test" 2> /dev/null)
		stage "$prefix-${name%.sh}" "module-uml programs" \
			tests/uml/run.sh "${options[@]}" "$test"
	done
}

stages_under_uml() {
	stage kunit debug-kernel tests/kunit/run.sh
	stage faults debug-kernel tests/faults/run.sh
	stages_of_tests uml tests/namespace/test_*.sh
	stages_of_tests site tests/site/test_*.sh
	stage uml-interop "module-uml programs" tests/uml/run.sh --timeout 900 tests/interop/all.sh
}

stages_without_machine() {
	stage debug-kernel "" tests/uml/build.sh
	stage style "" tests/style.sh
	stage unit "" make -C tests/unit BUILD="$PHONESEC_BUILD" check
	stage programs "" make programs
	# The stages of the daemon are built from the same objects.
	stage daemon-build "programs" make -C tests/unit-daemon BUILD="$PHONESEC_BUILD" all
	stage daemon-scripts "daemon-build" make -C userspace BUILD="$PHONESEC_BUILD" check-scripts
	stage dot1x "daemon-build" make -C userspace BUILD="$PHONESEC_BUILD" check-dot1x
	stage daemon-parts "daemon-build" make -C userspace BUILD="$PHONESEC_BUILD" check-parts
	stage helper "programs" make -C userspace BUILD="$PHONESEC_BUILD" check-helper
	stage web "programs" make -C userspace BUILD="$PHONESEC_BUILD" check-web
	stage fuzz "" make -C tests/fuzz BUILD="$PHONESEC_BUILD" smoke
	stage contract debug-kernel include/netlink/generate.sh --check
	stage checkpatch debug-kernel tests/static/module.sh checkpatch
	stage module-clang debug-kernel tests/static/module.sh clang
	stage module-uml debug-kernel make module-uml
	stages_under_uml
}

stages_with_machine() {
	local series release
	# It writes below /lib/modules, from where the machines load theirs.
	stage dkms "" tests/static/dkms.sh
	for series in 6.1 6.12; do
		release=$(release_of $series)
		stage "module-$series" "" tests/static/module.sh gcc "$release"
		stage "sparse-$series" "" tests/static/module.sh sparse "$release"
		stage "vm-$series" "module-$series programs dkms" tests/machine/vm.sh \
			--kernel "$series" --timeout 1700 tests/namespace/brief.sh
	done
	stage bench "module-6.12 programs dkms" tests/bench/run.sh --check
}

stages_slow() {
	local series release
	stage debug-kernel "" tests/uml/build.sh
	stage module-uml debug-kernel make module-uml
	stage programs "" make programs
	stages_of_tests slow tests/namespace/slow_*.sh tests/site/slow_*.sh
	for series in 6.1 6.12; do
		release=$(release_of $series)
		stage "module-$series" "" tests/static/module.sh gcc "$release"
		stage "vm-all-$series" "module-$series programs" \
			tests/machine/vm.sh --kernel "$series" --timeout 1700 tests/namespace/all.sh
	done
	stage mutate "" make -C tests/unit BUILD="$PHONESEC_BUILD" mutate
	stage fuzz-long "" make -C tests/fuzz BUILD="$PHONESEC_BUILD" long FUZZ_SECONDS=600
}

# stage_start NAME: in the background; its exit status goes beside its log.
stage_start() {
	state[$1]=running
	started[$1]=$SECONDS
	rm -f "$logs/$1.status"
	{
		status=0
		timeout -k 10 $limit bash -c "${commands[$1]}" \
			> "$logs/$1.log" 2>&1 < /dev/null || status=$?
		echo "$status" > "$logs/$1.status"
	} &
}

passed=0 failed=0 skipped=0
# stage_count NAME STATUS: adds the tests in its log to the sums.
stage_count() {
	local log=$logs/$1.log good bad left_out
	# Beside our own lines, those of cmocka.
	good=$(grep -cE '^ok |^\[ +OK \] ' "$log")
	bad=$(grep -E '^not ok |^\[ +FAILED +\] [a-z]' "$log" | sort -u | wc -l)
	left_out=$(grep -cE '^ok .*# skip' "$log")
	[ "$2" = 0 ] || [ "$bad" -gt 0 ] || bad=1
	[ $((good + bad)) -gt 0 ] || good=1
	passed=$((passed + good - left_out))
	failed=$((failed + bad))
	skipped=$((skipped + left_out))
}

# stage_end NAME: judges a stage that has left its exit status.
stage_end() {
	local status
	status=$(cat "$logs/$1.status")
	stage_count "$1" "$status"
	if [ "$status" = 0 ] && ! grep -qE '^not ok ' "$logs/$1.log"; then
		state[$1]=passed
		printf 'ok     %-24s %4d s\n' "$1" $((SECONDS - started[$1]))
	else
		state[$1]=failed
		printf 'FAILED %-24s %4d s, exit status %s, %s\n' \
			"$1" $((SECONDS - started[$1])) "$status" "$logs/$1.log"
		grep -E '^not ok ' "$logs/$1.log" | head -n 40
		tail -n 25 "$logs/$1.log" | sed 's/^/    /'
	fi
}

# stage_ready NAME: 0 when it may start, 1 when it must wait. A stage whose need
# failed fails with it.
stage_ready() {
	local need
	for need in ${needs[$1]}; do
		case ${state[$need]:-waiting} in
		passed) ;;
		failed)
			state[$1]=failed
			failed=$((failed + 1))
			printf 'FAILED %-24s because it needs %s\n' "$1" "$need"
			return 1 ;;
		*) return 1 ;;
		esac
	done
}

running() {
	local name count=0
	for name in "${names[@]}"; do
		[ "${state[$name]:-}" != running ] || count=$((count + 1))
	done
	echo $count
}

stages_run() {
	local name left=1
	while [ $left -gt 0 ]; do
		left=0
		for name in "${names[@]}"; do
			case ${state[$name]:-waiting} in
			waiting)
				left=$((left + 1))
				[ "$(running)" -lt $jobs_at_once ] || continue
				! stage_ready "$name" || stage_start "$name" ;;
			running)
				left=$((left + 1))
				[ ! -s "$logs/$name.status" ] || stage_end "$name" ;;
			esac
		done
		sleep 0.2
	done
}

# stages_keep NAME...: only these and what they need.
stages_keep() {
	local name need kept=" $* " more=1
	for name; do
		[ -z "${commands[$name]:-}" ] || continue
		echo "check: there is no stage $name" >&2
		exit 2
	done
	while [ $more = 1 ]; do
		more=0
		for name in $kept; do
			for need in ${needs[$name]}; do
				[[ $kept == *" $need "* ]] || { kept+="$need "; more=1; }
			done
		done
	done
	for name in "${!names[@]}"; do
		[[ $kept == *" ${names[$name]} "* ]] || unset "names[$name]"
	done
}

option=
case ${1:-} in --*) option=$1; shift ;; esac
case $option in
--fast) stages_without_machine ;;
--slow) stages_slow ;;
"" | --list) stages_without_machine; stages_with_machine ;;
*) echo "check: unknown option $option" >&2; exit 2 ;;
esac
[ $# = 0 ] || stages_keep "$@"
if [ "$option" = --list ]; then
	printf '%s\n' "${names[@]}"
	exit 0
fi

mkdir -p "$logs"
stages_run
wait
for name in "${names[@]}"; do
	sed -n "s/^ok \(.*\) # skip: /skipped $name: \1: /p" "$logs/$name.log" 2> /dev/null
done
echo "all stages took $SECONDS s"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
