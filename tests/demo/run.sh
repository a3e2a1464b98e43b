#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A call through phonesec in a virtual machine with Debian's own kernel: phone, call
# manager, far end and attacker in namespaces on one switch. Prints its steps with a
# verdict each and leaves capture, recordings, report.html and summary.json in build/demo.
# A second, short run is in FIPS mode, on a kernel with fips=1; it is in build/demo/fips.
# Exits with 1 when a verdict failed.
#
#   run.sh [--live] [--kernel 6.1|6.12|uml]
#
# "uml" is the debug kernel. --live leaves you in the machine's shell with the call
# running, under a stock kernel only; LIVE=1 means the same.

set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PHONESEC_BUILD=${PHONESEC_BUILD:-$top/build}
folder=$PHONESEC_BUILD/demo
kernel=6.12 live=${LIVE:-}

while [ $# -gt 0 ]; do
	case $1 in
	--live) live=1; shift ;;
	--kernel) kernel=$2; shift 2 ;;
	*) echo "run.sh: unknown option $1" >&2; exit 2 ;;
	esac
done

step() { printf '\n== %s\n' "$*"; }

# work WORDS COMMAND...: shows that it goes on, and what was said only when it fails.
work() {
	local words=$1 log=$folder/work.log begun=$SECONDS status=0 worker
	shift
	"$@" > "$log" 2>&1 &
	worker=$!
	while kill -0 $worker 2> /dev/null; do
		sleep 0.2
		[ $(((SECONDS - begun) % 5)) = 4 ] || continue
		echo "   ... $words, $((SECONDS - begun)) s"
		sleep 1
	done
	wait $worker || status=$?
	if [ $status != 0 ]; then
		tail -n 30 "$log"
		echo "   FAILED  $words"
		exit 1
	fi
	echo "   ok      $words, $((SECONDS - begun)) s"
}

# say END VOICE WORDS: a speech with a second of silence after it, and as many of it as
# the longest call lasts, since a program that reads its microphone to the end is silent.
say() {
	espeak-ng -v "$2" -s 150 -w "$folder/$1.once" "$3"
	sox -V1 --ignore-length -t wav "$folder/$1.once" -b 16 -r 8000 -c 1 \
		"$folder/$1-says.wav" pad 0 1
	sox -V1 "$folder/$1-says.wav" "$folder/$1.wav" repeat 60
	rm "$folder/$1.once"
}

speeches_render() {
	say phone en-us "This is the phone. I speak plain R T P, and know nothing of encryption.
		The kernel takes care of that. Whoever listens on the wire hears noise."
	say far en-gb "And this is the other side. I hear you loud and clear, through a call
		manager that took your call over T L S. Let them flood us, we go on talking."
}

rm -rf "$folder"
mkdir -p "$folder"
step "Building"
if [ "$kernel" = uml ]; then
	release="for debugging"
	work "module for the debug kernel" make -C "$top" --no-print-directory module-uml
	machine=("$top/tests/uml/run.sh" --memory 768M --timeout 900)
else
	release=$("$top/tests/machine/vm.sh" --kernel "$kernel" --release)
	work "module for $release" make -C "$top" --no-print-directory module-kernels \
		KERNELS="$release"
	machine=("$top/tests/machine/vm.sh" --kernel "$release" --memory 1G --timeout 900)
fi
work "phonesecd and phonesec" make -C "$top/userspace" --no-print-directory BUILD="$PHONESEC_BUILD"
work "two speeches, by espeak-ng" speeches_render
# Under emulation the keys would take a minute. They are for this run alone.
work "certificates" /usr/bin/python3 -B "$top/tests/site/certificates.py" "$folder/certificates"
machine+=(--env CERTIFICATES="$folder/certificates" --env PATIENCE=90)

step "A machine with the kernel $release"
if [ -n "$live" ]; then
	OUT=$folder exec "${machine[@]}" --terminal "$top/tests/demo/guest.sh" --live
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$top/tests/site
failed=0
# part FOLDER [--append ARG] SCRIPT [ARGUMENT...]: one machine, and the judgement of its run.
part() {
	local status=0
	OUT=$1 "${machine[@]}" "${@:2}" || status=$?
	python3 "$top/tests/demo/judge.py" "$1" "$status" || failed=1
	echo "Everything is in $1; the report is $1/report.html"
}

part "$folder" "$top/tests/demo/guest.sh"
step "A machine with the kernel $release in FIPS mode (fips=1)"
mkdir "$folder/fips"
cp "$folder"/{phone,far}{,-says}.wav "$folder/fips/"
part "$folder/fips" --append fips=1 "$top/tests/demo/guest.sh" --fips
rm -r "$folder/certificates"
exit "$failed"
