// SPDX-License-Identifier: Apache-2.0
/* Names of files, and the servers that have them. */
#include <stdio.h>
#include <string.h>

#include "provision_impl.h"

bool provision_name(const struct settings *settings, enum provision_step step,
		    char name[FETCH_NAME_MAX])
{
	static const struct {
		const char *before;
		const char *after;
	} names[] = {
		[STEP_CTL] = { "CTL", ".tlv" },
		[STEP_ITL] = { "ITL", ".tlv" },
		[STEP_SIGNED] = { "", ".cnf.xml.sgn" },
		[STEP_PLAIN] = { "", ".cnf.xml" },
		[STEP_ENCRYPTED] = { "", ".cnf.xml.enc.sgn" },
	};

	if (step == STEP_ITL_COMMON)
		return snprintf(name, FETCH_NAME_MAX, "%s", trust_list_name(TRUST_LIST_ITL)) > 0;
	return snprintf(name, FETCH_NAME_MAX, "%s%s%s", names[step].before, settings->name,
			names[step].after) < FETCH_NAME_MAX;
}

bool provision_has_lists(const struct settings *settings)
{
	struct trust_lists lists;
	struct refusal why;
	bool any;

	/* A list that cannot be read is one: without signature nothing is taken then. */
	if (trust_lists_load(&lists, settings, &why))
		return true;
	any = !trust_lists_are_empty(&lists);
	trust_lists_clear(&lists);
	return any;
}

/* From 1.1 on, what signs lists also says that there is HTTPS with certificates of it. */
static bool lists_have_https(const struct settings *settings)
{
	const struct file_header *header;
	struct trust_lists lists;
	struct refusal why;
	bool have = false;

	if (trust_lists_load(&lists, settings, &why))
		return false;
	for (size_t i = 0; i < TRUST_LIST_KINDS; i++) {
		header = &lists.files[i].list.header;
		have |= lists.files[i].bytes.at &&
			(header->signer_version_major > 1 ||
			 (header->signer_version_major == 1 && header->signer_version_minor >= 1));
	}
	trust_lists_clear(&lists);
	return have;
}

static void source_add(struct fetch_source *sources, size_t *count, enum fetch_way way,
		       const struct settings_server *server, unsigned int port)
{
	struct fetch_source *source = &sources[*count];

	if (*count == FETCH_SOURCES_MAX || !*server->host || !port || port > UINT16_MAX)
		return;
	*source = (struct fetch_source){ .way = way, .port = (uint16_t)port };
	memcpy(source->host, server->host, sizeof(source->host));
	(*count)++;
}

/*
 * Who answered in this turn goes first, so that nobody who is silent is waited for again; but
 * never before HTTPS, which is there for a reason.
 */
static void sources_sort(struct fetch_source *sources, size_t count,
			 const struct fetch_source *answered)
{
	size_t first = 0;

	while (answered->way != FETCH_HTTPS && first < count && sources[first].way == FETCH_HTTPS)
		first++;
	for (size_t i = first; answered->port && i < count; i++) {
		if (memcmp(&sources[i], answered, sizeof(*answered)))
			continue;
		memmove(sources + first + 1, sources + first, (i - first) * sizeof(*sources));
		sources[first] = *answered;
		return;
	}
}

/*
 * What needs no secrecy comes by HTTP, and by TFTP when nobody answers. With SIP OAuth the
 * configuration itself is not encrypted, so it comes by HTTPS and in no other way.
 */
size_t provision_sources(const struct provision *provision,
			 struct fetch_source sources[FETCH_SOURCES_MAX])
{
	const struct settings *settings = provision->settings;
	const struct settings_server *servers = settings->provisioning_servers;
	bool oauth = settings->oauth || (provision->config && provision->config->oauth);
	bool is_list = provision->step < STEP_SIGNED;
	bool https = !is_list && (oauth || lists_have_https(settings));
	size_t count = 0;

	for (size_t i = 0; https && i < SETTINGS_PROVISIONING_MAX; i++) {
		source_add(sources, &count, FETCH_HTTPS, &servers[i], settings->provisioning_https);
		source_add(sources, &count, FETCH_HTTPS, &servers[i],
			   settings->provisioning_https + 1U);
	}
	for (size_t i = 0; (is_list || !oauth) && i < SETTINGS_PROVISIONING_MAX; i++)
		source_add(sources, &count, FETCH_HTTP, &servers[i],
			   servers[i].port ? servers[i].port : FETCH_HTTP_PORT);
	for (size_t i = 0; (is_list || !oauth) && i < SETTINGS_PROVISIONING_MAX; i++)
		source_add(sources, &count, FETCH_TFTP, &servers[i], settings->provisioning_tftp);
	sources_sort(sources, count, &provision->answered);
	return count;
}
