// SPDX-License-Identifier: Apache-2.0
/*
 * What kmod/core costs outside the kernel: its protection of a packet against
 * the bare cipher and against libsrtp2, as JSON on standard output.
 *
 * A ratio is the time of the other ÷ our time, so more is better for us and 1.0
 * against the cipher would mean that the core costs nothing. All are timed turn
 * by turn on the same packets in one thread, by the thread's processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "libsrtp.h"

#include "sample.h"
#include "srtp_evp.h"

enum {
	KEY_LEN = 32,
	RUNS = 9,
	ROUNDS = 300,
	BATCH = 128,
	SLOT_LEN = 1280,
};

enum contestant {
	EVP_SEAL, EVP_OPEN,
	CORE_PROTECT, CORE_UNPROTECT,
	LIBSRTP_PROTECT, LIBSRTP_UNPROTECT,
	CONTESTANTS,
};

static const char *const names[CONTESTANTS] = {
	"evp_seal", "evp_open", "core_protect", "core_unprotect",
	"libsrtp_protect", "libsrtp_unprotect",
};

/* One packet with its room; libsrtp reads headers as words. */
struct slot {
	_Alignas(16) u8 room[16];
	u8 packet[SLOT_LEN];
	u32 len;
};

struct bench {
	struct srtp_evp evp;
	struct srtp_stream tx, rx;
	srtp_t peer_tx, peer_rx;
	u32 payload_len;
	struct srtp_operation ops[BATCH];
	struct slot slots[CONTESTANTS / 2][BATCH];
};

static void must(bool done, const char *what)
{
	if (!done) {
		fprintf(stderr, "native: %s failed\n", what);
		exit(1);
	}
}

static u64 thread_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

static srtp_t peer_open(u8 *master, srtp_ssrc_type_t direction)
{
	srtp_policy_t policy = { .ssrc.type = direction, .key = master };
	srtp_t peer;

	srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, srtp_profile_aead_aes_256_gcm);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, srtp_profile_aead_aes_256_gcm);
	must(srtp_create(&peer, &policy) == srtp_err_status_ok, "opening libsrtp");
	return peer;
}

static struct bench *bench_open(u32 payload_len)
{
	u8 master[KEY_LEN + SRTP_SALT_LEN] = "a master key for measuring";
	struct bench *bench = calloc(1, sizeof(*bench));

	must(bench, "memory");
	srtp_evp_set(&bench->evp, master, KEY_LEN);
	bench->peer_tx = peer_open(master, ssrc_any_outbound);
	bench->peer_rx = peer_open(master, ssrc_any_inbound);
	bench->payload_len = payload_len;
	return bench;
}

static void bench_close(struct bench *bench)
{
	srtp_evp_free(&bench->evp);
	srtp_dealloc(bench->peer_tx);
	srtp_dealloc(bench->peer_rx);
	free(bench);
}

/* The same next packets for all; the bare cipher is told its IVs beforehand. */
static void write_batch(struct bench *bench, u64 index)
{
	struct sample_rtp sample = { .ssrc = SAMPLE_SSRC, .payload_len = bench->payload_len };
	struct slot *slot;
	u32 i, k;

	for (i = 0; i < BATCH; i++) {
		sample.seq = (u16)(index + i);
		for (k = 0; k < CONTESTANTS / 2; k++) {
			slot = &bench->slots[k][i];
			slot->len = sample_rtp_write(slot->packet, &sample);
		}
		srtp_rtp_operation(&bench->ops[i], bench->evp.rtp.salt, bench->slots[0][i].packet,
				   SRTP_RTP_HEADER_MIN, bench->payload_len, index + i);
	}
}

static bool process(struct bench *bench, enum contestant who, u32 i)
{
	struct slot *slot = &bench->slots[who / 2][i];
	int len = (int)slot->len;
	bool done;

	switch (who) {
	case EVP_SEAL:
		srtp_evp_seal(&bench->evp.rtp, &bench->ops[i], slot->packet);
		return true;
	case EVP_OPEN:
		return srtp_evp_open(&bench->evp.rtp, &bench->ops[i], slot->packet);
	case CORE_PROTECT:
		return srtp_evp_protect_rtp(&bench->evp, &bench->tx, slot->packet, &slot->len) ==
		       NF_SRTP_DROP_REASON_NONE;
	case CORE_UNPROTECT:
		return srtp_evp_unprotect_rtp(&bench->evp, &bench->rx, slot->packet, &slot->len) ==
		       NF_SRTP_DROP_REASON_NONE;
	case LIBSRTP_PROTECT:
		done = srtp_protect(bench->peer_tx, slot->packet, &len) == srtp_err_status_ok;
		break;
	default:
		done = srtp_unprotect(bench->peer_rx, slot->packet, &len) == srtp_err_status_ok;
		break;
	}
	slot->len = (u32)len;
	return done;
}

static u64 time_batch(struct bench *bench, enum contestant who)
{
	bool done = true;
	u64 start = thread_nanoseconds();
	u32 i;

	for (i = 0; i < BATCH; i++)
		done &= process(bench, who, i);
	must(done, names[who]);
	return thread_nanoseconds() - start;
}

/* A ratio counts only when all three did the same work. */
static void compare_batches(const struct bench *bench)
{
	const u32 len = SRTP_RTP_HEADER_MIN + bench->payload_len + SRTP_TAG_LEN;
	u32 i, k;

	for (i = 0; i < BATCH; i++) {
		for (k = 1; k < CONTESTANTS / 2; k++)
			must(!memcmp(bench->slots[0][i].packet, bench->slots[k][i].packet, len),
			     "protecting alike");
	}
}

/* Time everybody, in an order that moves on each round. */
static void run(struct bench *bench, u64 *index, double *nanoseconds)
{
	u64 total[CONTESTANTS] = { 0 };
	u32 round, half, k;

	for (round = 0; round < ROUNDS; round++) {
		write_batch(bench, *index);
		for (half = 0; half < 2; half++) {
			for (k = 0; k < CONTESTANTS / 2; k++) {
				u32 who = (k + round) % (CONTESTANTS / 2) * 2 + half;

				total[who] += time_batch(bench, (enum contestant)who);
			}
			if (!half && !round)
				compare_batches(bench);
		}
		*index += BATCH;
	}
	for (k = 0; k < CONTESTANTS; k++)
		nanoseconds[k] = (double)total[k] / (ROUNDS * BATCH);
}

static int compare_doubles(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_spread(const char *name, u32 size, const char *part, double *values)
{
	qsort(values, RUNS, sizeof(*values), compare_doubles);
	printf("\t\"%s_%u%s\": {\"median\": %.4f, \"min\": %.4f, \"max\": %.4f}", name, size, part,
	       values[RUNS / 2], values[0], values[RUNS - 1]);
}

/* Ratios of protection, of its undoing, and of both together. */
static void print_ratios(const char *name, u32 size, enum contestant other,
			 double nanoseconds[RUNS][CONTESTANTS])
{
	double both[RUNS], protect[RUNS], unprotect[RUNS];
	u32 i;

	for (i = 0; i < RUNS; i++) {
		const double *ns = nanoseconds[i];

		protect[i] = ns[other] / ns[CORE_PROTECT];
		unprotect[i] = ns[other + 1] / ns[CORE_UNPROTECT];
		both[i] = (ns[other] + ns[other + 1]) / (ns[CORE_PROTECT] + ns[CORE_UNPROTECT]);
	}
	print_spread(name, size, "", both);
	printf(",\n");
	print_spread(name, size, "_protect", protect);
	printf(",\n");
	print_spread(name, size, "_unprotect", unprotect);
}

static void print_size(u32 size)
{
	struct bench *bench = bench_open(size);
	double nanoseconds[RUNS][CONTESTANTS];
	double warm_up[CONTESTANTS], values[RUNS];
	u64 index = 1;
	u32 i, k;

	run(bench, &index, warm_up);
	for (i = 0; i < RUNS; i++)
		run(bench, &index, nanoseconds[i]);
	print_ratios("core_vs_evp", size, EVP_SEAL, nanoseconds);
	printf(",\n");
	print_ratios("core_vs_libsrtp", size, LIBSRTP_PROTECT, nanoseconds);
	for (k = 0; k < CONTESTANTS; k++) {
		char name[64];

		for (i = 0; i < RUNS; i++)
			values[i] = nanoseconds[i][k];
		snprintf(name, sizeof(name), "nanoseconds_%s", names[k]);
		printf(",\n");
		print_spread(name, size, "", values);
	}
	bench_close(bench);
}

int main(void)
{
	must(srtp_init() == srtp_err_status_ok, "starting libsrtp");
	printf("{\n");
	print_size(160);
	printf(",\n");
	print_size(1200);
	printf("\n}\n");
	srtp_shutdown();
	return 0;
}
