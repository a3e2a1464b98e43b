// SPDX-License-Identifier: Apache-2.0
#include "trust.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "calendar.h"
#include "crypto.h"

enum {
	RSA_BITS_MIN = 2048,
	EC_BITS_MIN = 256,
};

struct trust {
	unsigned int references;
	X509_STORE *store;
	X509 *pinned; /* vouches for itself, and nothing in the store counts */
	unsigned char (*revoked)[CRYPTO_FINGERPRINT_LEN];
	size_t revoked_count;
};

static void trust_forget(void *parent, void *trust, CRYPTO_EX_DATA *data, int index,
			 long argument, void *pointer)
{
	(void)parent, (void)data, (void)index, (void)argument, (void)pointer;
	trust_free(trust);
}

/* Where a context keeps its trust. */
static int trust_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, trust_forget);
	return index;
}

static void failed_forget(void *parent, void *certificate, CRYPTO_EX_DATA *data, int index,
			  long argument, void *pointer)
{
	(void)parent, (void)data, (void)index, (void)argument, (void)pointer;
	X509_free(certificate);
}

/* Where a session keeps the certificate that it failed at. */
static int failed_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, failed_forget);
	return index;
}

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

static int anchors_load(struct trust *trust, const char *path, struct refusal *why)
{
	STACK_OF(X509) *certificates;
	struct stat status;
	int err, i;

	if (!*path)
		return refusal_set(why, REASON_TRUST_EMPTY, "no anchors are configured");
	if (stat(path, &status) < 0)
		return file_refuse(why, path, strerror(errno));
	certificates = sk_X509_new_null();
	if (!certificates)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = S_ISDIR(status.st_mode) ? folder_read(certificates, path, why) :
	      certificates_read(certificates, path, why);
	if (!err && !sk_X509_num(certificates))
		err = refusal_set(why, REASON_TRUST_EMPTY, "%s", path);
	for (i = 0; !err && i < sk_X509_num(certificates); i++)
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

int trust_load(struct trust **trust, const struct settings *settings, struct refusal *why)
{
	struct trust *made = trust_make();
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = anchors_load(made, settings->anchors, why);
	if (!err)
		err = revoked_load(made, settings->revoked, why);
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
	free(trust->revoked);
	free(trust);
}

/* In doubt a certificate is revoked. */
static bool is_revoked(const struct trust *trust, const X509 *certificate)
{
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	size_t i;

	if (!crypto_fingerprint(certificate, digest))
		return true;
	for (i = 0; i < trust->revoked_count; i++)
		if (!memcmp(trust->revoked[i], digest, sizeof(digest)))
			return true;
	return false;
}

static bool is_weak(const X509 *certificate)
{
	EVP_PKEY *key = X509_get0_pubkey(certificate);

	if (!key)
		return true;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		return EVP_PKEY_get_bits(key) < RSA_BITS_MIN;
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) < EC_BITS_MIN;
}

/* What the library does not check: X509_V_OK or an error. */
static int certificate_error(const struct trust *trust, const X509 *certificate, int depth)
{
	if (is_revoked(trust, certificate))
		return X509_V_ERR_CERT_REVOKED;
	if (is_weak(certificate))
		return depth ? X509_V_ERR_CA_KEY_TOO_SMALL : X509_V_ERR_EE_KEY_TOO_SMALL;
	return X509_V_OK;
}

static int certificate_reject(X509_STORE_CTX *context, X509 *certificate, int error)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());

	X509_STORE_CTX_set_error(context, error);
	if (ssl && certificate && X509_up_ref(certificate)) {
		X509_free(SSL_get_ex_data(ssl, failed_index()));
		if (!SSL_set_ex_data(ssl, failed_index(), certificate))
			X509_free(certificate);
	}
	return 0;
}

static const struct trust *session_trust(X509_STORE_CTX *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());

	return ssl ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), trust_index()) : NULL;
}

/* Called for each certificate of the chain, and for each error. */
static int chain_check(int ok, X509_STORE_CTX *context)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(context);
	const struct trust *trust = session_trust(context);
	int error = X509_STORE_CTX_get_error(context), own = X509_V_OK;

	if (!trust)
		return certificate_reject(context, certificate, X509_V_ERR_UNSPECIFIED);
	if (certificate)
		own = certificate_error(trust, certificate,
					X509_STORE_CTX_get_error_depth(context));
	/* Nobody mends the trust store for a server whose certificate was revoked. */
	if (!ok && own != X509_V_ERR_CERT_REVOKED)
		return certificate_reject(context, certificate, error);
	return own == X509_V_OK ? 1 : certificate_reject(context, certificate, own);
}

/* In place of the library's check: this very certificate, in its time. */
static int pinned_check(X509_STORE_CTX *context, void *argument)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(context);
	const struct trust *trust = argument;
	int error;

	if (!certificate || X509_cmp(certificate, trust->pinned))
		return certificate_reject(context, certificate,
					  X509_V_ERR_APPLICATION_VERIFICATION);
	error = certificate_error(trust, certificate, 0);
	if (error == X509_V_OK && X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
		error = X509_V_ERR_CERT_NOT_YET_VALID;
	if (error == X509_V_OK && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
		error = X509_V_ERR_CERT_HAS_EXPIRED;
	if (error != X509_V_OK)
		return certificate_reject(context, certificate, error);
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

int trust_apply(const struct trust *trust, SSL_CTX *context, struct refusal *why)
{
	struct trust *kept = (struct trust *)trust;

	if (trust_index() < 0 || failed_index() < 0 ||
	    !SSL_CTX_set_ex_data(context, trust_index(), kept))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	kept->references++;
	SSL_CTX_set1_cert_store(context, trust->store);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, chain_check);
	if (trust->pinned)
		SSL_CTX_set_cert_verify_callback(context, pinned_check, kept);
	return 0;
}

bool trust_still(const SSL_CTX *context, const X509 *certificate)
{
	const struct trust *trust = SSL_CTX_get_ex_data(context, trust_index());

	return trust && certificate && certificate_error(trust, certificate, 0) == X509_V_OK;
}

X509 *trust_failed(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, failed_index());
}

static enum reason_code error_reason(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return REASON_SERVER_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return REASON_SERVER_EARLY;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return REASON_SERVER_NAME;
	case X509_V_ERR_CERT_REVOKED:
		return REASON_SERVER_REVOKED;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return REASON_SERVER_WEAK;
	case X509_V_ERR_APPLICATION_VERIFICATION:
		return REASON_SERVER_PINNED;
	case X509_V_ERR_OUT_OF_MEM:
		return REASON_NO_MEMORY;
	default:
		return REASON_SERVER_UNTRUSTED;
	}
}

/* A time as in "2026-11-23 14:00 UTC". */
static void time_text(const ASN1_TIME *time, char text[32])
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(time, &parts) ||
	    !strftime(text, 32, "%Y-%m-%d %H:%M UTC", &parts))
		*text = '\0';
}

/* What is wrong, beyond what the reason says. */
static void error_text(int error, const X509 *certificate, char *text, size_t size)
{
	char when[32];

	switch (error_reason(error)) {
	case REASON_SERVER_EXPIRED:
		time_text(X509_get0_notAfter(certificate), when);
		snprintf(text, size, "valid until %s", when);
		break;
	case REASON_SERVER_EARLY:
		time_text(X509_get0_notBefore(certificate), when);
		snprintf(text, size, "valid from %s", when);
		break;
	case REASON_SERVER_UNTRUSTED:
	case REASON_SERVER_WEAK:
		snprintf(text, size, "%s", X509_verify_cert_error_string(error));
		break;
	default:
		*text = '\0';
	}
}

int trust_explain(int error, X509 *certificate, struct refusal *why)
{
	char subject[80], issuer[80], text[72];

	/* Certificates that seem to be of the future tell more of the clock than of themselves. */
	if (error_reason(error) == REASON_SERVER_EARLY && calendar_check(calendar_now(), why))
		return -reason_words(why->code)->error;
	if (!certificate)
		return refusal_set(why, error_reason(error), "%s",
				   X509_verify_cert_error_string(error));
	crypto_name(X509_get_subject_name(certificate), subject, sizeof(subject));
	crypto_name(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
	error_text(error, certificate, text, sizeof(text));
	return refusal_set(why, error_reason(error), "%s, issued by %s%s%s", subject, issuer,
			   *text ? ": " : "", text);
}
