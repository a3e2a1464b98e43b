// SPDX-License-Identifier: Apache-2.0
/*
 * The LSC and the one before it. Two files tell all: lsc.pem is in force; lsc-old.pem is there
 * while lsc.pem has not registered, and is the one before, or says that there was none. Every
 * step below leaves a pair that keystore_recover() makes whole.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calendar.h"
#include "keystore_impl.h"
#include "log.h"
#include "state_file.h"

/* In the place of the one before: there was none. */
static const char none_before[] = "No LSC was there before this one.\n";

/**
 * struct lsc_files - what there is
 * @lsc, @old: paths
 * @has_lsc, @has_old: which of them are there
 * @is_first: the old one says that there was none
 * @is_same: both are the same one: the new one was not written
 */
struct lsc_files {
	char lsc[KEYSTORE_PATH_MAX];
	char old[KEYSTORE_PATH_MAX];
	bool has_lsc;
	bool has_old;
	bool is_first;
	bool is_same;
};

/* Nothing in @bytes when there is no such file. */
static int file_read(const char *path, struct secret *bytes, struct refusal *why)
{
	const char *fault;
	int err = state_file_read_secret(path, bytes, &fault);

	if (!err || err == -ENOENT)
		return 0;
	return refusal_set(why, REASON_IDENTITY_UNUSABLE, "%s: %s", path, fault);
}

static bool says_none(const struct secret *bytes)
{
	return secret_len(bytes) == strlen(none_before) &&
	       !memcmp(secret_bytes(bytes), none_before, strlen(none_before));
}

static int files_look(const struct keystore *keystore, struct lsc_files *files,
		      struct refusal *why)
{
	SECRET_AUTO lsc = secret_new(IDENTITY_FILE_MAX);
	SECRET_AUTO old = secret_new(IDENTITY_FILE_MAX);
	int err;

	keystore_path(keystore, "", KEYSTORE_LSC, files->lsc);
	keystore_path(keystore, "", KEYSTORE_LSC_OLD, files->old);
	if (!lsc || !old)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = file_read(files->lsc, lsc, why) ?: file_read(files->old, old, why);
	if (err)
		return err;
	files->has_lsc = secret_len(lsc);
	files->has_old = secret_len(old);
	files->is_first = files->has_old && says_none(old);
	files->is_same = files->has_lsc && files->has_old && secret_equal(lsc, old);
	return 0;
}

/* Takes the one before back. */
static int lsc_take_back(const struct lsc_files *files, struct refusal *why)
{
	int err;

	if (!files->is_first)
		return state_file_rename(files->old, files->lsc, why);
	err = state_file_remove(files->lsc, why);
	return err ?: state_file_remove(files->old, why);
}

static int is_left(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && !strcmp(entry->d_name + len - 4, ".new");
}

/* What interrupted writes left has keys in it. */
static void leftovers_remove(const struct keystore *keystore, const char *part)
{
	char folder[KEYSTORE_PATH_MAX], path[KEYSTORE_PATH_MAX + NAME_MAX + 2];
	struct dirent **entries;
	int count;

	snprintf(folder, sizeof(folder), "%s/%s", keystore->folder, part);
	count = scandir(folder, &entries, is_left, NULL);
	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		(void)unlink(path);
		free(entries[i]);
	}
	free(entries);
}

int keystore_recover(const struct keystore *keystore, struct refusal *why)
{
	struct lsc_files files = { 0 };
	struct refusal unused;

	leftovers_remove(keystore, "");
	leftovers_remove(keystore, KEYSTORE_IMPORTED);
	leftovers_remove(keystore, KEYSTORE_REQUESTS);
	/* A file that cannot be read is shown as that, and stops nothing else. */
	if (files_look(keystore, &files, &unused) || !files.has_old)
		return 0;
	if (!files.has_lsc)
		return lsc_take_back(&files, why);
	return files.is_same ? state_file_remove(files.old, why) : 0;
}

bool keystore_lsc_is_unconfirmed(const struct keystore *keystore)
{
	struct lsc_files files = { 0 };
	struct refusal unused;

	return !files_look(keystore, &files, &unused) && files.has_lsc && files.has_old &&
	       !files.is_same;
}

/* Keeps the one in force, unless it never registered: then the one before it is what is kept. */
static int lsc_keep(const struct lsc_files *files, struct refusal *why)
{
	SECRET_AUTO bytes = secret_new(IDENTITY_FILE_MAX);
	int err;

	if (files->has_old)
		return 0;
	if (!files->has_lsc)
		return state_file_write(files->old, none_before, strlen(none_before), why);
	if (!bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = file_read(files->lsc, bytes, why);
	return err ?: state_file_write(files->old, secret_bytes(bytes), secret_len(bytes), why);
}

static int lsc_write(const struct keystore *keystore, const struct identity *identity,
		     struct refusal *why)
{
	struct secret *bytes = identity_write(identity, why);
	struct lsc_files files = { 0 };
	int err;

	if (!bytes)
		return -reason_words(why->code)->error;
	err = files_look(keystore, &files, why);
	if (!err)
		err = lsc_keep(&files, why);
	if (!err)
		err = state_file_write(files.lsc, secret_bytes(bytes), secret_len(bytes), why);
	secret_free(bytes);
	return err;
}

int keystore_lsc_install(struct keystore *keystore, EVP_PKEY *key,
			 STACK_OF(X509) *certificates, struct refusal *why)
{
	char subject[KEYSTORE_TEXT_MAX], until[32];
	struct identity identity = { 0 };
	int err;

	err = keystore_is_own(keystore, KEYSTORE_LSC, why);
	if (!err)
		err = identity_make(&identity, key, certificates, why);
	if (err)
		return err;
	err = keystore_accept(keystore, &identity, why);
	if (!err)
		err = lsc_write(keystore, &identity, why);
	if (!err) {
		keystore_subject(identity.certificate, subject);
		calendar_text(crypto_time(X509_get0_notAfter(identity.certificate)), until);
		log_tell(LOG_LSC_INSTALLED, "%s, valid until %s", subject, until);
	}
	identity_clear(&identity);
	return err;
}

int keystore_lsc_confirm(struct keystore *keystore, struct refusal *why)
{
	struct lsc_files files = { 0 };
	int err;

	err = files_look(keystore, &files, why);
	if (err || !files.has_lsc || !files.has_old)
		return err;
	err = state_file_remove(files.old, why);
	if (!err && !files.is_same)
		log_tell(LOG_LSC_CONFIRMED, "%s", files.is_first ? "it is the first one" :
			 "the one before it is destroyed");
	return err;
}

int keystore_lsc_revert(struct keystore *keystore, struct refusal *why)
{
	struct lsc_files files = { 0 };
	int err;

	err = files_look(keystore, &files, why);
	if (err)
		return err;
	if (!files.has_old || files.is_same)
		return refusal_set(why, REASON_IDENTITY_CONFIRMED, "%s", "");
	err = lsc_take_back(&files, why);
	if (!err)
		log_tell(LOG_LSC_REVERTED, "%s", files.is_first ? "there was none before" :
			 "the one before it is in force");
	return err;
}

/* The one before goes first: a cut in between leaves the one in force, whole. */
int keystore_lsc_delete(struct keystore *keystore, struct refusal *why)
{
	char lsc[KEYSTORE_PATH_MAX], old[KEYSTORE_PATH_MAX];
	int err;

	err = keystore_is_own(keystore, KEYSTORE_LSC, why);
	if (err)
		return err;
	keystore_path(keystore, "", KEYSTORE_LSC, lsc);
	keystore_path(keystore, "", KEYSTORE_LSC_OLD, old);
	if (crypto_is_absent(lsc))
		return refusal_set(why, REASON_IDENTITY_MISSING, "%s", "");
	err = state_file_remove(old, why);
	if (!err)
		err = state_file_remove(lsc, why);
	if (!err)
		log_tell(LOG_LSC_DELETED, "%s", "");
	return err;
}
