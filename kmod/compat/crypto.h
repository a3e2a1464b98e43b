/* SPDX-License-Identifier: GPL-2.0-only */
/* Completions take their argument as it is since Linux 6.3, before it hung in the request. */
#ifndef NF_SRTP_COMPAT_CRYPTO_H
#define NF_SRTP_COMPAT_CRYPTO_H

#include <linux/crypto.h>

#ifdef NF_SRTP_HAVE_CRYPTO_COMPLETION_DATA
typedef void *nf_srtp_crypto_data;

static inline void *nf_srtp_crypto_arg(nf_srtp_crypto_data data)
{
	return data;
}
#else
typedef struct crypto_async_request *nf_srtp_crypto_data;

static inline void *nf_srtp_crypto_arg(nf_srtp_crypto_data data)
{
	return data->data;
}
#endif

#endif
