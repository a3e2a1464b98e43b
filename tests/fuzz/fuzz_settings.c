// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/phonesecd/settings.c userspace/phonesecd/settings_table.c */
/* sources: userspace/phonesecd/settings_value.c userspace/lib/media.c userspace/lib/reason.c */
/*
 * A configuration file: what is taken keeps all bounds and contradicts itself in nothing,
 * what is refused changes nothing, and neither writes a control character to the log.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/phonesecd/settings.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)
#define DEMAND_TEXT(text) DEMAND(memchr((text), '\0', sizeof(text)))
#define DEMAND_PATH(text) \
	do { DEMAND_TEXT(text); DEMAND(!*(text) || *(text) == '/'); } while (0)

static struct settings settings, before;
static struct settings_report report;

static void check_texts(void)
{
	DEMAND_TEXT(settings.name);
	DEMAND_TEXT(settings.srst.host);
	for (size_t i = 0; i < SETTINGS_SERVERS_MAX; i++)
		DEMAND_TEXT(settings.servers[i].host);
	DEMAND_PATH(settings.srst_certificate);
	DEMAND_PATH(settings.anchors);
	DEMAND_PATH(settings.revoked);
	DEMAND_PATH(settings.token_anchors);
	DEMAND_TEXT(settings.lsc.certificate);
	DEMAND_TEXT(settings.lsc.key);
	DEMAND_TEXT(settings.mic.certificate);
	DEMAND_TEXT(settings.mic.key);
	DEMAND_TEXT(settings.token_client);
	DEMAND_TEXT(settings.token_form);
	DEMAND_PATH(settings.installer);
	for (size_t i = 0; i < SETTINGS_PROVISIONING_MAX; i++)
		DEMAND_TEXT(settings.provisioning_servers[i].host);
	DEMAND_TEXT(settings.token_endpoint);
	DEMAND(!*settings.token_endpoint || !strncasecmp(settings.token_endpoint, "https://", 8));
}

static void check_numbers(void)
{
	DEMAND(settings.model <= 999999);
	DEMAND(settings.register_s >= 5 && settings.register_s <= 3600);
	DEMAND(settings.connect_s >= 1 && settings.connect_s <= 60);
	DEMAND(settings.keepalive_s >= 1 && settings.keepalive_s <= 600);
	DEMAND(settings.failback_s >= 1 && settings.failback_s <= 3600);
	DEMAND(settings.resumption_s <= 86400);
	DEMAND(settings.address.len == 0 || settings.address.len == 4 ||
	       settings.address.len == 16);
	DEMAND(settings.listen.port);
	DEMAND(settings.listen.len == 4 ? settings.listen.bytes[0] == 127 :
	       settings.listen.len == 16 && settings.listen.bytes[15] == 1);
	DEMAND(settings.ports_count && settings.ports_count <= NF_SRTP_RANGES_MAX);
	for (size_t i = 0; i < settings.ports_count; i++) {
		DEMAND(settings.ports[i].first);
		DEMAND(settings.ports[i].first <= settings.ports[i].last);
		DEMAND(!i || settings.ports[i].first > settings.ports[i - 1].last);
	}
}

static void check_rules(void)
{
	bool any = *settings.srst.host;

	for (size_t i = 0; i < SETTINGS_SERVERS_MAX; i++)
		any |= *settings.servers[i].host;
	DEMAND(any || settings.provisioning);
	DEMAND(!settings.provisioning ||
	       (*settings.name && *settings.provisioning_servers[0].host));
	DEMAND(settings.profile <= PROFILE_ENCRYPTED && settings.media <= CALL_MEDIA_OFF);
	DEMAND(settings.profile != PROFILE_NONSECURE || settings.media == CALL_MEDIA_OFF);
	DEMAND(settings.profile == PROFILE_NONSECURE || *settings.anchors);
	DEMAND(!settings.oauth || settings.profile == PROFILE_ENCRYPTED);
	DEMAND(!settings.oauth || (*settings.token_endpoint && !settings.remote_access));
	DEMAND(!*settings.srst.host || !settings.srst_secure || *settings.srst_certificate);
}

static void check_detail(const char *detail)
{
	DEMAND(*detail);
	for (; *detail; detail++)
		DEMAND((unsigned char)*detail >= ' ' && *detail != '\177');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct refusal why = { 0 };
	FILE *stream;
	int err;

	if (!len)
		return 0;
	stream = fmemopen((void *)data, len, "r");
	DEMAND(stream);
	before = settings;
	err = settings_parse(&settings, stream, "file", &report, &why);
	fclose(stream);
	for (size_t i = 0; i < report.count && i < SETTINGS_WARNINGS_MAX; i++)
		check_detail(report.warnings[i].detail);
	if (err) {
		DEMAND(err == -reason_words(why.code)->error && err < 0);
		DEMAND(!memcmp(&settings, &before, sizeof(settings)));
		check_detail(why.detail);
		return 0;
	}
	check_texts();
	check_numbers();
	check_rules();
	return 0;
}
