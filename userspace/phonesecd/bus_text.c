// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "bus_object.h"

/* Bytes of the character at @at as RFC 3629 has them, 0 when it is none or not to be shown. */
static size_t character_len(const unsigned char *at)
{
	static const struct form {
		unsigned char mask;
		unsigned char lead;
		uint32_t least;
	} forms[] = {
		{ 0x80, 0x00, 0x20 },
		{ 0xe0, 0xc0, 0xa0 }, /* below are the second control characters */
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t len = 1; len <= sizeof(forms) / sizeof(forms[0]); len++) {
		const struct form *form = &forms[len - 1];
		uint32_t value = *at & (unsigned char)~form->mask;

		if ((*at & form->mask) != form->lead)
			continue;
		for (size_t i = 1; i < len; i++) {
			if ((at[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (at[i] & 0x3f);
		}
		if (value < form->least || value == 0x7f || value > 0x10ffff ||
		    (value >= 0xd800 && value <= 0xdfff))
			return 0;
		return len;
	}
	return 0;
}

const char *bus_text(char *to, size_t size, const char *from)
{
	const unsigned char *at = (const unsigned char *)from;
	size_t used = 0;

	while (*at) {
		size_t len = character_len(at);

		if (used + (len ? len : 1) >= size)
			break;
		if (len)
			memmove(to + used, at, len);
		else
			to[used] = '?';
		used += len ? len : 1;
		at += len ? len : 1;
	}
	to[used] = '\0';
	return to;
}

void bus_reason_fill(struct bus_reason *reason, const struct refusal *why)
{
	bool wrong = why && why->code != REASON_NONE;
	const struct reason *words = reason_words(wrong ? why->code : REASON_NONE);

	reason->code = wrong ? words->code : "";
	reason->text = wrong ? words->text : "";
	reason->mend = wrong ? words->mend : "";
	reason->detail_text = BUS_TEXT(reason->detail, wrong ? why->detail : "");
}

int bus_text_get(sd_bus *connection, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *text, sd_bus_error *error)
{
	char clean[ACCESS_TEXT_MAX];

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "s", BUS_TEXT(clean, text));
}

int bus_flag_get(sd_bus *connection, const char *path, const char *interface, const char *property,
		 sd_bus_message *reply, void *flag, sd_bus_error *error)
{
	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "b", (int)*(const bool *)flag);
}

static bool name_ends(const char *name, const char *end)
{
	size_t len = strlen(name), least = strlen(end);

	return len >= least && !strcmp(name + len - least, end);
}

int bus_reason_get(sd_bus *connection, const char *path, const char *interface,
		   const char *property, sd_bus_message *reply, void *refusal, sd_bus_error *error)
{
	struct bus_reason reason;
	const char *text;

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	bus_reason_fill(&reason, refusal);
	if (name_ends(property, "Reason"))
		text = reason.code;
	else if (name_ends(property, "Text"))
		text = reason.text;
	else
		text = name_ends(property, "Mend") ? reason.mend : reason.detail_text;
	return sd_bus_message_append(reply, "s", text);
}
