// SPDX-License-Identifier: Apache-2.0
/* sources: kmod/core/packet.c */
/* kmod/core/packet on any bytes: nothing is read beyond them, answers fit together. */
#include "fuzz_input.h"
#include "packet.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input input = { data, size };
	enum srtp_port port = (enum srtp_port)(fuzz_u8(&input) % (SRTP_PORT_MUX + 1));
	u32 usual_len = fuzz_u8(&input);
	u32 len = (u32)input.len;
	u8 *packet = malloc(len ? len : 1);
	enum srtp_class class;
	u32 header_len;

	fuzz_assert(packet);
	memcpy(packet, input.data, len);
	class = srtp_packet_class(packet, len, port);
	fuzz_assert(class <= SRTP_CLASS_OTHER);
	fuzz_assert(len >= 2 || class == SRTP_CLASS_OTHER);
	fuzz_assert(class != SRTP_CLASS_RTCP || port != SRTP_PORT_RTP);

	header_len = srtp_rtp_header_len(packet, len);
	fuzz_assert(!header_len || (header_len >= SRTP_RTP_HEADER_MIN && header_len <= len));
	fuzz_assert(header_len <= SRTP_RTP_HEADER_MAX && header_len % 4 == 0);
	if (header_len)
		srtp_rtp_looks_plain(packet, len, header_len, usual_len);
	if (srtp_rtcp_is_compound(packet, len))
		fuzz_assert(len >= SRTP_RTCP_HEADER_LEN && len % 4 == 0 && packet[0] >> 6 == 2);
	free(packet);
	return 0;
}
