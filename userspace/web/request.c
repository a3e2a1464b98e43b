// SPDX-License-Identifier: Apache-2.0
#include "request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host_names.h"
#include "page.h"

static const char html[] = "text/html; charset=utf-8";
static const char json[] = "application/json";

/* For every answer: no script, nothing from or for another site, nothing kept. */
static const struct {
	const char *name;
	const char *value;
} fields[] = {
	{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; "
				     "form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cache-Control", "no-store" },
	{ "Connection", "close" },
};

/* Takes over @text, which is of malloc(); NULL for want of memory. */
static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
			      const char *type, char *text)
{
	struct MHD_Response *response;
	enum MHD_Result result = MHD_YES;

	if (!text)
		return MHD_NO;
	response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	for (size_t i = 0; result && i < sizeof(fields) / sizeof(*fields); i++)
		result = MHD_add_response_header(response, fields[i].name, fields[i].value);
	if (result)
		result = MHD_add_response_header(response, "Content-Type", type);
	if (result && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		result = MHD_add_response_header(response, "Allow", "GET, HEAD");
	if (result)
		result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status,
			      const char *text)
{
	return answer(connection, status, "text/plain; charset=utf-8", strdup(text));
}

static char *page_write(const struct page *page, bool as_json, const json_t *phone)
{
	json_t *document = page_document(page, phone);
	char *text = NULL;

	if (document)
		text = as_json ? json_dumps(document, JSON_INDENT(1)) : page_html(page, document);
	json_decref(document);
	return text;
}

static char *refusal_json(const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);
	json_t *error = json_pack("{s:{s:s,s:s,s:s}}", "error", "code", words->code, "text",
				  words->text, "mend", words->mend);
	char *text = error ? json_dumps(error, JSON_INDENT(1)) : NULL;

	json_decref(error);
	return text;
}

static enum MHD_Result page_answer(struct MHD_Connection *connection, const struct page *page,
				   bool as_json, struct snapshot *snapshot)
{
	const char *type = as_json ? json : html;
	struct refusal why;
	const json_t *phone = snapshot_get(snapshot, &why);

	if (phone)
		return answer(connection, MHD_HTTP_OK, type, page_write(page, as_json, phone));
	return answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, type,
		      as_json ? refusal_json(&why) : page_html_refusal(&why));
}

enum MHD_Result request_answer(struct MHD_Connection *connection, const char *method,
			       const char *path, struct snapshot *snapshot)
{
	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Pages are only read.\n");
	if (!host_is_ours(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host")))
		return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST,
			      "Ask for this phone by its address or its host name.\n");
	if (!strcmp(path, "/style.css"))
		return answer(connection, MHD_HTTP_OK, "text/css", strdup(page_style));
	for (const struct page *page = pages; page->title; page++)
		if (!strcmp(path, page->html) || !strcmp(path, page->json))
			return page_answer(connection, page, !strcmp(path, page->json), snapshot);
	return refuse(connection, MHD_HTTP_NOT_FOUND, "There is no such page.\n");
}
