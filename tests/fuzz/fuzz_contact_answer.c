// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/phonesecd/contact_answer.c userspace/lib/reason.c */
/* sources: userspace/lib/xml_reader.c userspace/lib/wiped_memory.c */
/*
 * What a directory answers: people that are taken keep all bounds and are shown without control
 * characters and in whole characters; what is refused leaves nobody.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/phonesecd/contact_answer.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

/* Bytes of the character of UTF-8 that begins here, 0 for none. */
static size_t character_len(const unsigned char *at)
{
	size_t len = *at < 0x80 ? 1 : (*at & 0xe0) == 0xc0 ? 2 : (*at & 0xf0) == 0xe0 ? 3 :
		(*at & 0xf8) == 0xf0 ? 4 : 0;

	for (size_t i = 1; i < len; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void check_text(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	DEMAND(memchr(text, '\0', CONTACT_TEXT_MAX));
	while (*at) {
		size_t len = character_len(at);

		DEMAND(len && *at >= ' ' && *at != 0x7f);
		DEMAND(len != 2 || *at != 0xc2 || at[1] >= 0xa0);
		at += len;
	}
}

static void check_contact(const struct contact *contact)
{
	check_text(contact->user);
	check_text(contact->name);
	check_text(contact->number);
	check_text(contact->home);
	check_text(contact->mobile);
	check_text(contact->mail);
	check_text(contact->uri);
	check_text(contact->department);
	check_text(contact->title);
}

static bool is_empty(const struct contact_answer *answer)
{
	static const struct contact_answer empty;

	return !memcmp(answer, &empty, sizeof(empty));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct contact_answer answer;
	struct refusal why = { 0 };
	int err = contact_answer_read(&answer, (struct octets){ data, size }, &why);

	if (err) {
		DEMAND(err < 0 && why.code && is_empty(&answer));
		return 0;
	}
	DEMAND(answer.count <= CONTACTS_MAX && answer.total >= answer.count);
	for (size_t i = 0; i < answer.count; i++)
		check_contact(&answer.contacts[i]);
	return 0;
}
