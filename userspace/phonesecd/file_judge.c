// SPDX-License-Identifier: Apache-2.0
#include "file_judge.h"

#include <string.h>

#include "../lib/file_signature.h"
#include "../lib/key_policy.h"
#include "crypto.h"
#include "file_times.h"
#include "label.h"
#include "trust_impl.h"

/**
 * struct judging - one file that is judged
 * @settings: policy
 * @trust: lists, revoked ones, what was vouched for
 * @verdict: what is found
 * @file: the file
 * @list: the file as a list, when it is one
 * @name: as it was asked for, or NULL
 * @is_approved: a person vouches for the signer
 * @best: of all signers that were tried, the one that got furthest
 */
struct judging {
	const struct settings *settings;
	struct trust *trust;
	struct file_verdict *verdict;
	struct octets file;
	struct trust_list list;
	const char *name;
	bool is_approved;
	struct refusal best;
};

static bool is_list(const struct judging *judging)
{
	return judging->verdict->kind != FILE_KIND_SIGNED;
}

static enum trust_list_kind list_kind(const struct judging *judging)
{
	return judging->verdict->kind == FILE_KIND_CTL ? TRUST_LIST_CTL : TRUST_LIST_ITL;
}

static bool is_first(const struct judging *judging)
{
	return is_list(judging) && trust_lists_are_empty(&judging->trust->lists);
}

/* What is known of a signer's record, the more the further it got. */
static unsigned int rank(enum reason_code code)
{
	switch (code) {
	case REASON_FILE_SIGNATURE:
		return 4;
	case REASON_FILE_WEAK:
	case REASON_SERVER_REVOKED:
		return 3;
	case REASON_FILE_CONTENT:
		return 2;
	case REASON_FILE_ROLE:
		return 1;
	default:
		return 0;
	}
}

/* A signer that would have done but for this; always false. */
static bool signer_miss(struct judging *judging, const struct refusal *why)
{
	if (rank(why->code) > rank(judging->best.code))
		judging->best = *why;
	return false;
}

static bool key_fits(struct judging *judging, EVP_PKEY *key)
{
	bool old_is_fine = judging->trust->takes_sha1;
	OSSL_LIB_CTX *library;
	struct refusal why;
	int err;

	err = crypto_library(&library, &why);
	if (!err && !key_policy_rsa(KEY_USE_FILE, EVP_PKEY_get_bits(key), old_is_fine))
		err = refusal_set(&why, REASON_FILE_WEAK, "%d bits", EVP_PKEY_get_bits(key));
	if (!err)
		err = file_signature_check(library, &judging->verdict->header, judging->file, key,
					   &why);
	if (err)
		return signer_miss(judging, &why);
	judging->verdict->is_signed = true;
	return true;
}

static bool record_is_revoked(const struct judging *judging, const struct trust_record *record)
{
	OSSL_LIB_CTX *library;
	struct refusal unused;
	X509 *certificate;
	bool revoked;

	if (!record->certificate.len)
		return false;
	if (crypto_library(&library, &unused))
		return true;
	certificate = trust_record_certificate(library, record, &unused);
	revoked = certificate && trust_is_revoked(judging->trust, certificate);
	X509_free(certificate);
	return revoked;
}

static const char *role_text(const struct judging *judging)
{
	return is_list(judging) ? "SAST" : "TFTP or CCM+TFTP";
}

/* Whether a record is the signer's, in the right role, and made the signature. */
static bool record_signed(struct judging *judging, const struct trust_record *record)
{
	const char *role = trust_role_name(record->role);
	OSSL_LIB_CTX *library;
	struct refusal why;
	EVP_PKEY *key;
	bool fits;

	if (!trust_record_signs(record, &judging->verdict->header))
		return false;
	if (record->role >= TRUST_ROLES_KNOWN ||
	    !(judging->trust->roles & TRUST_ROLE_BIT(record->role))) {
		refusal_set(&why, REASON_FILE_ROLE, "it is known as %s, and must be %s",
			    role ?: "something else", role_text(judging));
		return signer_miss(judging, &why);
	}
	if (record_is_revoked(judging, record)) {
		refusal_set(&why, REASON_SERVER_REVOKED, "the signer, as %s", role);
		return signer_miss(judging, &why);
	}
	if (crypto_library(&library, &why))
		return signer_miss(judging, &why);
	key = trust_record_key(library, record, &why);
	if (!key)
		return signer_miss(judging, &why);
	fits = key_fits(judging, key);
	EVP_PKEY_free(key);
	if (fits)
		judging->verdict->role = record->role;
	return fits;
}

static bool list_knows(struct judging *judging, const struct trust_list *list)
{
	struct trust_record record;
	size_t at = 0;

	while (trust_list_next(list, &at, &record))
		if (record_signed(judging, &record))
			return true;
	return false;
}

/* Lists are decided about by the one list that governs, files by either. */
static bool lists_know(struct judging *judging)
{
	const struct trust_lists *lists = &judging->trust->lists;
	const struct trust_list_file *file;
	size_t kind;

	for (kind = 0; kind < TRUST_LIST_KINDS; kind++) {
		file = &lists->files[kind];
		if (!file->bytes.at || (is_list(judging) && file != trust_lists_governing(lists)))
			continue;
		if (list_knows(judging, &file->list)) {
			judging->verdict->voucher = kind == TRUST_LIST_CTL ? FILE_VOUCHER_CTL :
									     FILE_VOUCHER_ITL;
			return true;
		}
	}
	return false;
}

static bool certificate_signed(struct judging *judging, const struct vouched_certificate *entry)
{
	uint32_t roles = entry->roles & judging->trust->roles;
	struct refusal why;

	if (!crypto_serial_is(entry->certificate, judging->verdict->header.serial))
		return false;
	if (!roles) {
		refusal_set(&why, REASON_FILE_ROLE, "%s vouches for it in another role, and it "
			    "must be %s", entry->server, role_text(judging));
		return signer_miss(judging, &why);
	}
	if (trust_is_revoked(judging->trust, entry->certificate)) {
		refusal_set(&why, REASON_SERVER_REVOKED, "the signer, whom %s vouches for",
			    entry->server);
		return signer_miss(judging, &why);
	}
	if (!key_fits(judging, X509_get0_pubkey(entry->certificate)))
		return false;
	judging->verdict->voucher = FILE_VOUCHER_TVS;
	judging->verdict->role = __builtin_ctz(roles);
	return true;
}

static bool service_knows(struct judging *judging)
{
	const struct vouched *vouched = &judging->trust->vouched;
	size_t i;

	for (i = 0; i < vouched->count; i++)
		if (certificate_signed(judging, &vouched->list[i]))
			return true;
	return false;
}

/* The signer of a list that nobody can know, who must at least be one of its own. */
static int own_signer_check(struct judging *judging, enum file_voucher voucher,
			    struct refusal *why)
{
	if (list_knows(judging, &judging->list)) {
		judging->verdict->voucher = voucher;
		return 0;
	}
	if (judging->best.code == REASON_NONE)
		return refusal_set(why, REASON_FILE_CONTENT, "the list does not name its own signer");
	*why = judging->best;
	return -reason_words(why->code)->error;
}

static int signer_unknown(const struct judging *judging, struct refusal *why)
{
	const struct file_header *header = &judging->verdict->header;
	char signer[80], issuer[80], serial[2 * FILE_SERIAL_MAX + 1];

	if (judging->best.code != REASON_NONE) {
		*why = judging->best;
		return -reason_words(why->code)->error;
	}
	label_text(signer, sizeof(signer), header->signer_name);
	label_text(issuer, sizeof(issuer), header->signer_issuer);
	label_hex(serial, 41, header->serial);
	return refusal_set(why, REASON_FILE_SIGNER, "%s, issued by %s, number %s", signer, issuer,
			   serial);
}

static int signer_check(struct judging *judging, struct refusal *why)
{
	struct refusal mine;
	int err;

	if (judging->is_approved)
		return own_signer_check(judging, FILE_VOUCHER_PERSON, why);
	if (is_first(judging)) {
		err = own_signer_check(judging, FILE_VOUCHER_ITSELF, why);
		if (!err && !judging->settings->first_list)
			err = refusal_set(why, REASON_TRUST_FIRST, "%s", "");
		return err;
	}
	if (lists_know(judging) || service_knows(judging))
		return 0;
	err = signer_unknown(judging, why);
	/* A list that was changed must neither wait for approval nor be asked about. */
	if (is_list(judging) && why->code == REASON_FILE_SIGNER &&
	    own_signer_check(judging, FILE_VOUCHER_NONE, &mine) &&
	    mine.code == REASON_FILE_SIGNATURE) {
		*why = mine;
		err = -reason_words(why->code)->error;
	}
	judging->verdict->is_signed = false;
	judging->verdict->role = -1;
	return err;
}

static int digest_check(const struct judging *judging, struct refusal *why)
{
	struct file_verdict *verdict = judging->verdict;
	const char *digest = file_digest_name(verdict->header.digest);

	verdict->is_sha1 = verdict->header.digest == FILE_DIGEST_SHA1;
	if (key_policy_digest(KEY_USE_FILE, digest, judging->trust->takes_sha1))
		return 0;
	return refusal_set(why, REASON_FILE_DIGEST, "%s%s",
			   verdict->is_sha1 ? "SHA-1" : digest ?: "unknown",
			   crypto_is_fips() ? ", which FIPS mode does without" : "");
}

static bool name_is(struct octets name, const char *text)
{
	return name.len == strlen(text) && !memcmp(name.at, text, name.len);
}

/* Lists call themselves by the common name, even where each phone has its own file. */
static bool list_name_is_right(const struct judging *judging)
{
	const struct octets name = judging->verdict->header.name;
	const char *word = trust_list_word(list_kind(judging));
	char own[SETTINGS_NAME_MAX + 8];

	snprintf(own, sizeof(own), "%s%s.tlv", word, judging->settings->name);
	return name_is(name, trust_list_name(list_kind(judging))) ||
	       (*judging->settings->name && name_is(name, own));
}

static int name_check(const struct judging *judging, struct refusal *why)
{
	const struct octets name = judging->verdict->header.name;
	char text[FILE_NAME_MAX + 1];

	if (is_list(judging) ? list_name_is_right(judging) :
	    name.len && (!judging->name || name_is(name, judging->name)))
		return 0;
	label_text(text, sizeof(text), name);
	return refusal_set(why, REASON_FILE_NAME, "signed as '%.100s', asked for as '%.100s'",
			   text, judging->name ?: "any");
}

static int64_t newest_known(const struct judging *judging)
{
	const struct trust_list_file *file;
	char name[FILE_NAME_MAX + 1];
	int64_t newest;

	if (!is_list(judging)) {
		label_text(name, sizeof(name), judging->verdict->header.name);
		return file_times_newest(judging->settings, name);
	}
	newest = file_times_newest(judging->settings, trust_list_name(list_kind(judging)));
	file = &judging->trust->lists.files[list_kind(judging)];
	return file->bytes.at && file->list.header.timestamp > newest ?
	       file->list.header.timestamp : newest;
}

static int time_check(const struct judging *judging, struct refusal *why)
{
	struct file_verdict *verdict = judging->verdict;
	char own[LABEL_TIME_MAX], newest[LABEL_TIME_MAX];

	verdict->newest = newest_known(judging);
	if (verdict->header.timestamp >= verdict->newest)
		return 0;
	label_time(own, verdict->header.timestamp);
	label_time(newest, verdict->newest);
	return refusal_set(why, REASON_FILE_OLDER, "it is of %s, one of %s was accepted", own,
			   newest);
}

static int content_check(struct judging *judging, struct refusal *why)
{
	struct trust_record record;
	size_t at = 0, signers = 0;
	int err;

	if (!is_list(judging))
		return 0;
	err = trust_list_read(&judging->list, judging->file, why);
	if (err)
		return err;
	while (trust_list_next(&judging->list, &at, &record))
		signers += record.role == TRUST_ROLE_SAST;
	if (!judging->list.count)
		return refusal_set(why, REASON_FILE_CONTENT, "there are no certificates in it");
	if (judging->list.count > TRUST_LISTS_RECORDS_MAX || signers > TRUST_LISTS_SIGNERS_MAX)
		return refusal_set(why, REASON_TRUST_LIST_TOO_LONG,
				   "%zu certificates, %zu of them sign lists",
				   judging->list.count, signers);
	return 0;
}

static int unsigned_check(const struct judging *judging, struct refusal *why)
{
	if (!is_list(judging) && trust_lists_are_empty(&judging->trust->lists))
		return 0;
	return refusal_set(why, REASON_FILE_UNSIGNED, "%s", judging->name ?: "");
}

/* That nobody knows the signer is told only when all else is right. */
static int rules_check(struct judging *judging, struct refusal *why)
{
	struct file_verdict *verdict = judging->verdict;
	struct refusal other;
	int err, later;

	if (!file_has_header(judging->file))
		return unsigned_check(judging, why);
	if (is_list(judging) && judging->file.len > PHONESEC_TRUST_LIST_MAX)
		return refusal_set(why, REASON_TRUST_LIST_TOO_LONG, "%zu bytes",
				   judging->file.len);
	err = file_header_read(&verdict->header, judging->file, why);
	if (err)
		return err;
	verdict->has_header = true;
	verdict->body = file_body(&verdict->header, judging->file);
	err = content_check(judging, why) ?: digest_check(judging, why);
	if (err)
		return err;
	err = signer_check(judging, why);
	if (err && why->code != REASON_FILE_SIGNER && why->code != REASON_TRUST_FIRST)
		return err;
	later = name_check(judging, &other) ?: time_check(judging, &other);
	if (later)
		*why = other;
	return later ?: err;
}

static int verdict_make(struct judging *judging, struct refusal *why)
{
	struct file_verdict *verdict = judging->verdict;
	enum trust_use use = is_list(judging) ? TRUST_USE_LISTS : TRUST_USE_FILES;
	int err;

	*verdict = (struct file_verdict){ .kind = verdict->kind, .body = judging->file, .role = -1,
					  .use = use };
	err = trust_load_signers(&judging->trust, judging->settings, use, why);
	if (!err) {
		err = rules_check(judging, why);
		verdict->may_ask = err && why->code == REASON_FILE_SIGNER &&
				   !trust_lists_are_empty(&judging->trust->lists);
		trust_free(judging->trust);
	}
	if (err)
		verdict->why = *why;
	return err;
}

int file_judge(struct file_verdict *verdict, const struct settings *settings, enum file_kind kind,
	       const char *name, struct octets file, struct refusal *why)
{
	struct judging judging = {
		.settings = settings,
		.verdict = verdict,
		.file = file,
		.name = name,
	};

	verdict->kind = kind;
	return verdict_make(&judging, why);
}

int file_judge_approved(struct file_verdict *verdict, const struct settings *settings,
			enum file_kind kind, struct octets file, struct refusal *why)
{
	struct judging judging = {
		.settings = settings,
		.verdict = verdict,
		.file = file,
		.is_approved = true,
	};

	verdict->kind = kind;
	return verdict_make(&judging, why);
}
