# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # The caller sets what is missing here.
#
# Sourced by the two runners, tests/uml/run.sh and tests/machine/vm.sh: what a job
# in a guest is, and how its end is judged. The caller has set top and build.
#
# A script that runs as a job finds in its environment
#   TOP      the source tree          PHONESEC_BUILD  what was built from it
#   MODULE   nf_srtp.ko for the guest's kernel
#   OUT      a folder that the guest may write and the host keeps
#   TMPDIR   a folder that ends with the guest
# and whatever --env gave it. Its exit status becomes the runner's, except
#   99   the kernel log holds a report that nobody planted, or lacks a planted one
#   124  the time limit was reached   125  the guest ended without a word

# A kernel that says one of these has found a fault.
kernel_reports='BUG:|WARNING:|KASAN:|UBSAN:|KFENCE:|KCSAN:|INFO: |Oops|Kernel panic|ODEBUG:'
kernel_reports+='|general protection|possible (circular|recursive|irq)|bad unlock|suspicious RCU'
kernel_reports+='|kmemleak: [0-9]+ new suspected|rcu.*(stall|self-detected)|refcount_t:'
kernel_reports+='|ref_tracker:|list_(add|del) corruption|waiting for .* to become free'
kernel_reports+='|blocked for more than|(slab|kmem_cache).*(remaining|corrupt)|still has objects'
kernel_reports+='|sleeping function|scheduling while atomic|were not freed'

# job_create KIND: a new folder for one job, named in $job. Needs script, arguments,
# module, out and environment (an array of NAME=VALUE) from the caller.
job_create() {
	mkdir -p "$build/jobs" "$out"
	job=$(mktemp -d "$build/jobs/$1.XXXXXX")
	{
		printf 'export TOP=%q PHONESEC_BUILD=%q OUT=%q MODULE=%q\n' \
			"$top" "$build" "$out" "$module"
		[ ${#environment[@]} = 0 ] || printf 'export %q\n' "${environment[@]}"
		printf 'command=('
		printf '%q ' "$script" "${arguments[@]}"
		printf ')\n'
	} > "$job/command"
	: > "$job/expected"
}

# job_run COMMAND...: runs the guest within $limit seconds and prints what the job says.
# With the boot and the end around it, all of that stays in the folder as "console".
job_run() {
	{
		echo 0 > "$job/runner-status"
		timeout -s KILL "$limit" "$@" < /dev/null 2>&1 || echo $? > "$job/runner-status"
	} 2> /dev/null | sed -u 's/\r$//' | tee "$job/console" |
		sed -u -n '/^phonesec: begin of the job$/,/^phonesec: end of the job$/{//!p}'
}

# job_reports: the lines of the kernel log that report a fault and were not planted.
job_reports() {
	awk -v reports="$kernel_reports" '
		FILENAME == ARGV[1] { planted[++count] = $0; next }
		$0 ~ reports {
			for (i = 1; i <= count; i++) if ($0 ~ planted[i]) next
			print FNR ":" $0
		}' "$job/expected" "$job/kernel.log"
}

# job_judge: prints what is wrong with an ended job and exits with
# the status of the runner. A good job's folder is removed, a bad one's is kept.
job_judge() {
	local bad=0 reports line pattern status
	if [ "$(cat "$job/runner-status")" = 137 ]; then
		status=124
		echo "not ok guest: the time limit of $limit s was reached"
	elif [ ! -s "$job/status" ]; then
		status=125
		echo "not ok guest: it ended without a word"
	else
		status=$(cat "$job/status")
	fi
	touch "$job/kernel.log"
	reports=$(job_reports)
	if [ -n "$reports" ]; then
		bad=1
		line=${reports%%:*}
		echo "not ok kernel-log: $(wc -l <<< "$reports") lines report a fault; from the first one on:"
		sed -n "$((line > 2 ? line - 2 : 1)),$((line + 60))p" "$job/kernel.log"
	fi
	while IFS= read -r pattern; do
		grep -qE -- "$pattern" "$job/kernel.log" && continue
		bad=1
		echo "not ok kernel-log: the planted report '$pattern' did not come"
	done < "$job/expected"
	case $status in
	124 | 125)
		# Before the job began there is nothing but the console.
		tail -n 30 "$job/console" "$job/kernel.log" ;;
	*) [ $bad = 0 ] || status=99 ;;
	esac
	if [ "$status" = 0 ]; then
		rm -rf "$job"
	else
		echo "guest: exit status $status, kernel log in $job/kernel.log"
	fi
	exit "$status"
}
