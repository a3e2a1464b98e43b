// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/capf_message.c userspace/lib/tlv.c userspace/lib/reason.c */
/*
 * A message of CAPF: nothing outside of it is read, a message that was taken can be written,
 * and says the same when it is read again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capf_message.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static bool inside(const struct octets *part, const uint8_t *data, size_t len)
{
	return !part->len || (part->at >= data && part->len <= len &&
			      part->at - data <= (ptrdiff_t)(len - part->len));
}

static bool same(const struct octets *a, const struct octets *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->at, b->at, a->len));
}

static void check_again(const struct capf_message *message)
{
	static uint8_t bytes[70000];
	struct tlv_writer writer = { .bytes = bytes, .size = sizeof(bytes) };
	struct capf_message again;
	struct refusal why;

	DEMAND(capf_message_write(&writer, message));
	/* A delay of any form is written as the longest one, by which a message may outgrow. */
	if (writer.len > CAPF_RECORD_MAX)
		return;
	DEMAND(capf_frame((struct octets){ bytes, writer.len }, &why) == (ssize_t)writer.len);
	DEMAND(!capf_message_read(&again, (struct octets){ bytes, writer.len }, &why));
	DEMAND(again.command == message->command && again.session == message->session);
	DEMAND(again.has == message->has && again.reason == message->reason);
	DEMAND(again.retry_s == message->retry_s && again.key_size == message->key_size);
	DEMAND(same(&again.certificate, &message->certificate));
	DEMAND(same(&again.sudi_signature, &message->sudi_signature));
	DEMAND(same(&again.string, &message->string) && same(&again.device, &message->device));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct capf_message message;
	struct refusal why = { 0 };
	ssize_t frame;
	int err;

	if (!len)
		return 0;
	frame = capf_frame((struct octets){ data, len }, &why);
	DEMAND(frame <= (ssize_t)len && (frame >= 0) == !why.code);
	err = capf_message_read(&message, (struct octets){ data, len }, &why);
	DEMAND(err <= 0 && !err == !why.code);
	if (err)
		return 0;
	DEMAND(frame == (ssize_t)len);
	DEMAND(inside(&message.certificate, data, len) && inside(&message.string, data, len));
	DEMAND(inside(&message.sudi_certificate, data, len));
	DEMAND(inside(&message.signature_sha2, data, len));
	check_again(&message);
	return 0;
}
