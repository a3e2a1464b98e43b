/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust lists in force, CTL and ITL, as files of the state folder: what is in them, and by
 * which rules others take their place.
 */
#ifndef PHONESECD_TRUST_LISTS_H
#define PHONESECD_TRUST_LISTS_H

#include "../lib/trust_list.h"
#include "settings.h"
#include "trust.h"

enum trust_lists_limits {
	/* Certificates with their role in one list. */
	TRUST_LISTS_RECORDS_MAX = 256,
	/*
	 * Of them, those that sign lists. Phones in the field are told to take two; a site with
	 * spare tokens may have some more.
	 */
	TRUST_LISTS_SIGNERS_MAX = 8,
};

enum trust_list_kind {
	TRUST_LIST_CTL,
	TRUST_LIST_ITL,
	TRUST_LIST_KINDS,
};

/**
 * struct trust_list_file - one list in force
 * @bytes: the file; .at is NULL when there is none
 * @list: what it says; points into @bytes
 */
struct trust_list_file {
	struct octets bytes;
	struct trust_list list;
};

struct trust_lists {
	struct trust_list_file files[TRUST_LIST_KINDS];
};

/**
 * trust_lists_load - read the lists in force
 * @lists: filled in, the caller's until trust_lists_clear()
 * @settings: names the folder; an empty name is a folder without lists
 * @why: on refusal the reason. A list that is there and cannot be read is one: to go on as if
 *       there were none would take the next one without check
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_lists_load(struct trust_lists *lists, const struct settings *settings,
		     struct refusal *why);
void trust_lists_clear(struct trust_lists *lists);

/* Whether there is neither CTL nor ITL. */
bool trust_lists_are_empty(const struct trust_lists *lists);

/*
 * The list whose signers (SAST) decide about lists that come: the CTL, and without one, or when it
 * holds no signer's certificate, the ITL. NULL when there is none.
 */
const struct trust_list_file *trust_lists_governing(const struct trust_lists *lists);

/* Roles as bits; higher numbers are not known. */
enum { TRUST_ROLES_KNOWN = 32 };
#define TRUST_ROLE_BIT(role) (1U << (role))
/* Roles that are good for a use. */
uint32_t trust_use_roles(enum trust_use use, const struct settings *settings);

/* Whether SHA-1 will do for files: never in FIPS mode. */
bool trust_takes_sha1(const struct settings *settings);

enum trust_list_outcome {
	TRUST_LIST_NONE, /* empty or unsigned, and nothing was in force: an insecure site */
	TRUST_LIST_SAME, /* is in force already */
	TRUST_LIST_FIRST, /* in force from now on, as the first list, without check of its signer */
	TRUST_LIST_REPLACED, /* in force from now on */
};

/*
 * A digest of a file in hexadecimal, as fingerprints are told: "SHA256" with 64 digits and a zero.
 * Returns false, with an empty text, where OpenSSL lacks it.
 */
bool trust_digest_text(const char *algorithm, struct octets bytes, char *text);

struct file_verdict;

/**
 * trust_lists_offer - a list came from the servers
 * @settings: policy and folder
 * @kind: which list was asked for
 * @name: under which name, such as "ITLSEP001122334455.tlv"
 * @file: the whole file; no bytes for an empty one
 * @outcome: on success what became of it
 * @verdict: filled in when not NULL, on refusal too; points into @file
 * @why: on refusal the reason; the lists before stay in force
 *
 * A list that was refused only because nobody knows its signer stays as the pending one, in place
 * of an earlier one. When @verdict->may_ask the trust verification service may know the signer:
 * ask verify_service_query(), and offer the list again.
 *
 * What becomes of it is told to the journal here. A caller who is told %TRUST_LIST_FIRST or
 * %TRUST_LIST_REPLACED has servers_trust_changed() look at the new lists.
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_lists_offer(const struct settings *settings, enum trust_list_kind kind, const char *name,
		      struct octets file, enum trust_list_outcome *outcome,
		      struct file_verdict *verdict, struct refusal *why);

/**
 * struct trust_pending - the list that waits to be approved
 * @bytes: the file; .at is NULL when there is none
 * @list: what it says; points into @bytes
 * @kind: which list it would become
 * @fingerprint: SHA-256 of the file, 64 hexadecimal digits
 * @sha1: SHA-1 of the file, as call managers show it ("show itl")
 */
struct trust_pending {
	struct octets bytes;
	struct trust_list list;
	enum trust_list_kind kind;
	char fingerprint[65];
	char sha1[41];
};

/* Reads it; the caller's until trust_pending_clear(). Returns 0, also when there is none. */
int trust_pending_load(struct trust_pending *pending, const struct settings *settings,
		       struct refusal *why);
void trust_pending_clear(struct trust_pending *pending);

/* Whether a fingerprint, as for trust_lists_approve(), is that of the pending list. */
bool trust_pending_is(const struct trust_pending *pending, const char *fingerprint);

/**
 * trust_lists_approve - put the pending list in force
 * @settings: policy and folder
 * @fingerprint: SHA-256 or SHA-1 of it in hexadecimal; colons and blanks between digits are fine
 * @why: on refusal the reason
 *
 * The person who compared the fingerprint stands in for the signer; all other rules hold.
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_lists_approve(const struct settings *settings, const char *fingerprint,
			struct refusal *why);

/*
 * Forgets both lists, the pending one, what was vouched for and the times of files: the next list
 * is taken as the first one. Returns 0, or the -errno of the reason.
 */
int trust_lists_reset(const struct settings *settings, struct refusal *why);

/* "CTL", "ITL"; as files call themselves, "CTLFile.tlv"; and as they are kept, "ctl.tlv". */
const char *trust_list_word(enum trust_list_kind kind);
const char *trust_list_name(enum trust_list_kind kind);
const char *trust_list_stored(enum trust_list_kind kind);

#endif
