// SPDX-License-Identifier: Apache-2.0
#include "trust_impl.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto.h"
#include "file_times.h"

static int file_refuse(struct refusal *why, const char *path, const char *text)
{
	return refusal_set(why, REASON_TRUST_FILE, "%s: %s", path, text);
}

static bool is_end_of_pem(void)
{
	unsigned long error = ERR_peek_last_error();

	return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/* Certificates of a file, in addition to those that are there; a file without any is refused. */
static int certificates_read(STACK_OF(X509) *certificates, const char *path, struct refusal *why)
{
	int before = sk_X509_num(certificates), err;
	OSSL_LIB_CTX *library;
	X509 *certificate;
	BIO *bio;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	bio = BIO_new_file(path, "r");
	if (!bio)
		return file_refuse(why, path, crypto_error());
	for (;;) {
		certificate = X509_new_ex(library, NULL);
		if (!certificate || !PEM_read_bio_X509(bio, &certificate, NULL, NULL))
			break;
		if (!sk_X509_push(certificates, certificate))
			break;
	}
	X509_free(certificate);
	BIO_free(bio);
	if (!is_end_of_pem())
		return file_refuse(why, path, crypto_error());
	ERR_clear_error();
	return sk_X509_num(certificates) > before ? 0 :
	       file_refuse(why, path, "no certificate in it");
}

/* Other files in the folder, such as notes and private keys, are nobody's certificates. */
static bool is_certificate_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && (!strcasecmp(dot, ".pem") || !strcasecmp(dot, ".crt") ||
				      !strcasecmp(dot, ".cer"));
}

static int folder_read(STACK_OF(X509) *certificates, const char *path, struct refusal *why)
{
	char file[PATH_MAX];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	dir = opendir(path);
	if (!dir)
		return file_refuse(why, path, strerror(errno));
	while (!err && (entry = readdir(dir))) {
		if (!is_certificate_name(entry->d_name))
			continue;
		if (snprintf(file, sizeof(file), "%s/%s", path, entry->d_name) >=
		    (int)sizeof(file))
			err = file_refuse(why, path, strerror(ENAMETOOLONG));
		else
			err = certificates_read(certificates, file, why);
	}
	closedir(dir);
	return err;
}

int trust_anchors_read(STACK_OF(X509) **certificates, const char *path, struct refusal *why)
{
	STACK_OF(X509) *read;
	struct stat status;
	int err;

	if (!*path)
		return refusal_set(why, REASON_TRUST_EMPTY, "no anchors are configured");
	if (stat(path, &status) < 0)
		return file_refuse(why, path, strerror(errno));
	read = sk_X509_new_null();
	if (!read)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = S_ISDIR(status.st_mode) ? folder_read(read, path, why) :
	      certificates_read(read, path, why);
	if (!err && !sk_X509_num(read))
		err = refusal_set(why, REASON_TRUST_EMPTY, "%s", path);
	if (err)
		sk_X509_pop_free(read, X509_free);
	else
		*certificates = read;
	return err;
}

static int anchors_load(struct trust *trust, const char *path, struct refusal *why)
{
	STACK_OF(X509) *certificates;
	int err = trust_anchors_read(&certificates, path, why);

	if (err)
		return err;
	for (int i = 0; !err && i < sk_X509_num(certificates); i++)
		if (!X509_STORE_add_cert(trust->store, sk_X509_value(certificates, i)))
			err = file_refuse(why, path, crypto_error());
	sk_X509_pop_free(certificates, X509_free);
	return err;
}

/* Digits in pairs, with anything blank and colons between them, up to a comment. */
static bool fingerprint_parse(unsigned char digest[CRYPTO_FINGERPRINT_LEN], const char *text,
			      bool *empty)
{
	size_t digits = 0;
	int value;

	for (; *text && *text != '#'; text++) {
		if (*text == ':' || isspace((unsigned char)*text))
			continue;
		if (!isxdigit((unsigned char)*text) || digits == 2 * CRYPTO_FINGERPRINT_LEN)
			return false;
		value = OPENSSL_hexchar2int((unsigned char)*text);
		digest[digits / 2] = (unsigned char)(digits % 2 ? digest[digits / 2] << 4 | value :
								  value);
		digits++;
	}
	*empty = !digits;
	return !digits || digits == 2 * CRYPTO_FINGERPRINT_LEN;
}

static int revoked_add(struct trust *trust, const char *line, struct refusal *why)
{
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	void *grown;
	bool empty;

	if (!fingerprint_parse(digest, line, &empty))
		return refusal_set(why, REASON_TRUST_FILE, "%s", "");
	if (empty)
		return 0;
	grown = reallocarray(trust->revoked, trust->revoked_count + 1, sizeof(*trust->revoked));
	if (!grown)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	trust->revoked = grown;
	memcpy(trust->revoked[trust->revoked_count++], digest, sizeof(digest));
	return 0;
}

static int revoked_load(struct trust *trust, const char *path, struct refusal *why)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file;
	int err = 0;

	if (!*path)
		return 0;
	file = fopen(path, "re");
	if (!file)
		return file_refuse(why, path, strerror(errno));
	while (!err && getline(&line, &size, file) >= 0) {
		number++;
		err = revoked_add(trust, line, why);
	}
	if (err && why->code == REASON_TRUST_FILE) {
		err = file_refuse(why, path, "this line is no SHA-256 fingerprint");
		why->line = number;
	}
	if (!err && ferror(file))
		err = file_refuse(why, path, strerror(EIO));
	free(line);
	fclose(file);
	return err;
}

static struct trust *trust_make(void)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return NULL;
	trust->references = 1;
	trust->store = X509_STORE_new();
	/* A trust list names servers' own certificates, whose issuers it need not know. */
	if (trust->store && X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN))
		return trust;
	trust_free(trust);
	return NULL;
}

/* An authority beside the lists is nobody's duty. */
static int anchors_add(struct trust *trust, const struct settings *settings, struct refusal *why)
{
	int err = anchors_load(trust, settings->anchors, why);

	if (err && why->code == REASON_TRUST_EMPTY && !trust_lists_are_empty(&trust->lists))
		return 0;
	return err;
}

static bool list_names_any(const struct trust_list_file *file, uint32_t roles)
{
	struct trust_record record;
	size_t at = 0;

	while (file->bytes.at && trust_list_next(&file->list, &at, &record))
		if (record.role < TRUST_ROLES_KNOWN && roles & TRUST_ROLE_BIT(record.role))
			return true;
	return false;
}

/* Nobody but a list vouches for those who vouch. */
static int verifiers_check(const struct trust *trust, struct refusal *why)
{
	size_t i;

	for (i = 0; i < TRUST_LIST_KINDS; i++)
		if (list_names_any(&trust->lists.files[i], trust->roles))
			return 0;
	return refusal_set(why, REASON_TRUST_EMPTY, "no trust list names a certificate as TVS");
}

static int signers_fill(struct trust *trust, const struct settings *settings, enum trust_use use,
			struct refusal *why)
{
	int err;

	trust->roles = trust_use_roles(use, settings);
	trust->takes_sha1 = trust_takes_sha1(settings);
	trust->newest = file_times_last(settings);
	err = trust_lists_load(&trust->lists, settings, why);
	if (!err && use != TRUST_USE_TVS)
		err = vouched_load(&trust->vouched, settings, why);
	return err ?: revoked_load(trust, settings->revoked, why);
}

int trust_load_signers(struct trust **trust, const struct settings *settings, enum trust_use use,
		       struct refusal *why)
{
	struct trust *made = trust_make();
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = signers_fill(made, settings, use, why);
	if (err) {
		trust_free(made);
		return err;
	}
	*trust = made;
	return 0;
}

int trust_load(struct trust **trust, const struct settings *settings, enum trust_use use,
	       struct refusal *why)
{
	struct trust *made;
	int err;

	err = trust_load_signers(&made, settings, use, why);
	if (err)
		return err;
	err = use == TRUST_USE_TVS ? verifiers_check(made, why) :
				     anchors_add(made, settings, why);
	if (err) {
		trust_free(made);
		return err;
	}
	*trust = made;
	return 0;
}

int trust_load_pinned(struct trust **trust, const struct settings *settings, const char *path,
		      struct refusal *why)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	struct trust *made = trust_make();
	int err = 0;

	if (!made || !certificates)
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err)
		err = certificates_read(certificates, path, why);
	if (!err && sk_X509_num(certificates) != 1)
		err = file_refuse(why, path, "more than one certificate in it");
	if (!err)
		err = revoked_load(made, settings->revoked, why);
	if (err) {
		trust_free(made);
	} else {
		made->pinned = sk_X509_pop(certificates);
		*trust = made;
	}
	sk_X509_pop_free(certificates, X509_free);
	return err;
}

void trust_free(struct trust *trust)
{
	if (!trust || --trust->references)
		return;
	X509_STORE_free(trust->store);
	X509_free(trust->pinned);
	X509_free(trust->unknown);
	trust_lists_clear(&trust->lists);
	vouched_clear(&trust->vouched);
	free(trust->revoked);
	free(trust);
}
