// SPDX-License-Identifier: Apache-2.0
/* The text of values. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "settings_table.h"

enum {
	HOST_LABEL_MAX = 63,
	HOST_TEXT_MAX = 253,
	SCHEME_MAX = 32,
	KEY_OBJECT_MAX = 64,
};

/* Room for the terminating byte is part of @size. */
static bool text_copy(char *field, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return false;
	memset(field, 0, size);
	memcpy(field, text, len);
	return true;
}

/* What can stand in a URI or a form without being quoted or cut: no space, no control. */
static bool is_graphic(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool name_read(void *field, size_t size, const char *text)
{
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("-_.", *at))
			return false;
	return text_copy(field, size, text, strlen(text));
}

static bool token_read(void *field, size_t size, const char *text)
{
	return is_graphic(text) && text_copy(field, size, text, strlen(text));
}

/* What the kernel takes as a name of an interface (dev_valid_name()), and no more than that. */
static bool interface_read(void *field, size_t size, const char *text)
{
	return strcmp(text, ".") && strcmp(text, "..") && !strpbrk(text, "/:%") &&
	       is_graphic(text) && text_copy(field, size, text, strlen(text));
}

static bool vlan_read(unsigned int *field, const char *text)
{
	uint64_t id;

	if (!strcasecmp(text, "auto"))
		*field = VOICE_VLAN_LEARNED;
	else if (!strcasecmp(text, "off"))
		*field = VOICE_VLAN_NONE;
	else if (media_number_parse(text, 1, VOICE_VLAN_LEARNED - 1, &id))
		*field = (unsigned int)id;
	else
		return false;
	return true;
}

static bool switch_read(bool *field, const char *text)
{
	static const char *const on[] = { "yes", "true", "on", "enabled", NULL };
	static const char *const off[] = { "no", "false", "off", "disabled", NULL };

	for (size_t i = 0; on[i]; i++) {
		if (!strcasecmp(text, on[i]) || !strcasecmp(text, off[i])) {
			*field = !strcasecmp(text, on[i]);
			return true;
		}
	}
	return false;
}

/* An address without ports; the unspecified one and those of groups are nobody's. */
static bool ip_read(struct media_address *field, const char *text)
{
	struct media_address address = { 0 };

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.len = 4;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.len = 16;
	else
		return false;
	if (address.len == 4 && (!address.bytes[0] || address.bytes[0] >= 224))
		return false;
	if (address.len == 16 && (address.bytes[0] == 0xff ||
				  !memcmp(address.bytes, &in6addr_any, sizeof(in6addr_any))))
		return false;
	*field = address;
	return true;
}

static bool loopback_read(struct media_address *field, const char *text)
{
	struct media_address address;

	if (!media_address_parse(&address, text))
		return false;
	if (address.len == 4 ? address.bytes[0] != 127 :
			       memcmp(address.bytes, &in6addr_loopback, sizeof(in6addr_loopback)))
		return false;
	*field = address;
	return true;
}

static bool port_read(const char *text, size_t len, uint64_t min, uint16_t *port)
{
	char digits[6];
	uint64_t value;

	if (!text_copy(digits, sizeof(digits), text, len) ||
	    !media_number_parse(digits, min, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

/* "FIRST-LAST", of which @text has @len bytes. */
static bool range_read(struct media_range *range, const char *text, size_t len)
{
	const char *dash = memchr(text, '-', len);

	return dash && port_read(text, (size_t)(dash - text), 1, &range->first) &&
	       port_read(dash + 1, len - (size_t)(dash + 1 - text), 1, &range->last) &&
	       range->first <= range->last;
}

static bool ranges_read(struct settings *settings, const char *text)
{
	struct media_range ranges[NF_SRTP_RANGES_MAX] = { 0 };
	size_t count = 0;

	for (;;) {
		size_t len = strcspn(text, ", \t");

		if (count == NF_SRTP_RANGES_MAX || !range_read(&ranges[count], text, len))
			return false;
		/* In rising order, so that none can lie in another. */
		if (count && ranges[count].first <= ranges[count - 1].last)
			return false;
		count++;
		text += len + strspn(text + len, " \t");
		if (!*text)
			break;
		if (*text != ',')
			return false;
		text += 1 + strspn(text + 1, " \t");
	}
	memcpy(settings->ports, ranges, sizeof(ranges));
	settings->ports_count = count;
	return true;
}

/* A name of the DNS, or an IPv4 address: what is all digits and dots can be nothing else. */
static bool host_is_valid(const char *host)
{
	struct in_addr address;
	size_t label = 0;

	if (!*host || strlen(host) > HOST_TEXT_MAX)
		return false;
	if (!host[strspn(host, "0123456789.")])
		return inet_pton(AF_INET, host, &address) == 1;
	for (const char *at = host; *at; at++) {
		bool ends = at[1] == '.' || !at[1];

		if (*at == '.') {
			if (!label)
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*at) && *at != '_' &&
		    (*at != '-' || !label || ends))
			return false;
		if (++label > HOST_LABEL_MAX)
			return false;
	}
	return label;
}

/* "HOST", "HOST:PORT", "[IPV6]" or "[IPV6]:PORT". */
static bool server_read(struct settings_server *field, const char *text)
{
	struct settings_server server = { 0 };
	const char *end = *text == '[' ? strchr(text, ']') : strchrnul(text, ':');
	bool bracketed = *text == '[';
	struct in6_addr address;

	if (!end || !text_copy(server.host, sizeof(server.host), text + bracketed,
			       (size_t)(end - text) - bracketed))
		return false;
	if (bracketed ? inet_pton(AF_INET6, server.host, &address) != 1 :
			!host_is_valid(server.host))
		return false;
	end += bracketed;
	if (*end && (*end != ':' || !port_read(end + 1, strlen(end + 1), 1, &server.port)))
		return false;
	*field = server;
	return true;
}

static bool path_read(char *field, size_t size, const char *text)
{
	return *text == '/' && text_copy(field, size, text, strlen(text));
}

/* Bytes of "SCHEME:" at the beginning, 0 when there is none (RFC 3986 section 3.1). */
static size_t scheme_len(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || (text[len] && strchr("+-.", text[len])))
		len++;
	return text[len] == ':' && isalpha((unsigned char)*text) && len < SCHEME_MAX ? len + 1 : 0;
}

/* A PIN in the configuration could be read by whoever may read that; a file of its own cannot. */
static bool uri_read(char *field, size_t size, const char *text)
{
	size_t scheme = scheme_len(text);

	if (!scheme)
		return path_read(field, size, text);
	if (!strncasecmp(text, "file:", scheme) && text[scheme] != '/')
		return false;
	return text[scheme] && is_graphic(text) && !strcasestr(text, "pin-value=") &&
	       text_copy(field, size, text, strlen(text));
}

static bool key_place_read(char *field, size_t size, const char *text)
{
	if (!strcmp(text, "file"))
		return text_copy(field, size, text, strlen(text));
	/* The room at the end is for the object of the key. */
	return !strncmp(text, "pkcs11:", 7) && strlen(text) < size - KEY_OBJECT_MAX &&
	       !strstr(text, ";id=") && !strstr(text, ":id=") && uri_read(field, size, text);
}

/* No name and password in it, which requests would carry. */
static bool https_read(char *field, size_t size, const char *text)
{
	static const char scheme[] = "https://";
	size_t skip = sizeof(scheme) - 1;
	struct settings_server server;
	char authority[HOST_TEXT_MAX + sizeof("[]:65535")];

	if (strncasecmp(text, scheme, skip) || !is_graphic(text) || strchr(text, '#'))
		return false;
	return text_copy(authority, sizeof(authority), text + skip, strcspn(text + skip, "/?")) &&
	       server_read(&server, authority) && text_copy(field, size, text, strlen(text));
}

/* "a=b&c=d", as it goes into a request (RFC 6749 appendix B). */
static bool form_read(char *field, size_t size, const char *text)
{
	for (const char *at = text; *at;) {
		size_t len = strcspn(at, "&"), name = strcspn(at, "=&");

		if (!name || name == len || (at[len] && !at[len + 1]))
			return false;
		at += len + !!at[len];
	}
	return is_graphic(text) && text_copy(field, size, text, strlen(text));
}

static bool number_read(unsigned int *field, const struct settings_key *key, const char *text)
{
	uint64_t value;

	if (!media_number_parse(text, key->min, key->max, &value))
		return false;
	*field = (unsigned int)value;
	return true;
}

static bool word_read(uint32_t *field, const struct settings_key *key, const char *text)
{
	return media_value(key->words, text, strlen(text), field);
}

bool settings_value_set(struct settings *settings, const struct settings_key *key,
			const char *text)
{
	void *field = (char *)settings + key->offset;

	if (!*text) {
		memset(field, 0, key->size);
		return !*key->value || key->kind == SETTINGS_PATH;
	}
	switch (key->kind) {
	case SETTINGS_NAME:
		return name_read(field, key->size, text);
	case SETTINGS_TOKEN:
		return token_read(field, key->size, text);
	case SETTINGS_INTERFACE:
		return interface_read(field, key->size, text);
	case SETTINGS_VLAN:
		return vlan_read(field, text);
	case SETTINGS_NUMBER:
		return number_read(field, key, text);
	case SETTINGS_PORT:
		return port_read(text, strlen(text), key->min, field);
	case SETTINGS_WORD:
		return word_read(field, key, text);
	case SETTINGS_SWITCH:
		return switch_read(field, text);
	case SETTINGS_IP:
		return ip_read(field, text);
	case SETTINGS_LOOPBACK:
		return loopback_read(field, text);
	case SETTINGS_RANGES:
		return ranges_read(settings, text);
	case SETTINGS_SERVER:
		return server_read(field, text);
	case SETTINGS_PATH:
		return path_read(field, key->size, text);
	case SETTINGS_URI:
		return uri_read(field, key->size, text);
	case SETTINGS_HTTPS:
		return https_read(field, key->size, text);
	case SETTINGS_FORM:
		return form_read(field, key->size, text);
	case SETTINGS_KEY_PLACE:
		return key_place_read(field, key->size, text);
	}
	return false;
}

static void words_write(const struct media_name *words, char *text)
{
	size_t used = 0;

	for (const struct media_name *name = words; name->word; name++)
		used += (size_t)snprintf(text + used, SETTINGS_ALLOWED_MAX - used, "%s%s",
					 name == words ? "" : ", ", name->word);
}

void settings_value_allowed(const struct settings_key *key, char text[SETTINGS_ALLOWED_MAX])
{
	static const char *const kinds[] = {
		[SETTINGS_NAME] = "up to 63 letters, digits, '-', '_' and '.'",
		[SETTINGS_TOKEN] = "up to 63 printable characters without spaces",
		[SETTINGS_INTERFACE] = "the name of a network interface, of up to 15 characters",
		[SETTINGS_VLAN] = "auto, off, or a number from 1 to 4094",
		[SETTINGS_SWITCH] = "yes or no, true or false, on or off, Enabled or Disabled",
		[SETTINGS_IP] = "an IPv4 or IPv6 address",
		[SETTINGS_LOOPBACK] = "127.0.0.1:PORT or [::1]:PORT",
		[SETTINGS_RANGES] = "up to 16 ranges FIRST-LAST in rising order, with commas between",
		[SETTINGS_SERVER] = "HOST, HOST:PORT or [IPV6]:PORT, with ports from 1 to 65535",
		[SETTINGS_PATH] = "a path that begins with /",
		[SETTINGS_URI] = "a path that begins with /, or a URI without pin-value",
		[SETTINGS_HTTPS] = "a URL that begins with https://, without a user name",
		[SETTINGS_FORM] = "NAME=VALUE, with & between several",
		[SETTINGS_KEY_PLACE] = "file, or a URI that begins with pkcs11: without id and pin-value",
	};

	if (key->kind == SETTINGS_WORD)
		words_write(key->words, text);
	else if (key->kind == SETTINGS_NUMBER || key->kind == SETTINGS_PORT)
		snprintf(text, SETTINGS_ALLOWED_MAX, "a number from %u to %u", key->min, key->max);
	else
		snprintf(text, SETTINGS_ALLOWED_MAX, "%s", kinds[key->kind]);
}
