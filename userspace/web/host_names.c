// SPDX-License-Identifier: Apache-2.0
#include "host_names.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

/* What is no name of DNS is passed over. */
static void name_add(struct host_names *names, const char *name)
{
	size_t len = strlen(name);

	if (!len || len > HOST_NAMES_LEN_MAX || name[strspn(name, letters)] || *name == '.' ||
	    name[len - 1] == '.' || names->count == HOST_NAMES_MAX)
		return;
	for (size_t i = 0; i < names->count; i++)
		if (!strcasecmp(names->names[i], name))
			return;
	memcpy(names->names[names->count++], name, len + 1);
}

static void domains_add(struct host_names *names, const char *label, int len)
{
	char name[HOST_NAMES_LEN_MAX + 2];
	struct __res_state resolver = { 0 };

	if (res_ninit(&resolver))
		return;
	/* One place stays for "localhost". */
	for (char **domain = resolver.dnsrch; *domain; domain++)
		if (names->count < HOST_NAMES_MAX - 1 &&
		    snprintf(name, sizeof(name), "%.*s.%s", len, label, *domain) <
		    (int)sizeof(name))
			name_add(names, name);
	res_nclose(&resolver);
}

void host_names_get(struct host_names *names)
{
	char own[HOST_NAME_MAX + 1];
	size_t label;

	names->count = 0;
	if (!gethostname(own, sizeof(own))) {
		label = strcspn(own, ".");
		name_add(names, own);
		if (label)
			domains_add(names, own, (int)label);
	}
	name_add(names, "localhost");
}

static bool is_port(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && len <= 5 && !text[len];
}

static bool name_is_ours(const char *name)
{
	struct host_names names;
	struct in_addr address;

	if (inet_pton(AF_INET, name, &address) == 1)
		return true;
	host_names_get(&names);
	for (size_t i = 0; i < names.count; i++)
		if (!strcasecmp(name, names.names[i]))
			return true;
	return false;
}

bool host_is_ours(const char *field)
{
	char host[HOST_NAMES_LEN_MAX + 1];
	struct in6_addr address;
	const char *end;
	bool is_six;
	size_t len;

	if (!field)
		return false;
	is_six = *field == '[';
	field += is_six;
	len = strcspn(field, is_six ? "]" : ":");
	if (!len || len >= sizeof(host) || (is_six && !field[len]))
		return false;
	end = field + len + is_six;
	if (*end && (*end != ':' || !is_port(end + 1)))
		return false;
	memcpy(host, field, len);
	host[len] = '\0';
	return is_six ? inet_pton(AF_INET6, host, &address) == 1 : name_is_ours(host);
}
