// SPDX-License-Identifier: Apache-2.0
#include "nft_generation.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The question; the answer has the same beginning. */
struct message {
	struct nlmsghdr header;
	struct nfgenmsg family;
};

enum { TYPE_NEW = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN };

/* The identifier among the attributes of an answer: big-endian. */
static uint32_t answer_read(const unsigned char *answer, size_t len)
{
	struct message message;
	struct nlattr attribute;
	uint32_t number;

	if (len < sizeof(message))
		return 0;
	memcpy(&message, answer, sizeof(message));
	if (message.header.nlmsg_type != TYPE_NEW)
		return 0;
	for (size_t at = sizeof(message); at + sizeof(attribute) <= len;
	     at += NLA_ALIGN(attribute.nla_len)) {
		memcpy(&attribute, answer + at, sizeof(attribute));
		if (attribute.nla_len < sizeof(attribute))
			return 0;
		if (attribute.nla_type != NFTA_GEN_ID ||
		    at + sizeof(attribute) + sizeof(number) > len)
			continue;
		memcpy(&number, answer + at + sizeof(attribute), sizeof(number));
		return ntohl(number);
	}
	return 0;
}

uint32_t nft_generation(void)
{
	const struct message question = {
		.header = {
			.nlmsg_len = sizeof(question), .nlmsg_flags = NLM_F_REQUEST,
			.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
		},
		.family.version = NFNETLINK_V0,
	};
	/* The kernel has answered when it has taken the question. */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
	unsigned char answer[1024];
	ssize_t len = -1;

	if (fd < 0)
		return 0;
	if (send(fd, &question, sizeof(question), 0) == (ssize_t)sizeof(question))
		len = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	return len > 0 ? answer_read(answer, (size_t)len) : 0;
}
