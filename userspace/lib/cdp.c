// SPDX-License-Identifier: Apache-2.0
#include "cdp.h"

#include <string.h>

enum {
	/* Where the parts of a frame begin. */
	AT_SOURCE = 6,
	AT_LENGTH = 12,
	AT_LLC = 14,
	AT_PACKET = 22,
	/* And those of a packet. */
	AT_TTL = 1,
	AT_CHECKSUM = 2,
	AT_ELEMENTS = 4,
	ELEMENT_HEAD = 4,
	VERSION_LAST = 2,
	/* The value of a reply: a byte of kind, and the VLAN. */
	VOICE_LEN = 3,
	VLAN_MASK = 0xfff,
};

enum cdp_type {
	CDP_DEVICE = 0x0001,
	CDP_PORT = 0x0003,
	CDP_CAPABILITIES = 0x0004,
	CDP_PLATFORM = 0x0006,
	CDP_VOICE_REPLY = 0x000e,
	CDP_VOICE_QUERY = 0x000f,
};

const uint8_t cdp_group[CDP_MAC_SIZE] = { 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc };

static const uint8_t llc_snap[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00 };

static uint16_t u16_get(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void u16_put(uint8_t *at, uint16_t number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t pairs_sum(struct octets packet)
{
	uint32_t sum = 0;

	for (size_t at = 0; at + 1 < packet.len; at += 2)
		sum += u16_get(packet.at + at);
	return sum;
}

/*
 * The checksum of the internet (RFC 1071), whose sum over a good packet is all ones. Where the
 * length is odd, the last byte is the low one of a word with its sign spread over the high one,
 * less one when it is negative; some follow the RFC instead.
 */
static bool checksum_is_right(struct octets packet)
{
	uint32_t sum = pairs_sum(packet);
	uint16_t last, extended;

	if (!(packet.len % 2))
		return folded(sum) == 0xffff;
	last = packet.at[packet.len - 1];
	extended = last & 0x80 ? (uint16_t)(0xff00 | (last - 1)) : last;
	return folded(sum + extended) == 0xffff || folded(sum + (uint32_t)(last << 8)) == 0xffff;
}

/* Foreign text: what is no printable ASCII is no part of a name. */
static void text_take(char text[CDP_TEXT_MAX], struct octets value)
{
	size_t len = value.len < CDP_TEXT_MAX ? value.len : CDP_TEXT_MAX - 1;

	for (size_t i = 0; i < len; i++)
		text[i] = value.at[i] >= ' ' && value.at[i] <= '~' ? (char)value.at[i] : '?';
	text[len] = '\0';
}

static bool element_take(struct cdp_message *message, uint16_t type, struct octets value)
{
	switch (type) {
	case CDP_DEVICE:
		if (*message->device)
			return false;
		text_take(message->device, value);
		return true;
	case CDP_PORT:
		if (*message->port)
			return false;
		text_take(message->port, value);
		return true;
	case CDP_VOICE_REPLY:
		if (message->has_voice || value.len < VOICE_LEN ||
		    u16_get(value.at + 1) > VLAN_MASK)
			return false;
		message->has_voice = true;
		message->voice = u16_get(value.at + 1);
		return true;
	default:
		return true;
	}
}

static bool elements_read(struct cdp_message *message, struct octets packet)
{
	size_t at = AT_ELEMENTS, len;

	while (at < packet.len) {
		if (packet.len - at < ELEMENT_HEAD)
			return false;
		len = u16_get(packet.at + at + 2);
		if (len < ELEMENT_HEAD || len > packet.len - at)
			return false;
		if (!element_take(message, u16_get(packet.at + at),
				  (struct octets){ packet.at + at + ELEMENT_HEAD,
						   len - ELEMENT_HEAD }))
			return false;
		at += len;
	}
	return true;
}

/* The packet in a frame, whose length of IEEE 802.3 counts from the LLC on. */
static bool packet_find(struct octets frame, struct octets *packet)
{
	size_t len;

	if (frame.len < AT_PACKET + AT_ELEMENTS || frame.len > CDP_FRAME_MAX ||
	    memcmp(frame.at, cdp_group, sizeof(cdp_group)) ||
	    memcmp(frame.at + AT_LLC, llc_snap, sizeof(llc_snap)))
		return false;
	len = u16_get(frame.at + AT_LENGTH);
	if (len > frame.len - AT_LLC || len < sizeof(llc_snap) + AT_ELEMENTS)
		return false;
	*packet = (struct octets){ frame.at + AT_PACKET, len - sizeof(llc_snap) };
	return packet->at[0] && packet->at[0] <= VERSION_LAST;
}

bool cdp_read(struct cdp_message *message, struct octets frame)
{
	struct octets packet;

	memset(message, 0, sizeof(*message));
	if (!packet_find(frame, &packet) || !checksum_is_right(packet))
		return false;
	message->ttl = packet.at[AT_TTL];
	if (elements_read(message, packet))
		return true;
	memset(message, 0, sizeof(*message));
	return false;
}

static size_t element_put(uint8_t *at, uint16_t type, const void *value, size_t len)
{
	u16_put(at, type);
	u16_put(at + 2, (uint16_t)(ELEMENT_HEAD + len));
	memcpy(at + ELEMENT_HEAD, value, len);
	return ELEMENT_HEAD + len;
}

size_t cdp_query_write(uint8_t frame[CDP_FRAME_MAX], const uint8_t source[CDP_MAC_SIZE],
		       const char *device, uint8_t ttl)
{
	/* Host, phone, and two ports with a relay between them. */
	static const uint8_t capabilities[] = { 0x00, 0x00, 0x04, 0x90 };
	/* As phones ask; the meaning of the single bytes is not public. */
	static const uint8_t query[] = { 0x20, 0x02, 0x00, 0x01 };
	/* Text of an even length in all, so that the checksum is that of the RFC. */
	static const char port[] = "Port 1", platform[] = "phonesec", padded[] = "phonesec ";
	uint8_t *packet = frame + AT_PACKET;
	size_t len = AT_ELEMENTS, name = strnlen(device, CDP_TEXT_MAX - 1);

	memcpy(frame, cdp_group, sizeof(cdp_group));
	memcpy(frame + AT_SOURCE, source, CDP_MAC_SIZE);
	memcpy(frame + AT_LLC, llc_snap, sizeof(llc_snap));
	packet[0] = VERSION_LAST;
	packet[AT_TTL] = ttl;
	u16_put(packet + AT_CHECKSUM, 0);
	len += element_put(packet + len, CDP_DEVICE, device, name);
	len += element_put(packet + len, CDP_PORT, port, strlen(port));
	len += element_put(packet + len, CDP_CAPABILITIES, capabilities, sizeof(capabilities));
	len += element_put(packet + len, CDP_VOICE_QUERY, query, sizeof(query));
	len += element_put(packet + len, CDP_PLATFORM, name % 2 ? padded : platform,
			   strlen(platform) + name % 2);
	u16_put(packet + AT_CHECKSUM, (uint16_t)~folded(pairs_sum((struct octets){ packet, len })));
	u16_put(frame + AT_LENGTH, (uint16_t)(sizeof(llc_snap) + len));
	return AT_PACKET + len;
}
