// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/string.h>

#include "counters.h"

void nf_srtp_counters_add_other(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way)
{
	struct nf_srtp_counters *mine = this_cpu_ptr(counters);

	u64_stats_update_begin(&mine->syncp);
	mine->way[way].other_packets++;
	u64_stats_update_end(&mine->syncp);
}

void nf_srtp_counters_add_drop(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way,
			       enum nf_srtp_drop_reason reason, bool monitored)
{
	struct nf_srtp_counters *mine = this_cpu_ptr(counters);

	u64_stats_update_begin(&mine->syncp);
	if (monitored)
		mine->way[way].monitored[reason]++;
	else
		mine->way[way].drops[reason]++;
	u64_stats_update_end(&mine->syncp);
}

/* Every member is a u64, so the structure adds up as an array of them. */
void nf_srtp_counters_sum(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way,
			  struct nf_srtp_way_counters *sum)
{
	enum { COUNT = sizeof(*sum) / sizeof(u64) };
	struct nf_srtp_way_counters copy;
	unsigned int start;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct nf_srtp_counters *one = per_cpu_ptr(counters, cpu);

		do {
			start = u64_stats_fetch_begin(&one->syncp);
			copy = one->way[way];
		} while (u64_stats_fetch_retry(&one->syncp, start));
		for (i = 0; i < COUNT; i++)
			((u64 *)sum)[i] += ((u64 *)&copy)[i];
	}
}
