// SPDX-License-Identifier: Apache-2.0
/* Values as text again. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "settings_table.h"

static void ranges_format(const struct settings *settings, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < settings->ports_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%u-%u", i ? ", " : "",
					 settings->ports[i].first, settings->ports[i].last);
}

static void server_format(const struct settings_server *server, char *text, size_t size)
{
	bool bracketed = strchr(server->host, ':');
	int used;

	used = snprintf(text, size, "%s%s%s", bracketed ? "[" : "", server->host,
			bracketed ? "]" : "");
	if (server->port && used > 0 && (size_t)used < size)
		snprintf(text + used, size - (size_t)used, ":%u", server->port);
}

static void address_format(const struct media_address *address, bool has_port, char *text,
			   size_t size)
{
	char words[MEDIA_ADDRESS_TEXT_MAX] = "";

	if (has_port)
		media_address_format(address, words);
	else if (address->len)
		(void)inet_ntop(address->len == 4 ? AF_INET : AF_INET6, address->bytes, words,
				sizeof(words));
	snprintf(text, size, "%s", words);
}

static void vlan_format(unsigned int id, char *text, size_t size)
{
	if (id == VOICE_VLAN_NONE || id == VOICE_VLAN_LEARNED)
		snprintf(text, size, "%s", id == VOICE_VLAN_NONE ? "off" : "auto");
	else
		snprintf(text, size, "%u", id);
}

static void value_format(const struct settings *settings, const struct settings_key *key,
			 char *text, size_t size)
{
	const void *field = (const char *)settings + key->offset;
	const char *words = field;

	switch (key->kind) {
	case SETTINGS_NUMBER:
		snprintf(text, size, "%u", *(const unsigned int *)field);
		break;
	case SETTINGS_PORT:
		snprintf(text, size, "%u", *(const uint16_t *)field);
		break;
	case SETTINGS_VLAN:
		vlan_format(*(const unsigned int *)field, text, size);
		break;
	case SETTINGS_WORD:
		snprintf(text, size, "%s", media_word(key->words, *(const uint32_t *)field));
		break;
	case SETTINGS_SWITCH:
		snprintf(text, size, "%s", *(const bool *)field ? "yes" : "no");
		break;
	case SETTINGS_IP:
	case SETTINGS_LOOPBACK:
		address_format(field, key->kind == SETTINGS_LOOPBACK, text, size);
		break;
	case SETTINGS_RANGES:
		ranges_format(settings, text, size);
		break;
	case SETTINGS_SERVER:
		server_format(field, text, size);
		break;
	case SETTINGS_FORM:
		/* Some endpoints want a secret of the client in it. */
		snprintf(text, size, "%s", *words ? "is set" : "");
		break;
	default:
		snprintf(text, size, "%s", words);
	}
}

bool settings_shown(const struct settings *settings, size_t index, char *name, size_t name_size,
		    char *value, size_t value_size)
{
	const struct settings_key *key = settings_keys;

	while (key->section && index--)
		key++;
	if (!key->section)
		return false;
	snprintf(name, name_size, "%s.%s", key->section, key->name);
	value_format(settings, key, value, value_size);
	return true;
}
