// SPDX-License-Identifier: Apache-2.0
#include "firmware_archive.h"

#include <stdlib.h>
#include <string.h>

/* Where things are in an archive, in bytes. */
enum archive_layout {
	MAGIC_LEN = 20,
	AT_COUNT = 0x30,
	AT_CONTENT = 0x34,
	AT_MAGIC_COPY = 0x38,
	AT_ENTRIES = 0x248,
	ENTRY_LEN = 20,
};

/* In an entry. */
enum entry_layout {
	ENTRY_TYPE = 0,
	ENTRY_FLAGS = 4,
	ENTRY_SIZE = 8,
	ENTRY_TIME = 12,
	ENTRY_NAME = 16,
};

static const char magic[] = "CNU_File_Archive_3.0";
_Static_assert(sizeof(magic) - 1 == MAGIC_LEN, "without a zero behind it");

static uint32_t u32_get(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

static void u32_put(uint8_t *bytes, size_t number)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

bool firmware_is_archive(struct octets bytes)
{
	return bytes.len >= MAGIC_LEN && !memcmp(bytes.at, magic, MAGIC_LEN);
}

static bool name_read(struct octets bytes, uint32_t at, struct octets *name)
{
	*name = (struct octets){ 0 };
	if (!at)
		return true;
	if (at >= bytes.len)
		return false;
	*name = (struct octets){ bytes.at + at, strnlen((const char *)bytes.at + at,
							 bytes.len - at) };
	if (name->len == bytes.len - at || name->len > FIRMWARE_NAME_MAX)
		return false;
	for (size_t i = 0; i < name->len; i++)
		if (name->at[i] < ' ' || name->at[i] == 0x7f)
			return false;
	return true;
}

/* One entry of the table; false when it does not lie within the archive. */
static bool entry_read(const struct firmware_archive *archive, struct firmware_reader *reader,
		       struct firmware_entry *entry)
{
	struct octets bytes = archive->bytes;
	const uint8_t *at = bytes.at + AT_ENTRIES + (size_t)reader->entry * ENTRY_LEN;
	uint32_t size = u32_get(at + ENTRY_SIZE);

	if (bytes.len - reader->content_at < size ||
	    !name_read(bytes, u32_get(at + ENTRY_NAME), &entry->name))
		return false;
	entry->type = u32_get(at + ENTRY_TYPE);
	entry->flags = u32_get(at + ENTRY_FLAGS);
	entry->time = u32_get(at + ENTRY_TIME);
	entry->content = (struct octets){ bytes.at + reader->content_at, size };
	reader->content_at += size;
	reader->entry++;
	return true;
}

int firmware_archive_read(struct firmware_archive *archive, struct octets bytes,
			  struct refusal *why)
{
	struct firmware_archive read = { .bytes = bytes };
	struct firmware_reader reader = { 0 };
	struct firmware_entry entry;
	size_t table;

	if (!firmware_is_archive(bytes))
		return refusal_set(why, REASON_FILE_VERSION, "it is no archive '%s'", magic);
	if (bytes.len < AT_ENTRIES || memcmp(bytes.at + AT_MAGIC_COPY, magic, MAGIC_LEN))
		return refusal_set(why, REASON_FILE_LAYOUT, "the archive's head is cut off or changed");
	read.count = u32_get(bytes.at + AT_COUNT);
	read.content_at = u32_get(bytes.at + AT_CONTENT);
	if (read.count > FIRMWARE_ENTRIES_MAX)
		return refusal_set(why, REASON_FILE_LAYOUT, "%u entries in the archive, at most %d",
				   read.count, FIRMWARE_ENTRIES_MAX);
	table = AT_ENTRIES + (size_t)read.count * ENTRY_LEN;
	if (table > bytes.len || read.content_at < table || read.content_at > bytes.len)
		return refusal_set(why, REASON_FILE_LAYOUT, "the archive's contents begin at byte %u",
				   read.content_at);
	reader.content_at = read.content_at;
	while (reader.entry < read.count)
		if (!entry_read(&read, &reader, &entry))
			return refusal_set(why, REASON_FILE_LAYOUT,
					   "entry %u of the archive does not lie in it",
					   reader.entry + 1);
	*archive = read;
	return 0;
}

bool firmware_archive_next(const struct firmware_archive *archive, struct firmware_reader *reader,
			   struct firmware_entry *entry)
{
	if (reader->entry >= archive->count)
		return false;
	if (!reader->entry)
		reader->content_at = archive->content_at;
	return entry_read(archive, reader, entry);
}

static void entry_write(uint8_t *at, const struct firmware_entry *entry, size_t name_at)
{
	u32_put(at + ENTRY_TYPE, entry->type);
	u32_put(at + ENTRY_FLAGS, entry->flags);
	u32_put(at + ENTRY_SIZE, entry->content.len);
	u32_put(at + ENTRY_TIME, entry->time);
	u32_put(at + ENTRY_NAME, entry->name.len ? name_at : 0);
}

int firmware_archive_make(struct octets *bytes, const struct firmware_entry *entries, size_t count,
			  struct refusal *why)
{
	size_t name_at = AT_ENTRIES + count * ENTRY_LEN, content_at = name_at, size;
	uint8_t *made;

	for (size_t i = 0; i < count; i++) {
		if (entries[i].name.len > FIRMWARE_NAME_MAX)
			return refusal_set(why, REASON_FILE_TOO_LONG, "name %zu has %zu bytes of %d",
					   i + 1, entries[i].name.len, FIRMWARE_NAME_MAX);
		content_at += entries[i].name.len ? entries[i].name.len + 1 : 0;
	}
	size = content_at;
	for (size_t i = 0; i < count; i++)
		size += entries[i].content.len;
	if (count > FIRMWARE_ENTRIES_MAX || size > UINT32_MAX)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%zu parts with %zu bytes", count,
				   size);
	made = calloc(1, size);
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	memcpy(made, magic, MAGIC_LEN);
	memcpy(made + AT_MAGIC_COPY, magic, MAGIC_LEN);
	u32_put(made + AT_COUNT, count);
	u32_put(made + AT_CONTENT, content_at);
	*bytes = (struct octets){ made, size };
	for (size_t i = 0; i < count; i++, entries++) {
		entry_write(made + AT_ENTRIES + i * ENTRY_LEN, entries, name_at);
		if (entries->name.len)
			memcpy(made + name_at, entries->name.at, entries->name.len);
		name_at += entries->name.len ? entries->name.len + 1 : 0;
		if (entries->content.len)
			memcpy(made + content_at, entries->content.at, entries->content.len);
		content_at += entries->content.len;
	}
	return 0;
}
