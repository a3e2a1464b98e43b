/* SPDX-License-Identifier: Apache-2.0 */
/* What the files fips*.c share, and their tests look at; nobody else. */
#ifndef PHONESECD_FIPS_IMPL_H
#define PHONESECD_FIPS_IMPL_H

#include "fips_provider.h"

/* What holds at the next start: the file's word, or the note of the site's configuration. */
bool fips_is_wanted(const struct settings *settings, const char *state);

/* The file of the provider. */
void fips_module_path(const struct settings *settings, char path[PATH_MAX]);

/* Whether the kernel says in @file that it is in FIPS mode, for certain. */
int fips_kernel_check(const char *file, struct refusal *why);
/* Whether nf_srtp is loaded in FIPS mode and has passed its self-test. */
int fips_module_check(struct refusal *why);
/* REASON_FIPS_LSC for an LSC of RSA below 2048 bits; 0 without any. */
int fips_lsc_check(const struct settings *settings, struct refusal *why);

/*
 * Whether the provider comes up now, in a library context of its own. @provider: it, the caller's
 * until fips_provider_close(), or NULL; @state: folder for what is written meanwhile.
 */
int fips_provider_try(const struct settings *settings, const char *state,
		      struct fips_provider *provider, struct refusal *why);

/* The rules themselves, for a phone in FIPS mode or not. */
bool fips_keys_policy(bool is_on, enum fips_keys keys);
int fips_key_check(const EVP_PKEY *key, const char *name, struct refusal *why);
int fips_dot1x_check(const struct fips_dot1x *dot1x, struct refusal *why);

#endif
