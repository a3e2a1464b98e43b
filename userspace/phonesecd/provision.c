// SPDX-License-Identifier: Apache-2.0
#include "provision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/encrypted_file.h"
#include "../lib/wiped_memory.h"
#include "crypto.h"
#include "file_times.h"
#include "log.h"
#include "provision_impl.h"

enum {
	/* Seconds before the first try after a failure; each later one waits twice as long. */
	RETRY_FIRST_S = 15,
	RETRY_DOUBLINGS_MAX = 8,
	USEC_PER_S = 1000000,
};

static void step_begin(struct provision *provision, enum provision_step step);

const char *provision_state_word(enum provision_state state)
{
	static const char *const words[] = {
		[PROVISION_OFF] = "off", [PROVISION_IDLE] = "current",
		[PROVISION_FETCHING] = "fetching", [PROVISION_ASKING] = "asking",
		[PROVISION_ENROLLING] = "enrolling", [PROVISION_FAILED] = "failed",
	};

	return words[state];
}

const char *provision_enrolment_word(enum provision_enrolment reason)
{
	static const char *const words[] = {
		[PROVISION_ENROL_MISSING] = "missing", [PROVISION_ENROL_MISMATCH] = "mismatch",
		[PROVISION_ENROL_DECRYPTION] = "decryption",
	};

	return words[reason];
}

static void state_set(struct provision *provision, enum provision_state state)
{
	provision->status.state = state;
	if (provision->events->changed)
		provision->events->changed(provision->owner);
}

static void text_forget(struct octets *text)
{
	wiped_free((void *)text->at);
	*text = (struct octets){ 0 };
}

/* What a turn has gathered. */
static void turn_forget(struct provision *provision)
{
	fetch_free(provision->fetch);
	provision->fetch = NULL;
	if (provision->service)
		verify_service_forget(provision->service, provision);
	text_forget(&provision->kept);
	text_forget(&provision->full_text);
	phone_config_free(provision->full);
	provision->full = NULL;
	provision->step = STEP_END;
}

/* Not all phones of a site that lost its server are to come at once. */
static uint64_t jitter(uint64_t usec)
{
	unsigned char random;

	return RAND_bytes(&random, 1) == 1 ? usec + usec / 8 * random / 255 : usec;
}

static void timer_arm(struct provision *provision)
{
	const struct settings *settings = provision->settings;
	unsigned int doublings = provision->failures ? provision->failures - 1 : 0;
	uint64_t wait_s = settings->provisioning_s;

	if (doublings > RETRY_DOUBLINGS_MAX)
		doublings = RETRY_DOUBLINGS_MAX;
	if (provision->failures && wait_s > (uint64_t)RETRY_FIRST_S << doublings)
		wait_s = (uint64_t)RETRY_FIRST_S << doublings;
	(void)sd_event_source_set_time_relative(provision->timer, jitter(wait_s * USEC_PER_S));
	(void)sd_event_source_set_enabled(provision->timer, SD_EVENT_ONESHOT);
}

static void turn_end(struct provision *provision, enum provision_state state)
{
	turn_forget(provision);
	provision->failures = state == PROVISION_FAILED ? provision->failures + 1 : 0;
	timer_arm(provision);
	state_set(provision, state);
}

static void turn_fail(struct provision *provision, const struct refusal *why)
{
	provision->status.why = *why;
	memcpy(provision->status.file, provision->name, sizeof(provision->name));
	log_refusal(LOG_CONFIG_REFUSED, why, "%s: %s", provision->name,
		    provision->config ? "the configuration of before stays" :
					"there is no configuration");
	turn_end(provision, PROVISION_FAILED);
}

/* A turn whose configuration is good may have had a list that was not. */
static void turn_succeed(struct provision *provision)
{
	provision->status.why = provision->list_refused;
	provision->status.is_stored = false;
	turn_end(provision, provision->list_refused.code ? PROVISION_FAILED : PROVISION_IDLE);
}

static void turn_enrol(struct provision *provision, enum provision_enrolment reason,
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

/* The configuration of this turn takes the place of the one before. */
static void config_use(struct provision *provision, struct phone_config *config,
		       struct octets text, struct provision_stored *stored)
{
	bool is_other, was_stored = provision->status.is_stored;
	struct phone_config *before = provision->config;
	struct refusal why;

	stored->fetched = time(NULL);
	is_other = !before || strcmp(stored->digest, provision->stored.digest) ||
		   stored->is_signed != provision->stored.is_signed;
	if (is_other || was_stored) {
		if (provision_store_save(provision, text, stored, &why))
			log_refusal(LOG_CONFIG_REFUSED, &why, "it is in use, but cannot be kept");
	}
	provision->config = config;
	provision->stored = *stored;
	provision->status.fetched = stored->fetched;
	provision->status.is_signed = stored->is_signed;
	turn_succeed(provision);
	if (is_other) {
		log_tell(LOG_CONFIG_TAKEN, "%s from %s", provision->name, provision->status.source);
		provision->events->configured(provision->owner, config);
	}
	phone_config_free(before);
}

/* The file that is not encrypted holds the whole configuration. */
static void full_use(struct provision *provision)
{
	struct phone_config *config = provision->full;
	struct octets text = provision->full_text;
	struct provision_stored stored = provision->full_stored;

	provision->full = NULL;
	provision->full_text = (struct octets){ 0 };
	config_use(provision, config, text, &stored);
	text_forget(&text);
}

/* After it was read, since a file that is not used must not keep an older one out. */
static void time_keep(const struct provision *provision, const struct file_verdict *verdict)
{
	const struct file_header *header = &verdict->header;
	struct refusal why;

	if (!verdict->is_signed || !header->has_timestamp)
		return;
	if (file_times_accept(provision->settings, provision->name, header->timestamp, &why))
		log_refusal(LOG_CONFIG_REFUSED, &why, "the time of %s is not kept",
			    provision->name);
}

/* Files of HTTPS are those of the server whose certificate is in the list, signed or not. */
static int config_judge(struct provision *provision, struct octets file, bool is_https,
			struct file_verdict *verdict, struct refusal *why)
{
	const struct settings *settings = provision->settings;
	int err;

	*verdict = (struct file_verdict){ .body = file };
	if (is_https && !file_has_header(file))
		return 0;
	err = file_judge(verdict, settings, FILE_KIND_SIGNED, provision->name, file, why);
	if (err || verdict->has_header)
		return err;
	if (!settings->provisioning_unsigned || provision->list_refused.code)
		return refusal_set(why, REASON_CONFIG_UNSIGNED, "%s", provision->list_refused.code ?
				   "the trust list was refused" : provision->name);
	return 0;
}

static bool wants_encrypted(const struct provision *provision, const struct phone_config *config)
{
	return config->is_encrypted && !config->oauth && !provision->settings->oauth;
}

/* Takes a copy, as what was fetched goes with the fetch. */
static int full_keep(struct provision *provision, const struct file_verdict *verdict,
		     bool is_https, struct refusal *why)
{
	struct octets body = verdict->body;
	uint8_t *copy;
	int err;

	err = phone_config_read(&provision->full, body, why);
	if (err)
		return err;
	copy = malloc(body.len + 1);
	if (!copy || !provision_digest(body, provision->full_stored.digest)) {
		free(copy);
		return refusal_set(why, REASON_NO_MEMORY, "%s", provision->name);
	}
	memcpy(copy, body.at, body.len);
	provision->full_text = (struct octets){ copy, body.len };
	provision->full_stored.is_signed = verdict->is_signed || is_https;
	return 0;
}

/* The configuration, or the minimal one that says how to get it. */
static void full_take(struct provision *provision, const struct file_verdict *verdict,
		      bool is_https)
{
	enum provision_enrolment reason;
	EVP_PKEY *key = NULL;
	struct refusal why;
	int err;

	err = full_keep(provision, verdict, is_https, &why);
	if (err) {
		turn_fail(provision, &why);
		return;
	}
	time_keep(provision, verdict);
	if (!wants_encrypted(provision, provision->full)) {
		if (provision->full->is_full) {
			full_use(provision);
			return;
		}
		refusal_set(&why, REASON_CONFIG_MISSING, "%s is not the whole one, and names none",
			    provision->name);
		turn_fail(provision, &why);
		return;
	}
	err = provision_key_find(provision->settings, provision->full->cert_hash, &key, &reason,
				 &why);
	EVP_PKEY_free(key);
	if (err)
		turn_enrol(provision, reason, &why);
	else
		step_begin(provision, STEP_ENCRYPTED);
}

static int encrypted_open(struct provision *provision, const struct file_verdict *verdict,
			  struct octets file, struct octets *plain, struct refusal *why)
{
	enum provision_enrolment reason;
	OSSL_LIB_CTX *library;
	EVP_PKEY *key = NULL;
	int err;

	err = crypto_library(&library, why);
	if (!err)
		err = provision_key_find(provision->settings, provision->full->cert_hash, &key,
					 &reason, why);
	if (!err)
		err = encrypted_file_open(library, &verdict->header, file, key, plain, why);
	EVP_PKEY_free(key);
	return err;
}

/* Only a file whose signature holds comes here, so a failure is about the key. */
static void encrypted_take(struct provision *provision, const struct file_verdict *verdict,
			   struct octets file)
{
	struct provision_stored stored = { .is_signed = true };
	struct octets plain = { 0 };
	struct phone_config *config;
	struct refusal why;
	int err;

	if (!verdict->is_signed) {
		refusal_set(&why, REASON_FILE_UNSIGNED, "%s", provision->name);
		turn_fail(provision, &why);
		return;
	}
	if (encrypted_open(provision, verdict, file, &plain, &why)) {
		turn_enrol(provision, PROVISION_ENROL_DECRYPTION, &why);
		return;
	}
	err = phone_config_read(&config, plain, &why);
	if (!err && !provision_digest(plain, stored.digest))
		err = refusal_set(&why, REASON_SYSTEM, "SHA-256: %s", crypto_error());
	if (err) {
		turn_fail(provision, &why);
	} else {
		time_keep(provision, verdict);
		config_use(provision, config, plain, &stored);
	}
	encrypted_file_forget(&plain);
}

static void on_signer(void *owner, const struct refusal *why);

/*
 * Asks TVS about a signer, once a file. Returns false when there is nobody to ask; else the file
 * is judged again when the answer is there.
 */
static bool signer_ask(struct provision *provision, const struct file_verdict *verdict,
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
	text_forget(&provision->kept);
	provision->kept = (struct octets){ copy, file.len };
	provision->kept_is_https = is_https;
	provision->asked = true;
	state_set(provision, PROVISION_ASKING);
	return true;
}

/* Why a file is refused: that TVS did not help says more than that nobody knows its signer. */
static void config_take(struct provision *provision, struct octets file, bool is_https)
{
	struct file_verdict verdict;
	struct refusal why;

	if (config_judge(provision, file, is_https, &verdict, &why)) {
		if (!signer_ask(provision, &verdict, file, is_https))
			turn_fail(provision, &why);
	} else if (provision->step == STEP_ENCRYPTED) {
		encrypted_take(provision, &verdict, file);
	} else {
		full_take(provision, &verdict, is_https);
	}
}

static enum provision_step step_after_lists(const struct provision *provision)
{
	bool oauth = provision->settings->oauth || (provision->config && provision->config->oauth);

	return oauth || provision_has_lists(provision->settings) ? STEP_SIGNED : STEP_PLAIN;
}

static void list_next(struct provision *provision)
{
	step_begin(provision, provision->step == STEP_CTL ? STEP_ITL : step_after_lists(provision));
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
		if (signer_ask(provision, &verdict, file, false))
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
		config_take(provision, file, is_https);
}

/* The file is judged again whatever the answer is; it then tells what is wrong. */
static void on_signer(void *owner, const struct refusal *why)
{
	struct provision *provision = owner;
	struct octets file = provision->kept;

	if (why->code)
		log_refusal(LOG_CONFIG_REFUSED, why, "who signed %s", provision->name);
	provision->kept = (struct octets){ 0 };
	state_set(provision, PROVISION_FETCHING);
	file_take(provision, file, provision->kept_is_https);
	text_forget(&file);
}

static void on_server(void *owner, const struct refusal *why)
{
	struct provision *provision = owner;

	if (why->code) {
		turn_fail(provision, why);
		return;
	}
	state_set(provision, PROVISION_FETCHING);
	step_begin(provision, provision->step);
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
	state_set(provision, PROVISION_ASKING);
	return true;
}

static void missing_take(struct provision *provision, bool is_https)
{
	struct refusal why;

	switch (provision->step) {
	case STEP_CTL:
		step_begin(provision, STEP_ITL);
		return;
	case STEP_ITL:
		step_begin(provision, STEP_ITL_COMMON);
		return;
	case STEP_ITL_COMMON:
		step_begin(provision, step_after_lists(provision));
		return;
	case STEP_SIGNED:
		/* Over HTTPS a file needs no signature. */
		if (is_https) {
			step_begin(provision, STEP_PLAIN);
			return;
		}
		break;
	case STEP_ENCRYPTED:
		/* Servers without encryption for this phone say so by having no such file. */
		if (provision->full->is_full) {
			full_use(provision);
			return;
		}
		break;
	default:
		break;
	}
	refusal_set(&why, REASON_CONFIG_MISSING, "%s at %s", provision->name,
		    provision->status.source);
	turn_fail(provision, &why);
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
		turn_fail(provision, &result->why);
	fetch_free(fetch);
}

static void step_begin(struct provision *provision, enum provision_step step)
{
	struct fetch_source sources[FETCH_SOURCES_MAX];
	struct fetch_wish wish = {
		.name = provision->name, .sources = sources,
		.max = step < STEP_SIGNED ? PHONESEC_TRUST_LIST_MAX + 1 : ENCRYPTED_FILE_MAX,
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
		turn_fail(provision, &why);
	} else if (fetch_start(&provision->fetch, provision->event, &wish, on_fetched, provision,
			       &why)) {
		turn_fail(provision, &why);
	}
}

static void turn_begin(struct provision *provision)
{
	turn_forget(provision);
	(void)sd_event_source_set_enabled(provision->timer, SD_EVENT_OFF);
	provision->list_refused = (struct refusal){ 0 };
	provision->answered = (struct fetch_source){ 0 };
	state_set(provision, PROVISION_FETCHING);
	step_begin(provision, STEP_CTL);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *owner)
{
	(void)source;
	(void)usec;
	turn_begin(owner);
	return 0;
}

/* The configuration of before is told first, so that it is in use when no server answers. */
static int on_first(sd_event_source *source, void *owner)
{
	struct provision *provision = owner;

	(void)source;
	if (provision->config)
		provision->events->configured(provision->owner, provision->config);
	turn_begin(provision);
	return 0;
}

static int sources_add(struct provision *provision, struct refusal *why)
{
	int err;

	err = sd_event_add_time_relative(provision->event, &provision->timer, CLOCK_BOOTTIME, 0,
					 USEC_PER_S, on_timer, provision);
	if (err >= 0)
		err = sd_event_source_set_enabled(provision->timer, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_add_defer(provision->event, &provision->first, on_first, provision);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}
