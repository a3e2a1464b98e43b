// SPDX-License-Identifier: Apache-2.0
/* Archives in firmware images. */
#include "file_site.h"

#include <errno.h>

#include "firmware_archive.h"

enum { AT_COUNT = 0x30, AT_CONTENT = 0x34, AT_COPY = 0x38, AT_TABLE = 0x248 };

static struct refusal why;

#define OCTETS(text) { (const uint8_t *)(text), sizeof(text) - 1 }

static const struct firmware_entry entries[] = {
	{ FIRMWARE_FILE, 2, 1000, OCTETS("boot/kernel"), OCTETS("the kernel") },
	{ FIRMWARE_RAW, 2, 0, { 0 }, OCTETS("\0raw\0") },
	{ FIRMWARE_FILE, 2, 0xfffffffe, OCTETS("empty"), { 0 } },
	{ FIRMWARE_FILE, 2, 1, OCTETS("x"), OCTETS("y") },
};

enum { ENTRIES = sizeof(entries) / sizeof(*entries) };

static struct octets archive_make(void)
{
	struct octets bytes;

	assert_int_equal(firmware_archive_make(&bytes, entries, ENTRIES, &why), 0);
	return bytes;
}

static uint32_t u32_at(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static void layout(void **state)
{
	struct octets bytes = archive_make();
	const uint8_t *table = bytes.at + AT_TABLE;
	size_t names = AT_TABLE + ENTRIES * 20, contents = names + 12 + 6 + 2;

	(void)state;
	assert_memory_equal(bytes.at, "CNU_File_Archive_3.0\0", 21);
	assert_memory_equal(bytes.at + AT_COPY, "CNU_File_Archive_3.0\0", 21);
	assert_int_equal(u32_at(bytes.at + AT_COUNT), ENTRIES);
	assert_int_equal(u32_at(bytes.at + AT_CONTENT), contents);
	assert_int_equal(u32_at(table), 7);
	assert_int_equal(u32_at(table + 4), 2);
	assert_int_equal(u32_at(table + 8), 10);
	assert_int_equal(u32_at(table + 12), 1000);
	assert_int_equal(u32_at(table + 16), names);
	assert_int_equal(u32_at(table + 20), 6);
	assert_int_equal(u32_at(table + 36), 0);
	assert_memory_equal(bytes.at + names, "boot/kernel\0empty\0x\0the kernel\0raw\0y", 36);
	assert_int_equal(bytes.len, names + 36);
	free((void *)bytes.at);
}

static void round_trip(void **state)
{
	struct octets bytes = archive_make();
	struct firmware_reader reader = { 0 };
	struct firmware_archive archive;
	struct firmware_entry entry;

	(void)state;
	assert_true(firmware_is_archive(bytes));
	assert_int_equal(firmware_archive_read(&archive, bytes, &why), 0);
	assert_int_equal(archive.count, ENTRIES);
	for (size_t i = 0; i < ENTRIES; i++) {
		assert_true(firmware_archive_next(&archive, &reader, &entry));
		assert_int_equal(entry.type, entries[i].type);
		assert_int_equal(entry.flags, entries[i].flags);
		assert_int_equal(entry.time, entries[i].time);
		assert_true(octets_are(entry.name, entries[i].name.at, entries[i].name.len));
		assert_true(octets_are(entry.content, entries[i].content.at,
				       entries[i].content.len));
	}
	assert_false(firmware_archive_next(&archive, &reader, &entry));
	free((void *)bytes.at);
}

/* An archive with one number changed. */
static void expect_refused(size_t at, uint32_t number, const char *detail)
{
	struct octets bytes = archive_make();
	struct firmware_archive archive;
	uint8_t *change = (uint8_t *)bytes.at + at;

	for (int i = 0; i < 4; i++)
		change[i] = (uint8_t)(number >> (24 - 8 * i));
	assert_int_equal(firmware_archive_read(&archive, bytes, &why), -EBADMSG);
	assert_int_equal(why.code, REASON_FILE_LAYOUT);
	if (!strstr(why.detail, detail))
		fail_msg("'%s' has no '%s'", why.detail, detail);
	free((void *)bytes.at);
}

static void refused(void **state)
{
	struct octets bytes = archive_make();
	struct firmware_archive archive;

	(void)state;
	expect_refused(AT_COUNT, 0xffffffff, "4294967295 entries");
	expect_refused(AT_COUNT, 4096, "contents begin at");
	expect_refused(AT_CONTENT, 0, "contents begin at byte 0");
	expect_refused(AT_CONTENT, (uint32_t)bytes.len + 1, "contents begin at");
	expect_refused(AT_CONTENT, (uint32_t)bytes.len, "entry 1 of the archive");
	expect_refused(AT_COPY, 0, "head is cut off or changed");
	expect_refused(AT_TABLE + 8, 0xffffffff, "entry 1 of the archive");
	expect_refused(AT_TABLE + 60 + 8, 2, "entry 4 of the archive");
	expect_refused(AT_TABLE + 16, (uint32_t)bytes.len, "entry 1 of the archive");
	/* A name that does not end within the archive, and one that is no text. */
	expect_refused(AT_TABLE + 16, (uint32_t)bytes.len - 1, "entry 1 of the archive");
	expect_refused(AT_TABLE + 16, AT_TABLE + 11, "entry 1 of the archive");
	assert_int_equal(firmware_archive_read(&archive, (struct octets){ bytes.at, 0x247 }, &why),
			 -EBADMSG);
	assert_int_equal(firmware_archive_read(&archive, (struct octets){ bytes.at, 19 }, &why),
			 -EPROTO);
	assert_int_equal(why.code, REASON_FILE_VERSION);
	free((void *)bytes.at);
}

static void name_too_long(void **state)
{
	char name[FIRMWARE_NAME_MAX + 1];
	struct firmware_entry entry = { FIRMWARE_FILE, 2, 0, { (uint8_t *)name, sizeof(name) },
					{ 0 } };
	struct octets bytes;

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(firmware_archive_make(&bytes, &entry, 1, &why), -EFBIG);
	entry.name.len--;
	assert_int_equal(firmware_archive_make(&bytes, &entry, 1, &why), 0);
	free((void *)bytes.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(refused),
		cmocka_unit_test(name_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
