// SPDX-License-Identifier: Apache-2.0
/* Power cuts while a configuration is kept: afterwards it is the old one or the new one, whole. */
#include "power_cut.h"
#include "provision_impl.h"
#include "site.h"

static const struct {
	const char *load;
	const char *text;
	int64_t fetched;
	bool is_signed;
} configs[] = {
	{ "one", "<device><fullConfig>true</fullConfig><loadInformation>one</loadInformation>"
	  "</device>", 1700000000, true },
	{ "two", "<device><fullConfig>true</fullConfig><loadInformation>two</loadInformation>"
	  "</device>", 1700000100, false },
	/* The same file once more, from somebody who did not sign it. */
	{ "one", "<device><fullConfig>true</fullConfig><loadInformation>one</loadInformation>"
	  "</device>", 1700000200, false },
};

static struct provision provision;

static void save(size_t i)
{
	struct octets text = { (const uint8_t *)configs[i].text, strlen(configs[i].text) };
	struct provision_stored stored = { configs[i].fetched, configs[i].is_signed, "" };
	struct refusal why;

	assert_true(provision_digest(text, stored.digest));
	assert_int_equal(provision_store_save(&provision, text, &stored, &why), 0);
	provision.stored = stored;
}

static void save_run(const void *data)
{
	power_begin();
	save(*(const size_t *)data);
}

/* Reads what is kept, as a daemon that begins; whether it is this configuration. */
static bool is_kept(size_t i)
{
	struct phone_config *config;
	bool is;

	provision.stored = (struct provision_stored){ 0 };
	if (!provision_store_load(&provision, &config, &provision.stored))
		return false;
	is = !strcmp(config->load, configs[i].load) &&
	     provision.stored.fetched == configs[i].fetched &&
	     provision.stored.is_signed == configs[i].is_signed;
	phone_config_free(config);
	return is;
}

static void folder_new(void)
{
	static unsigned int number;
	char name[32];

	snprintf(name, sizeof(name), "config-%u", number++);
	provision = (struct provision){ 0 };
	strcpy(provision.folder, site_path(name));
}

/* Replaces one configuration by another; -1 for none before. */
static void cut_everywhere(int before, size_t after)
{
	unsigned int as_before = 0, cut = 1;
	bool was_cut = true;

	for (; was_cut; cut++) {
		for (int half = 0; half < 2; half++) {
			folder_new();
			if (before >= 0)
				save((size_t)before);
			was_cut = power_run(save_run, &after, cut, half);
			if (is_kept(after))
				continue;
			assert_true(was_cut);
			if (before >= 0)
				assert_true(is_kept((size_t)before));
			else
				assert_int_equal(provision.stored.fetched, 0);
			as_before++;
			save(after);
			assert_true(is_kept(after));
			power_leftovers_check(provision.folder);
		}
	}
	assert_true(cut > 3);
	assert_true(as_before >= 2);
}

static void kept(void **state)
{
	(void)state;
	cut_everywhere(-1, 0);
	cut_everywhere(0, 1);
	cut_everywhere(1, 0);
	cut_everywhere(0, 2);
	cut_everywhere(2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(kept) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
