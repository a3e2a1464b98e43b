// SPDX-License-Identifier: Apache-2.0
/* What OpenSSL and the server say, as one reason. */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#include "crypto.h"
#include "tls_impl.h"

/* Alerts that are about the certificate that was shown (RFC 8446 section 6.2). */
static bool alert_is_about_us(const struct tls_link *link)
{
	switch (link->alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case SSL_AD_CERTIFICATE_REQUIRED:
		return true;
	case SSL_AD_HANDSHAKE_FAILURE:
	case SSL_AD_DECRYPT_ERROR:
		return link->asked;
	default:
		return false;
	}
}

static const char *identity_word(enum tls_identity identity)
{
	static const char *const words[] = {
		[TLS_IDENTITY_NONE] = "none",
		[TLS_IDENTITY_MIC] = "the MIC",
		[TLS_IDENTITY_LSC] = "the LSC",
	};

	return words[identity];
}

/* In words; the library knows no newer ones than those of TLS 1.2. */
static const char *alert_word(int alert)
{
	return alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required" :
						      SSL_alert_desc_string_long(alert);
}

static int alert_explain(const SSL *ssl, const struct tls_link *link, struct refusal *why)
{
	const char *text = alert_word(link->alert);

	if (alert_is_about_us(link))
		return refusal_set(why, REASON_TLS_CLIENT_REFUSED, "alert '%s' (%d), shown: %s",
				   text, link->alert, identity_word(tls_identity(link->tls)));
	if (link->alert == SSL_AD_HANDSHAKE_FAILURE || link->alert == SSL_AD_PROTOCOL_VERSION ||
	    link->alert == SSL_AD_INSUFFICIENT_SECURITY)
		return refusal_set(why, REASON_TLS_SUITES, "alert '%s' (%d)", text, link->alert);
	return refusal_set(why, SSL_is_init_finished(ssl) ? REASON_SERVER_CLOSED :
			   REASON_TLS_HANDSHAKE, "alert '%s' (%d)", text, link->alert);
}

static int closed_explain(const SSL *ssl, const struct tls_link *link, const char *text,
			  struct refusal *why)
{
	const char *when = "";

	/* Such an end may be all that is left of an alert. */
	if (link && link->asked && !SSL_is_init_finished(ssl))
		when = ", after it asked for this phone's certificate";
	else if (!SSL_is_init_finished(ssl))
		when = ", in the TLS handshake";
	return refusal_set(why, REASON_SERVER_CLOSED, "%s%s", text, when);
}

static enum reason_code library_reason(unsigned long error)
{
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return REASON_TLS_HANDSHAKE;
	switch (ERR_GET_REASON(error)) {
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
	case SSL_R_WRONG_CIPHER_RETURNED:
	case SSL_R_UNKNOWN_CIPHER_RETURNED:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
		return REASON_TLS_SUITES;
	case SSL_R_EE_KEY_TOO_SMALL:
	case SSL_R_CA_KEY_TOO_SMALL:
	case SSL_R_CA_MD_TOO_WEAK:
		return REASON_SERVER_WEAK;
	default:
		return REASON_TLS_HANDSHAKE;
	}
}

static int library_explain(const SSL *ssl, const struct tls_link *link, struct refusal *why)
{
	unsigned long error = ERR_peek_last_error();
	enum reason_code code = library_reason(error);

	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return closed_explain(ssl, link, "without a word of TLS", why);
	if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER)
		return refusal_set(why, code, "there is no TLS on this port");
	return refusal_set(why, code, "%s", crypto_error());
}

int tls_explain(SSL *ssl, int result, struct refusal *why)
{
	int broken = errno, error = SSL_get_error(ssl, result), err;
	const struct tls_link *link = tls_link(ssl);
	long verified = SSL_get_verify_result(ssl);

	if (link && link->alert >= 0)
		err = alert_explain(ssl, link, why);
	else if (verified != X509_V_OK)
		err = trust_explain(trust_of(SSL_get_SSL_CTX(ssl)), (int)verified,
				    trust_failed(ssl), why);
	else if (error == SSL_ERROR_ZERO_RETURN)
		err = closed_explain(ssl, link, "in order", why);
	else if (error == SSL_ERROR_SYSCALL)
		err = closed_explain(ssl, link, broken ? strerror(broken) : "without a word", why);
	else
		err = library_explain(ssl, link, why);
	ERR_clear_error();
	return err;
}
