// SPDX-License-Identifier: Apache-2.0
#include "pc_rules.h"

#include <inttypes.h>
/* Before the kernel's headers, which leave out what it has. */
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nft_script.h"
#include "route_request.h"

#define TABLE "phonesec_pc"

enum { MARK_SIZE = 17 };

/* Types that tag or wrap a frame: 802.1Q, 802.1ad and its forerunners, 802.1ah, VN-tag, 802.1BR. */
#define TAGS "{ 0x8100, 0x88a8, 0x9100, 0x9200, 0x9300, 0x88e7, 0x8926, 0x893f }"

/**
 * struct pc_rules - nft, until it has done it
 * @events, @owner: as given
 * @nft: NULL afterwards
 */
struct pc_rules {
	const struct pc_rules_events *events;
	void *owner;
	struct child *nft;
};

/* Nothing of the one table is missing at any moment: nft does all of it or none. */
static const char head[] = "table bridge " TABLE "\n"
			   "delete table bridge " TABLE "\n";

/*
 * Fields are by bit, as nft takes parts of names to mean that there is no tag. A priority tag
 * (VLAN 0) is no VLAN; a switch may take it off, so that what is within counts.
 */
static const char tagged[] = "chain tagged {\n"
			     "@ll,96,16 != 0x8100 drop\n"
			     "@ll,112,16 & 0x0fff != 0 drop\n"
			     "@ll,128,16 < 0x0600 drop\n"
			     "@ll,128,16 " TAGS " drop\n"
			     "}\n";

/*
 * What speaks for the phone at the switch: CDP, DTP, VTP and ISL by their groups, registration of
 * VLANs (GVRP, MVRP), LLDP to whomever. Switches look for a tag behind SNAP as well.
 */
static const char forged[] = "ether daddr & fd:ff:ff:00:00:00 == 01:00:0c:00:00:00 drop\n"
			     "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:20 drop\n"
			     "@ll,96,16 0x88cc drop\n"
			     "@ll,96,16 " TAGS " @ll,128,16 0x88cc drop\n"
			     "@ll,96,16 < 0x0600 "
			     "@ll,112,48 { 0xaaaa03000000, 0xaaaa030000f8 } drop\n";

static void chains_write(FILE *stream, const char *port, const struct pc_port_policy *policy)
{
	const char *tags = policy->has_voice_vlan ? "" : "@ll,96,16 " TAGS " jump tagged\n";

	if (!policy->is_enabled)
		tags = "drop\n";
	fprintf(stream, "%schain from_pc {\ntype filter hook prerouting priority -300\n"
			"iifname != \"%s\" accept\n%s%s}\n", tagged, port, forged, tags);
	fprintf(stream, "chain to_pc {\ntype filter hook postrouting priority 300\n"
			"oifname != \"%s\" accept\n%s}\n", port, tags);
}

/* Of the whole text (FNV-1a, 64 bits), so that rules of another version are others. */
static void mark_make(char mark[MARK_SIZE], const char *chains)
{
	uint64_t hash = 0xcbf29ce484222325;

	while (*chains)
		hash = (hash ^ (unsigned char)*chains++) * 0x100000001b3;
	snprintf(mark, MARK_SIZE, "%016" PRIx64, hash);
}

/* Returns the chains, to be freed, and their mark; NULL without memory. */
static char *chains_make(const char *port, const struct pc_port_policy *policy,
			 char mark[MARK_SIZE])
{
	char *chains = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&chains, &len);

	if (!stream)
		return NULL;
	chains_write(stream, port, policy);
	if (fclose(stream)) {
		free(chains);
		return NULL;
	}
	mark_make(mark, chains);
	return chains;
}

/* All of it for nft, to be freed; NULL without memory. */
static char *script_make(const char *port, const struct pc_port_policy *policy)
{
	char mark[MARK_SIZE], *chains, *script = NULL;
	int len;

	if (!*port)
		return strdup(head);
	chains = chains_make(port, policy, mark);
	if (!chains)
		return NULL;
	len = asprintf(&script, "%stable bridge " TABLE " {\ncomment \"%s\"\n%s}\n", head, mark,
		       chains);
	free(chains);
	return len < 0 ? NULL : script;
}

static unsigned int rules_count(const char *chains)
{
	unsigned int count = 0;

	for (const char *line = chains; *line; line = strchr(line, '\n') + 1)
		count += *line != '}' && strncmp(line, "chain ", 6) && strncmp(line, "type ", 5);
	return count;
}

/**
 * struct pc_table - what the kernel has of the table
 * @mark: that it is to have
 * @is_marked: it has
 * @rules: in all its chains
 */
struct pc_table {
	char mark[MARK_SIZE];
	bool is_marked;
	unsigned int rules;
};

static int on_rule(struct nl_msg *msg, void *into)
{
	struct pc_table *table = into;

	table->rules += nlmsg_hdr(msg)->nlmsg_type ==
			(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE);
	return NL_OK;
}

static int on_table(struct nl_msg *msg, void *into)
{
	struct nlmsghdr *message = nlmsg_hdr(msg);
	struct nlattr *has[NFTA_TABLE_MAX + 1];
	struct pc_table *table = into;

	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE) &&
	    nlmsg_parse(message, sizeof(struct nfgenmsg), has, NFTA_TABLE_MAX, NULL) >= 0 &&
	    has[NFTA_TABLE_USERDATA])
		table->is_marked = memmem(nla_data(has[NFTA_TABLE_USERDATA]),
					  (size_t)nla_len(has[NFTA_TABLE_USERDATA]),
					  table->mark, sizeof(table->mark));
	return NL_OK;
}

/* Asks for what the kernel has of the table; @name is the attribute that names it. */
static bool table_ask(struct pc_table *table, uint16_t what, int flags, int name,
		      int (*take)(struct nl_msg *msg, void *into))
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_BRIDGE };
	struct route_request request;
	struct refusal none;

	if (route_request_begin(&request, NFNL_SUBSYS_NFTABLES << 8 | what, flags, &header,
				sizeof(header), &none))
		return false;
	request.protocol = NETLINK_NETFILTER;
	request.take = take;
	request.into = table;
	route_request_put_text(&request, name, TABLE);
	return !route_request_send(&request, &none);
}

/* The mark stays where somebody empties the chains, so that rules are counted as well. */
bool pc_rules_are(const char *port, const struct pc_port_policy *policy)
{
	struct pc_table table = { 0 };
	char *chains = chains_make(port, policy, table.mark);
	unsigned int wanted = chains ? rules_count(chains) : 0;

	free(chains);
	return wanted &&
	       table_ask(&table, NFT_MSG_GETTABLE, 0, NFTA_TABLE_NAME, on_table) &&
	       table.is_marked &&
	       table_ask(&table, NFT_MSG_GETRULE, NLM_F_DUMP, NFTA_RULE_TABLE, on_rule) &&
	       table.rules == wanted;
}

/* The kernel takes nearly everything as a name, nft does not. */
static bool is_name(const char *port)
{
	return !port[strspn(port, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789.-_@")];
}

static void on_ended(void *owner, const struct refusal *why)
{
	struct pc_rules *rules = owner;
	struct refusal told = { 0 };

	if (why->code == REASON_NONE) {
		child_free(rules->nft);
		rules->nft = NULL;
	} else {
		(void)refusal_set(&told, REASON_RULES_REFUSED, "%s", why->detail);
	}
	rules->events->told(rules->owner, &told);
}

int pc_rules_put(struct pc_rules **rules, sd_event *event, const struct settings *settings,
		 const char *port, const struct pc_port_policy *policy,
		 const struct pc_rules_events *events, void *owner, struct refusal *why)
{
	static const struct child_events child_events = { .ended = on_ended };
	struct nft_script script = { .program = settings->nft, .is_tried_again = true };
	struct pc_rules *made;
	char *text;
	int err;

	*rules = NULL;
	if (!is_name(port))
		return refusal_set(why, REASON_RULES_REFUSED, "the name '%s'", port);
	made = calloc(1, sizeof(*made));
	script.text = text = script_make(port, policy);
	if (made && text) {
		made->events = events;
		made->owner = owner;
		err = nft_script_run(&made->nft, event, &script, &child_events, made, why);
	} else {
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	free(text);
	if (err)
		free(made);
	else
		*rules = made;
	return err;
}

void pc_rules_free(struct pc_rules *rules)
{
	if (!rules)
		return;
	child_free(rules->nft);
	free(rules);
}
