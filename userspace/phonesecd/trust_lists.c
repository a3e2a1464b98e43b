// SPDX-License-Identifier: Apache-2.0
#include "trust_lists.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "crypto.h"
#include "trust_folder.h"

uint32_t trust_use_roles(enum trust_use use, const struct settings *settings)
{
	switch (use) {
	case TRUST_USE_CALL_MANAGER:
		/* With SIP OAuth call managers show the certificate of their web services. */
		return TRUST_ROLE_BIT(TRUST_ROLE_CCM) | TRUST_ROLE_BIT(TRUST_ROLE_CCM_TFTP) |
		       (settings->oauth ? TRUST_ROLE_BIT(TRUST_ROLE_APP_SERVER) : 0);
	case TRUST_USE_CAPF:
		return TRUST_ROLE_BIT(TRUST_ROLE_CAPF);
	case TRUST_USE_TVS:
		return TRUST_ROLE_BIT(TRUST_ROLE_TVS);
	case TRUST_USE_FILES:
		return TRUST_ROLE_BIT(TRUST_ROLE_TFTP) | TRUST_ROLE_BIT(TRUST_ROLE_CCM_TFTP);
	case TRUST_USE_WEB:
		return TRUST_ROLE_BIT(TRUST_ROLE_APP_SERVER);
	case TRUST_USE_LISTS:
		return TRUST_ROLE_BIT(TRUST_ROLE_SAST);
	default:
		return 0;
	}
}

bool trust_takes_sha1(const struct settings *settings)
{
	return settings->sha1_files && !crypto_is_fips();
}

static int file_load(struct trust_list_file *file, const struct settings *settings,
		     const char *name, struct refusal *why)
{
	struct refusal layout;
	int err;

	err = trust_folder_read(settings, name, &file->bytes, PHONESEC_TRUST_LIST_MAX, why);
	if (err || !file->bytes.at)
		return err;
	if (trust_list_read(&file->list, file->bytes, &layout))
		return refusal_set(why, REASON_TRUST_FILE, "%s/%s: %s", settings->lists, name,
				   layout.detail);
	return 0;
}

int trust_lists_load(struct trust_lists *lists, const struct settings *settings,
		     struct refusal *why)
{
	enum trust_list_kind kind;
	int err = 0;

	*lists = (struct trust_lists){ 0 };
	for (kind = 0; !err && kind < TRUST_LIST_KINDS; kind++)
		err = file_load(&lists->files[kind], settings,
				trust_list_stored(kind), why);
	if (err)
		trust_lists_clear(lists);
	return err;
}

void trust_lists_clear(struct trust_lists *lists)
{
	int kind;

	for (kind = 0; kind < TRUST_LIST_KINDS; kind++)
		free((void *)lists->files[kind].bytes.at);
	*lists = (struct trust_lists){ 0 };
}

bool trust_lists_are_empty(const struct trust_lists *lists)
{
	return !lists->files[TRUST_LIST_CTL].bytes.at && !lists->files[TRUST_LIST_ITL].bytes.at;
}

static bool has_signer(const struct trust_list_file *file)
{
	struct trust_record record;
	size_t at = 0;

	while (file->bytes.at && trust_list_next(&file->list, &at, &record))
		if (record.role == TRUST_ROLE_SAST &&
		    (record.certificate.len || record.public_key.len))
			return true;
	return false;
}

const struct trust_list_file *trust_lists_governing(const struct trust_lists *lists)
{
	const struct trust_list_file *ctl = &lists->files[TRUST_LIST_CTL];
	const struct trust_list_file *itl = &lists->files[TRUST_LIST_ITL];

	if (has_signer(ctl) || (ctl->bytes.at && !itl->bytes.at))
		return ctl;
	return itl->bytes.at ? itl : NULL;
}

bool trust_digest_text(const char *algorithm, struct octets bytes, char *text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	OSSL_LIB_CTX *library;
	struct refusal why;
	size_t len = 0, i;

	*text = '\0';
	if (crypto_library(&library, &why) ||
	    !EVP_Q_digest(library, algorithm, NULL, bytes.at, bytes.len, digest, &len))
		return false;
	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return true;
}

int trust_pending_load(struct trust_pending *pending, const struct settings *settings,
		       struct refusal *why)
{
	struct trust_list_file file = { 0 };
	int err;

	*pending = (struct trust_pending){ 0 };
	err = file_load(&file, settings, TRUST_FILE_PENDING, why);
	if (err || !file.bytes.at) {
		free((void *)file.bytes.at);
		return err;
	}
	pending->bytes = file.bytes;
	pending->list = file.list;
	pending->kind = file.list.header.name.len && *file.list.header.name.at == 'C' ?
			TRUST_LIST_CTL : TRUST_LIST_ITL;
	/* Without SHA-1, as where a policy has no use for it, the other one is enough. */
	(void)trust_digest_text("SHA1", pending->bytes, pending->sha1);
	if (trust_digest_text("SHA256", pending->bytes, pending->fingerprint))
		return 0;
	trust_pending_clear(pending);
	return refusal_set(why, REASON_SYSTEM, "SHA-256: %s", crypto_error());
}

void trust_pending_clear(struct trust_pending *pending)
{
	free((void *)pending->bytes.at);
	*pending = (struct trust_pending){ 0 };
}

bool trust_pending_is(const struct trust_pending *pending, const char *fingerprint)
{
	char digits[65];
	size_t len = 0;

	for (; *fingerprint; fingerprint++) {
		if (*fingerprint == ':' || isspace((unsigned char)*fingerprint))
			continue;
		if (len == sizeof(digits) - 1)
			return false;
		digits[len++] = (char)tolower((unsigned char)*fingerprint);
	}
	digits[len] = '\0';
	return pending->bytes.at && len && (!strcmp(digits, pending->fingerprint) ||
					    !strcmp(digits, pending->sha1));
}

const char *trust_list_word(enum trust_list_kind kind)
{
	return kind == TRUST_LIST_CTL ? "CTL" : "ITL";
}

const char *trust_list_name(enum trust_list_kind kind)
{
	return kind == TRUST_LIST_CTL ? "CTLFile.tlv" : "ITLFile.tlv";
}

const char *trust_list_stored(enum trust_list_kind kind)
{
	return kind == TRUST_LIST_CTL ? TRUST_FILE_CTL : TRUST_FILE_ITL;
}
