// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module adds to the bare cipher. Part of nf_srtp.ko only when it is
 * built with NF_SRTP_BENCH=y, and then a parameter of the module:
 *
 *   echo "PAYLOAD RUNS ROUNDS" > /sys/module/nf_srtp/parameters/transform_bench
 *   cat /sys/module/nf_srtp/parameters/transform_bench
 *
 * Each of the four contestants has the same packets and the driver that the
 * module chose; they are timed turn by turn, BATCH packets at a time. Protect
 * and unprotect are the functions that the hooks call. Seal and open are the
 * bare cipher with everything prepared beforehand: request, scatterlists, IVs.
 * A run whose packets do not come out alike is an error.
 *
 * Reads as one line a run: nanoseconds a packet of protect, unprotect, seal, open, in
 * the batch that a quarter of a run's batches stay below. Other work of the machine
 * makes batches longer, never shorter.
 */
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "transform.h"

enum {
	BATCH = 64,
	RUNS_MAX = 32,
	ROUNDS_MAX = 256,
	PAYLOAD_MAX = 1400,
	HEADERS = sizeof(struct iphdr) + sizeof(struct udphdr),
	BENCH_SSRC = 0x50000000,
	KEY_LEN = 32,
};

enum contestant { PROTECT, UNPROTECT, SEAL, OPEN, CONTESTANTS };

/* A packet for the module and the same bytes for the bare cipher. */
struct slot {
	struct sk_buff *skb;
	struct nf_srtp_datagram datagram;
	struct srtp_operation op;
	struct scatterlist sg;
	u8 *bare;
};

struct bench {
	struct nf_srtp_session *session;
	struct nf_srtp_cipher cipher;
	struct aead_request *request;
	u32 payload_len;
	u64 index;
	u64 times[CONTESTANTS][ROUNDS_MAX];
	struct slot slots[BATCH];
};

static const u8 bench_key[KEY_LEN] = "a session key for measuring";
static const u8 bench_salt[SRTP_SALT_LEN] = "bench salt.";

static DEFINE_MUTEX(results_lock);
static u64 results[RUNS_MAX][CONTESTANTS];
static unsigned int results_count;

static u32 packet_len(const struct bench *bench)
{
	return SRTP_RTP_HEADER_MIN + bench->payload_len;
}

static int session_open(struct bench *bench)
{
	const enum nf_srtp_suite suite = NF_SRTP_SUITE_AEAD_AES_256_GCM;
	struct nf_srtp_key *key;
	int way;

	bench->session = nf_srtp_session_alloc(NULL, suite);
	if (!bench->session)
		return -ENOMEM;
	nf_srtp_session_fill_spare(bench->session);
	for (way = 0; way < NF_SRTP_WAYS; way++) {
		key = nf_srtp_key_from_session(suite, bench_key, bench_salt);
		if (IS_ERR(key))
			return PTR_ERR(key);
		spin_lock_bh(&bench->session->way[way].lock);
		nf_srtp_direction_install(&bench->session->way[way], key, true, true, false);
		spin_unlock_bh(&bench->session->way[way].lock);
	}
	return 0;
}

static int cipher_open(struct bench *bench)
{
	int err = nf_srtp_cipher_init(&bench->cipher, bench_key, KEY_LEN);

	if (err)
		return err;
	bench->request = aead_request_alloc(bench->cipher.tfm, GFP_KERNEL);
	if (!bench->request)
		return -ENOMEM;
	aead_request_set_callback(bench->request, 0, NULL, NULL);
	aead_request_set_ad(bench->request, SRTP_RTP_HEADER_MIN);
	return 0;
}

static int slots_open(struct bench *bench)
{
	u32 sealed_len = packet_len(bench) + SRTP_TAG_LEN;
	struct slot *slot;

	for (slot = bench->slots; slot < bench->slots + BATCH; slot++) {
		slot->skb = alloc_skb(HEADERS + sealed_len, GFP_KERNEL);
		slot->bare = kmalloc(sealed_len, GFP_KERNEL);
		if (!slot->skb || !slot->bare)
			return -ENOMEM;
		skb_reset_network_header(slot->skb);
		skb_put_zero(slot->skb, HEADERS + packet_len(bench));
		sg_init_one(&slot->sg, slot->bare, sealed_len);
	}
	return 0;
}

static void bench_close(struct bench *bench)
{
	struct slot *slot;

	for (slot = bench->slots; slot < bench->slots + BATCH; slot++) {
		kfree_skb(slot->skb);
		kfree(slot->bare);
	}
	aead_request_free(bench->request);
	nf_srtp_cipher_exit(&bench->cipher);
	if (bench->session)
		nf_srtp_session_put(bench->session);
	kvfree(bench);
}

static struct bench *bench_open(u32 payload_len)
{
	struct bench *bench = kvzalloc(sizeof(*bench), GFP_KERNEL);
	int err;

	if (!bench)
		return ERR_PTR(-ENOMEM);
	bench->payload_len = payload_len;
	bench->index = 1;
	err = session_open(bench);
	if (!err)
		err = cipher_open(bench);
	if (!err)
		err = slots_open(bench);
	if (!err)
		return bench;
	bench_close(bench);
	return ERR_PTR(err);
}

static void slot_write(const struct bench *bench, struct slot *slot, u64 index)
{
	u32 len = packet_len(bench);
	struct udphdr *udp;
	struct iphdr *ip;
	u8 *packet;

	skb_trim(slot->skb, HEADERS + len);
	ip = ip_hdr(slot->skb);
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(HEADERS + len);
	udp = (struct udphdr *)(ip + 1);
	udp->check = htons(1);
	udp->len = htons(sizeof(*udp) + len);
	slot->skb->ip_summed = CHECKSUM_NONE;
	packet = (u8 *)(udp + 1);
	memset(packet, (u8)index, len);
	packet[0] = 0x80;
	packet[1] = 0;
	put_unaligned_be16((u16)index, packet + 2);
	put_unaligned_be32(BENCH_SSRC, packet + 8);
	memcpy(slot->bare, packet, len);
	nf_srtp_datagram_parse(&slot->datagram, slot->skb, NFPROTO_IPV4);
	srtp_rtp_operation(&slot->op, bench_salt, packet, SRTP_RTP_HEADER_MIN,
			   bench->payload_len, index);
}

static int protect(struct nf_srtp_transform *transform)
{
	if (nf_srtp_protect_begin(transform, &init_net, SRTP_CLASS_RTP))
		return -EINVAL;
	return nf_srtp_protect_end(transform, nf_srtp_transform_run(transform)) ? -EINVAL : 0;
}

static int unprotect(struct nf_srtp_transform *transform)
{
	struct nf_srtp_attempts attempts;

	if (nf_srtp_unprotect_begin(transform, SRTP_CLASS_RTP, &attempts))
		return -EINVAL;
	nf_srtp_unprotect_try(transform, &attempts, 0);
	return nf_srtp_unprotect_end(transform, nf_srtp_transform_run(transform)) ? -EINVAL : 0;
}

static int slot_transform(const struct bench *bench, struct slot *slot, enum nf_srtp_way way)
{
	struct nf_srtp_transform transform;
	int err;

	transform.datagram = slot->datagram;
	transform.session = bench->session;
	transform.way = way;
	err = way == NF_SRTP_TX ? protect(&transform) : unprotect(&transform);
	slot->datagram = transform.datagram;
	return err;
}

static int slot_cipher(const struct bench *bench, struct slot *slot, bool seal)
{
	aead_request_set_crypt(bench->request, &slot->sg, &slot->sg, bench->payload_len +
			       (seal ? 0 : SRTP_TAG_LEN), slot->op.iv);
	return seal ? crypto_aead_encrypt(bench->request) : crypto_aead_decrypt(bench->request);
}

static int slot_process(const struct bench *bench, struct slot *slot, enum contestant who)
{
	switch (who) {
	case PROTECT:
	case UNPROTECT:
		return slot_transform(bench, slot, who == PROTECT ? NF_SRTP_TX : NF_SRTP_RX);
	default:
		return slot_cipher(bench, slot, who == SEAL);
	}
}

static int batch_time(struct bench *bench, enum contestant who, unsigned int round)
{
	struct slot *slot;
	u64 began;
	int err = 0;

	local_bh_disable();
	rcu_read_lock();
	began = ktime_get_ns();
	for (slot = bench->slots; slot < bench->slots + BATCH; slot++)
		err |= slot_process(bench, slot, who);
	bench->times[who][round] = ktime_get_ns() - began;
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

static bool batch_is_alike(const struct bench *bench, u32 len)
{
	const struct slot *slot;

	for (slot = bench->slots; slot < bench->slots + BATCH; slot++) {
		if (slot->datagram.len != len ||
		    memcmp(nf_srtp_datagram_payload(&slot->datagram), slot->bare, len))
			return false;
	}
	return true;
}

/* All four once, module and cipher taking turns at going first. */
static int round_time(struct bench *bench, unsigned int round)
{
	enum contestant first = round % 2 ? SEAL : PROTECT, second = round % 2 ? PROTECT : SEAL;
	int i, err;

	for (i = 0; i < BATCH; i++)
		slot_write(bench, &bench->slots[i], bench->index++);
	err = batch_time(bench, first, round);
	err |= batch_time(bench, second, round);
	if (err || !batch_is_alike(bench, packet_len(bench) + SRTP_TAG_LEN))
		return -EIO;
	err = batch_time(bench, first + 1, round);
	err |= batch_time(bench, second + 1, round);
	return err || !batch_is_alike(bench, packet_len(bench)) ? -EIO : 0;
}

static int compare_times(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int run_time(struct bench *bench, unsigned int rounds, u64 *nanoseconds)
{
	unsigned int i;
	int err;

	for (i = 0; i < rounds; i++) {
		err = round_time(bench, i);
		if (err)
			return err;
		cond_resched();
	}
	for (i = 0; i < CONTESTANTS; i++) {
		sort(bench->times[i], rounds, sizeof(u64), compare_times, NULL);
		nanoseconds[i] = div_u64(bench->times[i][rounds / 4], BATCH);
	}
	return 0;
}

static int bench_run(u32 payload_len, unsigned int runs, unsigned int rounds)
{
	struct bench *bench = bench_open(payload_len);
	unsigned int i;
	int err;

	if (IS_ERR(bench))
		return PTR_ERR(bench);
	results_count = 0;
	/* The first run warms up and is overwritten. */
	err = run_time(bench, rounds, results[0]);
	for (i = 0; i < runs && !err; i++)
		err = run_time(bench, rounds, results[i]);
	if (!err)
		results_count = runs;
	bench_close(bench);
	return err;
}

static int transform_bench_set(const char *value, const struct kernel_param *param)
{
	unsigned int payload_len, runs, rounds;
	int err;

	if (sscanf(value, "%u %u %u", &payload_len, &runs, &rounds) != 3 ||
	    payload_len > PAYLOAD_MAX || !runs || runs > RUNS_MAX || !rounds ||
	    rounds > ROUNDS_MAX)
		return -EINVAL;
	if (nf_srtp_driver.asynchronous)
		return -EOPNOTSUPP;
	mutex_lock(&results_lock);
	err = bench_run(payload_len, runs, rounds);
	mutex_unlock(&results_lock);
	return err;
}

static int transform_bench_get(char *buffer, const struct kernel_param *param)
{
	unsigned int i;
	int len = 0;

	mutex_lock(&results_lock);
	for (i = 0; i < results_count; i++)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%llu %llu %llu %llu\n",
				 results[i][PROTECT], results[i][UNPROTECT],
				 results[i][SEAL], results[i][OPEN]);
	mutex_unlock(&results_lock);
	return len;
}

static const struct kernel_param_ops transform_bench_ops = {
	.set = transform_bench_set,
	.get = transform_bench_get,
};
module_param_cb(transform_bench, &transform_bench_ops, NULL, 0600);
MODULE_PARM_DESC(transform_bench, "Measure the module against its cipher");
