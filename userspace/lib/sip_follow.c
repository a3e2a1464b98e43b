// SPDX-License-Identifier: Apache-2.0
#include "sip_follow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(span) (int)(span).len, (span).at

/* The hop that the INVITE was sent on; a field may be empty. */
static struct span via_top(const struct sip_message *message)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_VIA);
	struct span rest, via = { "", 0 };

	for (; field; field = sip_field_next(message, field)) {
		rest = field->value;
		if (sip_list_next(&rest, &via))
			break;
	}
	return via;
}

int sip_follow_write(const struct sip_message *invite, const char *method, struct span to,
		     struct span *text)
{
	const struct sip_field *field;
	char *at = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&at, &len);

	if (!out)
		return -ENOMEM;
	fprintf(out, "%s %.*s SIP/2.0\r\nVia: %.*s\r\n", method, FIELD(invite->uri),
		FIELD(via_top(invite)));
	for (field = sip_field_first(invite, SIP_FIELD_ROUTE); field;
	     field = sip_field_next(invite, field))
		fprintf(out, "Route: %.*s\r\n", FIELD(field->value));
	fprintf(out, "Max-Forwards: 70\r\nFrom: %.*s\r\nTo: %.*s\r\nCall-ID: %.*s\r\n",
		FIELD(sip_field_first(invite, SIP_FIELD_FROM)->value), FIELD(to),
		FIELD(sip_field_first(invite, SIP_FIELD_CALL_ID)->value));
	fprintf(out, "CSeq: %lu %s\r\nContent-Length: 0\r\n\r\n", invite->cseq, method);
	if (fclose(out)) {
		free(at);
		return -ENOMEM;
	}
	*text = (struct span){ at, len };
	return 0;
}
