// SPDX-License-Identifier: Apache-2.0
/* One turn: what is asked for, and what follows from the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/encrypted_file.h"
#include "../lib/wiped_memory.h"
#include "log.h"
#include "provision_impl.h"

enum {
	/* Bytes of a list that are fetched, so that one that is too long is told with its size. */
	LIST_FETCH_MAX = 1024 * 1024,
};

void provision_text_forget(struct octets *text)
{
	wiped_free((void *)text->at);
	*text = (struct octets){ 0 };
}

/* What a turn has gathered. */
void provision_turn_forget(struct provision *provision)
{
	fetch_free(provision->fetch);
	provision->fetch = NULL;
	if (provision->service)
		verify_service_forget(provision->service, provision);
	provision_text_forget(&provision->kept);
	provision_text_forget(&provision->full_text);
	phone_config_free(provision->full);
	provision->full = NULL;
	provision->step = STEP_END;
}

static void turn_end(struct provision *provision, enum provision_state state)
{
	provision_turn_forget(provision);
	provision->failures = state == PROVISION_FAILED ? provision->failures + 1 : 0;
	provision_timer_arm(provision);
	provision_state_set(provision, state);
}

void provision_turn_fail(struct provision *provision, const struct refusal *why)
{
	provision->status.why = *why;
	memcpy(provision->status.file, provision->name, sizeof(provision->name));
	log_refusal(LOG_CONFIG_REFUSED, why, "%s: %s", provision->name,
		    provision->config ? "the configuration of before stays" :
					"there is no configuration");
	turn_end(provision, PROVISION_FAILED);
}

/* A turn whose configuration is good may have had a list that was not. */
void provision_turn_succeed(struct provision *provision)
{
	provision->status.why = provision->list_refused;
	if (!provision->list_refused.code)
		memcpy(provision->status.file, provision->name, sizeof(provision->name));
	provision->status.is_stored = false;
	turn_end(provision, provision->list_refused.code ? PROVISION_FAILED : PROVISION_IDLE);
}

void provision_turn_enrol(struct provision *provision, enum provision_enrolment reason,
		       const struct refusal *why)
{
	provision->status.why = *why;
	memcpy(provision->status.file, provision->name, sizeof(provision->name));
	phone_config_free(provision->minimal);
	provision->minimal = provision->full;
	provision->full = NULL;
	log_refusal(LOG_CONFIG_REFUSED, why, "%s", provision->name);
	turn_end(provision, PROVISION_ENROLLING);
	provision->events->wants_enrolment(provision->owner, reason, provision->minimal);
}

static void on_signer(void *owner, const struct refusal *why);

/*
 * Asks TVS about a signer, once a file. Returns false when there is nobody to ask; else the file
 * is judged again when the answer is there.
 */
bool provision_signer_ask(struct provision *provision, const struct file_verdict *verdict,
		       struct octets file, bool is_https)
{
	const struct file_header *header = &verdict->header;
	struct refusal why;
	uint8_t *copy;

	if (!provision->service || provision->asked || !verdict->may_ask)
		return false;
	copy = malloc(file.len + 1);
	if (!copy)
		return false;
	memcpy(copy, file.at, file.len);
	if (verify_service_query(provision->service, header->signer_name, header->signer_issuer,
				 header->serial, verdict->use, on_signer, provision, &why)) {
		free(copy);
		return false;
	}
	provision_text_forget(&provision->kept);
	provision->kept = (struct octets){ copy, file.len };
	provision->kept_is_https = is_https;
	provision->asked = true;
	provision_state_set(provision, PROVISION_ASKING);
	return true;
}

static enum provision_step step_after_lists(const struct provision *provision)
{
	bool oauth = provision->settings->oauth || (provision->config && provision->config->oauth);

	return oauth || provision_has_lists(provision->settings) ? STEP_SIGNED : STEP_PLAIN;
}

static void list_next(struct provision *provision)
{
	provision_step_begin(provision, provision->step == STEP_CTL ? STEP_ITL :
						step_after_lists(provision));
}

/* A list that is refused changes nothing, and the rest is judged by the one before. */
static void list_take(struct provision *provision, struct octets file)
{
	enum trust_list_kind kind = provision->step == STEP_CTL ? TRUST_LIST_CTL : TRUST_LIST_ITL;
	struct file_verdict verdict = { 0 };
	enum trust_list_outcome outcome;
	struct refusal why;

	if (trust_lists_offer(provision->settings, kind, provision->name, file, &outcome, &verdict,
			      &why)) {
		if (provision_signer_ask(provision, &verdict, file, false))
			return;
		provision->list_refused = why;
		memcpy(provision->status.file, provision->name, sizeof(provision->name));
	} else if (outcome == TRUST_LIST_FIRST || outcome == TRUST_LIST_REPLACED) {
		provision->events->lists_changed(provision->owner);
	}
	list_next(provision);
}

static void file_take(struct provision *provision, struct octets file, bool is_https)
{
	if (provision->step < STEP_SIGNED)
		list_take(provision, file);
	else
		provision_config_take(provision, file, is_https);
}

/* The file is judged again whatever the answer is; it then tells what is wrong. */
static void on_signer(void *owner, const struct refusal *why)
{
	struct provision *provision = owner;
	struct octets file = provision->kept;

	if (why->code)
		log_refusal(LOG_CONFIG_REFUSED, why, "who signed %s", provision->name);
	provision->kept = (struct octets){ 0 };
	provision_state_set(provision, PROVISION_FETCHING);
	file_take(provision, file, provision->kept_is_https);
	provision_text_forget(&file);
}

static void on_server(void *owner, const struct refusal *why)
{
	struct provision *provision = owner;

	if (why->code) {
		provision_turn_fail(provision, why);
		return;
	}
	provision_state_set(provision, PROVISION_FETCHING);
	provision_step_begin(provision, provision->step);
}

/* Asks TVS about an HTTPS server, once a file. */
static bool server_ask(struct provision *provision, X509 *certificate)
{
	struct refusal why;

	if (!provision->service || provision->asked || !certificate ||
	    verify_service_ask(provision->service, certificate, TRUST_USE_FILES, on_server,
			       provision, &why))
		return false;
	provision->asked = true;
	provision_state_set(provision, PROVISION_ASKING);
	return true;
}

static void missing_take(struct provision *provision, bool is_https)
{
	struct refusal why;

	switch (provision->step) {
	case STEP_CTL:
		provision_step_begin(provision, STEP_ITL);
		return;
	case STEP_ITL:
		provision_step_begin(provision, STEP_ITL_COMMON);
		return;
	case STEP_ITL_COMMON:
		provision_step_begin(provision, step_after_lists(provision));
		return;
	case STEP_SIGNED:
		/* Over HTTPS a file needs no signature. */
		if (is_https) {
			provision_step_begin(provision, STEP_PLAIN);
			return;
		}
		break;
	case STEP_ENCRYPTED:
		/* Servers without encryption for this phone say so by having no such file. */
		if (provision->full->is_full) {
			provision_full_use(provision);
			return;
		}
		break;
	default:
		break;
	}
	refusal_set(&why, REASON_CONFIG_MISSING, "%s at %s", provision->name,
		    provision->status.source);
	provision_turn_fail(provision, &why);
}

static void on_fetched(void *owner, const struct fetch_result *result)
{
	struct provision *provision = owner;
	struct fetch *fetch = provision->fetch;
	bool is_https = result->source->way == FETCH_HTTPS;

	provision->fetch = NULL;
	if (result->state != FETCH_FAILED) {
		provision->answered = *result->source;
		snprintf(provision->status.source, sizeof(provision->status.source), "%s://%s:%u",
			 fetch_way_word(result->source->way), result->source->host,
			 result->source->port);
	}
	if (result->state == FETCH_GOT)
		file_take(provision, result->file, is_https);
	else if (result->state == FETCH_NOT_FOUND)
		missing_take(provision, is_https);
	else if (!server_ask(provision, result->untrusted))
		provision_turn_fail(provision, &result->why);
	fetch_free(fetch);
}

void provision_step_begin(struct provision *provision, enum provision_step step)
{
	struct fetch_source sources[FETCH_SOURCES_MAX];
	struct fetch_wish wish = {
		.name = provision->name, .sources = sources,
		.max = step < STEP_SIGNED ? LIST_FETCH_MAX : ENCRYPTED_FILE_MAX,
		.settings = provision->settings, .token = provision->token,
		.connect_s = provision->settings->connect_s,
	};
	struct refusal why;

	if (step != provision->step)
		provision->asked = false;
	provision->step = step;
	wish.count = provision_sources(provision, sources);
	if (!provision_name(provision->settings, step, provision->name)) {
		refusal_set(&why, REASON_FETCH_NAME, "%s", provision->settings->name);
		provision_turn_fail(provision, &why);
	} else if (fetch_start(&provision->fetch, provision->event, &wish, on_fetched, provision,
			       &why)) {
		provision_turn_fail(provision, &why);
	}
}

void provision_turn_begin(struct provision *provision)
{
	provision_turn_forget(provision);
	(void)sd_event_source_set_enabled(provision->timer, SD_EVENT_OFF);
	provision->list_refused = (struct refusal){ 0 };
	provision->answered = (struct fetch_source){ 0 };
	provision_state_set(provision, PROVISION_FETCHING);
	provision_step_begin(provision, STEP_CTL);
}
