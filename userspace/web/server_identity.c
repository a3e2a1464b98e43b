// SPDX-License-Identifier: Apache-2.0
#include "server_identity.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_names.h"

enum { SERIAL_LEN = 16 };

static int names_set(gnutls_x509_crt_t certificate)
{
	struct host_names names;
	int err;

	host_names_get(&names);
	err = gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0,
					    names.names[0],
					    (unsigned int)strnlen(names.names[0], 64));
	for (size_t i = 0; err >= 0 && i < names.count; i++)
		err = gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME,
			names.names[i], (unsigned int)strlen(names.names[i]),
			GNUTLS_FSAN_APPEND);
	return err;
}

static int address_set(gnutls_x509_crt_t certificate, const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)address;

	if (address->sa_family == AF_INET)
		return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS,
			&four->sin_addr, sizeof(four->sin_addr), GNUTLS_FSAN_APPEND);
	return gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS,
		&six->sin6_addr, sizeof(six->sin6_addr), GNUTLS_FSAN_APPEND);
}

static bool has_address(const struct ifaddrs *one)
{
	return one->ifa_addr && (one->ifa_addr->sa_family == AF_INET ||
				 one->ifa_addr->sa_family == AF_INET6);
}

/* Where they cannot be learned the names alone have to do. */
static int addresses_set(gnutls_x509_crt_t certificate)
{
	struct ifaddrs *all = NULL;
	size_t left = SERVER_IDENTITY_ADDRESSES_MAX;
	int err = 0;

	if (getifaddrs(&all))
		return 0;
	for (const struct ifaddrs *one = all; err >= 0 && left && one; one = one->ifa_next) {
		if (!has_address(one))
			continue;
		err = address_set(certificate, one->ifa_addr);
		left--;
	}
	freeifaddrs(all);
	return err;
}

static int serial_set(gnutls_x509_crt_t certificate)
{
	unsigned char serial[SERIAL_LEN];
	int err = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	/* A positive number of this many bytes. */
	serial[0] = (serial[0] & 0x7f) | 0x40;
	return err < 0 ? err : gnutls_x509_crt_set_serial(certificate, serial, sizeof(serial));
}

static int certificate_fill(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	int err = gnutls_x509_crt_set_version(certificate, 3);

	if (err >= 0)
		err = serial_set(certificate);
	if (err >= 0)
		err = names_set(certificate);
	if (err >= 0)
		err = addresses_set(certificate);
	if (err >= 0)
		err = gnutls_x509_crt_set_activation_time(certificate, PHONESEC_BUILD_TIME);
	if (err >= 0)
		err = gnutls_x509_crt_set_expiration_time(certificate,
			GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION);
	if (err >= 0)
		err = gnutls_x509_crt_set_basic_constraints(certificate, 0, -1);
	if (err >= 0)
		err = gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (err >= 0)
		err = gnutls_x509_crt_set_key_purpose_oid(certificate, GNUTLS_KP_TLS_WWW_SERVER,
							  0);
	if (err >= 0)
		err = gnutls_x509_crt_set_key(certificate, key);
	if (err >= 0)
		err = gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0);
	return err;
}

static int certificate_take(struct server_identity *identity, gnutls_x509_crt_t certificate)
{
	unsigned char digest[32];
	size_t size = sizeof(digest);
	gnutls_datum_t text;
	int err = gnutls_x509_crt_get_fingerprint(certificate, GNUTLS_DIG_SHA256, digest, &size);

	if (err >= 0)
		err = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
	if (err < 0)
		return err;
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(identity->fingerprint + 2 * i, 3, "%02x", digest[i]);
	identity->certificate = strndup((const char *)text.data, text.size);
	gnutls_free(text.data);
	return identity->certificate ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int key_take(struct server_identity *identity, gnutls_x509_privkey_t key)
{
	gnutls_datum_t text;
	int err = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);

	if (err < 0)
		return err;
	identity->key = secret_new(text.size + 1);
	for (unsigned int i = 0; identity->key && i < text.size; i++)
		(void)secret_append(identity->key, text.data[i]);
	if (identity->key)
		(void)secret_append(identity->key, 0);
	gnutls_memset(text.data, 0, text.size);
	gnutls_free(text.data);
	return identity->key ? 0 : GNUTLS_E_MEMORY_ERROR;
}

static int identity_make(struct server_identity *identity)
{
	gnutls_x509_crt_t certificate = NULL;
	gnutls_x509_privkey_t key = NULL;
	int err = gnutls_x509_privkey_init(&key);

	if (err >= 0)
		err = gnutls_x509_crt_init(&certificate);
	if (err >= 0)
		err = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (err >= 0)
		err = certificate_fill(certificate, key);
	if (err >= 0)
		err = certificate_take(identity, certificate);
	if (err >= 0)
		err = key_take(identity, key);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	return err;
}

int server_identity_new(struct server_identity **result, struct refusal *why)
{
	struct server_identity *identity = calloc(1, sizeof(*identity));
	int err;

	if (!identity)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = identity_make(identity);
	if (err < 0) {
		server_identity_free(identity);
		return refusal_set(why, REASON_SYSTEM, "certificate: %s", gnutls_strerror(err));
	}
	*result = identity;
	return 0;
}

void server_identity_free(struct server_identity *identity)
{
	if (!identity)
		return;
	free(identity->certificate);
	secret_free(identity->key);
	free(identity);
}
