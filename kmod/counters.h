/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened to packets, for a namespace, one set of counters a processor. */
#ifndef NF_SRTP_COUNTERS_H
#define NF_SRTP_COUNTERS_H

#include <linux/nf_srtp.h>
#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

enum nf_srtp_way {
	NF_SRTP_TX,
	NF_SRTP_RX,
	NF_SRTP_WAYS,
};

enum { NF_SRTP_DROP_REASONS = NF_SRTP_DROP_REASON_MAX + 1 };

/* Packets and bytes that passed, in clear, headers of RTP and RTCP included. */
struct nf_srtp_passed {
	u64 rtp_packets;
	u64 rtp_bytes;
	u64 rtcp_packets;
	u64 rtcp_bytes;
};

struct nf_srtp_way_counters {
	struct nf_srtp_passed passed;
	u64 other_packets;
	u64 drops[NF_SRTP_DROP_REASONS];
	u64 monitored[NF_SRTP_DROP_REASONS];
};

struct nf_srtp_counters {
	struct u64_stats_sync syncp;
	struct nf_srtp_way_counters way[NF_SRTP_WAYS];
};

static inline void nf_srtp_passed_add(struct nf_srtp_passed *passed, bool rtcp, u32 bytes)
{
	if (unlikely(rtcp)) {
		passed->rtcp_packets++;
		passed->rtcp_bytes += bytes;
	} else {
		passed->rtp_packets++;
		passed->rtp_bytes += bytes;
	}
}

/**
 * nf_srtp_counters_add_passed - count a packet of media that passed
 * @counters: of the namespace
 * @way: sent or received
 * @rtcp: RTCP, else RTP
 * @bytes: its length in clear
 *
 * This and the next two run with bottom halves disabled.
 */
static inline void nf_srtp_counters_add_passed(struct nf_srtp_counters __percpu *counters,
					       enum nf_srtp_way way, bool rtcp, u32 bytes)
{
	struct nf_srtp_counters *mine = this_cpu_ptr(counters);

	u64_stats_update_begin(&mine->syncp);
	nf_srtp_passed_add(&mine->way[way].passed, rtcp, bytes);
	u64_stats_update_end(&mine->syncp);
}

/* Count a packet of another protocol that the policy let pass. */
void nf_srtp_counters_add_other(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way);

/* Count a packet that was dropped, or that only monitoring let pass. */
void nf_srtp_counters_add_drop(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way,
			       enum nf_srtp_drop_reason reason, bool monitored);

/**
 * nf_srtp_counters_sum - add up one way of all processors
 * @counters: of the namespace
 * @way: sent or received
 * @sum: result
 */
void nf_srtp_counters_sum(struct nf_srtp_counters __percpu *counters, enum nf_srtp_way way,
			  struct nf_srtp_way_counters *sum);

#endif
