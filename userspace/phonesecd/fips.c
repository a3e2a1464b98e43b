// SPDX-License-Identifier: Apache-2.0
#include "fips.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/kernel_fips.h"
#include "../lib/media_netlink.h"
#include "crypto.h"
#include "fips_impl.h"
#include "key_kind.h"
#include "log.h"
#include "state_file.h"

/* A note that the site's configuration asks for FIPS mode: there it is wanted, else not. */
#define NOTE "fips-wanted"

enum {
	SHA256_LEN = 32,
	PIECE_MAX = 65536,
};

/*
 * The mode of this process; it never changes after the start. @last is what was found when FIPS
 * mode was asked for last.
 */
static struct {
	bool is_on;
	struct fips_provider provider;
	char module[PATH_MAX];
	char config[PATH_MAX];
	struct refusal last;
	unsigned char digest[SHA256_LEN];
} mode;

bool fips_is_on(void)
{
	return mode.is_on;
}

static int note_path(char path[PATH_MAX], const char *state, struct refusal *why)
{
	return snprintf(path, PATH_MAX, "%s/" NOTE, state) < PATH_MAX ? 0 :
	       refusal_set(why, REASON_SYSTEM, "the state folder's name is too long");
}

bool fips_is_wanted(const struct settings *settings, const char *state)
{
	char path[PATH_MAX];
	struct octets bytes;
	struct refusal why;
	const char *fault;
	int err;

	if (settings->fips_mode || note_path(path, state, &why))
		return true;
	err = state_file_read(path, &bytes, sizeof(NOTE), &fault);
	if (!err)
		free((void *)bytes.at);
	/* A note that cannot be read is one all the same. */
	return err != -ENOENT;
}

void fips_module_path(const struct settings *settings, char path[PATH_MAX])
{
	const char *folder = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);

	if (*settings->fips_module)
		snprintf(path, PATH_MAX, "%s", settings->fips_module);
	else
		snprintf(path, PATH_MAX, "%s/fips.so", folder ?: "");
}

int fips_kernel_check(const char *file, struct refusal *why)
{
	FILE *stream = fopen(file, "re");
	int value = 0;

	if (!stream)
		return refusal_set(why, REASON_FIPS_KERNEL, "%s: %m", file);
	if (fscanf(stream, "%d", &value) != 1)
		value = 0;
	fclose(stream);
	return value == 1 ? 0 : refusal_set(why, REASON_FIPS_KERNEL, "%s: not 1", file);
}

int fips_module_check(struct refusal *why)
{
	struct media_module module;
	struct media_link *link;
	char detail[sizeof(why->detail)];
	int err;

	err = media_open(&link, why);
	if (!err) {
		err = media_module_get(link, &module, why);
		media_close(link);
	}
	if (err) {
		memcpy(detail, why->detail, sizeof(detail));
		return refusal_set(why, REASON_FIPS_MODULE, "%s %s",
				   reason_words(why->code)->text, detail);
	}
	if (!module.self_test)
		return refusal_set(why, REASON_FIPS_MODULE, "its self-test failed");
	if (!module.fips)
		return refusal_set(why, REASON_FIPS_MODULE, "it was loaded without FIPS mode");
	return 0;
}

/* Bits of the RSA key of the LSC; 0 without LSC, and for other keys. */
static int lsc_bits(const struct settings *settings)
{
	struct crypto_objects objects;
	struct refusal unused;
	EVP_PKEY *key = NULL;
	int bits = 0;

	if (!*settings->lsc.certificate || crypto_is_absent(settings->lsc.certificate) ||
	    crypto_load(&objects, settings->lsc.certificate, REASON_IDENTITY_UNUSABLE, &unused))
		return 0;
	if (sk_X509_num(objects.certificates))
		key = X509_get0_pubkey(sk_X509_value(objects.certificates, 0));
	if (key && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")))
		bits = EVP_PKEY_get_bits(key);
	crypto_objects_clear(&objects);
	return bits;
}

int fips_lsc_check(const struct settings *settings, struct refusal *why)
{
	int bits = lsc_bits(settings);

	return !bits || bits >= FIPS_RSA_BITS ? 0 :
	       refusal_set(why, REASON_FIPS_LSC, "%s: RSA %d", settings->lsc.certificate, bits);
}

/* SHA-256 of the provider's file, by itself. */
static bool module_digest(unsigned char digest[SHA256_LEN])
{
	EVP_MD *sha256 = EVP_MD_fetch(mode.provider.library, "SHA256", NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	FILE *file = fopen(mode.module, "re");
	static unsigned char piece[PIECE_MAX];
	bool done = sha256 && context && file && EVP_DigestInit_ex2(context, sha256, NULL);
	size_t len;

	while (done && (len = fread(piece, 1, sizeof(piece), file)))
		done = EVP_DigestUpdate(context, piece, len);
	done = done && !ferror(file) && EVP_DigestFinal_ex(context, digest, NULL);
	if (file)
		fclose(file);
	EVP_MD_CTX_free(context);
	EVP_MD_free(sha256);
	return done;
}

int fips_intact(struct refusal *why)
{
	unsigned char digest[SHA256_LEN];

	if (!mode.is_on || (module_digest(digest) && !memcmp(digest, mode.digest, sizeof(digest))))
		return 0;
	return refusal_set(why, REASON_FIPS_SELF_TEST, "%s: it is not the file that was tested",
			   mode.module);
}

/* Everything below the daemon, and the provider itself. */
static int mode_enter(const struct settings *settings, struct refusal *why)
{
	struct fips_place place = {
		.module = mode.module, .config = settings->fips_config, .written = mode.config,
	};
	int err;

	err = fips_kernel_check(FIPS_FILE, why);
	if (!err && settings->media != CALL_MEDIA_OFF)
		err = fips_module_check(why);
	if (!err)
		err = fips_provider_open(&mode.provider, &place, why);
	if (!err && !module_digest(mode.digest))
		err = refusal_set(why, REASON_FIPS_PROVIDER, "%s: it cannot be read", mode.module);
	if (err)
		return err;
	/* The default of other threads, of libraries and of children comes from this file. */
	if (!crypto_library_set(mode.provider.library) || setenv("OPENSSL_CONF", mode.config, 1))
		return refusal_set(why, REASON_FIPS_PROVIDER, "OpenSSL is in use already");
	(void)OSSL_LIB_CTX_set0_default(mode.provider.library);
	mode.is_on = true;
	return fips_lsc_check(settings, why);
}

int fips_start(const struct settings *settings, const char *runtime, const char *state,
	       struct refusal *why)
{
	int err;

	if (!fips_is_wanted(settings, state))
		return 0;
	fips_module_path(settings, mode.module);
	if (snprintf(mode.config, sizeof(mode.config), "%s/openssl-fips.cnf", runtime) >=
	    (int)sizeof(mode.config))
		return refusal_set(why, REASON_SYSTEM, "the runtime folder's name is too long");
	err = mode_enter(settings, why);
	if (!err)
		log_tell(LOG_FIPS_ON, "provider %s, version %s", mode.module,
			 mode.provider.version);
	return err;
}

/* That it is noted is as it should be: without the provider the daemon will not start. */
static void provider_try(const struct settings *settings, const char *state)
{
	struct refusal why;

	if (fips_provider_try(settings, state, NULL, &why))
		mode.last = why;
}

static int note_write(const struct settings *settings, const char *state, const char *path,
		      struct refusal *why)
{
	bool was_wanted = fips_is_wanted(settings, state);
	int err = fips_lsc_check(settings, why);

	if (!err)
		err = state_file_write(path, "yes\n", 4, why);
	if (err || mode.is_on || was_wanted)
		return err;
	provider_try(settings, state);
	return 0;
}

int fips_want(const struct settings *settings, const char *state, bool wanted, struct refusal *why)
{
	char path[PATH_MAX];
	int err;

	err = note_path(path, state, why);
	if (err)
		return err;
	if (!wanted || mode.last.code == REASON_FIPS_LSC)
		mode.last = (struct refusal){ 0 };
	err = wanted ? note_write(settings, state, path, why) : state_file_remove(path, why);
	if (err)
		mode.last = *why;
	return err;
}

void fips_follow(const struct settings *settings, const char *state, bool wanted, bool is_signed)
{
	struct refusal why;

	if ((wanted || is_signed) && fips_want(settings, state, wanted, &why))
		log_refusal(LOG_FIPS_REFUSED, &why, "%s", "");
}

/* What would keep the daemon from starting comes before the restart itself. */
static void status_explain(struct fips_status *status, const struct settings *settings)
{
	if (mode.last.code)
		status->why = mode.last;
	else if (status->wanted && !mode.is_on && !fips_kernel_check(FIPS_FILE, &status->why) &&
		 (settings->media == CALL_MEDIA_OFF || !fips_module_check(&status->why)))
		refusal_set(&status->why, REASON_FIPS_RESTART, "it will be in force");
	else if (!status->wanted && mode.is_on)
		refusal_set(&status->why, REASON_FIPS_RESTART, "it will no longer be in force");
}

void fips_status(const struct settings *settings, const char *state, struct fips_status *status)
{
	struct refusal unused;

	*status = (struct fips_status){
		.is_on = mode.is_on,
		.wanted = fips_is_wanted(settings, state),
		.kernel = !fips_kernel_check(FIPS_FILE, &unused),
		.private_keys = settings->fips_keys == FIPS_KEYS_APPROVED,
		.md5 = settings->fips_md5 == FIPS_MD5_NONSECURITY,
	};
	status_explain(status, settings);
	if (!mode.is_on)
		return;
	memcpy(status->provider, mode.provider.version, sizeof(status->provider));
	memcpy(status->module, mode.module, sizeof(status->module));
}

const char *fips_openssl_conf(void)
{
	return mode.is_on ? mode.config : NULL;
}

bool fips_keys_policy(bool is_on, enum fips_keys keys)
{
	return !is_on || keys == FIPS_KEYS_APPROVED;
}

int fips_keys_allowed(enum fips_keys policy, struct refusal *why)
{
	return fips_keys_policy(mode.is_on, policy) ? 0 :
	       refusal_set(why, REASON_FIPS_KEYS, "%s", "");
}

int fips_key_check(const EVP_PKEY *key, const char *name, struct refusal *why)
{
	const OSSL_PROVIDER *from = EVP_PKEY_get0_provider(key);
	char text[KEY_KIND_TEXT_MAX];
	struct key_kind kind;

	if (!key_kind_of(&kind, key))
		return refusal_set(why, REASON_FIPS_KEY_WEAK, "%s: of another kind", name);
	key_kind_text(&kind, text);
	if (kind.type == KEY_TYPE_RSA && kind.bits < FIPS_RSA_BITS)
		return refusal_set(why, REASON_FIPS_KEY_WEAK, "%s: %s", name, text);
	if (!from || strcmp(OSSL_PROVIDER_get0_name(from), "fips"))
		return refusal_set(why, REASON_FIPS_KEY_WEAK,
				   "%s: %s, not held by the FIPS provider", name, text);
	return 0;
}

int fips_key_allowed(enum fips_keys policy, const EVP_PKEY *key, const char *name,
		     struct refusal *why)
{
	int err = fips_keys_allowed(policy, why);

	return err || !mode.is_on ? err : fips_key_check(key, name, why);
}

int fips_key_made_allowed(enum fips_keys policy, const char *place, struct refusal *why)
{
	int err = fips_keys_allowed(policy, why);

	if (err || !mode.is_on || !strcmp(place, "file"))
		return err;
	return refusal_set(why, REASON_FIPS_KEY_WEAK, "a key in a token");
}

int fips_dot1x_check(const struct fips_dot1x *dot1x, struct refusal *why)
{
	if (dot1x->is_fast && dot1x->is_anonymous)
		return refusal_set(why, REASON_FIPS_DOT1X,
				   "anonymous provisioning of EAP-FAST");
	if (dot1x->is_fast && !dot1x->is_gtc)
		return refusal_set(why, REASON_FIPS_DOT1X, "MSCHAPv2 inside EAP-FAST");
	return 0;
}

int fips_dot1x_allowed(const struct settings *settings, const struct fips_dot1x *dot1x,
		       struct refusal *why)
{
	if (!mode.is_on)
		return 0;
	/* EAP-TLS signs with the key of LSC or MIC. */
	return dot1x->is_fast ? fips_dot1x_check(dot1x, why) :
				fips_keys_allowed(settings->fips_keys, why);
}
