// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/cdp.c */
/* seconds: 5 */
/*
 * A frame of CDP: with the head and the checksum that the input lacks, so that its elements
 * are reached, and as it is. What is taken is printable and within its bounds.
 */
#include <stdlib.h>
#include <string.h>

#include "cdp.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

enum { HEAD = 22, CHECKSUM = HEAD + 2 };

static void check(const uint8_t *frame, size_t len)
{
	struct cdp_message message;

	if (!cdp_read(&message, (struct octets){ frame, len })) {
		DEMAND(!message.ttl && !message.has_voice && !*message.device && !*message.port);
		return;
	}
	DEMAND(message.voice <= 4095 && (message.has_voice || !message.voice));
	DEMAND(strnlen(message.device, CDP_TEXT_MAX) < CDP_TEXT_MAX);
	DEMAND(strnlen(message.port, CDP_TEXT_MAX) < CDP_TEXT_MAX);
	for (const char *at = message.device; *at; at++)
		DEMAND(*at >= ' ' && *at <= '~');
}

/* The input is the elements; of an odd length the checksum is that of RFC 1071. */
static void check_elements(const uint8_t *data, size_t len)
{
	static const uint8_t llc[] = { 0xaa, 0xaa, 0x03, 0, 0, 0x0c, 0x20, 0 };
	size_t packet = 4 + len;
	uint8_t *frame = calloc(1, HEAD + packet);
	uint32_t sum = 0;

	DEMAND(frame);
	memcpy(frame, cdp_group, sizeof(cdp_group));
	frame[12] = (uint8_t)((sizeof(llc) + packet) >> 8);
	frame[13] = (uint8_t)(sizeof(llc) + packet);
	memcpy(frame + 14, llc, sizeof(llc));
	frame[HEAD] = 2;
	frame[HEAD + 1] = 180;
	memcpy(frame + HEAD + 4, data, len);
	for (size_t i = 0; i < packet; i++)
		sum += (uint32_t)frame[HEAD + i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	frame[CHECKSUM] = (uint8_t)(~sum >> 8);
	frame[CHECKSUM + 1] = (uint8_t)~sum;
	check(frame, HEAD + packet);
	free(frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (!len)
		return 0;
	check(data, len);
	if (len <= 1400)
		check_elements(data, len);
	return 0;
}
