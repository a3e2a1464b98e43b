// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vectors of RFC 7714 sections 16 and 17 go through the functions that
 * packets go through, with the driver that packets use: sealed, opened again,
 * and once opened with a forged tag. One derived salt checks key derivation.
 */
#include <linux/completion.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "selftest.h"
#include "transform.h"

static bool selftest_spoil;
module_param(selftest_spoil, bool, 0444);
MODULE_PARM_DESC(selftest_spoil, "Spoil the self-test, to see what its failure does");

bool nf_srtp_selftest_passed __read_mostly;

static const u8 session_key[] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d,
	0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b,
	0x1c, 0x1d, 0x1e, 0x1f,
};

static const u8 session_salt[] = "Quid pro quo";

static const u8 rtp_clear[] = {
	0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2, 'G', 'a',
	'l', 'l', 'i', 'a', ' ', 'e', 's', 't', ' ', 'o', 'm', 'n', 'i', 's', ' ', 'd', 'i',
	'v', 'i', 's', 'a', ' ', 'i', 'n', ' ', 'p', 'a', 'r', 't', 'e', 's', ' ', 't', 'r',
	'e', 's',
};

static const u8 rtcp_clear[] = {
	0x81, 0xc8, 0x00, 0x0d, 0x4d, 0x61, 0x72, 0x73, 0x4e, 0x54, 0x50, 0x31, 0x4e, 0x54,
	0x50, 0x32, 0x52, 0x54, 0x50, 0x20, 0x00, 0x00, 0x04, 0x2a, 0x00, 0x00, 0xe9, 0x30,
	0x4c, 0x75, 0x6e, 0x61, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad,
	0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef,
};

static const u32 rtcp_index = 0x5d4;

/* Ciphertext and tag, and for RTCP the E flag with the index. */
static const u8 rtp_sealed_128[] = {
	0xf2, 0x4d, 0xe3, 0xa3, 0xfb, 0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e,
	0x4b, 0xca, 0xbe, 0x63, 0x3b, 0xd5, 0x0d, 0x29, 0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a,
	0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf, 0x88, 0x33, 0x89, 0x9d, 0x7f, 0x27,
	0xbe, 0xb1, 0x6a, 0x91, 0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce,
};

static const u8 rtp_sealed_256[] = {
	0x32, 0xb1, 0xde, 0x78, 0xa8, 0x22, 0xfe, 0x12, 0xef, 0x9f, 0x78, 0xfa, 0x33, 0x2e,
	0x33, 0xaa, 0xb1, 0x80, 0x12, 0x38, 0x9a, 0x58, 0xe2, 0xf3, 0xb5, 0x0b, 0x2a, 0x02,
	0x76, 0xff, 0xae, 0x0f, 0x1b, 0xa6, 0x37, 0x99, 0xb8, 0x7b, 0x7a, 0xa3, 0xdb, 0x36,
	0xdf, 0xff, 0xd6, 0xb0, 0xf9, 0xbb, 0x78, 0x78, 0xd7, 0xa7, 0x6c, 0x13,
};

static const u8 rtcp_sealed_128[] = {
	0x63, 0xe9, 0x48, 0x85, 0xdc, 0xda, 0xb6, 0x7c, 0xa7, 0x27, 0xd7, 0x66, 0x2f, 0x6b,
	0x7e, 0x99, 0x7f, 0xf5, 0xc0, 0xf7, 0x6c, 0x06, 0xf3, 0x2d, 0xc6, 0x76, 0xa5, 0xf1,
	0x73, 0x0d, 0x6f, 0xda, 0x4c, 0xe0, 0x9b, 0x46, 0x86, 0x30, 0x3d, 0xed, 0x0b, 0xb9,
	0x27, 0x5b, 0xc8, 0x4a, 0xa4, 0x58, 0x96, 0xcf, 0x4d, 0x2f, 0xc5, 0xab, 0xf8, 0x72,
	0x45, 0xd9, 0xea, 0xde, 0x80, 0x00, 0x05, 0xd4,
};

static const u8 rtcp_sealed_256[] = {
	0xd5, 0x0a, 0xe4, 0xd1, 0xf5, 0xce, 0x5d, 0x30, 0x4b, 0xa2, 0x97, 0xe4, 0x7d, 0x47,
	0x0c, 0x28, 0x2c, 0x3e, 0xce, 0x5d, 0xbf, 0xfe, 0x0a, 0x50, 0xa2, 0xea, 0xa5, 0xc1,
	0x11, 0x05, 0x55, 0xbe, 0x84, 0x15, 0xf6, 0x58, 0xc6, 0x1d, 0xe0, 0x47, 0x6f, 0x1b,
	0x6f, 0xad, 0x1d, 0x1e, 0xb3, 0x0c, 0x44, 0x46, 0x83, 0x9f, 0x57, 0xff, 0x6f, 0x6c,
	0xb2, 0x6a, 0xc3, 0xbe, 0x80, 0x00, 0x05, 0xd4,
};

static const struct answer {
	const char *name;
	enum nf_srtp_suite suite;
	enum srtp_class class;
	const u8 *clear;
	u32 clear_len;
	u32 header_len;
	const u8 *sealed;
	u32 sealed_len;
} answers[] = {
	{
		"RTP, AEAD_AES_128_GCM", NF_SRTP_SUITE_AEAD_AES_128_GCM, SRTP_CLASS_RTP,
		rtp_clear, sizeof(rtp_clear), SRTP_RTP_HEADER_MIN,
		rtp_sealed_128, sizeof(rtp_sealed_128),
	}, {
		"RTP, AEAD_AES_256_GCM", NF_SRTP_SUITE_AEAD_AES_256_GCM, SRTP_CLASS_RTP,
		rtp_clear, sizeof(rtp_clear), SRTP_RTP_HEADER_MIN,
		rtp_sealed_256, sizeof(rtp_sealed_256),
	}, {
		"RTCP, AEAD_AES_128_GCM", NF_SRTP_SUITE_AEAD_AES_128_GCM, SRTP_CLASS_RTCP,
		rtcp_clear, sizeof(rtcp_clear), SRTP_RTCP_HEADER_LEN,
		rtcp_sealed_128, sizeof(rtcp_sealed_128),
	}, {
		"RTCP, AEAD_AES_256_GCM", NF_SRTP_SUITE_AEAD_AES_256_GCM, SRTP_CLASS_RTCP,
		rtcp_clear, sizeof(rtcp_clear), SRTP_RTCP_HEADER_LEN,
		rtcp_sealed_256, sizeof(rtcp_sealed_256),
	},
};

/* AEAD_AES_128_GCM, master key 00 to 0f, master salt 40 to 4b, label 2. */
static const u8 derived_salt[] = {
	0x1f, 0xcd, 0x5d, 0x56, 0x1e, 0x66, 0xdc, 0x49, 0xec, 0x1c, 0x3c, 0xcb,
};

static struct sk_buff *packet_build(const u8 *payload, u32 len)
{
	u32 headers = sizeof(struct iphdr) + sizeof(struct udphdr);
	struct sk_buff *skb = alloc_skb(headers + len + 64, GFP_KERNEL);
	struct udphdr *udp;
	struct iphdr *ip;

	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	ip = skb_put_zero(skb, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(headers + len);
	udp = skb_put_zero(skb, sizeof(*udp));
	udp->len = htons(sizeof(*udp) + len);
	skb_put_data(skb, payload, len);
	return skb;
}

struct wait {
	struct completion done;
	int err;
};

static void wait_complete(void *arg, int err)
{
	struct wait *wait = arg;

	wait->err = err;
	complete(&wait->done);
}

static int cipher_wait(struct nf_srtp_transform *transform)
{
	struct nf_srtp_request *request = kmalloc(nf_srtp_aead_request_size(), GFP_KERNEL);
	struct wait wait;
	int err;

	if (!request)
		return -ENOMEM;
	init_completion(&wait.done);
	err = nf_srtp_cipher_submit(nf_srtp_transform_cipher(transform), request,
				    wait_complete, &wait, nf_srtp_transform_at(transform),
				    transform->op.aad_len, transform->op.text_len,
				    transform->op.iv, transform->way == NF_SRTP_TX);
	if (err == -EINPROGRESS) {
		wait_for_completion(&wait.done);
		err = wait.err;
	}
	kfree_sensitive(request);
	return err;
}

static enum nf_srtp_drop_reason transform_begin(struct nf_srtp_transform *transform,
						enum srtp_class class)
{
	struct nf_srtp_attempts attempts;
	enum nf_srtp_drop_reason reason;

	local_bh_disable();
	rcu_read_lock();
	if (transform->way == NF_SRTP_TX) {
		reason = nf_srtp_protect_begin(transform, &init_net, class);
	} else {
		reason = nf_srtp_unprotect_begin(transform, class, &attempts);
		if (!reason)
			nf_srtp_unprotect_try(transform, &attempts, 0);
	}
	rcu_read_unlock();
	local_bh_enable();
	return reason;
}

/* The session is ours alone, so its key stays without RCU while the cipher runs. */
static enum nf_srtp_drop_reason transform_run(struct nf_srtp_transform *transform,
					      enum srtp_class class)
{
	enum nf_srtp_drop_reason reason = transform_begin(transform, class);
	int err;

	if (reason)
		return reason;
	if (nf_srtp_driver.asynchronous)
		err = cipher_wait(transform);
	local_bh_disable();
	rcu_read_lock();
	if (!nf_srtp_driver.asynchronous)
		err = nf_srtp_transform_run(transform);
	if (transform->way == NF_SRTP_TX)
		reason = nf_srtp_protect_end(transform, err);
	else
		reason = nf_srtp_unprotect_end(transform, err);
	rcu_read_unlock();
	local_bh_enable();
	return reason;
}

static bool payload_is(const struct nf_srtp_transform *transform, const u8 *head, u32 head_len,
		       const u8 *rest, u32 rest_len)
{
	const u8 *payload = nf_srtp_datagram_payload(&transform->datagram);

	return transform->datagram.len == head_len + rest_len &&
	       !memcmp(payload, head, head_len) && !memcmp(payload + head_len, rest, rest_len);
}

static struct nf_srtp_session *session_make(const struct answer *answer)
{
	struct nf_srtp_session *session = nf_srtp_session_alloc(NULL, answer->suite);
	struct nf_srtp_key *key;
	int way;

	if (!session)
		return NULL;
	nf_srtp_session_fill_spare(session);
	for (way = 0; way < NF_SRTP_WAYS; way++) {
		key = nf_srtp_key_from_session(answer->suite, session_key, session_salt);
		if (IS_ERR(key)) {
			nf_srtp_session_put(session);
			return NULL;
		}
		spin_lock_bh(&session->way[way].lock);
		nf_srtp_direction_install(&session->way[way], key, true, true, false);
		spin_unlock_bh(&session->way[way].lock);
	}
	return session;
}

/* The vector's SRTCP index is not the first one, so the stream starts before it. */
static bool stream_start(struct nf_srtp_session *session, const struct answer *answer)
{
	struct nf_srtp_stream *stream;

	if (answer->class != SRTP_CLASS_RTCP)
		return true;
	stream = nf_srtp_session_take_spare(session, srtp_rtcp_ssrc(answer->clear));
	if (!stream)
		return false;
	stream->core.rtcp_highest = rtcp_index - 1;
	spin_lock_bh(&session->way[NF_SRTP_TX].lock);
	nf_srtp_stream_link(&session->way[NF_SRTP_TX], stream);
	spin_unlock_bh(&session->way[NF_SRTP_TX].lock);
	return true;
}

static bool answer_holds(const struct answer *answer, struct nf_srtp_session *session,
			 struct sk_buff *skb)
{
	struct nf_srtp_transform transform = { .session = session, .way = NF_SRTP_TX };
	u8 *last;

	nf_srtp_datagram_parse(&transform.datagram, skb, NFPROTO_IPV4);
	if (transform_run(&transform, answer->class) ||
	    !payload_is(&transform, answer->clear, answer->header_len,
			answer->sealed, answer->sealed_len))
		return false;

	/* Forged first: it must fail and leave the genuine one acceptable. */
	transform.way = NF_SRTP_RX;
	last = nf_srtp_datagram_payload(&transform.datagram) + answer->clear_len;
	*last ^= !selftest_spoil;
	if (transform_run(&transform, answer->class) != NF_SRTP_DROP_REASON_AUTH_FAILED)
		return false;
	memcpy(nf_srtp_datagram_payload(&transform.datagram), answer->clear, answer->header_len);
	memcpy(nf_srtp_datagram_payload(&transform.datagram) + answer->header_len,
	       answer->sealed, answer->sealed_len);
	return !transform_run(&transform, answer->class) &&
	       payload_is(&transform, answer->clear, answer->clear_len, NULL, 0);
}

static bool answer_test(const struct answer *answer)
{
	struct nf_srtp_session *session = session_make(answer);
	struct sk_buff *skb = packet_build(answer->clear, answer->clear_len);
	bool holds = session && skb && stream_start(session, answer) &&
		     answer_holds(answer, session, skb);

	if (!holds)
		pr_err("self-test failed: %s\n", answer->name);
	if (session)
		nf_srtp_session_put(session);
	kfree_skb(skb);
	return holds;
}

static bool derivation_test(void)
{
	u8 master[28];
	struct nf_srtp_key *key;
	bool holds;
	int i;

	for (i = 0; i < 16; i++)
		master[i] = i;
	for (i = 0; i < 12; i++)
		master[16 + i] = 0x40 + i;
	key = nf_srtp_key_derive(NF_SRTP_SUITE_AEAD_AES_128_GCM, master);
	holds = !IS_ERR(key) && !memcmp(key->rtp_salt, derived_salt, sizeof(derived_salt));
	if (!holds)
		pr_err("self-test failed: key derivation\n");
	if (!IS_ERR(key))
		nf_srtp_key_put(key);
	return holds;
}

void nf_srtp_selftest_run(void)
{
	bool passed = derivation_test();
	int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++)
		passed &= answer_test(&answers[i]);
	nf_srtp_selftest_passed = passed;
}
