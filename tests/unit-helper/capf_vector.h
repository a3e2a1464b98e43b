/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with a CAPF server that were recorded, and messages that are written in hexadecimal. */
#ifndef CAPF_VECTOR_H
#define CAPF_VECTOR_H

#include "unit.h"

#include <openssl/pem.h>

#include "capf_message.h"

#define CAPF_DEVICE_NAME "SEP001122334455"

enum { CAPF_VECTOR_MESSAGES = 64, CAPF_VECTOR_BYTES = 4096 };

/* One message; @session counts the recorded sessions from 0. */
struct capf_vector {
	unsigned int session;
	bool is_server;
	uint8_t bytes[CAPF_VECTOR_BYTES];
	size_t len;
};

static inline size_t hex_read(const char *text, uint8_t *bytes, size_t size)
{
	size_t len = 0;
	unsigned int byte;

	for (; *text && *text != '\n'; text += *text == ' ' ? 1 : 2) {
		if (*text == ' ')
			continue;
		assert_int_equal(sscanf(text, "%2x", &byte), 1);
		assert_true(len < size);
		bytes[len++] = (uint8_t)byte;
	}
	return len;
}

static inline struct octets octets_of(const struct capf_vector *vector)
{
	return (struct octets){ vector->bytes, vector->len };
}

/* All messages of the recorded sessions; heads and bodies that were written apart are joined. */
static inline size_t capf_vectors_read(struct capf_vector vectors[CAPF_VECTOR_MESSAGES])
{
	FILE *file = fopen(CAPF_VECTORS "session.hex", "r");
	unsigned int session = 0;
	size_t count = 0, room = 0;
	bool is_cut = false;
	char *line = NULL;

	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		struct capf_vector *vector = &vectors[is_cut ? count - 1 : count];

		if (!strncmp(line, "--", 2)) {
			session++;
			continue;
		}
		assert_true(count < CAPF_VECTOR_MESSAGES);
		if (!is_cut) {
			*vector = (struct capf_vector){ .session = session,
							.is_server = *line == 'S' };
			count++;
		}
		vector->len += hex_read(strchr(line, ':') + 2, vector->bytes + vector->len,
					sizeof(vector->bytes) - vector->len);
		is_cut = vector->len == CAPF_HEAD_LEN &&
			 (vector->bytes[6] || vector->bytes[7]);
	}
	free(line);
	fclose(file);
	assert_true(count > 20 && session == 4);
	return count;
}

/* The certificate of the recorded sessions as DER, the caller's, and its key. */
static inline struct octets capf_certificate_read(EVP_PKEY **key)
{
	FILE *file = fopen(CAPF_VECTORS "lsc.pem", "r");
	X509 *certificate;
	uint8_t *der = NULL;
	int len;

	assert_non_null(file);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	assert_non_null(certificate);
	assert_non_null(*key);
	len = i2d_X509(certificate, &der);
	assert_true(len > 0);
	X509_free(certificate);
	fclose(file);
	return (struct octets){ der, (size_t)len };
}

#endif
