// SPDX-License-Identifier: Apache-2.0
#include "sip_dialog.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts a copy in place of a text. */
static int text_set(char **text, struct span value)
{
	char *copy = strndup(value.at, value.len);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static bool has_tag(struct span address)
{
	struct span tag;

	return sip_param_find(address, "tag", &tag);
}

/* The elements of all Record-Route fields in one text, the last one first when reversed. */
static int route_read(const struct sip_message *message, bool reversed, char **route)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_RECORD_ROUTE);
	char *joined = NULL;

	for (; field; field = sip_field_next(message, field)) {
		struct span rest = field->value, element;

		while (sip_list_next(&rest, &element)) {
			char *longer;
			int len;

			if (!joined)
				len = asprintf(&longer, "%.*s", (int)element.len, element.at);
			else if (reversed)
				len = asprintf(&longer, "%.*s, %s", (int)element.len, element.at,
					       joined);
			else
				len = asprintf(&longer, "%s, %.*s", joined, (int)element.len,
					       element.at);
			free(joined);
			if (len < 0)
				return -ENOMEM;
			joined = longer;
		}
	}
	free(*route);
	*route = joined;
	return 0;
}

/* Who is who: a request comes From its sender, a response from whom it was sent To. */
static int addresses_learn(struct sip_dialog *dialog, const struct sip_message *message,
			   enum sip_end from)
{
	enum sip_end asking = message->is_request ? from : sip_end_other(from);
	struct span caller = sip_field_first(message, SIP_FIELD_FROM)->value;
	struct span called = sip_field_first(message, SIP_FIELD_TO)->value;
	int err = 0;

	if (!dialog->address[asking] || has_tag(caller))
		err = text_set(&dialog->address[asking], caller);
	if (!err && (!dialog->address[sip_end_other(asking)] || has_tag(called)))
		err = text_set(&dialog->address[sip_end_other(asking)], called);
	return err;
}

/* Requests and responses that tell where their sender is reached (RFC 3261 section 12.2). */
static bool refreshes_target(const struct sip_message *message)
{
	if (!span_is(message->method, "INVITE") && !span_is(message->method, "UPDATE"))
		return false;
	return message->is_request || (message->status > 100 && message->status < 300);
}

/*
 * What of a URI can stand in a start line: a blank would end it there, and headers have
 * no place in it (RFC 3261 section 19.1.1). Returns false when there is nothing.
 */
static bool target_of(struct span text, struct span *target)
{
	struct sip_uri uri;

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= ' ' || text.at[i] == '\x7f')
			return false;
	if (!sip_uri_parse(&uri, text))
		return false;
	*target = (struct span){ text.at, (size_t)(uri.params.at + uri.params.len - text.at) };
	return true;
}

static int target_learn(struct sip_dialog *dialog, const struct sip_message *message,
			enum sip_end from)
{
	const struct sip_field *contact = sip_field_first(message, SIP_FIELD_CONTACT);
	struct span rest, element, target;
	bool first = !dialog->target[from];

	if (!contact || !refreshes_target(message))
		return 0;
	rest = contact->value;
	if (!sip_list_next(&rest, &element) || !target_of(sip_address_uri(element), &target))
		return 0;
	if (text_set(&dialog->target[from], target))
		return -ENOMEM;
	/* Routes are fixed when the dialog begins; a final response confirms an early one's. */
	if (from == SIP_END_PROGRAM || dialog->confirmed || !span_is(message->method, "INVITE") ||
	    (!first && message->is_request))
		return 0;
	return route_read(message, !message->is_request, &dialog->route);
}

/* What comes later, as answers to a hold do, mostly has no Record-Route (section 12.2). */
static bool confirms(const struct sip_message *message)
{
	return !message->is_request && span_is(message->method, "INVITE") &&
	       message->status >= 200 && message->status < 300;
}

int sip_dialog_learn(struct sip_dialog *dialog, const struct sip_message *message,
		     enum sip_end from)
{
	int err = addresses_learn(dialog, message, from);

	if (!err && !dialog->call_id)
		err = text_set(&dialog->call_id,
			       sip_field_first(message, SIP_FIELD_CALL_ID)->value);
	if (message->is_request && message->cseq + dialog->added[from] > dialog->cseq[from])
		dialog->cseq[from] = message->cseq + dialog->added[from];
	if (!err)
		err = target_learn(dialog, message, from);
	dialog->confirmed |= !err && confirms(message);
	return err;
}

static void head_write(FILE *out, const struct sip_dialog *dialog, enum sip_end to,
		       const struct sip_dialog_request *request, unsigned long cseq)
{
	fprintf(out, "%s %s SIP/2.0\r\n", request->method, dialog->target[to]);
	fprintf(out, "Via: %s\r\n", request->via);
	if (to == SIP_END_FAR && dialog->route)
		fprintf(out, "Route: %s\r\n", dialog->route);
	fprintf(out, "Max-Forwards: 70\r\n");
	fprintf(out, "From: %s\r\n", dialog->address[sip_end_other(to)]);
	fprintf(out, "To: %s\r\n", dialog->address[to]);
	fprintf(out, "Call-ID: %s\r\n", dialog->call_id);
	fprintf(out, "CSeq: %lu %s\r\n", cseq, request->method);
	if (request->contact)
		fprintf(out, "Contact: %s\r\n", request->contact);
	if (request->type)
		fprintf(out, "Content-Type: %s\r\n", request->type);
	fprintf(out, "Content-Length: %zu\r\n\r\n", request->body.len);
}

int sip_dialog_write(struct sip_dialog *dialog, enum sip_end to,
		     const struct sip_dialog_request *request, struct span *text)
{
	enum sip_end from = sip_end_other(to);
	unsigned long cseq = request->cseq ?: dialog->cseq[from] + 1;
	char *at = NULL;
	size_t len = 0;
	FILE *out;

	if (!dialog->target[to] || !dialog->address[to] || !dialog->address[sip_end_other(to)])
		return -ENOENT;
	out = open_memstream(&at, &len);
	if (!out)
		return -ENOMEM;
	head_write(out, dialog, to, request, cseq);
	if (request->body.len)
		fwrite(request->body.at, 1, request->body.len, out);
	if (fclose(out)) {
		free(at);
		return -ENOMEM;
	}
	*text = (struct span){ at, len };
	if (!request->cseq) {
		dialog->inserted[from] = dialog->cseq[from] = cseq;
		dialog->added[from]++;
	}
	return 0;
}

/* The digits that a value begins with. */
static struct span digits_of(struct span value)
{
	size_t len = 0;

	while (len < value.len && value.at[len] >= '0' && value.at[len] <= '9')
		len++;
	return (struct span){ value.at, len };
}

/* "776656 1 INVITE": the second number is a CSeq (RFC 3262 section 7.2). */
static void rack_renumber(const struct sip_message *message, unsigned long added,
			  struct splice *splice)
{
	const struct sip_field *rack = sip_field_first(message, SIP_FIELD_RACK);
	struct span rest, number;
	unsigned long cseq;

	if (!rack)
		return;
	number = digits_of(rack->value);
	rest = (struct span){ number.at + number.len, rack->value.len - number.len };
	number = digits_of(span_trim(rest));
	if (span_number(number, UINT32_MAX, &cseq))
		splice_replace(splice, number, "%lu", cseq + added);
}

void sip_dialog_renumber(const struct sip_dialog *dialog, const struct sip_message *message,
			 enum sip_end from, struct splice *splice)
{
	enum sip_end asking = message->is_request ? from : sip_end_other(from);
	unsigned long added = dialog->added[asking];
	struct span number = digits_of(sip_field_first(message, SIP_FIELD_CSEQ)->value);

	if (!added)
		return;
	if (message->is_request) {
		splice_replace(splice, number, "%lu", message->cseq + added);
		rack_renumber(message, added, splice);
		return;
	}
	/* A late response to what was asked before ours. */
	if (message->cseq < dialog->inserted[asking])
		added--;
	if (added && message->cseq > added)
		splice_replace(splice, number, "%lu", message->cseq - added);
}

static int text_copy(char **copy, const char *text)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? -ENOMEM : 0;
}

int sip_dialog_copy(struct sip_dialog *copy, const struct sip_dialog *dialog)
{
	int err;

	*copy = (struct sip_dialog){ 0 };
	memcpy(copy->cseq, dialog->cseq, sizeof(copy->cseq));
	memcpy(copy->added, dialog->added, sizeof(copy->added));
	memcpy(copy->inserted, dialog->inserted, sizeof(copy->inserted));
	err = text_copy(&copy->call_id, dialog->call_id) ?: text_copy(&copy->route, dialog->route);
	for (enum sip_end end = 0; end < SIP_ENDS && !err; end++)
		err = text_copy(&copy->address[end], dialog->address[end]) ?:
		      text_copy(&copy->target[end], dialog->target[end]);
	if (err)
		sip_dialog_clear(copy);
	return err;
}

void sip_dialog_clear(struct sip_dialog *dialog)
{
	free(dialog->call_id);
	free(dialog->route);
	for (enum sip_end end = 0; end < SIP_ENDS; end++) {
		free(dialog->address[end]);
		free(dialog->target[end]);
	}
	*dialog = (struct sip_dialog){ 0 };
}
