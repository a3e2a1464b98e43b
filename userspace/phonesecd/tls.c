// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <openssl/err.h>

#include "crypto.h"
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

/* The certificate that the key is of, and the others as its chain. */
static bool context_show(SSL_CTX *context, const struct crypto_objects *objects, EVP_PKEY *key)
{
	int i, count = sk_X509_num(objects->certificates);
	X509 *own = NULL, *certificate;

	for (i = 0; i < count && !own; i++) {
		certificate = sk_X509_value(objects->certificates, i);
		if (X509_check_private_key(certificate, key))
			own = certificate;
	}
	ERR_clear_error();
	if (!own) {
		ERR_raise_data(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH, NULL);
		return false;
	}
	if (!SSL_CTX_use_certificate(context, own) || !SSL_CTX_use_PrivateKey(context, key))
		return false;
	for (i = 0; i < count; i++) {
		certificate = sk_X509_value(objects->certificates, i);
		if (certificate != own && !SSL_CTX_add1_chain_cert(context, certificate))
			return false;
	}
	return true;
}

static int identity_use(SSL_CTX *context, const struct settings_identity *identity,
			struct refusal *why)
{
	struct crypto_objects objects, beside = { 0 };
	int err;

	err = crypto_load(&objects, identity->certificate, REASON_IDENTITY_UNUSABLE, why);
	if (!err && *identity->key)
		err = crypto_load(&beside, identity->key, REASON_IDENTITY_UNUSABLE, why);
	if (!err && !sk_X509_num(objects.certificates))
		err = unusable(why, identity->certificate, "no certificate in it");
	if (!err && !beside.key && !objects.key)
		err = unusable(why, *identity->key ? identity->key : identity->certificate,
			       "no private key in it");
	if (!err && !context_show(context, &objects, beside.key ?: objects.key))
		err = unusable(why, identity->certificate, crypto_error());
	crypto_objects_clear(&objects);
	crypto_objects_clear(&beside);
	return err;
}

/*
 * A certificate that is configured and not installed yet is passed over; one that is
 * there and unusable is not, since nobody would notice that the other one is shown.
 */
static int identity_choose(struct tls *tls, const struct settings *settings, struct refusal *why)
{
	const struct {
		const struct settings_identity *identity;
		enum tls_identity kind;
	} order[] = { { &settings->lsc, TLS_IDENTITY_LSC }, { &settings->mic, TLS_IDENTITY_MIC } };
	size_t i;

	if (settings->oauth)
		return 0;
	for (i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (!*order[i].identity->certificate ||
		    crypto_is_absent(order[i].identity->certificate))
			continue;
		tls->identity = order[i].kind;
		return identity_use(tls->context, order[i].identity, why);
	}
	return refusal_set(why, REASON_IDENTITY_MISSING, "%s%s",
			   *settings->lsc.certificate ? settings->lsc.certificate :
			   settings->mic.certificate,
			   *settings->lsc.certificate || *settings->mic.certificate ?
			   " is not there" : "");
}

static int context_fill(struct tls *tls, const struct settings *settings,
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
	return err ?: identity_choose(tls, settings, why);
}

int tls_new(struct tls **tls, const struct settings *settings, const struct trust *trust,
	    const char *pinned, struct refusal *why)
{
	struct tls *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->references = 1;
	made->pinned = pinned;
	made->resumption_s = settings->resumption_s;
	err = context_fill(made, settings, trust, pinned, why);
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

enum tls_identity tls_identity(const struct tls *tls)
{
	return tls->identity;
}
