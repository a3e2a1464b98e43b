// SPDX-License-Identifier: Apache-2.0
/* How certificates are checked against the store, and what is said when they fail. */
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "../lib/key_policy.h"
#include "calendar.h"
#include "fips.h"
#include "trust_impl.h"

enum {
	EC_BITS_MIN = 256,
};

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

bool trust_is_revoked(const struct trust *trust, const X509 *certificate)
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
		return !key_policy_rsa(KEY_USE_SERVER, EVP_PKEY_get_bits(key), false);
	return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) < EC_BITS_MIN;
}

/* What the library does not check: X509_V_OK or an error. */
static int certificate_error(const struct trust *trust, const X509 *certificate, int depth)
{
	if (trust_is_revoked(trust, certificate))
		return X509_V_ERR_CERT_REVOKED;
	if (is_weak(certificate))
		return depth ? X509_V_ERR_CA_KEY_TOO_SMALL : X509_V_ERR_EE_KEY_TOO_SMALL;
	return X509_V_OK;
}

static bool list_names(const struct trust *trust, const struct trust_list_file *file,
		       const X509 *certificate)
{
	struct trust_record record;
	OSSL_LIB_CTX *library;
	struct refusal why;
	size_t at = 0;

	if (!file->bytes.at || crypto_library(&library, &why))
		return false;
	while (trust_list_next(&file->list, &at, &record)) {
		if (record.role >= TRUST_ROLES_KNOWN ||
		    !(trust->roles & TRUST_ROLE_BIT(record.role)))
			continue;
		if (!record.certificate.len &&
		    !key_policy_digest(KEY_USE_FILE, file_digest_name(record.hash_digest),
				       trust->takes_sha1))
			continue;
		if (trust_record_is(library, &record, certificate))
			return true;
	}
	return false;
}

static bool lists_name(const struct trust *trust, const X509 *certificate)
{
	size_t i;

	for (i = 0; i < TRUST_LIST_KINDS; i++)
		if (list_names(trust, &trust->lists.files[i], certificate))
			return true;
	return false;
}

/* What was vouched for it, in the right role, or NULL; its time may have ended since. */
static const struct vouched_certificate *vouched_find(const struct trust *trust,
						      const X509 *certificate)
{
	size_t i;

	for (i = 0; i < trust->vouched.count; i++)
		if (trust->vouched.list[i].roles & trust->roles &&
		    !X509_cmp(trust->vouched.list[i].certificate, certificate))
			return &trust->vouched.list[i];
	return NULL;
}

static bool is_timely(const struct vouched_certificate *entry)
{
	int64_t now = time(NULL);

	return now >= entry->from && now < entry->until;
}

/* Whether the very certificate is vouched for. */
static bool is_known(const struct trust *trust, const X509 *certificate)
{
	const struct vouched_certificate *entry;

	if (lists_name(trust, certificate))
		return true;
	entry = vouched_find(trust, certificate);
	return entry && is_timely(entry);
}

X509 *trust_unknown(const struct trust *trust)
{
	return trust->unknown;
}

static const struct trust *session_trust(X509_STORE_CTX *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());

	return ssl ? SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), trust_index()) : NULL;
}

/* Whether somebody else could vouch for the very certificate where the store does not. */
static bool may_be_vouched(const struct trust *trust, const X509 *certificate, int error)
{
	enum reason_code code = error_reason(error);

	return !trust->pinned && !(trust->roles & TRUST_ROLE_BIT(TRUST_ROLE_TVS)) &&
	       (code == REASON_SERVER_UNTRUSTED || code == REASON_SERVER_NAME) &&
	       certificate_error(trust, certificate, 0) == X509_V_OK;
}

static void unknown_keep(X509_STORE_CTX *context, int error)
{
	struct trust *trust = (struct trust *)session_trust(context);
	X509 *certificate = X509_STORE_CTX_get0_cert(context);

	if (!trust || !certificate || !may_be_vouched(trust, certificate, error) ||
	    !X509_up_ref(certificate))
		return;
	X509_free(trust->unknown);
	trust->unknown = certificate;
}

static int certificate_reject(X509_STORE_CTX *context, X509 *certificate, int error)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *before;

	X509_STORE_CTX_set_error(context, error);
	unknown_keep(context, error);
	if (ssl && certificate && X509_up_ref(certificate)) {
		before = SSL_get_ex_data(ssl, failed_index());
		X509_free(SSL_set_ex_data(ssl, failed_index(), certificate) ? before : certificate);
	}
	return 0;
}

/* The last one of a chain is known itself, whoever signed it. */
static bool is_signed_weakly(X509_STORE_CTX *context, X509 *certificate, int depth)
{
	int digest;

	if (depth + 1 >= sk_X509_num(X509_STORE_CTX_get0_chain(context)))
		return false;
	if (!X509_get_signature_info(certificate, &digest, NULL, NULL, NULL))
		return true;
	/* Of EdDSA it is a part. */
	return digest != NID_undef &&
	       !key_policy_digest(KEY_USE_SERVER, OBJ_nid2sn(digest), false);
}

/* Called for each certificate of the chain, and for each error. */
static int chain_check(int ok, X509_STORE_CTX *context)
{
	X509 *certificate = X509_STORE_CTX_get_current_cert(context);
	const struct trust *trust = session_trust(context);
	int error = X509_STORE_CTX_get_error(context), own = X509_V_OK;
	int depth = X509_STORE_CTX_get_error_depth(context);

	if (!trust)
		return certificate_reject(context, certificate, X509_V_ERR_UNSPECIFIED);
	if (certificate)
		own = certificate_error(trust, certificate, depth);
	if (own == X509_V_OK && certificate && is_signed_weakly(context, certificate, depth))
		own = X509_V_ERR_CA_MD_TOO_WEAK;
	/* Nobody mends the trust store for a server whose certificate was revoked. */
	if (!ok && own != X509_V_ERR_CERT_REVOKED)
		return certificate_reject(context, certificate, error);
	return own == X509_V_OK ? 1 : certificate_reject(context, certificate, own);
}

/* In place of the library's check: a certificate that is known itself, in its time. */
static int itself_check(X509_STORE_CTX *context, X509 *certificate, const struct trust *trust)
{
	int error = certificate_error(trust, certificate, 0);

	if (error == X509_V_OK && X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0)
		error = X509_V_ERR_CERT_NOT_YET_VALID;
	if (error == X509_V_OK && X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
		error = X509_V_ERR_CERT_HAS_EXPIRED;
	X509_STORE_CTX_set_error(context, error);
	if (error == X509_V_OK)
		return 1;
	/* Whoever watches the library's check sees this one as well. */
	X509_STORE_CTX_set_current_cert(context, certificate);
	X509_STORE_CTX_set_error_depth(context, 0);
	return X509_STORE_CTX_get_verify_cb(context)(0, context);
}

static int pinned_check(X509_STORE_CTX *context, void *argument)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(context);
	const struct trust *trust = argument;

	if (!certificate || X509_cmp(certificate, trust->pinned))
		return certificate_reject(context, certificate,
					  X509_V_ERR_APPLICATION_VERIFICATION);
	return itself_check(context, certificate, trust);
}

/* A list has the last word on whom it names; what the library would say of others is its own. */
static int store_check(X509_STORE_CTX *context, void *argument)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(context);
	struct trust *trust = argument;

	X509_free(trust->unknown);
	trust->unknown = NULL;
	if (certificate && is_known(trust, certificate))
		return itself_check(context, certificate, trust);
	return X509_verify_cert(context);
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
	SSL_CTX_set_cert_verify_callback(context, trust->pinned ? pinned_check : store_check,
					 kept);
	return 0;
}

bool trust_still(const SSL_CTX *context, const X509 *certificate)
{
	const struct trust *trust = SSL_CTX_get_ex_data(context, trust_index());

	if (!trust || !certificate || certificate_error(trust, certificate, 0) != X509_V_OK)
		return false;
	/* A word that has run out may have been all that the server had. */
	return !vouched_find(trust, certificate) || is_known(trust, certificate);
}

const struct trust *trust_of(const SSL_CTX *context)
{
	return SSL_CTX_get_ex_data(context, trust_index());
}

X509 *trust_failed(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, failed_index());
}

/* A time as in "2026-11-23 14:00 UTC". */
static void time_text(const ASN1_TIME *time, char text[32])
{
	struct tm parts;

	if (!ASN1_TIME_to_tm(time, &parts) ||
	    !strftime(text, 32, "%Y-%m-%d %H:%M UTC", &parts))
		*text = '\0';
}

/* Seconds since 1970 that are past for sure, and that the clock does not know of; else 0. */
static int64_t clock_fault(const struct trust *trust)
{
	int64_t newest = PHONESEC_BUILD_TIME;

	if (trust && trust->newest > newest)
		newest = trust->newest;
	return time(NULL) < newest ? newest : 0;
}

static void seconds_text(int64_t seconds, char text[32])
{
	ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)seconds);

	*text = '\0';
	if (time)
		time_text(time, text);
	ASN1_TIME_free(time);
}

static int clock_explain(int64_t newest, const X509 *certificate, struct refusal *why)
{
	char now[32], past[32], from[32], until[32];

	seconds_text(time(NULL), now);
	seconds_text(newest, past);
	time_text(X509_get0_notBefore(certificate), from);
	time_text(X509_get0_notAfter(certificate), until);
	return refusal_set(why, REASON_CLOCK_WRONG, "it shows %s, and %s is past; the certificate "
			   "is valid from %s until %s", now, past, from, until);
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

/* In FIPS mode people are told in words of its own. */
static bool is_fips_size(int error, const X509 *certificate)
{
	const EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;

	if (error != X509_V_ERR_EE_KEY_TOO_SMALL && error != X509_V_ERR_CA_KEY_TOO_SMALL)
		return false;
	return fips_is_on() && key && EVP_PKEY_get_bits(key) < FIPS_RSA_BITS &&
	       (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"));
}

int trust_explain(const struct trust *trust, int error, X509 *certificate, struct refusal *why)
{
	enum reason_code code = is_fips_size(error, certificate) ? REASON_FIPS_SERVER :
								   error_reason(error);
	char subject[80], issuer[80], text[72];
	int64_t newest = clock_fault(trust);

	/* Certificates that seem to be of the future tell more of the clock than of themselves. */
	if (code == REASON_SERVER_EARLY && calendar_check(calendar_now(), why))
		return -reason_words(why->code)->error;
	if (newest && certificate && (code == REASON_SERVER_EXPIRED || code == REASON_SERVER_EARLY))
		return clock_explain(newest, certificate, why);
	if (!certificate)
		return refusal_set(why, code, "%s",
				   X509_verify_cert_error_string(error));
	crypto_name(X509_get_subject_name(certificate), subject, sizeof(subject));
	crypto_name(X509_get_issuer_name(certificate), issuer, sizeof(issuer));
	error_text(error, certificate, text, sizeof(text));
	return refusal_set(why, code, "%s, issued by %s%s%s", subject, issuer,
			   *text ? ": " : "", text);
}
