// SPDX-License-Identifier: Apache-2.0
/*
 * Many sessions over one netlink connection, as fast as a program can make them.
 *
 *   sessions add COUNT LOCAL REMOTE    IPv4 ADDRESS:PORT of the first; prints
 *                                      "sessions=N elapsed_ns=N"
 *   sessions clear                     ends all sessions of the namespace
 *   sessions module                    prints "sessions=N session_bytes=N driver=NAME"
 *   sessions counters                  prints "sent=N received=N dropped=N"
 */
#include <arpa/inet.h>
#include <sys/random.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../userspace/lib/media_netlink.h"
#include "flow.h"

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void must(int error, const struct refusal *why)
{
	if (error)
		errx(1, "%s %s", reason_words(why->code)->text, why->detail);
}

static void address_parse(struct media_address *address, char *text)
{
	char *colon = strchr(text, ':');

	if (!colon)
		errx(2, "%s: ADDRESS:PORT is due", text);
	*colon = 0;
	address->len = sizeof(struct in_addr);
	address->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	if (inet_pton(AF_INET, text, address->bytes) != 1)
		errx(2, "%s: no IPv4 address", text);
}

/*
 * A key must not serve both directions, nor two sessions one after the other; what
 * is received is sealed with flow_master itself.
 */
static struct sdes key_new(bool sent)
{
	struct sdes key = {
		.suite = NF_SRTP_SUITE_AEAD_AES_256_GCM,
		.master = secret_new(FLOW_MASTER_LEN),
		.lifetime = SDES_LIFETIME_MAX,
	};
	uint8_t own[FLOW_MASTER_LEN];
	size_t i;

	if (sent && getrandom(own, sizeof(own), 0) != sizeof(own))
		err(1, "getrandom");
	for (i = 0; key.master && i < FLOW_MASTER_LEN; i++)
		secret_append(key.master, sent ? own[i] : flow_master[i]);
	if (!key.master)
		err(1, "memory for a key");
	return key;
}

static void sessions_add(struct media_link *link, char *count_text, char *local, char *remote)
{
	struct sdes sent = key_new(true), received = key_new(false);
	struct media_session_change change = {
		.suite = sent.suite, .tx.key = &sent, .rx.key = &received,
	};
	unsigned long i, count = strtoul(count_text, NULL, 10);
	struct refusal why;
	uint64_t began;
	uint32_t id;

	address_parse(&change.local, local);
	address_parse(&change.remote, remote);
	began = nanoseconds();
	for (i = 0; i < count; i++) {
		change.local.rtcp_port = change.local.port + 1;
		change.remote.rtcp_port = change.remote.port + 1;
		must(media_session_new(link, &change, &id, &why), &why);
		change.local.port += FLOW_PORT_STEP;
		change.remote.port += FLOW_PORT_STEP;
	}
	printf("sessions=%lu elapsed_ns=%llu\n", count,
	       (unsigned long long)(nanoseconds() - began));
	sdes_clear(&sent);
	sdes_clear(&received);
}

static void sessions_clear(struct media_link *link)
{
	struct media_session *sessions;
	struct refusal why;
	size_t i, count;

	must(media_sessions_list(link, &sessions, &count, &why), &why);
	for (i = 0; i < count; i++)
		must(media_session_del(link, sessions[i].id, 0, &why), &why);
	media_sessions_free(sessions, count);
}

static void module_print(struct media_link *link)
{
	struct media_module module;
	struct refusal why;

	must(media_module_get(link, &module, &why), &why);
	printf("sessions=%u session_bytes=%u driver=%s\n", module.sessions, module.session_bytes,
	       module.driver);
}

static void counters_print(struct media_link *link)
{
	struct media_counters *counters;
	struct refusal why;
	size_t count;

	must(media_counters_get(link, &counters, &count, &why), &why);
	printf("sent=%llu received=%llu dropped=%llu\n",
	       (unsigned long long)counters[0].tx.rtp_packets,
	       (unsigned long long)counters[0].rx.rtp_packets,
	       (unsigned long long)(counters[0].tx.dropped + counters[0].rx.dropped));
	media_counters_free(counters, count);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct media_link *link;
	struct refusal why;

	must(media_open(&link, &why), &why);
	if (!strcmp(what, "add") && argc == 5)
		sessions_add(link, argv[2], argv[3], argv[4]);
	else if (!strcmp(what, "clear"))
		sessions_clear(link);
	else if (!strcmp(what, "module"))
		module_print(link);
	else if (!strcmp(what, "counters"))
		counters_print(link);
	else
		errx(2, "usage: sessions add COUNT LOCAL REMOTE | clear | module | counters");
	media_close(link);
	return 0;
}
