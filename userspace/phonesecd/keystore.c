// SPDX-License-Identifier: Apache-2.0
#include "keystore.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar.h"
#include "fips.h"
#include "identity_expiry.h"
#include "key_place.h"
#include "keystore_impl.h"
#include "log.h"

void keystore_path(const struct keystore *keystore, const char *part, const char *name,
		   char path[KEYSTORE_PATH_MAX])
{
	snprintf(path, KEYSTORE_PATH_MAX, "%s/%s%s.pem", keystore->folder, part, name);
}

static bool name_is_valid(const char *name)
{
	size_t len = strlen(name);

	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '-' && *at != '_')
			return false;
	return len && len < KEYSTORE_NAME_MAX;
}

int keystore_where(const struct keystore *keystore, const char *name,
		   struct settings_identity *named, struct refusal *why)
{
	*named = (struct settings_identity){ 0 };
	if (!strcmp(name, KEYSTORE_LSC))
		*named = keystore->lsc;
	else if (!strcmp(name, KEYSTORE_MIC))
		*named = keystore->mic;
	else if (name_is_valid(name))
		keystore_path(keystore, KEYSTORE_IMPORTED, name, named->certificate);
	else
		return refusal_set(why, REASON_IDENTITY_NAME, "%s", name);
	return 0;
}

int keystore_is_own(const struct keystore *keystore, const char *name, struct refusal *why)
{
	struct settings_identity named;
	char path[KEYSTORE_PATH_MAX];
	bool fixed = !strcmp(name, KEYSTORE_LSC) || !strcmp(name, KEYSTORE_MIC);
	int err;

	err = keystore_where(keystore, name, &named, why);
	if (err || !fixed)
		return err;
	keystore_path(keystore, "", name, path);
	if (!*named.key && !strcmp(named.certificate, path))
		return 0;
	return refusal_set(why, REASON_IDENTITY_ELSEWHERE, "%s = %s", name, named.certificate);
}

static int folder_make(const char *folder, struct refusal *why)
{
	if (!mkdir(folder, 0700) || errno == EEXIST)
		return 0;
	return refusal_set(why, REASON_SYSTEM, "%s: %m", folder);
}

static int folders_make(const struct keystore *keystore, struct refusal *why)
{
	static const char *const parts[] = { "", KEYSTORE_IMPORTED, KEYSTORE_REQUESTS };
	char folder[KEYSTORE_PATH_MAX];
	int err = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !err; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", keystore->folder, parts[i]);
		err = folder_make(folder, why);
	}
	return err;
}

static void settings_take(struct keystore *keystore, const struct settings *settings)
{
	*keystore = (struct keystore){
		.lsc = settings->lsc,
		.mic = settings->mic,
		.weak_allowed = settings->weak_keys,
		.fips_keys = settings->fips_keys,
	};
	strcpy(keystore->folder, settings->identity_folder);
	strcpy(keystore->name, settings->name);
	strcpy(keystore->place, *settings->key_place ? settings->key_place : "file");
}

/* The factory made the MIC when its clock was right. */
static void mic_learn(const struct keystore *keystore)
{
	struct crypto_objects objects;
	struct refusal why;

	if (crypto_is_absent(keystore->mic.certificate) ||
	    crypto_load(&objects, keystore->mic.certificate, REASON_IDENTITY_UNUSABLE, &why))
		return;
	if (sk_X509_num(objects.certificates))
		calendar_learn(CALENDAR_MIC, crypto_time(X509_get0_notBefore(
			sk_X509_value(objects.certificates, 0))));
	crypto_objects_clear(&objects);
}

int keystore_reload(struct keystore *keystore, const struct settings *settings,
		    struct refusal *why)
{
	struct keystore taken;
	int err;

	settings_take(&taken, settings);
	err = folders_make(&taken, why);
	if (!err)
		err = keystore_recover(&taken, why);
	if (err)
		return err;
	*keystore = taken;
	if (*keystore->mic.certificate)
		mic_learn(keystore);
	return 0;
}

int keystore_new(struct keystore **keystore, const struct settings *settings,
		 struct refusal *why)
{
	struct keystore *made = calloc(1, sizeof(*made));
	struct refusal clock;
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = keystore_reload(made, settings, why);
	if (err) {
		free(made);
		return err;
	}
	if (calendar_check(calendar_now(), &clock))
		log_refusal(LOG_CLOCK_WRONG, &clock, "%s", "");
	*keystore = made;
	return 0;
}

void keystore_free(struct keystore *keystore)
{
	free(keystore);
}

const char *certificate_state_word(enum certificate_state state)
{
	static const char *const words[] = {
		[CERTIFICATE_MISSING] = "missing",
		[CERTIFICATE_VALID] = "valid",
		[CERTIFICATE_EARLY] = "not-yet-valid",
		[CERTIFICATE_EXPIRED] = "expired",
		[CERTIFICATE_UNUSABLE] = "unusable",
	};

	return words[state];
}

void keystore_subject(const X509 *certificate, char text[KEYSTORE_TEXT_MAX])
{
	crypto_name(X509_get_subject_name(certificate), text, KEYSTORE_TEXT_MAX);
}

static void serial_text(const X509 *certificate, char text[KEYSTORE_SERIAL_MAX])
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number ? BN_bn2hex(number) : NULL;

	snprintf(text, KEYSTORE_SERIAL_MAX, "%s", hex ?: "");
	OPENSSL_free(hex);
	BN_free(number);
}

static void certificate_describe(struct keystore_certificate *shown,
				 const struct identity *identity)
{
	const X509 *certificate = identity->certificate;
	struct key_kind kind;

	keystore_subject(certificate, shown->subject);
	crypto_name(X509_get_issuer_name(certificate), shown->issuer, sizeof(shown->issuer));
	serial_text(certificate, shown->serial);
	if (key_kind_of(&kind, identity->key))
		key_kind_text(&kind, shown->key);
	shown->place = key_place(identity->key);
	(void)crypto_fingerprint(certificate, shown->fingerprint);
	shown->from_s = crypto_time(X509_get0_notBefore(certificate));
	shown->until_s = crypto_time(X509_get0_notAfter(certificate));
	shown->renew_s = identity_expiry_renewal(shown->from_s, shown->until_s,
						 shown->fingerprint);
}

static enum certificate_state state_of(struct keystore_certificate *shown,
				       const struct identity *identity)
{
	int64_t now = calendar_now();

	if (!identity_time_check(identity->certificate, now, &shown->why))
		return CERTIFICATE_VALID;
	return shown->from_s > now ? CERTIFICATE_EARLY : CERTIFICATE_EXPIRED;
}

void keystore_show(const struct keystore *keystore, const char *name,
		   struct keystore_certificate *certificate)
{
	struct identity identity = { 0 };
	struct settings_identity named;
	struct refusal own;
	int err;

	*certificate = (struct keystore_certificate){ .place = "" };
	snprintf(certificate->name, sizeof(certificate->name), "%s", name);
	err = keystore_where(keystore, name, &named, &certificate->why);
	if (!err)
		err = identity_load(&identity, &named, &certificate->why);
	if (err) {
		certificate->state = certificate->why.code == REASON_IDENTITY_UNUSABLE ?
				     CERTIFICATE_UNUSABLE : CERTIFICATE_MISSING;
		return;
	}
	certificate->own = !keystore_is_own(keystore, name, &own);
	certificate->unconfirmed = certificate->own && !strcmp(name, KEYSTORE_LSC) &&
				   keystore_lsc_is_unconfirmed(keystore);
	certificate_describe(certificate, &identity);
	certificate->state = state_of(certificate, &identity);
	identity_clear(&identity);
}

static int is_pem(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	char name[KEYSTORE_NAME_MAX];

	if (len < 5 || len - 4 >= sizeof(name) || strcmp(entry->d_name + len - 4, ".pem"))
		return 0;
	memcpy(name, entry->d_name, len - 4);
	name[len - 4] = '\0';
	return name_is_valid(name);
}

size_t keystore_list(const struct keystore *keystore,
		     char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX])
{
	char folder[KEYSTORE_PATH_MAX];
	struct dirent **entries;
	size_t kept = 0;
	int count;

	snprintf(folder, sizeof(folder), "%s/%s", keystore->folder, KEYSTORE_IMPORTED);
	count = scandir(folder, &entries, is_pem, alphasort);
	if (count < 0)
		return 0;
	for (int i = 0; i < count; i++) {
		if (kept < KEYSTORE_IMPORTED_MAX)
			snprintf(names[kept++], KEYSTORE_NAME_MAX, "%.*s",
				 (int)strlen(entries[i]->d_name) - 4, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return kept;
}

int keystore_accept(const struct keystore *keystore, const struct identity *identity,
		    struct refusal *why)
{
	int64_t now = calendar_now();
	struct key_kind kind;
	int err;

	if (!key_kind_of(&kind, identity->key))
		return refusal_set(why, REASON_IDENTITY_KEY_KIND, "%s",
				   EVP_PKEY_get0_type_name(identity->key) ?: "");
	err = key_kind_check(&kind, keystore->weak_allowed, why);
	if (err)
		return err;
	/* One from the future can be one of a server whose clock is ahead. */
	if (crypto_time(X509_get0_notAfter(identity->certificate)) >= now)
		return 0;
	return identity_time_check(identity->certificate, now, why);
}

int keystore_key_make(struct key_maker **maker, const struct keystore *keystore, sd_event *event,
		      const struct key_kind *kind, key_maker_done done, void *owner,
		      struct refusal *why)
{
	int err = key_kind_check(kind, keystore->weak_allowed, why);

	if (!err)
		err = fips_key_made_allowed(keystore->fips_keys, keystore->place, why);
	return err ?: key_maker_start(maker, event, kind, keystore->place, done, owner, why);
}
