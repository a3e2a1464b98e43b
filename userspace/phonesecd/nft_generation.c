// SPDX-License-Identifier: Apache-2.0
#include "nft_generation.h"

/* Before the kernel's headers, which leave out what it has. */
#include <netinet/in.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>

#include "route_request.h"

static int on_generation(struct nl_msg *msg, void *into)
{
	struct nlmsghdr *message = nlmsg_hdr(msg);
	struct nlattr *has[NFTA_GEN_MAX + 1];
	uint32_t *generation = into;

	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN) &&
	    nlmsg_parse(message, sizeof(struct nfgenmsg), has, NFTA_GEN_MAX, NULL) >= 0 &&
	    has[NFTA_GEN_ID] && nla_len(has[NFTA_GEN_ID]) == sizeof(*generation))
		*generation = ntohl(nla_get_u32(has[NFTA_GEN_ID]));
	return NL_OK;
}

uint32_t nft_generation(void)
{
	const struct nfgenmsg header = { .version = NFNETLINK_V0 };
	struct route_request request;
	uint32_t generation = 0;
	struct refusal none;

	if (route_request_begin(&request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, 0, &header,
				sizeof(header), &none))
		return 0;
	request.protocol = NETLINK_NETFILTER;
	request.take = on_generation;
	request.into = &generation;
	return route_request_send(&request, &none) ? 0 : generation;
}
