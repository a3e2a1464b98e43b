// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/phone_config.c userspace/lib/phone_config_table.c */
/* sources: userspace/lib/phone_config_value.c userspace/lib/wiped_memory.c */
/* sources: userspace/lib/secret.c userspace/lib/reason.c userspace/lib/xml_reader.c */
/*
 * A configuration of a call manager: what is taken keeps all bounds, is in the order that it
 * says, and nothing that is shown or told has a control character.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/phone_config.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)
#define DEMAND_TEXT(text) DEMAND(memchr((text), '\0', sizeof(text)))

static void check_shown(const char *text)
{
	for (; *text; text++)
		DEMAND((unsigned char)*text >= ' ' && *text != '\177');
}

static void check_servers(const struct phone_server *servers, size_t count)
{
	DEMAND(count <= PHONE_CONFIG_SERVERS_MAX);
	for (size_t i = 0; i < count; i++) {
		DEMAND_TEXT(servers[i].host);
		DEMAND(*servers[i].host && servers[i].port);
		DEMAND(!i || servers[i - 1].priority <= servers[i].priority);
	}
}

static void check_config(const struct phone_config *config)
{
	const struct phone_call_manager *managers = config->call_managers;
	struct phone_config_shown shown;

	DEMAND(config->security >= PHONE_SECURITY_NONSECURE &&
	       config->security <= PHONE_SECURITY_ENCRYPTED);
	DEMAND(config->transport >= PHONE_TRANSPORT_TCP &&
	       config->transport <= PHONE_TRANSPORT_TCP_UDP);
	DEMAND(config->capf_mode <= PHONE_CAPF_MIC && config->resumption_s <= 86400);
	DEMAND(config->call_managers_count <= PHONE_CONFIG_SERVERS_MAX);
	for (size_t i = 0; i < config->call_managers_count; i++) {
		DEMAND(*managers[i].host && managers[i].sip && managers[i].sip_tls);
		DEMAND(!i || managers[i - 1].priority <= managers[i].priority);
	}
	check_servers(config->capfs, config->capfs_count);
	check_servers(config->tvs, config->tvs_count);
	DEMAND(!*config->cert_hash || strlen(config->cert_hash) == PHONE_CONFIG_HASH_LEN);
	DEMAND(config->hardening.ciphers_off <= 0xfe && !(config->hardening.ciphers_off & 1));
	for (size_t i = 0; i < PHONE_URLS; i++)
		DEMAND(!*config->secure_urls[i] ||
		       !strncasecmp(config->secure_urls[i], "https:", 6));
	for (size_t i = 0; phone_config_shown(config, i, &shown); i++) {
		DEMAND_TEXT(shown.value);
		check_shown(shown.value);
		DEMAND(shown.source < PHONE_CONFIG_SOURCES);
	}
	DEMAND(config->problems_count <= PHONE_CONFIG_PROBLEMS_MAX);
	for (size_t i = 0; i < config->problems_count; i++) {
		check_shown(config->problems[i].element);
		check_shown(config->problems[i].text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct phone_config *config = NULL;
	struct refusal why = { 0 };

	if (phone_config_read(&config, (struct octets){ data, len }, &why)) {
		DEMAND(!config && why.code);
		return 0;
	}
	check_config(config);
	phone_config_free(config);
	return 0;
}
