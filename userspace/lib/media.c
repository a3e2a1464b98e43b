// SPDX-License-Identifier: Apache-2.0
#include "media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct media_name media_modes[] = {
	{ NF_SRTP_POLICY_MODE_OFF, "off" },
	{ NF_SRTP_POLICY_MODE_MONITOR, "monitor" },
	{ NF_SRTP_POLICY_MODE_ENFORCE, "enforce" },
	{ 0, NULL },
};

const struct media_name media_passes[] = {
	{ NF_SRTP_PASS_STUN, "stun" },
	{ NF_SRTP_PASS_DTLS, "dtls" },
	{ NF_SRTP_PASS_OTHER, "other" },
	{ NF_SRTP_PASS_UNENCRYPTED_SRTCP, "unencrypted-srtcp" },
	{ 0, NULL },
};

const struct media_name media_holds[] = {
	{ NF_SRTP_HOLD_TX, "tx" },
	{ NF_SRTP_HOLD_RX, "rx" },
	{ NF_SRTP_HOLD_TX | NF_SRTP_HOLD_RX, "both" },
	{ 0, "none" },
	{ 0, NULL },
};

const struct media_name media_states[] = {
	{ NF_SRTP_SESSION_STATE_ACTIVE, "active" },
	{ NF_SRTP_SESSION_STATE_DRAINING, "draining" },
	{ 0, NULL },
};

const struct media_name media_contexts[] = {
	{ NF_SRTP_CONTEXT_NEW, "new" },
	{ NF_SRTP_CONTEXT_SAME, "same" },
	{ 0, NULL },
};

/* As in the attribute event-direction. */
const struct media_name media_directions[] = {
	{ MEDIA_TX, "tx" },
	{ MEDIA_RX, "rx" },
	{ 0, NULL },
};

const char *media_word(const struct media_name *names, uint32_t value)
{
	for (; names->word; names++)
		if (names->value == value)
			return names->word;
	return "unknown";
}

bool media_value(const struct media_name *names, const char *word, size_t len, uint32_t *value)
{
	for (; names->word; names++) {
		if (strlen(names->word) == len && !memcmp(names->word, word, len)) {
			*value = names->value;
			return true;
		}
	}
	return false;
}

bool media_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end && *value >= min && *value <= max;
}

bool media_address_parse(struct media_address *address, const char *text)
{
	const char *colon = strrchr(text, ':');
	char ip[INET6_ADDRSTRLEN];
	bool bracketed = *text == '[';
	size_t len;
	uint64_t port;

	*address = (struct media_address){ 0 };
	if (!colon || !media_number_parse(colon + 1, 1, UINT16_MAX, &port))
		return false;
	len = (size_t)(colon - text);
	if (bracketed) {
		if (len < 2 || text[len - 1] != ']')
			return false;
		text++;
		len -= 2;
	}
	if (len >= sizeof(ip))
		return false;
	memcpy(ip, text, len);
	ip[len] = '\0';
	if (inet_pton(bracketed ? AF_INET6 : AF_INET, ip, address->bytes) != 1)
		return false;
	address->len = bracketed ? 16 : 4;
	address->port = (uint16_t)port;
	return true;
}

void media_ip_format(const struct media_address *address, char text[MEDIA_ADDRESS_TEXT_MAX])
{
	int family = address->len == 4 ? AF_INET : AF_INET6;

	if (!address->len || !inet_ntop(family, address->bytes, text, MEDIA_ADDRESS_TEXT_MAX))
		strcpy(text, "?");
}

void media_address_format(const struct media_address *address, char text[MEDIA_ADDRESS_TEXT_MAX])
{
	char ip[MEDIA_ADDRESS_TEXT_MAX];

	media_ip_format(address, ip);
	snprintf(text, MEDIA_ADDRESS_TEXT_MAX, address->len == 16 ? "[%.45s]:%u" : "%.45s:%u", ip,
		 address->port);
}

static void direction_clear(struct media_direction *direction)
{
	free(direction->keys);
	free(direction->streams);
	free(direction->drops);
	free(direction->monitored);
	*direction = (struct media_direction){ 0 };
}

void media_session_clear(struct media_session *session)
{
	direction_clear(&session->tx);
	direction_clear(&session->rx);
}

void media_counters_clear(struct media_counters *counters)
{
	direction_clear(&counters->tx);
	direction_clear(&counters->rx);
}

bool media_address_is_any(const struct media_address *address)
{
	for (size_t i = 0; i < address->len; i++)
		if (address->bytes[i])
			return false;
	return true;
}

bool media_address_is_loopback(const struct media_address *address)
{
	static const uint8_t ipv6_loopback[16] = { [15] = 1 };

	return address->len == 4 ? address->bytes[0] == 127 :
				   !memcmp(address->bytes, ipv6_loopback, sizeof(ipv6_loopback));
}

/* The RTCP port may be 0 on one side alone, where it shares the other one. */
bool media_address_equal(const struct media_address *a, const struct media_address *b)
{
	return a->len == b->len && !memcmp(a->bytes, b->bytes, a->len) && a->port == b->port &&
	       (a->rtcp_port == b->rtcp_port || !a->rtcp_port || !b->rtcp_port);
}
