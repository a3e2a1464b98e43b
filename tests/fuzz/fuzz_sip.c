// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/sip_frame.c userspace/lib/sip_message.c userspace/lib/splice.c */
/* sources: userspace/lib/sip_relay.c userspace/lib/call_security.c userspace/lib/reason.c */
/* sources: userspace/lib/sip_body.c userspace/lib/sip_reply.c userspace/lib/sip_follow.c */
/* sources: userspace/lib/sip_dialog.c */
/*
 * A stream of SIP messages: framing, the parts of each message, and that an edited
 * message differs in nothing but what was edited.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/call_security.h"
#include "../../userspace/lib/sip_body.h"
#include "../../userspace/lib/sip_dialog.h"
#include "../../userspace/lib/sip_follow.h"
#include "../../userspace/lib/sip_relay.h"
#include "../../userspace/lib/sip_reply.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static struct sip_message message, again;

static void check_inside(struct span span)
{
	DEMAND(span.at >= message.text.at &&
	       span.at + span.len <= message.text.at + message.text.len);
}

static void walk_values(void)
{
	for (size_t i = 0; i < message.fields_count; i++) {
		struct span rest = message.fields[i].value, element, param;
		struct sip_uri uri;

		check_inside(message.fields[i].whole);
		check_inside(rest);
		while (sip_list_next(&rest, &element)) {
			check_inside(element);
			if (sip_param_find(element, "tag", &param))
				check_inside(param);
			if (sip_uri_parse(&uri, sip_address_uri(element)))
				check_inside(uri.host_port);
		}
	}
}

/* A body replaced by another is framed and parsed to just that. */
static void replace_body(void)
{
	struct splice *splice = splice_new(message.text);
	struct sip_frame frame;
	struct refusal why;
	struct span text;

	sip_body_put(splice, &message, message.body, (struct span){ "new", 3 });
	DEMAND(!splice_finish(splice, &text));
	DEMAND(!sip_frame_stream(&frame, text.at, text.len, true, &why));
	DEMAND(frame.kind == SIP_FRAME_MESSAGE && frame.len == text.len && frame.body_len == 3);
	DEMAND(!sip_message_parse(&again, text.at, &frame, &why));
	DEMAND(!memcmp(again.body.at, "new", 3));
	DEMAND(!memcmp(again.text.at, message.text.at,
		       (size_t)(message.fields[0].whole.at - message.text.at)));
	text_free(&text);
	splice_free(splice);
}

/* What is forwarded is a message again, with the same body. */
static void relay_message(bool out)
{
	struct sip_relay relay = {
		.inside = "127.0.0.1:5060", .program = "127.0.0.1:5070", .outside = "192.0.2.1:4",
	};
	struct splice *splice = splice_new(message.text);
	struct sip_frame frame;
	struct refusal why;
	struct span text;
	int err;

	err = out ? sip_relay_out(&relay, &message, splice, &why) :
		    sip_relay_in(&relay, &message, splice, &why);
	if (!err) {
		DEMAND(!splice_finish(splice, &text));
		DEMAND(text.len > SIP_FRAME_HEAD_MAX ||
		       !sip_frame_stream(&frame, text.at, text.len, true, &why));
		DEMAND(text.len > SIP_FRAME_HEAD_MAX || frame.body_len == message.body.len);
		text_free(&text);
	}
	splice_free(splice);
}

/* What is made of a message is a message; very long ones are told by their length. */
static void check_message(struct span text)
{
	struct sip_frame frame;
	struct refusal why;

	if (text.len > SIP_FRAME_HEAD_MAX || message.fields_count >= SIP_FIELDS_MAX)
		return;
	DEMAND(!sip_frame_stream(&frame, text.at, text.len, true, &why));
	DEMAND(frame.kind == SIP_FRAME_MESSAGE && frame.len == text.len);
	DEMAND(!sip_message_parse(&again, text.at, &frame, &why));
}

static void write_reply(void)
{
	struct refusal why = { .code = REASON_MEDIA_CHOICE };
	const struct sip_reply reply = { .status = 488, .phrase = "No", .tag = "t", .why = &why };
	size_t len = message.body.len < sizeof(why.detail) ? message.body.len :
							      sizeof(why.detail) - 1;
	struct span text;

	/* Anything at all may be told. */
	memcpy(why.detail, message.body.at, len);
	DEMAND(!sip_reply_write(&message, &reply, &text));
	check_message(text);
	text_free(&text);
	DEMAND(!sip_follow_write(&message, "CANCEL", sip_field_first(&message, SIP_FIELD_TO)->value,
				 &text));
	check_message(text);
	text_free(&text);
}

static void write_in_dialog(enum sip_end from)
{
	const struct sip_dialog_request request = { .method = "BYE", .via = "SIP/2.0/TLS a" };
	struct splice *splice = splice_new(message.text);
	struct sip_dialog dialog = { 0 };
	struct span text;

	DEMAND(!sip_dialog_learn(&dialog, &message, from));
	dialog.added[from] = 1;
	sip_dialog_renumber(&dialog, &message, from, splice);
	DEMAND(!splice_finish(splice, &text));
	text_free(&text);
	splice_free(splice);
	if (!sip_dialog_write(&dialog, from, &request, &text)) {
		check_message(text);
		text_free(&text);
	}
	sip_dialog_clear(&dialog);
}

static void find_description(void)
{
	struct refusal why;
	struct span sdp;

	if (!sip_body_sdp(&message, &sdp, &why))
		DEMAND(sdp.at >= message.body.at &&
		       sdp.at + sdp.len <= message.body.at + message.body.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len ? len : 1), *at = text;
	struct refusal why = { 0 };
	struct sip_frame frame;

	if (len)
		memcpy(text, data, len);
	while (!sip_frame_stream(&frame, at, len, false, &why) &&
	       frame.kind != SIP_FRAME_INCOMPLETE) {
		DEMAND(frame.len && frame.len <= len && frame.len <= SIP_FRAME_MAX);
		if (frame.kind == SIP_FRAME_MESSAGE &&
		    !sip_message_parse(&message, at, &frame, &why)) {
			enum call_security told = CALL_SECURITY_UNKNOWN;

			walk_values();
			call_security_told(&message, &told);
			relay_message(true);
			relay_message(false);
			find_description();
			if (message.is_request)
				write_reply();
			write_in_dialog(SIP_END_PROGRAM);
			write_in_dialog(SIP_END_FAR);
			if (message.fields_count < SIP_FIELDS_MAX)
				replace_body();
		}
		at += frame.len;
		len -= frame.len;
	}
	if (!sip_frame_datagram(&frame, at, len, &why))
		DEMAND(frame.kind != SIP_FRAME_INCOMPLETE && frame.len <= len);
	free(text);
	return 0;
}
