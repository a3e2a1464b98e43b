// SPDX-License-Identifier: Apache-2.0
#include "trust_site.h"

#include <sys/stat.h>

#include "trust_folder.h"

struct site_identity sast, token, outsider, manager, capf, verifier, web;
struct refusal last_why;
struct file_verdict last_verdict;

int trust_site_set_up(void **state)
{
	(void)state;
	sast = site_issue(&(struct site_wish){ .name = "SAST", .key = SITE_RSA_2048 });
	token = site_issue(&(struct site_wish){ .name = "Token", .key = SITE_RSA_2048 });
	outsider = site_issue(&(struct site_wish){ .name = "Stranger", .key = SITE_RSA_2048 });
	manager = site_issue(&(struct site_wish){ .name = "CUCM", .key = SITE_RSA_2048 });
	capf = site_issue(&(struct site_wish){ .name = "CAPF" });
	verifier = site_issue(&(struct site_wish){ .name = "TVS" });
	web = site_issue(&(struct site_wish){ .name = "Web" });
	return 0;
}

int trust_site_clear(void **state)
{
	struct site_identity *all[] = {
		&sast, &token, &outsider, &manager, &capf, &verifier, &web,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		site_identity_free(all[i]);
	return 0;
}

struct settings trust_site_settings(void)
{
	struct settings settings = site_settings();
	static unsigned int number;
	char name[32];

	snprintf(name, sizeof(name), "trust-%u", number++);
	strcpy(settings.lists, site_path(name));
	strcpy(settings.name, "SEP001122334455");
	settings.first_list = true;
	settings.sha1_files = true;
	return settings;
}

const struct file_build_record *list_records(void)
{
	static struct file_build_record records[LIST_RECORDS];

	records[0] = (struct file_build_record){ TRUST_ROLE_SAST, sast.certificate, "" };
	records[1] = (struct file_build_record){ TRUST_ROLE_SAST, token.certificate, "" };
	records[2] = (struct file_build_record){ TRUST_ROLE_CCM_TFTP, manager.certificate, "" };
	records[3] = (struct file_build_record){ TRUST_ROLE_CAPF, capf.certificate, "" };
	records[4] = (struct file_build_record){ TRUST_ROLE_TVS, verifier.certificate, "" };
	records[5] = (struct file_build_record){ TRUST_ROLE_APP_SERVER, web.certificate, "" };
	return records;
}

static struct file_maker maker_of(const char *name, const struct list_wish *wish,
				  const struct site_identity *usual)
{
	const struct site_identity *signer = wish->signer ?: usual;

	return (struct file_maker){
		.certificate = signer->certificate,
		.key = signer->key,
		.digest = wish->digest ? wish->digest : FILE_DIGEST_SHA512,
		.name = name,
		.timestamp = SITE_TIME + wish->later_s,
	};
}

struct octets list_make(const struct list_wish *wish)
{
	struct file_maker maker = maker_of(wish->name ?: "ITLFile.tlv", wish, &sast);
	struct octets built;
	struct refusal why;

	if (file_build_list(&built, &maker, 0, wish->records ?: list_records(),
			    wish->records ? wish->count : LIST_RECORDS, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	return built;
}

struct octets signed_make(const char *name, const struct list_wish *wish, const char *body)
{
	struct file_maker maker = maker_of(name, wish, &manager);
	struct octets built;
	struct refusal why;

	if (file_build_signed(&built, &maker,
			      (struct octets){ (const uint8_t *)body, strlen(body) }, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	return built;
}

int list_offer(const struct settings *settings, enum trust_list_kind kind,
	       const struct list_wish *wish)
{
	struct octets file = list_make(wish);
	enum trust_list_outcome outcome;
	int err;

	last_why = (struct refusal){ 0 };
	err = trust_lists_offer(settings, kind, trust_list_name(kind), file, &outcome,
				&last_verdict, &last_why);
	assert_int_equal(last_verdict.why.code, last_why.code);
	free((void *)file.at);
	return err ? -1 : (int)outcome;
}

void list_begin(const struct settings *settings)
{
	assert_int_equal(list_offer(settings, TRUST_LIST_ITL, &(struct list_wish){ 0 }),
			 TRUST_LIST_FIRST);
}

enum reason_code file_reason(const struct settings *settings, const char *name,
			     const char *signed_as, const struct list_wish *wish)
{
	struct octets file = signed_make(signed_as, wish, "<device/>");

	last_why = (struct refusal){ 0 };
	assert_int_equal(!file_judge(&last_verdict, settings, FILE_KIND_SIGNED, name, file,
				     &last_why), last_why.code == REASON_NONE);
	assert_int_equal(last_verdict.why.code, last_why.code);
	if (last_why.code == REASON_NONE) {
		assert_int_equal(last_verdict.body.len, strlen("<device/>"));
		assert_memory_equal(last_verdict.body.at, "<device/>", strlen("<device/>"));
	}
	free((void *)file.at);
	return last_why.code;
}

struct octets stored(const struct settings *settings, const char *name)
{
	struct octets bytes;
	struct refusal why;

	assert_int_equal(trust_folder_read(settings, name, &bytes, 1 << 20, &why), 0);
	return bytes;
}
