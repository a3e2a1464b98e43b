/* SPDX-License-Identifier: Apache-2.0 */
/* What the files provision*.c share. */
#ifndef PHONESECD_PROVISION_IMPL_H
#define PHONESECD_PROVISION_IMPL_H

#include "file_judge.h"
#include "provision.h"
#include "trust_lists.h"
#include "verify_service.h"

/* What is asked for in one turn, in this order. */
enum provision_step {
	STEP_CTL,
	STEP_ITL,
	STEP_ITL_COMMON, /* when this phone has none of its own */
	STEP_SIGNED,
	STEP_PLAIN,
	STEP_ENCRYPTED,
	STEP_END,
};

/**
 * struct provision_stored - what is kept on disk beside the configuration
 * @fetched: seconds since 1970
 * @is_signed: as in struct provision_status
 * @digest: SHA-256 of config.xml in hexadecimal; with another file nothing here counts
 */
struct provision_stored {
	int64_t fetched;
	bool is_signed;
	char digest[65];
};

/**
 * struct provision - see provision.h
 * @folder: of the configuration
 * @config, @stored: the one in use
 * @full: of this turn, from the file that is not encrypted
 * @minimal: that a certificate was asked for by; NULL once there is a whole one
 * @step: what is asked for; STEP_END between two turns
 * @name: the file
 * @asked: TVS was asked about this file already
 * @list_refused: why a list of this turn was, REASON_NONE when none was
 * @answered: the source that answered in this turn, its port 0 for none
 * @kept: the file that TVS is asked about
 * @failures: turns in a row that failed
 */
struct provision {
	sd_event *event;
	const struct settings *settings;
	struct verify_service *service;
	const struct provision_events *events;
	void *owner;
	const struct secret *token;
	char folder[PATH_MAX];
	sd_event_source *timer;
	sd_event_source *first;
	struct provision_status status;
	struct phone_config *config;
	struct provision_stored stored;
	struct phone_config *full;
	struct octets full_text;
	struct provision_stored full_stored;
	struct phone_config *minimal;
	struct fetch *fetch;
	enum provision_step step;
	char name[FETCH_NAME_MAX];
	bool asked;
	struct refusal list_refused;
	struct fetch_source answered;
	struct octets kept;
	bool kept_is_https;
	unsigned int failures;
};

void provision_state_set(struct provision *provision, enum provision_state state);
/* The next turn, after the interval or sooner after failures. */
void provision_timer_arm(struct provision *provision);
void provision_text_forget(struct octets *text);

/* A turn from its beginning; the ends tell the owner, and are the last that a caller does. */
void provision_turn_begin(struct provision *provision);
void provision_turn_forget(struct provision *provision);
void provision_turn_fail(struct provision *provision, const struct refusal *why);
/* A turn whose configuration is good may have had a list that was not. */
void provision_turn_succeed(struct provision *provision);
void provision_turn_enrol(struct provision *provision, enum provision_enrolment reason,
			  const struct refusal *why);
void provision_step_begin(struct provision *provision, enum provision_step step);

/*
 * Asks TVS about a signer, once a file. Returns false when there is nobody to ask; else the file
 * is judged again when the answer is there.
 */
bool provision_signer_ask(struct provision *provision, const struct file_verdict *verdict,
			  struct octets file, bool is_https);

/* A configuration file is there: judges it, and goes on with the turn or ends it. */
void provision_config_take(struct provision *provision, struct octets file, bool is_https);
/* There is no encrypted one, so the whole one that is not encrypted counts. */
void provision_full_use(struct provision *provision);

/* The name of the file of a step. Returns false when it does not fit. */
bool provision_name(const struct settings *settings, enum provision_step step,
		    char name[FETCH_NAME_MAX]);

/**
 * provision_sources - who is asked for the file of a step, and in which order
 * @provision: the pipeline
 * @sources: filled in
 *
 * Return: how many.
 */
size_t provision_sources(const struct provision *provision,
			 struct fetch_source sources[FETCH_SOURCES_MAX]);

/* What there are of trust lists decides about names and ways. */
bool provision_has_lists(const struct settings *settings);

/**
 * provision_store_load - the configuration of before
 * @provision: its folder is read
 * @config: result
 * @stored: result
 *
 * Return: false when there is none; what is wrong with one that is there is in the log.
 */
bool provision_store_load(const struct provision *provision, struct phone_config **config,
			  struct provision_stored *stored);
/* Keeps a configuration. Returns 0, or the -errno of the reason. */
int provision_store_save(const struct provision *provision, struct octets text,
			 const struct provision_stored *stored, struct refusal *why);
/* SHA-256 in hexadecimal; false without OpenSSL's help. */
bool provision_digest(struct octets text, char digest[65]);

/**
 * provision_key_find - the key of this phone that the servers encrypt for
 * @settings: name LSC and MIC
 * @hash: certHash of the configuration
 * @key: result, the caller's until EVP_PKEY_free()
 * @reason: on failure what is wrong
 * @why: on failure in words
 *
 * Return: 0, or the -errno of the reason.
 */
int provision_key_find(const struct settings *settings, const char *hash, EVP_PKEY **key,
		       enum provision_enrolment *reason, struct refusal *why);

#endif
