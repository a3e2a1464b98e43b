// SPDX-License-Identifier: Apache-2.0
/* Images: which are refused before anything runs, and what the installer gets. */
#include "provision_site.h"

#include <sys/resource.h>

#include "image.h"
#include "trust_lists.h"

#define NAME "sip88xx.14-2-1.sbn"

struct image_told {
	enum image_state state;
	struct image_facts facts;
	struct refusal why;
	bool is_done;
	char text[256];
	unsigned int lines;
};

static void on_progress(void *owner, enum image_state state, unsigned int percent,
			const char *text)
{
	struct image_told *told = owner;

	(void)percent;
	if (state == IMAGE_INSTALLING) {
		told->lines++;
		snprintf(told->text, sizeof(told->text), "%s", text);
	}
}

static void on_done(void *owner, enum image_state state, const struct image_facts *facts,
		    const struct refusal *why)
{
	struct image_told *told = owner;

	told->state = state;
	told->facts = *facts;
	told->why = *why;
	told->is_done = true;
}

static const struct image_events told_events = { on_progress, on_done };

static const char *path_of(struct provision_site *site, const char *name)
{
	static char path[192];

	snprintf(path, sizeof(path), "%s/%s", site->folder, name);
	return path;
}

static struct octets file_read(struct provision_site *site, const char *name)
{
	FILE *file = fopen(path_of(site, name), "r");
	uint8_t *bytes = malloc(65536);
	size_t len;

	assert_non_null(file);
	len = fread(bytes, 1, 65536, file);
	fclose(file);
	return (struct octets){ bytes, len };
}

static void list_install(struct provision_site *site)
{
	enum trust_list_outcome outcome;
	struct octets list;
	struct refusal why;

	order(site, "{\"put\": {\"name\": \"ITLFile.tlv\", \"kind\": \"list\"}}");
	order(site, "{\"save\": \"ITLFile.tlv\"}");
	list = file_read(site, "ITLFile.tlv");
	assert_int_equal(trust_lists_offer(&site->settings, TRUST_LIST_ITL, "ITLFile.tlv", list,
					   &outcome, NULL, &why), 0);
	free((void *)list.at);
}

/* A program of the maker, which must not be there when it is replaced. */
static void installer_write(struct provision_site *site, const char *script)
{
	const char *path = path_of(site, "installer");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(dprintf(fd, "#!/bin/sh\ncd %s\n%s\n", site->folder, script) > 0);
	close(fd);
	snprintf(site->settings.installer, sizeof(site->settings.installer), "%s", path);
}

static struct image *image_begin(struct provision_site *site, struct image_told *told,
				 const char *name, bool install)
{
	struct image_wish wish = {
		.fd = open(path_of(site, NAME), O_RDONLY | O_CLOEXEC), .name = name,
		.install = install,
	};
	struct image *image = NULL;
	struct refusal why;

	*told = (struct image_told){ 0 };
	assert_int_equal(image_start(&image, site->event, &site->settings, site->folder, &wish,
				     &told_events, told, &why), 0);
	return image;
}

static void image_run(struct provision_site *site, struct image_told *told, const char *name,
		      bool install)
{
	struct image *image = image_begin(site, told, name, install);
	double until = now_s() + 20;

	while (!told->is_done && now_s() < until)
		assert_true(sd_event_run(site->event, 50000) >= 0);
	assert_true(told->is_done);
	image_free(image);
}

static void put_image(struct provision_site *site, const char *kind, const char *more)
{
	order(site, "{\"put\": {\"name\": \"" NAME "\", \"kind\": \"%s\", \"text\": "
	      "\"the software\"%s}}", kind, more);
	order(site, "{\"save\": \"" NAME "\"}");
}

static bool ran(struct provision_site *site)
{
	return !access(path_of(site, "content"), F_OK);
}

static void installed_as_it_was_signed(void **state)
{
	struct provision_site *site = *state;
	struct octets content, environment;
	struct image_told told;

	list_install(site);
	put_image(site, "signed", ", \"time\": 1700000000");
	image_run(site, &told, NULL, false);
	assert_int_equal(told.state, IMAGE_VERIFIED);
	assert_string_equal(told.facts.name, "sip88xx.14-2-1");
	assert_string_equal(told.facts.version, "14-2-1");
	assert_string_equal(told.facts.list, "ITL");
	assert_string_equal(told.facts.digest, "SHA512");
	assert_int_equal(told.facts.timestamp, 1700000000);
	assert_int_equal(told.facts.size, 12);

	installer_write(site, "cat > content; env > environment; echo one; echo done");
	assert_int_equal(setenv("SECRET_OF_THE_DAEMON", "x", 1), 0);
	image_run(site, &told, NAME, true);
	assert_int_equal(told.state, IMAGE_INSTALLED);
	assert_string_equal(told.text, "done");
	content = file_read(site, "content");
	assert_int_equal(content.len, 12);
	assert_memory_equal(content.at, "the software", 12);
	environment = file_read(site, "environment");
	((uint8_t *)environment.at)[environment.len] = '\0';
	assert_non_null(strstr((const char *)environment.at, "PHONESEC_IMAGE_VERSION=14-2-1\n"));
	assert_non_null(strstr((const char *)environment.at, "PHONESEC_IMAGE_SIZE=12\n"));
	assert_null(strstr((const char *)environment.at, "SECRET"));
	free((void *)content.at);
	free((void *)environment.at);

	/* No older one is installed after it. */
	put_image(site, "signed", ", \"time\": 1600000000");
	image_run(site, &told, NAME, true);
	assert_int_equal(told.why.code, REASON_FILE_OLDER);
}

/* None of these may reach the installer. */
static void refused_before_anything_runs(void **state)
{
	static const struct {
		const char *kind, *more;
		enum reason_code code;
	} images[] = {
		{ "signed", ", \"fault\": \"tampered\"", REASON_FILE_SIGNATURE },
		{ "signed", ", \"fault\": \"truncated\"", REASON_FILE_LAYOUT },
		{ "signed", ", \"fault\": \"garbage\"", REASON_IMAGE_UNSIGNED },
		{ "signed", ", \"signer\": \"stranger\"", REASON_FILE_SIGNER },
		{ "signed", ", \"as\": \"other.sbn\"", REASON_FILE_NAME },
		{ "signed", ", \"fault\": \"huge\"", REASON_FILE_SIGNATURE },
		{ "plain", "", REASON_IMAGE_UNSIGNED },
	};
	struct provision_site *site = *state;
	struct image_told told;

	list_install(site);
	installer_write(site, "cat > content");
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		put_image(site, images[i].kind, images[i].more);
		image_run(site, &told, NAME, true);
		assert_int_equal(told.state, IMAGE_REFUSED);
		assert_int_equal(told.why.code, images[i].code);
		assert_false(ran(site));
	}
}

/* Where no list is in force, files of insecure sites are taken; images never are. */
static void no_list_no_image(void **state)
{
	struct provision_site *site = *state;
	struct image_told told;

	installer_write(site, "cat > content");
	put_image(site, "plain", "");
	image_run(site, &told, NULL, true);
	assert_int_equal(told.why.code, REASON_IMAGE_UNSIGNED);
	put_image(site, "signed", "");
	image_run(site, &told, NULL, true);
	assert_int_equal(told.state, IMAGE_REFUSED);
	assert_false(ran(site));
}

static void installers_that_fail(void **state)
{
	struct provision_site *site = *state;
	struct image_told told;
	struct image *image;

	list_install(site);
	put_image(site, "signed", "");
	installer_write(site, "echo no room >&2; exit 3");
	image_run(site, &told, NULL, true);
	assert_int_equal(told.why.code, REASON_IMAGE_FAILED);
	assert_string_equal(told.why.detail, "exit status 3; no room");
	installer_write(site, "kill -9 $$");
	image_run(site, &told, NULL, true);
	assert_non_null(strstr(told.why.detail, "signal 9"));
	site->settings.installer_s = 1;
	installer_write(site, "sleep 30");
	image_run(site, &told, NULL, true);
	assert_non_null(strstr(told.why.detail, "more than 1 seconds"));
	strcpy(site->settings.installer, "/nowhere/installer");
	image_run(site, &told, NULL, true);
	assert_int_equal(told.why.code, REASON_IMAGE_INSTALLER);

	/* One that is given up is ended with its installer. */
	site->settings.installer_s = 60;
	installer_write(site, "echo begins; sleep 30");
	image = image_begin(site, &told, NULL, true);
	while (strcmp(told.text, "begins"))
		assert_true(sd_event_run(site->event, 50000) >= 0);
	image_free(image);
	assert_false(told.is_done);
}

static void limits_of_files(void **state)
{
	struct image_wish wish = { .install = true };
	struct provision_site *site = *state;
	struct image_told told = { 0 };
	struct image *image = NULL;
	struct refusal why;

	wish.fd = open(site->folder, O_RDONLY | O_CLOEXEC);
	assert_true(image_start(&image, site->event, &site->settings, site->folder, &wish,
				&told_events, &told, &why) < 0);
	assert_int_equal(why.code, REASON_IMAGE_FILE);
	put_image(site, "signed", ", \"fault\": \"huge\"");
	site->settings.image_mib = 7;
	wish.fd = open(path_of(site, NAME), O_RDONLY | O_CLOEXEC);
	assert_true(image_start(&image, site->event, &site->settings, site->folder, &wish,
				&told_events, &told, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_TOO_LONG);
	site->settings.image_mib = 16;
	wish.fd = open(path_of(site, NAME), O_RDONLY | O_CLOEXEC);
	assert_true(image_start(&image, site->event, &site->settings, site->folder, &wish,
				&told_events, &told, &why) < 0);
	assert_int_equal(why.code, REASON_IMAGE_INSTALLER);
}

enum { MEMORY_MORE = 128 << 20 };

/* From here on this process may have so many bytes more of its own; a mapped file is not. */
static void memory_limit(rlim_t more)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long long kib = 0;
	struct rlimit limit;
	char line[256];

	assert_non_null(status);
	while (!kib && fgets(line, sizeof(line), status))
		(void)sscanf(line, "VmData: %llu", &kib);
	fclose(status);
	assert_int_not_equal(kib, 0);
	assert_int_equal(getrlimit(RLIMIT_DATA, &limit), 0);
	limit.rlim_cur = kib * 1024 + more;
	assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
}

/* 300 MiB, by a daemon that may have less than half as much. */
static void large_image(void **state)
{
	struct provision_site *site = *state;
	struct image_told told;

	list_install(site);
	site->settings.image_mib = 512;
	site->settings.installer_s = 60;
	installer_write(site, "wc -c > content");
	put_image(site, "signed", ", \"repeat\": 26214400, \"fault\": \"tampered\"");
	memory_limit(MEMORY_MORE);
	image_run(site, &told, NAME, true);
	assert_int_equal(told.why.code, REASON_FILE_SIGNATURE);
	assert_false(ran(site));
	put_image(site, "signed", ", \"repeat\": 26214400");
	image_run(site, &told, NAME, true);
	assert_int_equal(told.state, IMAGE_INSTALLED);
	assert_int_equal(told.facts.size, 300 << 20);
	assert_true(ran(site));
}

#define SITE_TEST(function) cmocka_unit_test_setup_teardown(function, site_setup, site_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(installed_as_it_was_signed),
		SITE_TEST(refused_before_anything_runs),
		SITE_TEST(no_list_no_image),
		SITE_TEST(installers_that_fail),
		SITE_TEST(limits_of_files),
		SITE_TEST(large_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
