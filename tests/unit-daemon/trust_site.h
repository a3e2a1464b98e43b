/* SPDX-License-Identifier: Apache-2.0 */
/* A site whose lists and files tests make: who signs, who serves, and a phone's empty folder. */
#ifndef UNIT_TRUST_SITE_H
#define UNIT_TRUST_SITE_H

#include "file_build.h"
#include "crypto.h"
#include "file_judge.h"
#include "site.h"
#include "trust_lists.h"

/* @sast and @token sign lists, @outsider in no list; RSA, as all who sign. */
extern struct site_identity sast, token, outsider, manager, capf, verifier, web;

int trust_site_set_up(void **state);
int trust_site_clear(void **state);

/* A phone whose folder of lists is new and empty; the policy is the default one. */
struct settings trust_site_settings(void);

enum { SITE_TIME = 1700000000 };

/**
 * struct list_wish - a list to be made
 * @name: in its header; the ITL's when NULL
 * @signer: @sast when NULL
 * @digest: SHA-512 when 0
 * @later_s: seconds behind %SITE_TIME
 * @records, @count: those of list_records when NULL
 */
struct list_wish {
	const char *name;
	const struct site_identity *signer;
	enum file_digest digest;
	uint32_t later_s;
	const struct file_build_record *records;
	size_t count;
};

/* The caller's until free(). */
struct octets list_make(const struct list_wish *wish);
struct octets signed_make(const char *name, const struct list_wish *wish, const char *body);

/* sast and token as SAST, manager as CCM+TFTP, capf, verifier as TVS, web as APP-SERVER. */
enum { LIST_RECORDS = 6 };
const struct file_build_record *list_records(void);

/* Offers a list that is made, and gives it up; the outcome, or -1 with the reason in last_why. */
int list_offer(const struct settings *settings, enum trust_list_kind kind,
	       const struct list_wish *wish);
extern struct refusal last_why;
extern struct file_verdict last_verdict;

/* Puts the site's ITL in force. */
void list_begin(const struct settings *settings);

/* Judges a signed file that is made; the reason. */
enum reason_code file_reason(const struct settings *settings, const char *name,
			     const char *signed_as, const struct list_wish *wish);

/* Bytes of a file of the phone's folder, or none; the caller's until free(). */
struct octets stored(const struct settings *settings, const char *name);

#endif
