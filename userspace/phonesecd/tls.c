// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <openssl/err.h>

#include "calendar.h"
#include "crypto.h"
#include "fips.h"
#include "identity.h"
#include "key_place.h"
#include "log.h"
#include "tls_impl.h"

#define SUITES_12 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define SUITES_13 "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"
/* What call managers and FIPS providers have in common. */
#define GROUPS "P-256:P-384:P-521"
#define SIGNATURES "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:" \
	"RSA-PSS+SHA512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:" \
	"RSA+SHA256:RSA+SHA384:RSA+SHA512"

/* 112 bits: RSA of 2048 and more; what the system's configuration asks for may be less. */
enum { SECURITY_LEVEL = 2, SECURITY_BITS = 112 };

static int unusable(struct refusal *why, const char *name, const char *text)
{
	return refusal_set(why, REASON_IDENTITY_UNUSABLE, "%s: %s", name, text);
}

/* What a context allows, whatever openssl.cnf has put into it. */
static bool context_restrict(SSL_CTX *context)
{
	SSL_CTX_set_security_level(context, SECURITY_LEVEL);
	SSL_CTX_clear_options(context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION |
			      SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
			    SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
	       SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) &&
	       SSL_CTX_set_cipher_list(context, SUITES_12) &&
	       SSL_CTX_set_ciphersuites(context, SUITES_13) &&
	       SSL_CTX_set1_groups_list(context, GROUPS) &&
	       SSL_CTX_set1_sigalgs_list(context, SIGNATURES);
}

/*
 * One that is configured and not installed yet is passed over, with nothing found; one that
 * is there and unusable is not, since nobody would notice that the other one is shown.
 */
static int identity_find(struct identity *identity, const struct settings_identity *named,
			 struct refusal *why)
{
	int err = identity_load(identity, named, why);

	return err && why->code == REASON_IDENTITY_MISSING ? 0 : err;
}

/* Whether there is one, and it is its time. */
static bool identity_is_timely(const struct identity *identity, struct refusal *why)
{
	return identity->certificate &&
	       !identity_time_check(identity->certificate, calendar_now(), why);
}

/* Keys that the policy of this phone allows are shown, however weak servers may not be. */
static void context_allow(SSL_CTX *context, const struct identity *identity)
{
	X509_VERIFY_PARAM_set_auth_level(SSL_CTX_get0_param(context), SECURITY_LEVEL);
	if (EVP_PKEY_get_security_bits(identity->key) < SECURITY_BITS)
		SSL_CTX_set_security_level(context, 0);
}

/* The certificate and its chain. */
static bool context_show(SSL_CTX *context, const struct identity *identity)
{
	if (!SSL_CTX_use_certificate(context, identity->certificate) ||
	    !SSL_CTX_use_PrivateKey(context, identity->key))
		return false;
	for (int i = 0; i < sk_X509_num(identity->chain); i++)
		if (!SSL_CTX_add1_chain_cert(context, sk_X509_value(identity->chain, i)))
			return false;
	return true;
}

/* Whether the MIC is to be shown; when both are not in their time it is the LSC. */
static bool mic_is_better(const struct identity *lsc, const struct identity *mic,
			  struct refusal *late)
{
	struct refusal unused;

	if (!mic->certificate)
		return false;
	return identity_is_timely(mic, lsc->certificate ? &unused : late) || !lsc->certificate;
}

static int identity_missing(const struct settings *settings, struct refusal *why)
{
	const char *lsc = settings->lsc.certificate, *mic = settings->mic.certificate;

	return refusal_set(why, REASON_IDENTITY_MISSING, "%s%s", *lsc ? lsc : mic,
			   *lsc || *mic ? " is not there" : "");
}

/* Of what is there and in its time the LSC, else the MIC. */
static int identity_choose(const struct settings *settings, struct identity *shown,
			   enum tls_identity *which, struct refusal *why)
{
	struct identity lsc = { 0 }, mic = { 0 };
	struct refusal late = { 0 };
	int err;

	err = fips_keys_allowed(settings->fips_keys, why);
	if (!err)
		err = identity_find(&lsc, &settings->lsc, why);
	if (!err && !identity_is_timely(&lsc, &late))
		err = identity_find(&mic, &settings->mic, why);
	*which = !err && mic_is_better(&lsc, &mic, &late) ? TLS_IDENTITY_MIC : TLS_IDENTITY_LSC;
	if (!err && !lsc.certificate && !mic.certificate)
		err = identity_missing(settings, why);
	if (!err && late.code)
		log_refusal(LOG_IDENTITY_EXPIRED, &late, "the %s is shown",
			    *which == TLS_IDENTITY_LSC ? "LSC" : "MIC");
	if (!err)
		*shown = *which == TLS_IDENTITY_LSC ? lsc : mic;
	if (err || *which == TLS_IDENTITY_MIC)
		identity_clear(&lsc);
	if (err || *which == TLS_IDENTITY_LSC)
		identity_clear(&mic);
	return err;
}

/*
 * Only call managers must see one. Others are reached without one that cannot be used, since what
 * they hand out may mend it; CAPF never sees any.
 */
static int identity_of_use(struct tls *tls, const struct settings *settings, enum trust_use use,
			   struct identity *shown, struct refusal *why)
{
	struct refusal unused;

	if (use == TRUST_USE_CAPF || (use == TRUST_USE_CALL_MANAGER && settings->oauth))
		return 0;
	if (use == TRUST_USE_CALL_MANAGER)
		return identity_choose(settings, shown, &tls->identity, why);
	if (identity_choose(settings, shown, &tls->identity, &unused))
		tls->identity = TLS_IDENTITY_NONE;
	return 0;
}

/* Has a context show it, if it is any. */
static int identity_show(SSL_CTX *context, const struct settings *settings,
			 const struct identity *shown, struct refusal *why)
{
	int err;

	if (!shown->key)
		return 0;
	err = fips_key_allowed(settings->fips_keys, shown->key, "the certificate of this phone",
			       why);
	if (err)
		return err;
	if (settings->weak_keys && !fips_is_on())
		context_allow(context, shown);
	return context_show(context, shown) ? 0 :
	       unusable(why, "the certificate of this phone", crypto_error());
}

int tls_identity_show(SSL_CTX *context, const struct settings *settings,
		      enum tls_identity *which, struct refusal *why)
{
	struct identity shown = { 0 };
	int err;

	err = identity_choose(settings, &shown, which, why);
	if (!err)
		err = identity_show(context, settings, &shown, why);
	identity_clear(&shown);
	return err;
}

/* The context, and who this phone is in it. */
static int context_new(struct tls *tls, const struct settings *settings,
		       const struct identity *shown, struct refusal *why)
{
	OSSL_LIB_CTX *library;
	int err;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	tls->context = SSL_CTX_new_ex(library, NULL, TLS_client_method());
	if (!tls->context || !context_restrict(tls->context) || !tls_watch(tls))
		return refusal_set(why, REASON_SYSTEM, "TLS: %s", crypto_error());
	return identity_show(tls->context, settings, shown, why);
}

static int context_choose(struct tls *tls, const struct settings *settings, enum trust_use use,
			  struct refusal *why)
{
	struct identity shown = { 0 };
	const struct identity none = { 0 };
	int err;

	err = identity_of_use(tls, settings, use, &shown, why);
	if (!err)
		err = context_new(tls, settings, &shown, why);
	identity_clear(&shown);
	if (!err || use == TRUST_USE_CALL_MANAGER)
		return err;
	SSL_CTX_free(tls->context);
	tls->identity = TLS_IDENTITY_NONE;
	return context_new(tls, settings, &none, why);
}

static int context_fill(struct tls *tls, const struct settings *settings, enum trust_use use,
			const struct trust *trust, const char *pinned, struct refusal *why)
{
	struct trust *own = NULL;
	int err;

	err = context_choose(tls, settings, use, why);
	if (!err && pinned)
		err = trust_load_pinned(&own, settings, pinned, why);
	if (!err)
		err = trust_apply(pinned ? own : trust, tls->context, why);
	trust_free(own);
	return err;
}

int tls_new(struct tls **tls, const struct settings *settings, enum trust_use use,
	    const struct trust *trust, const char *pinned, struct refusal *why)
{
	struct tls *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->references = 1;
	made->pinned = pinned;
	made->resumption_s = settings->resumption_s;
	err = context_fill(made, settings, use, trust, pinned, why);
	if (err) {
		tls_free(made);
		return err;
	}
	*tls = made;
	return 0;
}

struct tls *tls_ref(struct tls *tls)
{
	tls->references++;
	return tls;
}

void tls_free(struct tls *tls)
{
	if (!tls || --tls->references)
		return;
	tls_forget(tls);
	SSL_CTX_free(tls->context);
	free(tls);
}

X509 *tls_unknown(const struct tls *tls)
{
	const struct trust *trust = tls ? trust_of(tls->context) : NULL;

	return trust ? trust_unknown(trust) : NULL;
}

enum tls_identity tls_identity(const struct tls *tls)
{
	return tls->identity;
}
