/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file may be used: who signed it, which list knows the signer and in which role, which
 * rule it breaks and what would mend it.
 */
#ifndef PHONESECD_FILE_JUDGE_H
#define PHONESECD_FILE_JUDGE_H

#include "../lib/file_header.h"
#include "settings.h"
#include "trust.h"

enum file_kind {
	FILE_KIND_CTL,
	FILE_KIND_ITL,
	FILE_KIND_SIGNED, /* .sgn, .enc.sgn, .sbn, .loads */
};

enum file_voucher {
	FILE_VOUCHER_NONE,
	FILE_VOUCHER_CTL,
	FILE_VOUCHER_ITL,
	FILE_VOUCHER_TVS,
	FILE_VOUCHER_ITSELF, /* the first list on an empty phone */
	FILE_VOUCHER_PERSON, /* a list that somebody approved by its fingerprint */
};

/**
 * struct file_verdict - what is known of a file, and whether it may be used
 * @why: %REASON_NONE when it may
 * @kind: as it was judged
 * @has_header: @header was read
 * @header: points into the file
 * @body: what is behind the header, or the whole file without one; lies in the file
 * @voucher: who knows the signer
 * @role: in which role, as the lists number it, or -1
 * @is_signed: the signature fits
 * @is_sha1: it is over SHA-1, which the policy allows
 * @newest: TIMESTAMP of the newest file of this name that was accepted, 0 for none
 * @may_ask: refused only because nobody knows the signer: verify_service_query() with the
 *           header's names and number may help, if there are trust verification servers
 * @use: what to ask it for
 */
struct file_verdict {
	struct refusal why;
	enum file_kind kind;
	bool has_header;
	struct file_header header;
	struct octets body;
	enum file_voucher voucher;
	int role;
	bool is_signed;
	bool is_sha1;
	int64_t newest;
	bool may_ask;
	enum trust_use use;
};

/**
 * file_judge - look whether a file may be used; nothing is changed
 * @verdict: filled in; points into @file
 * @settings: policy, and folder of the lists
 * @kind: what it should be
 * @name: as it was asked for, with its path below the servers' root; NULL to look at a file
 *        under whatever name it was signed
 * @file: the whole file
 * @why: on refusal the reason, the same as @verdict->why
 *
 * Without any list in force a file without a signature is accepted, as phones of insecure sites
 * do; verdict->has_header tells. Whoever used a signed file tells file_times_accept().
 *
 * Return: 0, or the -errno of the reason.
 */
int file_judge(struct file_verdict *verdict, const struct settings *settings, enum file_kind kind,
	       const char *name, struct octets file, struct refusal *why);

/* The same for a list whose signer a person vouches for: it must be signed by one of its own. */
int file_judge_approved(struct file_verdict *verdict, const struct settings *settings,
			enum file_kind kind, struct octets file, struct refusal *why);

/* What a file is by its name: "CTL..." and "ITL..." with ".tlv" are lists. */
enum file_kind file_kind_of(const char *name);

/* "CTL", "ITL", "TVS", "first use", "approved"; empty for none. */
const char *file_voucher_word(enum file_voucher voucher);

/**
 * file_verdict_tell - the verdict in sentences, one a line, for people
 * @verdict: of file_judge()
 * @text: result, terminated
 * @size: bytes of @text
 */
void file_verdict_tell(const struct file_verdict *verdict, char *text, size_t size);

#endif
