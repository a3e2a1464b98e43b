// SPDX-License-Identifier: Apache-2.0
#include "libsrtp_end.h"

#include <err.h>
#include <srtp2/srtp.h>
#include <stdio.h>

enum {
	WINDOW = 1024,
};

struct libsrtp_end {
	srtp_t srtp;
	bool mki;
	bool sends;
	char why[64];
};

static struct libsrtp_end ends[2];
static size_t ends_open;

static unsigned char mki_bytes[4] = {
	LIBSRTP_END_MKI >> 24, LIBSRTP_END_MKI >> 16 & 0xff, LIBSRTP_END_MKI >> 8 & 0xff,
	LIBSRTP_END_MKI & 0xff,
};

static void must(srtp_err_status_t status, const char *what)
{
	if (status != srtp_err_status_ok)
		errx(2, "libsrtp: %s: error %d", what, status);
}

struct libsrtp_end *libsrtp_end_open(const struct libsrtp_wanted *wanted, bool sends)
{
	srtp_profile_t profile = wanted->key_len == 16 ? srtp_profile_aead_aes_128_gcm :
							 srtp_profile_aead_aes_256_gcm;
	srtp_master_key_t key = { .key = wanted->master, .mki_id = mki_bytes,
				  .mki_size = sizeof(mki_bytes) };
	srtp_master_key_t *keys[] = { &key };
	srtp_policy_t policy = {
		.ssrc = { .type = ssrc_specific, .value = wanted->ssrc },
		.window_size = WINDOW,
	};
	struct libsrtp_end *end = &ends[ends_open++];

	if (!wanted->mki) {
		policy.key = wanted->master;
	} else {
		policy.keys = keys;
		policy.num_master_keys = 1;
	}
	end->mki = wanted->mki;
	end->sends = sends;
	if (ends_open == 1)
		must(srtp_init(), "srtp_init");
	must(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile), "profile");
	must(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile), "profile");
	must(srtp_create(&end->srtp, &policy), "srtp_create");
	must(srtp_set_stream_roc(end->srtp, wanted->ssrc, wanted->roc), "srtp_set_stream_roc");
	return end;
}

const char *libsrtp_end_transform(struct libsrtp_end *end, bool rtcp, uint8_t *packet, int *len)
{
	srtp_err_status_t status;

	if (end->sends && rtcp)
		status = srtp_protect_rtcp_mki(end->srtp, packet, len, end->mki, 0);
	else if (end->sends)
		status = srtp_protect_mki(end->srtp, packet, len, end->mki, 0);
	else if (rtcp)
		status = srtp_unprotect_rtcp_mki(end->srtp, packet, len, end->mki);
	else
		status = srtp_unprotect_mki(end->srtp, packet, len, end->mki);
	if (status == srtp_err_status_ok)
		return NULL;
	snprintf(end->why, sizeof(end->why), "libsrtp refuses it with error %d", status);
	return end->why;
}
