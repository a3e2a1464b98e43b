// SPDX-License-Identifier: Apache-2.0
/* The verbs that make files. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/file_build.h"
#include "../lib/firmware_archive.h"
#include "../phonesecd/crypto.h"
#include "files.h"
#include "verbs.h"

static void maker_clear(struct file_maker *maker)
{
	X509_free(maker->certificate);
	EVP_PKEY_free(maker->key);
}

static int time_read(uint32_t *timestamp, const char *value, struct refusal *why)
{
	unsigned long long number;
	char *end;

	*timestamp = (uint32_t)time(NULL);
	if (!value)
		return 0;
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno || *end || *value < '0' || *value > '9' || number > UINT32_MAX)
		return refusal_set(why, REASON_VALUE_INVALID, "--time is 0 to %u", UINT32_MAX);
	*timestamp = (uint32_t)number;
	return 0;
}

/* Who signs, and how; @name is for when none was given, and must stay. */
static int maker_read(struct file_maker *maker, const struct sign_arguments *arguments,
		      const char *name, struct refusal *why)
{
	const char *const *values = arguments->values;
	int err;

	*maker = (struct file_maker){
		.digest = sign_choice(SIGN_OPTION_DIGEST, values[SIGN_OPTION_DIGEST],
				      FILE_DIGEST_SHA512),
		.style = sign_choice(SIGN_OPTION_STYLE, values[SIGN_OPTION_STYLE],
				     FILE_STYLE_SERVER),
		.name = values[SIGN_OPTION_NAME] ?: name,
	};
	err = time_read(&maker->timestamp, values[SIGN_OPTION_TIME], why);
	if (!err)
		err = crypto_library(&maker->library, why);
	if (err)
		return err;
	maker->certificate = certificate_load(values[SIGN_OPTION_SIGNER], why);
	if (maker->certificate)
		maker->key = key_load(values[SIGN_OPTION_KEY] ?: values[SIGN_OPTION_SIGNER], why);
	if (maker->key)
		return 0;
	maker_clear(maker);
	return -reason_words(why->code)->error;
}

/* What was made goes where the options say; tells what is there now. */
static int made_write(const struct sign_arguments *arguments, const char *name,
		      const struct file_maker *maker, struct octets made, struct output *out,
		      struct refusal *why)
{
	const char *file = arguments->values[SIGN_OPTION_OUT] ?: name;
	int err = file_write(file, made, false, why);

	if (!err && strcmp(file, "-"))
		output_remark(out, "%s: %zu bytes, signed as '%s' over %s", file, made.len,
			      maker->name, file_digest_name((uint8_t)maker->digest));
	free((void *)made.at);
	return err;
}

/* A signed or an encrypted file beside the one it is made from. */
static int file_from(const struct sign_arguments *arguments, const char *suffix,
		     EVP_PKEY *recipient, struct output *out, struct refusal *why)
{
	const char *operand = *arguments->operands;
	struct octets plain, made;
	struct file_maker maker;
	char name[PATH_MAX];
	int err;

	if (snprintf(name, sizeof(name), "%s%s", operand, suffix) >= (int)sizeof(name))
		return refusal_set(why, REASON_FILE_SIGNING_NAME, "%s", "");
	err = maker_read(&maker, arguments, file_base(name), why);
	if (err)
		return err;
	err = file_read(&plain, NULL, operand, why);
	if (!err) {
		err = recipient ? file_build_encrypted(&made, &maker, recipient, plain, why) :
				  file_build_signed(&made, &maker, plain, why);
		free((void *)plain.at);
	}
	if (!err)
		err = made_write(arguments, name, &maker, made, out, why);
	maker_clear(&maker);
	return err;
}

int sign_file(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	return file_from(arguments, ".sgn", NULL, out, why);
}

int sign_encrypt(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	X509 *phone = certificate_load(arguments->values[SIGN_OPTION_FOR], why);
	int err;

	if (!phone)
		return -reason_words(why->code)->error;
	err = X509_get0_pubkey(phone) ?
	      file_from(arguments, ".enc.sgn", X509_get0_pubkey(phone), out, why) :
	      refusal_set(why, REASON_FILE_RECIPIENT, "its key is of an unknown kind");
	X509_free(phone);
	return err;
}

static void records_free(struct file_build_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		X509_free(records[i].certificate);
	free(records);
}

/* ROLE[@HOST]=CERTIFICATE, which is cut into its parts. */
static int record_read(struct file_build_record *record, char *word, struct refusal *why)
{
	char *equals = strchr(word, '='), *host;

	if (!equals)
		return refusal_set(why, REASON_VALUE_INVALID, "'%s' is not ROLE[@HOST]=CERTIFICATE",
				   word);
	*equals = '\0';
	host = strchr(word, '@');
	if (host)
		*host++ = '\0';
	record->dns_name = host;
	if (!trust_role_find(word, &record->role))
		return refusal_set(why, REASON_VALUE_INVALID,
				   "'%s' is no role: SAST, CCM, CCM+TFTP, TFTP, CAPF, APP-SERVER or TVS",
				   word);
	record->certificate = certificate_load(equals + 1, why);
	return record->certificate ? 0 : -reason_words(why->code)->error;
}

static int list_make(const struct sign_arguments *arguments, const char *name, struct output *out,
		     struct refusal *why)
{
	struct file_build_record *records = calloc(arguments->count, sizeof(*records));
	unsigned int minor = sign_choice(SIGN_OPTION_SIGNER_VERSION,
					 arguments->values[SIGN_OPTION_SIGNER_VERSION], 0);
	struct file_maker maker;
	struct octets made;
	int err;

	err = records ? maker_read(&maker, arguments, name, why) :
			refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		free(records);
		return err;
	}
	for (size_t i = 0; !err && i < arguments->count; i++)
		err = record_read(&records[i], arguments->operands[i], why);
	if (!err)
		err = file_build_list(&made, &maker, (uint8_t)minor, records, arguments->count,
				      why);
	if (!err)
		err = made_write(arguments, name, &maker, made, out, why);
	records_free(records, arguments->count);
	maker_clear(&maker);
	return err;
}

int sign_itl(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	return list_make(arguments, "ITLFile.tlv", out, why);
}

int sign_ctl(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	return list_make(arguments, "CTLFile.tlv", out, why);
}

static int entry_read(struct firmware_entry *entry, const char *name, struct refusal *why)
{
	const char *base = file_base(name);
	time_t changed;
	int err;

	err = file_read(&entry->content, &changed, name, why);
	entry->type = FIRMWARE_FILE;
	entry->flags = FIRMWARE_FLAGS;
	entry->time = (uint32_t)changed;
	entry->name = (struct octets){ (const uint8_t *)base, strlen(base) };
	return err;
}

static int archive_read(struct octets *archive, const struct sign_arguments *arguments,
			struct refusal *why)
{
	struct firmware_entry *entries = calloc(arguments->count, sizeof(*entries));
	size_t count = 0;
	int err = 0;

	if (!entries)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	for (; !err && count < arguments->count; count++)
		err = entry_read(&entries[count], arguments->operands[count], why);
	if (!err)
		err = firmware_archive_make(archive, entries, count, why);
	while (count--)
		free((void *)entries[count].content.at);
	free(entries);
	return err;
}

int sign_image(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	const char *file = arguments->values[SIGN_OPTION_OUT];
	struct octets image, made;
	struct file_maker maker;
	int err;

	if (arguments->count > 1 && !arguments->values[SIGN_OPTION_ARCHIVE])
		return refusal_set(why, REASON_OPTION_MISSING, "--archive, for several files");
	err = maker_read(&maker, arguments, file_base(file), why);
	if (err)
		return err;
	err = arguments->values[SIGN_OPTION_ARCHIVE] ? archive_read(&image, arguments, why) :
	      file_read(&image, NULL, *arguments->operands, why);
	if (!err) {
		err = file_build_signed(&made, &maker, image, why);
		free((void *)image.at);
	}
	if (!err)
		err = made_write(arguments, file, &maker, made, out, why);
	maker_clear(&maker);
	return err;
}
