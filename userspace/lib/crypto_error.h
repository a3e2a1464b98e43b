/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PHONESEC_CRYPTO_ERROR_H
#define PHONESEC_CRYPTO_ERROR_H

/* The last error of OpenSSL in words, and forgets all of them. Never empty. */
const char *crypto_error(void);

#endif
