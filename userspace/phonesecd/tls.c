// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <openssl/err.h>

#include "crypto.h"
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
enum { SECURITY_LEVEL = 2 };

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

/* What a configured identity consists of; the certificate is one of the objects. */
struct identity {
	struct crypto_objects objects;
	struct crypto_objects beside;
	EVP_PKEY *key;
	X509 *own;
};

static void identity_clear(struct identity *identity)
{
	crypto_objects_clear(&identity->objects);
	crypto_objects_clear(&identity->beside);
}

/* The certificate that the key is of. */
static bool own_find(struct identity *identity)
{
	const struct crypto_objects *objects = &identity->objects;
	int i;

	for (i = 0; i < sk_X509_num(objects->certificates) && !identity->own; i++)
		if (X509_check_private_key(sk_X509_value(objects->certificates, i), identity->key))
			identity->own = sk_X509_value(objects->certificates, i);
	ERR_clear_error();
	if (!identity->own)
		ERR_raise_data(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH, NULL);
	return identity->own;
}

/*
 * One that is configured and not installed yet is passed over, with nothing found; one that
 * is there and unusable is not, since nobody would notice that the other one is shown.
 */
static int identity_load(struct identity *identity, const struct settings_identity *named,
			 struct refusal *why)
{
	int err;

	*identity = (struct identity){ 0 };
	if (!*named->certificate || crypto_is_absent(named->certificate))
		return 0;
	err = crypto_load(&identity->objects, named->certificate, REASON_IDENTITY_UNUSABLE, why);
	if (!err && *named->key)
		err = crypto_load(&identity->beside, named->key, REASON_IDENTITY_UNUSABLE, why);
	identity->key = identity->beside.key ?: identity->objects.key;
	if (!err && !sk_X509_num(identity->objects.certificates))
		err = unusable(why, named->certificate, "no certificate in it");
	if (!err && !identity->key)
		err = unusable(why, *named->key ? named->key : named->certificate,
			       "no private key in it");
	if (!err && !own_find(identity))
		err = unusable(why, named->certificate, crypto_error());
	if (err)
		identity_clear(identity);
	return err;
}

/* Whether there is one, and it is its time. */
static bool identity_is_timely(const struct identity *identity, struct refusal *why)
{
	char subject[128];
	bool early, late;

	if (!identity->own)
		return false;
	early = X509_cmp_current_time(X509_get0_notBefore(identity->own)) > 0;
	late = X509_cmp_current_time(X509_get0_notAfter(identity->own)) < 0;
	if (!early && !late)
		return true;
	crypto_name(X509_get_subject_name(identity->own), subject, sizeof(subject));
	refusal_set(why, REASON_IDENTITY_EXPIRED, "%s %s", subject,
		    early ? "is not valid yet" : "is not valid any more");
	return false;
}

/* The certificate, and the others as its chain. */
static bool context_show(SSL_CTX *context, const struct identity *identity)
{
	const struct crypto_objects *objects = &identity->objects;
	X509 *certificate;
	int i;

	if (!SSL_CTX_use_certificate(context, identity->own) ||
	    !SSL_CTX_use_PrivateKey(context, identity->key))
		return false;
	for (i = 0; i < sk_X509_num(objects->certificates); i++) {
		certificate = sk_X509_value(objects->certificates, i);
		if (certificate != identity->own && !SSL_CTX_add1_chain_cert(context, certificate))
			return false;
	}
	return true;
}

/* Whether the MIC is to be shown; when both are not in their time it is the LSC. */
static bool mic_is_better(const struct identity *lsc, const struct identity *mic,
			  struct refusal *late)
{
	struct refusal unused;

	if (!mic->own)
		return false;
	return identity_is_timely(mic, lsc->own ? &unused : late) || !lsc->own;
}

static int identity_missing(const struct settings *settings, struct refusal *why)
{
	const char *lsc = settings->lsc.certificate, *mic = settings->mic.certificate;

	return refusal_set(why, REASON_IDENTITY_MISSING, "%s%s", *lsc ? lsc : mic,
			   *lsc || *mic ? " is not there" : "");
}

/* Of what is there and in its time the LSC, else the MIC. */
int tls_identity_show(SSL_CTX *context, const struct settings *settings,
		      enum tls_identity *which, struct refusal *why)
{
	struct identity lsc, mic = { 0 }, *shown = &lsc;
	struct refusal late = { 0 };
	int err;

	err = identity_load(&lsc, &settings->lsc, why);
	if (!err && !identity_is_timely(&lsc, &late))
		err = identity_load(&mic, &settings->mic, why);
	if (!err && mic_is_better(&lsc, &mic, &late))
		shown = &mic;
	if (!err && !shown->own)
		err = identity_missing(settings, why);
	if (!err && !context_show(context, shown))
		err = unusable(why, "the certificate of this phone", crypto_error());
	if (!err) {
		*which = shown == &lsc ? TLS_IDENTITY_LSC : TLS_IDENTITY_MIC;
		if (late.code)
			log_refusal(LOG_IDENTITY_EXPIRED, &late, "the %s is shown",
				    shown == &lsc ? "LSC" : "MIC");
	}
	identity_clear(&lsc);
	identity_clear(&mic);
	return err;
}

/*
 * Only call managers must see one. Others are reached without one that cannot be used, since what
 * they hand out may mend it; CAPF never sees any.
 */
static int identity_choose(struct tls *tls, const struct settings *settings, enum trust_use use,
			   struct refusal *why)
{
	struct refusal unused;

	if (use == TRUST_USE_CAPF || (use == TRUST_USE_CALL_MANAGER && settings->oauth))
		return 0;
	if (use == TRUST_USE_CALL_MANAGER)
		return tls_identity_show(tls->context, settings, &tls->identity, why);
	(void)tls_identity_show(tls->context, settings, &tls->identity, &unused);
	return 0;
}

static int context_fill(struct tls *tls, const struct settings *settings, enum trust_use use,
			const struct trust *trust, const char *pinned, struct refusal *why)
{
	struct trust *own = NULL;
	OSSL_LIB_CTX *library;
	int err;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	tls->context = SSL_CTX_new_ex(library, NULL, TLS_client_method());
	if (!tls->context || !context_restrict(tls->context) || !tls_watch(tls))
		return refusal_set(why, REASON_SYSTEM, "TLS: %s", crypto_error());
	if (pinned)
		err = trust_load_pinned(&own, settings, pinned, why);
	if (!err)
		err = trust_apply(pinned ? own : trust, tls->context, why);
	trust_free(own);
	return err ?: identity_choose(tls, settings, use, why);
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
