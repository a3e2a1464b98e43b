// SPDX-License-Identifier: Apache-2.0
/* What becomes of a configuration that was fetched. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/encrypted_file.h"
#include "crypto.h"
#include "file_times.h"
#include "log.h"
#include "provision_impl.h"

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
	phone_config_free(provision->minimal);
	provision->minimal = NULL;
	provision->stored = *stored;
	provision->status.fetched = stored->fetched;
	provision->status.is_signed = stored->is_signed;
	provision_turn_succeed(provision);
	if (is_other) {
		log_tell(LOG_CONFIG_TAKEN, "%s from %s", provision->name, provision->status.source);
		provision->events->configured(provision->owner, config);
	}
	phone_config_free(before);
}

/* The file that is not encrypted holds the whole configuration. */
void provision_full_use(struct provision *provision)
{
	struct phone_config *config = provision->full;
	struct octets text = provision->full_text;
	struct provision_stored stored = provision->full_stored;

	provision->full = NULL;
	provision->full_text = (struct octets){ 0 };
	config_use(provision, config, text, &stored);
	provision_text_forget(&text);
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
		provision_turn_fail(provision, &why);
		return;
	}
	time_keep(provision, verdict);
	if (!wants_encrypted(provision, provision->full)) {
		if (provision->full->is_full) {
			provision_full_use(provision);
			return;
		}
		refusal_set(&why, REASON_CONFIG_MISSING, "%s is not the whole one, and names none",
			    provision->name);
		provision_turn_fail(provision, &why);
		return;
	}
	err = provision_key_find(provision->settings, provision->full->cert_hash, &key, &reason,
				 &why);
	EVP_PKEY_free(key);
	/* No other certificate mends what a policy refuses. */
	if (err && why.code == REASON_FIPS_KEYS)
		provision_turn_fail(provision, &why);
	else if (err)
		provision_turn_enrol(provision, reason, &why);
	else
		provision_step_begin(provision, STEP_ENCRYPTED);
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

/* Whether another certificate can mend it; with the key of others digests differ too. */
static bool is_about_key(enum reason_code code)
{
	return code == REASON_FILE_KEY || code == REASON_FILE_CONTENT ||
	       code == REASON_CONFIG_ENROL;
}

/*
 * Only a file whose signature holds is opened. What no new certificate mends must not ask CAPF
 * for one, or each turn would, for ever.
 */
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
		provision_turn_fail(provision, &why);
		return;
	}
	if (encrypted_open(provision, verdict, file, &plain, &why)) {
		if (is_about_key(why.code))
			provision_turn_enrol(provision, PROVISION_ENROL_DECRYPTION, &why);
		else
			provision_turn_fail(provision, &why);
		return;
	}
	err = phone_config_read(&config, plain, &why);
	if (!err && !provision_digest(plain, stored.digest))
		err = refusal_set(&why, REASON_SYSTEM, "SHA-256: %s", crypto_error());
	if (err) {
		provision_turn_fail(provision, &why);
	} else {
		time_keep(provision, verdict);
		config_use(provision, config, plain, &stored);
	}
	encrypted_file_forget(&plain);
}

/* Why a file is refused: that TVS did not help says more than that nobody knows its signer. */
void provision_config_take(struct provision *provision, struct octets file, bool is_https)
{
	struct file_verdict verdict;
	struct refusal why;

	if (config_judge(provision, file, is_https, &verdict, &why)) {
		if (!provision_signer_ask(provision, &verdict, file, is_https))
			provision_turn_fail(provision, &why);
	} else if (provision->step == STEP_ENCRYPTED) {
		encrypted_take(provision, &verdict, file);
	} else {
		full_take(provision, &verdict, is_https);
	}
}
