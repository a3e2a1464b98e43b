// SPDX-License-Identifier: Apache-2.0
#include "capture_rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BATCH_MAX = 65536,
	/* Bytes that one rule takes at most, with room to spare. */
	RULE_MAX = 2048,
	PORT_LEN = 2,
	ANSWER_MAX = 8192,
};

/* By direction: the hook, and where the address and the port of this host are. */
static const struct direction {
	const char *chain;
	uint32_t hook;
	uint32_t address4_at;
	uint32_t address6_at;
	uint32_t port_at;
} directions[] = {
	{ "received", NF_INET_LOCAL_IN, 16, 24, 2 },
	{ "sent", NF_INET_LOCAL_OUT, 12, 8, 0 },
};

struct capture_rules {
	struct mnl_socket *socket;
	uint16_t group;
	uint32_t sequence;
	char table[32];
	char *memory;
	struct mnl_nlmsg_batch *batch;
};

static struct nlmsghdr *message_begin(struct capture_rules *rules, uint16_t type, uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(mnl_nlmsg_batch_current(rules->batch), type, NFPROTO_INET,
				     flags | NLM_F_ACK, rules->sequence);
}

static void message_end(struct capture_rules *rules)
{
	mnl_nlmsg_batch_next(rules->batch);
}

static void batch_begin(struct capture_rules *rules)
{
	mnl_nlmsg_batch_reset(rules->batch);
	nftnl_batch_begin(mnl_nlmsg_batch_current(rules->batch), ++rules->sequence);
	message_end(rules);
}

/* Waits for the answer to each of @messages; the first that is refused tells why. */
static int batch_send(struct capture_rules *rules, size_t messages, struct refusal *why)
{
	char answer[ANSWER_MAX];
	ssize_t got = 0;
	int err = 0;

	nftnl_batch_end(mnl_nlmsg_batch_current(rules->batch), rules->sequence);
	message_end(rules);
	if (mnl_socket_sendto(rules->socket, mnl_nlmsg_batch_head(rules->batch),
			      mnl_nlmsg_batch_size(rules->batch)) < 0)
		err = errno;
	while (!err && messages-- && got >= 0) {
		got = mnl_socket_recvfrom(rules->socket, answer, sizeof(answer));
		if (got < 0 || mnl_cb_run(answer, (size_t)got, rules->sequence,
					  mnl_socket_get_portid(rules->socket), NULL, NULL) < 0)
			err = errno;
	}
	if (err == EPERM)
		return refusal_set(why, REASON_NOT_ALLOWED, "rules that copy packets");
	return err ? refusal_set(why, REASON_SYSTEM, "rules that copy packets (nf_tables, "
				 "nft_log): %s", strerror(err)) : 0;
}

static bool table_add(struct capture_rules *rules)
{
	struct nftnl_table *table = nftnl_table_alloc();

	if (!table)
		return false;
	nftnl_table_set_str(table, NFTNL_TABLE_NAME, rules->table);
	nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	nftnl_table_nlmsg_build_payload(message_begin(rules, NFT_MSG_NEWTABLE,
						      NLM_F_CREATE | NLM_F_EXCL), table);
	message_end(rules);
	nftnl_table_free(table);
	return true;
}

static bool chain_add(struct capture_rules *rules, const struct direction *direction)
{
	struct nftnl_chain *chain = nftnl_chain_alloc();

	if (!chain)
		return false;
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, rules->table);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, direction->chain);
	nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, direction->hook);
	nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, NF_IP_PRI_FILTER);
	nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	nftnl_chain_nlmsg_build_payload(message_begin(rules, NFT_MSG_NEWCHAIN, NLM_F_CREATE),
					chain);
	message_end(rules);
	nftnl_chain_free(chain);
	return true;
}

static bool expr_add(struct nftnl_rule *rule, struct nftnl_expr *expr)
{
	if (expr)
		nftnl_rule_add_expr(rule, expr);
	return expr;
}

/* What was loaded into the register must be this. */
static bool compare_add(struct nftnl_rule *rule, const void *value, uint32_t len)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("cmp");

	if (!expr_add(rule, expr))
		return false;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
	nftnl_expr_set(expr, NFTNL_EXPR_CMP_DATA, value, len);
	return true;
}

static bool meta_match(struct nftnl_rule *rule, uint32_t key, uint8_t value)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("meta");

	if (!expr_add(rule, expr))
		return false;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, NFT_REG_1);
	return compare_add(rule, &value, sizeof(value));
}

static bool payload_match(struct nftnl_rule *rule, uint32_t base, uint32_t at, const void *value,
			  uint32_t len)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("payload");

	if (!expr_add(rule, expr))
		return false;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, at);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, len);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
	return compare_add(rule, value, len);
}

/* Each copy is handed out at once, so that its time is right. */
static bool copy_add(struct nftnl_rule *rule, uint16_t group)
{
	struct nftnl_expr *expr = nftnl_expr_alloc("log");

	if (!expr_add(rule, expr))
		return false;
	nftnl_expr_set_u16(expr, NFTNL_EXPR_LOG_GROUP, group);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_LOG_QTHRESHOLD, 1);
	return true;
}

static bool rule_fill(struct nftnl_rule *rule, const struct direction *direction,
		      const struct media_address *address, uint16_t group)
{
	const uint16_t port = htons(address->port);
	bool is4 = address->len == 4;

	return meta_match(rule, NFT_META_NFPROTO, is4 ? NFPROTO_IPV4 : NFPROTO_IPV6) &&
	       meta_match(rule, NFT_META_L4PROTO, IPPROTO_UDP) &&
	       payload_match(rule, NFT_PAYLOAD_NETWORK_HEADER,
			     is4 ? direction->address4_at : direction->address6_at,
			     address->bytes, address->len) &&
	       payload_match(rule, NFT_PAYLOAD_TRANSPORT_HEADER, direction->port_at, &port,
			     PORT_LEN) &&
	       copy_add(rule, group);
}

static bool rule_add(struct capture_rules *rules, const struct direction *direction,
		     const struct media_address *address)
{
	struct nftnl_rule *rule = nftnl_rule_alloc();
	bool filled;

	if (!rule)
		return false;
	nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, rules->table);
	nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, direction->chain);
	filled = rule_fill(rule, direction, address, rules->group);
	if (filled) {
		nftnl_rule_nlmsg_build_payload(message_begin(rules, NFT_MSG_NEWRULE,
							     NLM_F_CREATE | NLM_F_APPEND), rule);
		message_end(rules);
	}
	nftnl_rule_free(rule);
	return filled;
}

/* All rules of the table. */
static bool rules_remove(struct capture_rules *rules)
{
	struct nftnl_rule *all = nftnl_rule_alloc();

	if (!all)
		return false;
	nftnl_rule_set_str(all, NFTNL_RULE_TABLE, rules->table);
	nftnl_rule_nlmsg_build_payload(message_begin(rules, NFT_MSG_DELRULE, 0), all);
	message_end(rules);
	nftnl_rule_free(all);
	return true;
}

int capture_rules_set(struct capture_rules *rules, const struct media_address *addresses,
		      size_t count, struct refusal *why)
{
	size_t messages = 1;
	bool made;

	batch_begin(rules);
	made = rules_remove(rules);
	for (size_t i = 0; made && i < count; i++)
		for (size_t d = 0; made && d < sizeof(directions) / sizeof(directions[0]); d++) {
			made = mnl_nlmsg_batch_size(rules->batch) + RULE_MAX < BATCH_MAX &&
			       rule_add(rules, &directions[d], &addresses[i]);
			messages++;
		}
	return made ? batch_send(rules, messages, why) :
		      refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

static int table_create(struct capture_rules *rules, struct refusal *why)
{
	rules->memory = malloc(BATCH_MAX + RULE_MAX);
	rules->batch = rules->memory ? mnl_nlmsg_batch_start(rules->memory, BATCH_MAX) : NULL;
	if (!rules->batch)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	rules->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!rules->socket || mnl_socket_bind(rules->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return refusal_set(why, REASON_SYSTEM, "netfilter: %s", strerror(errno));
	(void)snprintf(rules->table, sizeof(rules->table), "phonesec_capture_%d", getpid());
	batch_begin(rules);
	if (!table_add(rules) || !chain_add(rules, &directions[0]) ||
	    !chain_add(rules, &directions[1]))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return batch_send(rules, 3, why);
}

int capture_rules_open(struct capture_rules **result, uint16_t group, struct refusal *why)
{
	struct capture_rules *rules = calloc(1, sizeof(*rules));
	int err;

	*result = NULL;
	if (!rules)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	rules->group = group;
	err = table_create(rules, why);
	if (err)
		capture_rules_close(rules);
	else
		*result = rules;
	return err;
}

void capture_rules_close(struct capture_rules *rules)
{
	if (!rules)
		return;
	if (rules->socket)
		(void)mnl_socket_close(rules->socket);
	if (rules->batch)
		mnl_nlmsg_batch_stop(rules->batch);
	free(rules->memory);
	free(rules);
}
