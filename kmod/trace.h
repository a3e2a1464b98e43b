/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoint of every packet that the module drops or would drop. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nf_srtp

#if !defined(NF_SRTP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NF_SRTP_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "drop.h"

TRACE_EVENT(nf_srtp_drop,
	TP_PROTO(const struct sk_buff *skb, enum nf_srtp_way way,
		 enum nf_srtp_drop_reason reason, bool monitored),
	TP_ARGS(skb, way, reason, monitored),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(unsigned int, len)
		__field(u8, way)
		__field(u8, reason)
		__field(bool, monitored)
	),
	TP_fast_assign(
		__entry->skb = skb;
		__entry->len = skb->len;
		__entry->way = way;
		__entry->reason = reason;
		__entry->monitored = monitored;
	),
	TP_printk("skb=%p len=%u way=%s reason=%s%s", __entry->skb, __entry->len,
		  __entry->way == NF_SRTP_TX ? "tx" : "rx",
		  nf_srtp_drop_name(__entry->reason), __entry->monitored ? " (monitored)" : "")
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
