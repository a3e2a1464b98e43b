// SPDX-License-Identifier: Apache-2.0
#include "token_anchors.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <string.h>

static bool file_load(X509_STORE *store, const char *path)
{
	bool loaded = X509_STORE_load_file(store, path) == 1;

	ERR_clear_error();
	return loaded;
}

/* Files that hold no certificate are not counted, so that a folder may have a note in it. */
static unsigned int folder_load(X509_STORE *store, const char *path, DIR *folder)
{
	const struct dirent *entry;
	unsigned int count = 0;
	char name[PATH_MAX];

	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' ||
		    snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= PATH_MAX)
			continue;
		count += file_load(store, name);
	}
	return count;
}

static int store_fill(X509_STORE *store, const char *path, struct refusal *why)
{
	DIR *folder = opendir(path);
	unsigned int count;

	if (!folder && errno != ENOTDIR)
		return refusal_set(why, REASON_TRUST_FILE, "%s: %s", path, strerror(errno));
	if (!folder)
		return file_load(store, path) ? 0 :
		       refusal_set(why, REASON_TRUST_FILE, "%s: no certificate in PEM form", path);
	count = folder_load(store, path, folder);
	closedir(folder);
	return count ? 0 : refusal_set(why, REASON_TRUST_EMPTY, "%s", path);
}

int token_anchors_load(X509_STORE **store, const struct settings *settings, struct refusal *why)
{
	const char *path = *settings->token_anchors ? settings->token_anchors : settings->anchors;
	int err;

	if (!*path)
		return refusal_set(why, REASON_TRUST_EMPTY, "no anchors are configured");
	*store = X509_STORE_new();
	if (!*store)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	/* A certificate that is named is trusted, whoever issued it. */
	X509_STORE_set_flags(*store, X509_V_FLAG_PARTIAL_CHAIN);
	err = store_fill(*store, path, why);
	if (err) {
		X509_STORE_free(*store);
		*store = NULL;
	}
	return err;
}
