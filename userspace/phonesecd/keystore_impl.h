/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of keystore.h share. */
#ifndef PHONESECD_KEYSTORE_IMPL_H
#define PHONESECD_KEYSTORE_IMPL_H

#include "keystore.h"

enum {
	KEYSTORE_FOLDER_MAX = SETTINGS_FOLDER_MAX,
	/* Of a file in it or in a folder of it. */
	KEYSTORE_PATH_MAX = SETTINGS_URI_MAX,
};

/**
 * struct keystore - where everything is
 * @folder: of MIC and LSC; those of imported ones and of requests are in it
 * @name: of the device
 * @lsc, @mic: as configured
 * @place: where keys are made
 * @weak_allowed: the policy takes RSA below 2048 bits
 * @fips_keys: which private keys are used in FIPS mode
 */
struct keystore {
	char folder[KEYSTORE_FOLDER_MAX];
	char name[SETTINGS_NAME_MAX];
	struct settings_identity lsc;
	struct settings_identity mic;
	char place[SETTINGS_URI_MAX];
	bool weak_allowed;
	enum fips_keys fips_keys;
};

/* Folders in that of the store, and names of files in it. */
#define KEYSTORE_IMPORTED "imported/"
#define KEYSTORE_REQUESTS "requests/"
#define KEYSTORE_LSC_OLD "lsc-old"

/* The path of FOLDER/PART NAME.pem. */
void keystore_path(const struct keystore *keystore, const char *part, const char *name,
		   char path[KEYSTORE_PATH_MAX]);

/* Where a certificate is; refused for a name that there cannot be. */
int keystore_where(const struct keystore *keystore, const char *name,
		   struct settings_identity *named, struct refusal *why);

/* Refused when the configuration names another place for the certificate. */
int keystore_is_own(const struct keystore *keystore, const char *name, struct refusal *why);

/* Whether the store may hold this identity: kind of key, time. */
int keystore_accept(const struct keystore *keystore, const struct identity *identity,
		    struct refusal *why);

/* Ends what a power cut interrupted. */
int keystore_recover(const struct keystore *keystore, struct refusal *why);

/* Reads the subject of a certificate for the log. */
void keystore_subject(const X509 *certificate, char text[KEYSTORE_TEXT_MAX]);

#endif
