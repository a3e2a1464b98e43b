// SPDX-License-Identifier: Apache-2.0
/* sources: kmod/core/packet.c kmod/core/stream.c kmod/core/kdf.c tests/unit/srtp_evp.c */
/*
 * Any bytes as SRTP and SRTCP, through index, window, arrangement, AES-GCM and
 * restoration, in memory that is exactly as long as the packet: what the
 * network can do to the module. Then the same bytes as RTP and RTCP to send.
 */
#include "fuzz_input.h"
#include "srtp_evp.h"

static struct srtp_evp evp;

static void open_keys(void)
{
	static const u8 master[SRTP_EVP_KEY_MAX + SRTP_SALT_LEN] = "a master key for fuzzing";

	if (!evp.rtp.seal)
		srtp_evp_set(&evp, master, SRTP_EVP_KEY_MAX);
}

/* A copy with the room that the core is promised around it and no more. */
static u8 *packet_copy(const struct fuzz_input *input, u32 tailroom)
{
	u8 *memory = malloc(SRTP_EVP_HEADROOM + input->len + tailroom);

	fuzz_assert(memory);
	memcpy(memory, "head", SRTP_EVP_HEADROOM);
	memcpy(memory + SRTP_EVP_HEADROOM, input->data, input->len);
	return memory;
}

static void receive(const struct fuzz_input *input, bool rtcp)
{
	struct srtp_stream stream = { 0 };
	u8 *memory = packet_copy(input, 0);
	u8 *packet = memory + SRTP_EVP_HEADROOM;
	u32 len = (u32)input->len;
	enum nf_srtp_drop_reason reason;

	reason = rtcp ? srtp_evp_unprotect_rtcp(&evp, &stream, packet, &len) :
			srtp_evp_unprotect_rtp(&evp, &stream, packet, &len);
	/* A tag of 128 bits is not met by chance. */
	fuzz_assert(reason != NF_SRTP_DROP_REASON_NONE);
	fuzz_assert(!stream.rtp_started && !stream.rtcp_started);
	fuzz_assert(!memcmp(memory, "head", SRTP_EVP_HEADROOM));
	if (input->len >= SRTP_RTCP_HEADER_LEN)
		fuzz_assert(!memcmp(packet, input->data, SRTP_RTCP_HEADER_LEN));
	free(memory);
}

static void send(const struct fuzz_input *input, bool rtcp)
{
	struct srtp_stream tx = { 0 }, rx = { 0 };
	u8 *memory = packet_copy(input, SRTP_EVP_TAILROOM);
	u8 *packet = memory + SRTP_EVP_HEADROOM;
	u32 len = (u32)input->len;
	enum nf_srtp_drop_reason reason;

	reason = rtcp ? srtp_evp_protect_rtcp(&evp, &tx, packet, &len) :
			srtp_evp_protect_rtp(&evp, &tx, packet, &len);
	if (reason == NF_SRTP_DROP_REASON_NONE) {
		reason = rtcp ? srtp_evp_unprotect_rtcp(&evp, &rx, packet, &len) :
				srtp_evp_unprotect_rtp(&evp, &rx, packet, &len);
		fuzz_assert(reason == NF_SRTP_DROP_REASON_NONE && len == input->len);
		fuzz_assert(!memcmp(packet, input->data, len));
	}
	fuzz_assert(!memcmp(memory, "head", SRTP_EVP_HEADROOM));
	free(memory);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	const struct fuzz_input input = { data, len };

	open_keys();
	receive(&input, false);
	receive(&input, true);
	send(&input, false);
	send(&input, true);
	return 0;
}
