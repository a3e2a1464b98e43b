// SPDX-License-Identifier: Apache-2.0
#include "sip_reply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(field) (int)(field).len, (field).at

static void to_write(FILE *out, const struct sip_message *request, const char *tag)
{
	const struct sip_field *to = sip_field_first(request, SIP_FIELD_TO);
	struct span old;

	fprintf(out, "To: %.*s", FIELD(to->value));
	if (tag && !sip_param_find(to->value, "tag", &old))
		fprintf(out, ";tag=%s", tag);
	fputs("\r\n", out);
}

/* A detail may quote what somebody sent; in a quoted string it is to do no harm. */
static void quoted_write(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text != '"' && *text != '\\' && *text >= ' ' && *text <= '~')
			putc(*text, out);
}

/* Code 399 is for people; the agent is named instead of an address. */
static void warning_write(FILE *out, const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);

	fputs("Warning: 399 phonesec \"", out);
	fprintf(out, "%s: ", words->code);
	quoted_write(out, words->text);
	if (*why->detail) {
		fputs(" (", out);
		quoted_write(out, why->detail);
		putc(')', out);
	}
	putc(' ', out);
	quoted_write(out, words->mend);
	fputs("\"\r\n", out);
}

int sip_reply_write(const struct sip_message *request, const struct sip_reply *reply,
		    struct span *text)
{
	static const enum sip_field_id copied[] = { SIP_FIELD_FROM, SIP_FIELD_CALL_ID,
						    SIP_FIELD_CSEQ };
	const struct sip_field *field = sip_field_first(request, SIP_FIELD_VIA);
	char *at = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&at, &len);

	if (!out)
		return -ENOMEM;
	fprintf(out, "SIP/2.0 %u %s\r\n", reply->status, reply->phrase);
	for (; field; field = sip_field_next(request, field))
		fprintf(out, "Via: %.*s\r\n", FIELD(field->value));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		field = sip_field_first(request, copied[i]);
		fprintf(out, "%s: %.*s\r\n", sip_field_name(copied[i]), FIELD(field->value));
	}
	to_write(out, request, reply->tag);
	if (reply->why)
		warning_write(out, reply->why);
	if (reply->retry_after_s)
		fprintf(out, "Retry-After: %u\r\n", reply->retry_after_s);
	fputs("Content-Length: 0\r\n\r\n", out);
	if (fclose(out)) {
		free(at);
		return -ENOMEM;
	}
	*text = (struct span){ at, len };
	return 0;
}
