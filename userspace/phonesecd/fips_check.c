// SPDX-License-Identifier: Apache-2.0
/* What FIPS mode would mean, feature by feature: tried, not assumed. */
#include <stdio.h>
#include <string.h>

#include "../lib/kernel_fips.h"
#include "fips_impl.h"
#include "state_file.h"

enum { NEEDS_MAX = 8 };

/**
 * struct feature - what needs algorithms
 * @name, @needs: as in struct fips_row
 * @algorithms: of the provider, up to one without name
 * @otherwise: what becomes of it without them
 * @detail: how to do then
 */
struct feature {
	const char *name;
	const char *needs;
	struct fips_algorithm algorithms[NEEDS_MAX];
	enum fips_verdict otherwise;
	const char *detail;
};

static const struct feature features[] = {
	{ "Signalling over TLS", "TLS 1.2 and 1.3: ECDHE P-256 to P-521, AES-GCM, SHA-256, SHA-384",
	  { { FIPS_EXCHANGE, "ECDH" }, { FIPS_CIPHER, "AES-256-GCM" }, { FIPS_DIGEST, "SHA384" },
	    { FIPS_KDF, "TLS1-PRF" }, { FIPS_KDF, "TLS13-KDF" } },
	  FIPS_STOPS, "the provider has not all of them" },
	{ "Registration with SIP OAuth", "as signalling; no private key",
	  { { FIPS_KEY, "EC" }, { FIPS_MAC, "HMAC" } }, FIPS_STOPS, "the provider has not all of it" },
	{ "Signed files over SHA-256 and SHA-512", "RSA of 2048 bits or more, SHA-2",
	  { { FIPS_SIGNATURE, "RSA" }, { FIPS_DIGEST, "SHA512" } },
	  FIPS_STOPS, "the provider has not all of it" },
	{ "Keys of 2048 bits and more for the LSC", "RSA, EC",
	  { { FIPS_KEY, "RSA" }, { FIPS_KEY, "EC" }, { FIPS_SIGNATURE, "ECDSA" } },
	  FIPS_STOPS, "the provider has not all of it" },
	{ "Passwords of settings", "PBKDF2 with HMAC-SHA-512",
	  { { FIPS_KDF, "PBKDF2" }, { FIPS_MAC, "HMAC" } },
	  FIPS_STOPS, "the provider has not all of it" },
	{ "802.1X by EAP-TLS", "as signalling; a private key",
	  { { FIPS_EXCHANGE, "ECDH" }, { FIPS_KDF, "TLS1-PRF" } },
	  FIPS_STOPS, "the provider has not all of it" },
	{ "802.1X by EAP-FAST with MSCHAPv2, or anonymous provisioning", "MD4",
	  { { FIPS_DIGEST, "MD4" } }, FIPS_STOPS,
	  "use EAP-TLS, or EAP-FAST with GTC and an authenticated server" },
	{ "Digest authentication of SIP over MD5", "MD5", { { FIPS_DIGEST, "MD5" } }, FIPS_LIMITED,
	  "have the call manager challenge with SHA-256, or see [fips] md5-digest" },
	{ "Key exchange by X25519", "X25519", { { FIPS_EXCHANGE, "X25519" } }, FIPS_LIMITED,
	  "servers have to know P-256, P-384 or P-521" },
};

static struct fips_row *row_add(struct fips_row *rows, size_t max, size_t *count,
				const char *feature, const char *needs)
{
	static struct fips_row unused;
	struct fips_row *row = *count < max ? &rows[(*count)++] : &unused;

	*row = (struct fips_row){ .feature = feature, .needs = needs };
	return row;
}

static void row_judge(struct fips_row *row, enum fips_verdict verdict, int err,
		      const struct refusal *why)
{
	if (!err)
		return;
	row->verdict = verdict;
	snprintf(row->detail, sizeof(row->detail), "%s %s", reason_words(why->code)->text,
		 why->detail);
}

static void features_check(OSSL_LIB_CTX *library, struct fips_row *rows, size_t max,
			   size_t *count)
{
	const struct fips_algorithm *one;
	struct fips_row *row;

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		row = row_add(rows, max, count, features[i].name, features[i].needs);
		for (one = features[i].algorithms; one->name && !row->verdict; one++) {
			if (fips_provider_has(library, one->kind, one->name))
				continue;
			row->verdict = features[i].otherwise;
			snprintf(row->detail, sizeof(row->detail), "no %s: %s", one->name,
				 features[i].detail);
		}
	}
}

static void policy_check(const struct settings *settings, struct fips_row *rows, size_t max,
			 size_t *count)
{
	struct fips_row *row;
	bool keys = fips_keys_policy(true, settings->fips_keys);

	row = row_add(rows, max, count, "Registration with LSC or MIC", "a private key");
	if (!keys && !settings->oauth) {
		row->verdict = FIPS_STOPS;
		snprintf(row->detail, sizeof(row->detail), "private keys are not used: register by "
			 "SIP OAuth, or set [fips] private-keys = approved");
	}
	row = row_add(rows, max, count, "Files signed over SHA-1", "SHA-1 signatures");
	if (settings->sha1_files) {
		row->verdict = FIPS_LIMITED;
		snprintf(row->detail, sizeof(row->detail),
			 "refused: have the call manager sign with SHA-512");
	}
	row = row_add(rows, max, count, "Decrypted captures", "keys outside of their boundary");
	row->verdict = FIPS_LIMITED;
	snprintf(row->detail, sizeof(row->detail), "none are made; counters stay");
}

int fips_provider_try(const struct settings *settings, const char *state,
		      struct fips_provider *provider, struct refusal *why)
{
	char module[PATH_MAX], written[PATH_MAX + sizeof("/fips-check.cnf")];
	const struct fips_place place = {
		.module = module, .config = settings->fips_config, .written = written,
	};
	struct fips_provider own;
	struct refusal unused;
	int err;

	fips_module_path(settings, module);
	snprintf(written, sizeof(written), "%s/fips-check.cnf", state);
	err = fips_provider_open(provider ?: &own, &place, why);
	(void)state_file_remove(written, &unused);
	if (!err && !provider)
		fips_provider_close(&own);
	return err;
}

size_t fips_check(const struct settings *settings, const char *state, struct fips_row *rows,
		  size_t max)
{
	struct fips_provider provider;
	struct refusal why = { 0 };
	size_t count = 0;
	int err;

	err = fips_kernel_check(FIPS_FILE, &why);
	row_judge(row_add(rows, max, &count, "Kernel", "fips=1"), FIPS_PREVENTS, err, &why);
	err = settings->media == CALL_MEDIA_OFF ? 0 : fips_module_check(&why);
	row_judge(row_add(rows, max, &count, "Module nf_srtp", "its self-test in FIPS mode"),
		  FIPS_PREVENTS, err, &why);
	err = fips_lsc_check(settings, &why);
	row_judge(row_add(rows, max, &count, "LSC", "RSA of 2048 bits or more, or EC"),
		  FIPS_PREVENTS, err, &why);
	err = fips_provider_try(settings, state, &provider, &why);
	row_judge(row_add(rows, max, &count, "OpenSSL's FIPS provider",
			  "its integrity, self-tests and algorithms"), FIPS_PREVENTS, err, &why);
	if (!err) {
		features_check(provider.library, rows, max, &count);
		fips_provider_close(&provider);
	}
	policy_check(settings, rows, max, &count);
	return count;
}

const char *fips_verdict_word(enum fips_verdict verdict)
{
	static const char *const words[] = {
		[FIPS_OK] = "ok", [FIPS_LIMITED] = "limited", [FIPS_STOPS] = "stops",
		[FIPS_PREVENTS] = "prevents",
	};

	return words[verdict];
}
