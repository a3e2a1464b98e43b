/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that trust verification servers vouched for, each for its roles and its time. */
#ifndef PHONESECD_VOUCHED_H
#define PHONESECD_VOUCHED_H

#include <openssl/x509.h>

#include "settings.h"

enum vouched_limits {
	VOUCHED_MAX = 64, /* certificates; whose time ends first makes room */
	/* Seconds for which a server's word is taken, whatever it says. */
	VOUCHED_MIN_S = 60,
	VOUCHED_MAX_S = 7 * 86400,
};

/**
 * struct vouched_certificate - one of them
 * @certificate: the very certificate
 * @roles: of trust lists, as bits (TRUST_ROLE_BIT())
 * @from, @until: seconds since 1970. Before @from the clock was set back, and it counts no more
 * @server: who said so
 */
struct vouched_certificate {
	X509 *certificate;
	uint32_t roles;
	int64_t from;
	int64_t until;
	char server[SETTINGS_HOST_MAX];
};

struct vouched {
	struct vouched_certificate *list;
	size_t count;
};

/**
 * vouched_load - read those whose time has not ended
 * @vouched: filled in, the caller's until vouched_clear()
 * @settings: names the folder
 * @why: on refusal the reason
 *
 * A file that cannot be used is as good as none: nobody is trusted for it.
 *
 * Return: 0, or the -errno of the reason.
 */
int vouched_load(struct vouched *vouched, const struct settings *settings, struct refusal *why);
void vouched_clear(struct vouched *vouched);

/**
 * vouched_add - remember what a server said, in place of what was said of this certificate before
 * @settings: names the folder
 * @certificate: the very one
 * @roles: as bits
 * @ttl_s: seconds for which it holds; brought into the limits
 * @server: who said so
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int vouched_add(const struct settings *settings, X509 *certificate, uint32_t roles,
		uint32_t ttl_s, const char *server, struct refusal *why);

/* Forgets all of them. */
int vouched_forget(const struct settings *settings, struct refusal *why);

#endif
