/* SPDX-License-Identifier: Apache-2.0 */
/* A keystore in a folder of its own, and words to fill it with. */
#ifndef KEYSTORE_UNIT_H
#define KEYSTORE_UNIT_H

#include "keystore.h"
#include "site.h"

/* Settings of a phone whose store is the folder NAME of this program's own. */
struct settings store_settings(const char *name);
/* Opens that store. */
struct keystore *store_open(const struct settings *settings);
/* The path of a file in it. */
const char *store_file(const struct settings *settings, const char *file);
/* Removes whatever the folder holds. */
void store_empty(const struct settings *settings);

/* One certificate in a list, which holds no reference of its own. */
STACK_OF(X509) *store_list(const struct site_identity *identity);
/* Installs it as the LSC; the result is that of keystore_lsc_install(). */
int store_install(struct keystore *keystore, const struct site_identity *identity,
		  struct refusal *why);
void store_install_good(struct keystore *keystore, const struct site_identity *identity);

/* Certificate, key or both as PEM; the caller's until free(). */
struct octets store_pem(const struct site_identity *identity, bool certificate, bool key);
/* The same as PKCS#12 under a passphrase. */
struct octets store_pkcs12(const struct site_identity *identity, const char *passphrase);
struct secret *store_secret(const char *text);

/* Whether the store shows this certificate under this name, in this state. */
void store_expect(const struct keystore *keystore, const char *name,
		  const struct site_identity *identity, enum certificate_state state);

/* What a function refused with. */
#define expect_refused(call, reason) do { \
	why = (struct refusal){ 0 }; \
	assert_true((call) < 0); \
	assert_string_equal(reason_words(why.code)->code, reason_words(reason)->code); \
} while (0)
#define expect_done(call) do { \
	why = (struct refusal){ 0 }; \
	if (call) \
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail); \
} while (0)

#endif
