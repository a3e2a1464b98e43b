// SPDX-License-Identifier: Apache-2.0
#include "file_mutant.h"

#include "file_site.h"

enum { GROWTH = 64 };

static uint64_t seed;

/* splitmix64: the same everywhere. */
static size_t number_below(size_t limit)
{
	uint64_t value = seed += 0x9e3779b97f4a7c15;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return (size_t)((value ^ value >> 31) % limit);
}

/* Most changes are made in the header and the first record, where the structure is. */
static size_t place(size_t len)
{
	size_t near = len < 1024 ? len : 1024;

	return number_below(number_below(4) ? near : len);
}

static void bit_flip(uint8_t *bytes, size_t *len)
{
	bytes[place(*len)] ^= (uint8_t)(1 << number_below(8));
}

static void byte_set(uint8_t *bytes, size_t *len)
{
	static const uint8_t values[] = { 0, 1, 12, 13, 0x7f, 0x80, 0xff };

	bytes[place(*len)] = values[number_below(sizeof(values))];
}

static void cut(uint8_t *bytes, size_t *len)
{
	(void)bytes;
	*len = place(*len);
}

static void bytes_remove(uint8_t *bytes, size_t *len)
{
	size_t at = place(*len), count = 1 + number_below(GROWTH);

	if (count > *len - at)
		count = *len - at;
	memmove(bytes + at, bytes + at + count, *len - at - count);
	*len -= count;
}

static void bytes_repeat(uint8_t *bytes, size_t *len)
{
	size_t at = place(*len), count = 1 + number_below(GROWTH);

	if (count > *len - at)
		count = *len - at;
	memmove(bytes + at + count, bytes + at, *len - at);
	*len += count;
}

/* What looks like the length of an element becomes a little or much more, or less. */
static void length_lie(uint8_t *bytes, size_t *len)
{
	static const uint16_t lies[] = { 0, 1, 2, 3, 0x7fff, 0x8000, 0xfffc, 0xffff };
	size_t at = place(*len);
	unsigned int told;

	while (at + 2 < *len && (bytes[at] == 0 || bytes[at] > 28 || bytes[at + 1] > 5))
		at++;
	if (at + 2 >= *len)
		at = 1;
	told = (unsigned int)bytes[at + 1] << 8 | bytes[at + 2];
	told = number_below(2) ? lies[number_below(8)] : told + (unsigned int)number_below(9) - 4;
	bytes[at + 1] = (uint8_t)(told >> 8);
	bytes[at + 2] = (uint8_t)told;
}

static void (*const changes[])(uint8_t *bytes, size_t *len) = {
	bit_flip, byte_set, cut, bytes_remove, bytes_repeat, length_lie,
};

void file_mutants_begin(void)
{
	seed = 1;
}

struct octets file_mutant(struct octets file)
{
	struct octets made;
	uint8_t *room;

	do {
		size_t len = file.len;

		room = malloc(file.len + 3 * GROWTH);
		assert_non_null(room);
		memcpy(room, file.at, file.len);
		for (size_t i = 0; i <= number_below(3) && len; i++)
			changes[number_below(sizeof(changes) / sizeof(*changes))](room, &len);
		made = (struct octets){ file_copy((struct octets){ room, len }), len };
		free(room);
		if (!octets_are(made, file.at, file.len))
			return made;
		free((void *)made.at);
	} while (true);
}
