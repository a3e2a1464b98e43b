/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages in files on their way through the relay, and what must come of them: told
 * by plain exchanges of text, so that nothing of the relay is judged by itself.
 */
#ifndef SIP_VECTOR_H
#define SIP_VECTOR_H

#include "unit.h"

#include <strings.h>

#include "sip_relay.h"

#define INSIDE "127.0.0.1:5060"
#define PROGRAM "127.0.0.1:5070"
#define OUTSIDE "192.0.2.1:40000"
#define ROUTE_TO_US "Record-Route: <sip:" INSIDE ";lr>\r\n"

enum { VECTOR_MAX = 32768, VECTOR_EDITS = 6 };

/* A text that stands in a message once, and what it becomes. */
struct vector_edit {
	const char *from;
	const char *to;
};

struct vector {
	size_t len;
	char text[VECTOR_MAX];
};

static inline struct sip_relay vector_relay(void)
{
	return (struct sip_relay){
		.inside = INSIDE, .outside = OUTSIDE, .program = PROGRAM, .secret = { 7 },
		.names_transport = true,
	};
}

static inline void vector_read(struct vector *vector, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), SIP_VECTORS "%s", name);
	file = fopen(path, "rb");
	if (!file)
		fail_msg("%s cannot be read", path);
	vector->len = fread(vector->text, 1, sizeof(vector->text) - 1, file);
	vector->text[vector->len] = '\0';
	fclose(file);
	assert_true(vector->len && vector->len < sizeof(vector->text) - 1);
}

/* Exchanges the part of @len bytes at @at. */
static inline void vector_put(struct vector *vector, size_t at, size_t len, const char *with)
{
	size_t more = strlen(with);

	assert_true(vector->len - len + more < sizeof(vector->text));
	memmove(vector->text + at + more, vector->text + at + len, vector->len - at - len + 1);
	memcpy(vector->text + at, with, more);
	vector->len += more - len;
}

static inline void vector_edit(struct vector *vector, const struct vector_edit *edit)
{
	char *at = memmem(vector->text, vector->len, edit->from, strlen(edit->from));

	if (!at)
		fail_msg("no \"%s\" in %s", edit->from, vector->text);
	vector_put(vector, (size_t)(at - vector->text), strlen(edit->from), edit->to);
}

/* Where the first Via line starts. */
static inline size_t vector_via(const struct vector *vector)
{
	const char *line = vector->text, *end;

	for (; (end = strstr(line, "\r\n")) && end != line; line = end + 2) {
		size_t name = !strncasecmp(line, "via", 3) ? 3 : !strncasecmp(line, "v", 1);

		if (name && line[name + strspn(line + name, " \t")] == ':')
			return (size_t)(line - vector->text);
	}
	fail_msg("no Via in %s", vector->text);
	return 0;
}

/* Where a route to us goes: before all others, or else above the first Via. */
static inline size_t vector_route(const struct vector *vector)
{
	const char *line = strcasestr(vector->text, "\r\nRecord-Route:");

	return line ? (size_t)(line + 2 - vector->text) : vector_via(vector);
}

/* Our branch in what was forwarded, checked for its form. */
static inline void vector_branch(const struct vector *forwarded, char branch[64])
{
	const char *at = strstr(forwarded->text + vector_via(forwarded), ";branch=z9hG4bK");

	assert_non_null(at);
	snprintf(branch, 64, "%.39s", at + strlen(";branch="));
	assert_int_equal(strspn(branch + 7, "0123456789abcdef"), 32);
	assert_int_equal(at[strlen(";branch=") + 39], '\r');
}

/* Our own Via as it is put above all others. */
static inline void vector_add_via(struct vector *vector, bool out, const char *branch)
{
	char line[256];

	snprintf(line, sizeof(line), "Via: SIP/2.0/%s;branch=%s\r\n",
		 out ? "TLS " OUTSIDE : "UDP " INSIDE, branch);
	vector_put(vector, vector_via(vector), 0, line);
}

/* A datagram through the relay; the reason when it is refused. */
static inline enum reason_code vector_forward(const struct vector *vector, bool out,
				       struct vector *forwarded)
{
	/* In memory of exactly its size, so that a byte read too far is seen. */
	char *text = memcpy(malloc(vector->len), vector->text, vector->len);
	struct sip_relay relay = vector_relay();
	static struct sip_message message;
	struct refusal why = { 0 };
	struct sip_frame frame;
	struct splice *splice;
	struct span new;
	int err;

	err = sip_frame_datagram(&frame, text, vector->len, &why);
	if (!err)
		err = sip_message_parse(&message, text, &frame, &why);
	splice = splice_new((struct span){ text, err ? 0 : frame.len });
	if (!err)
		err = out ? sip_relay_out(&relay, &message, splice, &why) :
			    sip_relay_in(&relay, &message, splice, &why);
	if (!err) {
		assert_int_equal(splice_finish(splice, &new), 0);
		assert_true(new.len < sizeof(forwarded->text));
		memcpy(forwarded->text, new.at, new.len + 1);
		forwarded->len = new.len;
		text_free(&new);
	}
	splice_free(splice);
	free(text);
	assert_int_equal(err, err ? -reason_words(why.code)->error : 0);
	return err ? why.code : REASON_NONE;
}

static inline bool vector_is_response(const struct vector *vector)
{
	return !strncmp(vector->text, "SIP/2.0 ", 8);
}

/* The response comes back to a request of the same call: gives it the Via that we had added. */
static inline void vector_answer(struct vector *response, bool out)
{
	static struct vector request, forwarded;
	const char *cseq = strcasestr(response->text, "\r\nCSeq:");
	char method[32], line[128], branch[64];

	assert_non_null(cseq);
	assert_int_equal(sscanf(cseq + 7, "%*d %31s", method), 1);
	request = *response;
	snprintf(line, sizeof(line), "%s sip:somebody@example.com SIP/2.0", method);
	vector_put(&request, 0, (size_t)(strstr(request.text, "\r\n") - request.text), line);
	assert_int_equal(vector_forward(&request, !out, &forwarded), REASON_NONE);
	vector_branch(&forwarded, branch);
	vector_add_via(response, !out, branch);
}

static inline void vector_equal(const char *name, const struct vector *found,
			 const struct vector *wanted)
{
	if (found->len != wanted->len || memcmp(found->text, wanted->text, wanted->len))
		fail_msg("%s became\n%s\ninstead of\n%s", name, found->text, wanted->text);
}

/*
 * The message of a vector there or back: forwarded as it is but for our Via, for the
 * route to us, and for @edits.
 */
static inline void vector_check(const char *name, const struct vector *vector, bool out,
			 const struct vector_edit edits[VECTOR_EDITS])
{
	static struct vector sent, wanted, forwarded;
	enum reason_code code;
	char branch[64];

	sent = wanted = *vector;
	if (vector_is_response(vector))
		vector_answer(&sent, out);
	code = vector_forward(&sent, out, &forwarded);
	if (code)
		fail_msg("%s: %s", name, reason_words(code)->code);
	for (size_t i = 0; i < VECTOR_EDITS && edits[i].from; i++)
		vector_edit(&wanted, &edits[i]);
	if (!vector_is_response(vector)) {
		vector_branch(&forwarded, branch);
		vector_add_via(&wanted, out, branch);
		if (!out)
			vector_put(&wanted, vector_route(&wanted), 0, ROUTE_TO_US);
	}
	vector_equal(name, &forwarded, &wanted);
}

#endif
