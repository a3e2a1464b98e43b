/* SPDX-License-Identifier: Apache-2.0 */
/* The names of this phone. */
#ifndef PHONESEC_WEB_HOST_NAMES_H
#define PHONESEC_WEB_HOST_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum {
	HOST_NAMES_MAX = 8,
	HOST_NAMES_LEN_MAX = 253, /* bytes of a name, of which DNS has no more */
};

struct host_names {
	char names[HOST_NAMES_MAX][HOST_NAMES_LEN_MAX + 1];
	size_t count;
};

/**
 * host_names_get - the host name, and it within the domains of the resolver (resolv.conf(5))
 * @names: filled in, "localhost" last; none twice
 *
 * Nothing is asked of the network.
 */
void host_names_get(struct host_names *names);

/**
 * host_is_ours - whether a request is meant for this phone
 * @field: "NAME", "ADDRESS" or "[ADDRESS]" of IPv6, each with ":PORT" or without (RFC 9110, 7.2),
 *	   or NULL
 *
 * Any address is ours, since no name leads there; what is of another form is not.
 */
bool host_is_ours(const char *field);

#endif
