// SPDX-License-Identifier: Apache-2.0
/* Rules for nft. */
#include <stdio.h>

#include "hardening.h"

/* Each table is there before it goes, so that both ways of beginning are one transaction. */
static const char fresh[] =
	"table arp phonesec\n"
	"delete table arp phonesec\n"
	"table inet phonesec_access\n"
	"delete table inet phonesec_access\n";

/*
 * The kernel learns from each request for one of its addresses, and from each answer. So a request
 * comes to it as a probe (RFC 5227, from 0.0.0.0), which it answers without learning; who asked is
 * written back into the answer. And an answer passes only where it was asked for: to a question to
 * one neighbour from that one alone, to a question to all once. A router that has moved does not
 * answer the former, and is found by the latter.
 */
static const char arp[] =
	"table arp phonesec {\n"
	"	set asked { type ipv4_addr; size 4096; flags dynamic,timeout; timeout 2s; }\n"
	"	set probed { type ipv4_addr . ether_addr; size 4096; flags dynamic,timeout; timeout 2s; }\n"
	"	map askers { type ether_addr . ipv4_addr : ipv4_addr; size 65535;\n"
	"		flags dynamic,timeout; timeout 2s; }\n"
	"	chain input {\n"
	"		type filter hook input priority 0; policy accept;\n"
	"		arp operation request arp saddr ip != 0.0.0.0 jump request\n"
	"		arp operation reply jump reply\n"
	"	}\n"
	"	chain request {\n"
	"		update @askers { arp saddr ether . arp daddr ip : arp saddr ip }\n"
	"		arp saddr ip set 0.0.0.0 accept\n"
	"	}\n"
	"	chain reply {\n"
	"		arp saddr ip . arp saddr ether @probed accept\n"
	"		arp saddr ip @asked delete @asked { arp saddr ip } accept\n"
	"		counter drop\n"
	"	}\n"
	"	chain output {\n"
	"		type filter hook output priority 0; policy accept;\n"
	"		arp operation reply arp daddr ip 0.0.0.0 jump answer\n"
	"		arp operation request arp daddr ether 00:00:00:00:00:00 \\\n"
	"			update @asked { arp daddr ip } accept\n"
	"		arp operation request update @probed { arp daddr ip . arp daddr ether }\n"
	"	}\n"
	"	chain answer {\n"
	"		arp daddr ip set arp daddr ether . arp saddr ip map @askers\n"
	"		delete @askers { arp daddr ether . arp saddr ip : 0.0.0.0 }\n"
	"	}\n"
	"}\n";

size_t hardening_rules(const struct settings *settings, char *text, size_t size)
{
	int len = snprintf(text, size, "%s%s", fresh, settings->garp ? "" : arp), more = 0;

	if (!settings->ssh_access && len > 0 && (size_t)len < size)
		more = snprintf(text + len, size - (size_t)len,
				"table inet phonesec_access {\n"
				"	chain input {\n"
				"		type filter hook input priority -10; policy accept;\n"
				"		iifname != lo tcp dport %u counter drop\n"
				"	}\n"
				"}\n", settings->ssh_port);
	return len > 0 && more >= 0 && (size_t)(len + more) < size ? (size_t)(len + more) : 0;
}
