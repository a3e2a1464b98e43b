/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon tells of the phone, as plain values; words are those of the bus. */
#ifndef PHONESEC_PHONE_H
#define PHONESEC_PHONE_H

#include <stdbool.h>
#include <stdint.h>

#include "bus_client.h"
#include "output.h"

enum phone_limits {
	PHONE_WORD_MAX = 32,
	PHONE_CODE_MAX = 64,
	PHONE_SUITE_MAX = 64,
	PHONE_ADDRESS_MAX = 56,
	PHONE_URI_MAX = 256,
	PHONE_SENTENCE_MAX = 480,
	PHONE_TIME_MAX = 32,
	PHONE_REGISTRATIONS_MAX = 16,
	PHONE_SERVERS_MAX = 4,
	PHONE_LINES_MAX = 16,
};

struct phone_registration {
	char aor[PHONE_URI_MAX];
	char state[PHONE_WORD_MAX];
	char server[PHONE_WORD_MAX];
	uint32_t expires_s;
	uint32_t status;
	char text[PHONE_URI_MAX];
};

/* Why something is not as it should be; empty texts when nothing is wrong. */
struct phone_reason {
	char code[PHONE_CODE_MAX];
	char text[PHONE_SENTENCE_MAX];
	char mend[PHONE_SENTENCE_MAX];
	char detail[PHONE_URI_MAX];
};

struct phone_server {
	char role[PHONE_WORD_MAX];
	char state[PHONE_WORD_MAX];
	char host[PHONE_URI_MAX];
	uint32_t port;
	struct phone_reason last;
	char version[PHONE_WORD_MAX];
	char suite[PHONE_SUITE_MAX];
	char subject[PHONE_URI_MAX];
	char fingerprint[PHONE_CODE_MAX + 1];
	int64_t expires;
	char expires_text[PHONE_TIME_MAX];
	bool resumed;
	char local[PHONE_ADDRESS_MAX];
};

struct phone_line {
	char kind[PHONE_WORD_MAX];
	bool active;
	bool secure;
	uint32_t session;
	char suite[PHONE_SUITE_MAX];
	bool heard;
	bool sent;
	char local[PHONE_ADDRESS_MAX];
	char remote[PHONE_ADDRESS_MAX];
	uint32_t key_age_s;
};

/**
 * struct phone_call - a call
 * @suite, @heard, @sent, @key_age_s: of all its active media together: the first's suite
 *   when all are secure, whether packets of all were authenticated and protected, and the
 *   age of the oldest key
 */
struct phone_call {
	uint32_t id;
	char call_id[PHONE_URI_MAX];
	char direction[PHONE_WORD_MAX];
	char progress[PHONE_WORD_MAX];
	char far_uri[PHONE_URI_MAX];
	char far_name[PHONE_URI_MAX];
	char security[PHONE_WORD_MAX];
	char told_security[PHONE_WORD_MAX];
	char icon[PHONE_WORD_MAX];
	bool signalling_secure;
	int64_t since;
	char since_text[PHONE_TIME_MAX];
	bool recovered;
	bool captured;
	struct phone_line lines[PHONE_LINES_MAX];
	size_t lines_count;
	char suite[PHONE_SUITE_MAX];
	bool heard;
	bool sent;
	uint32_t key_age_s;
};

/* Everything; @calls belongs to it, in the order of their numbers. */
struct phone {
	char version[PHONE_WORD_MAX];
	char security_mode[PHONE_WORD_MAX];
	char media_policy[PHONE_WORD_MAX];
	char proxy[PHONE_ADDRESS_MAX];
	bool is_protected;
	bool plays_tone;
	bool registered;
	struct phone_registration registrations[PHONE_REGISTRATIONS_MAX];
	size_t registrations_count;
	char service_state[PHONE_CODE_MAX];
	struct phone_reason service;
	char module_state[PHONE_CODE_MAX];
	struct phone_reason module;
	char token_state[PHONE_WORD_MAX];
	uint32_t token_expires_s;
	struct phone_reason token;
	struct phone_server servers[PHONE_SERVERS_MAX];
	size_t servers_count;
	struct phone_call *calls;
	size_t calls_count;
};

/**
 * phone_read - ask the daemon for everything
 * @phone: filled in; on success the caller owes it phone_clear()
 * @bus: the bus
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int phone_read(struct phone *phone, sd_bus *bus, struct refusal *why);
void phone_clear(struct phone *phone);

/* The same over a connection for this one question. */
int phone_fetch(struct phone *phone, struct refusal *why);

/* The call of a number, or NULL. */
struct phone_call *phone_call(struct phone *phone, uint32_t id);

/* The call of a number, a new one when there is none; NULL without memory. */
struct phone_call *phone_call_add(struct phone *phone, uint32_t id);
void phone_call_remove(struct phone *phone, uint32_t id);

/* Reads properties of a call, a{sv}, into it. 0 or -errno. */
int phone_call_read(sd_bus_message *message, struct phone_call *call);

/* The number of the call that an object's path stands for, 0 when it is none. */
uint32_t phone_call_number(const char *path);

/* Whether it is encrypted from end to end. */
bool phone_call_is_secure(const struct phone_call *call);

/* Reads {interface: properties} of an object into the phone. 0 or -errno. */
int phone_object_read(sd_bus_message *message, const char *path, struct phone *phone);

/* A time in seconds since 1970 as text; empty for one that is not told. */
void phone_time_write(char text[PHONE_TIME_MAX], int64_t seconds);

/* Descriptions for output. */
extern const struct output_field phone_reason_fields[];
extern const struct output_field phone_fields[];
extern const struct output_field phone_call_fields[];
extern const struct output_field phone_call_id_fields[];
extern const struct output_field phone_server_fields[];
extern const struct output_field phone_registration_fields[];
extern const struct output_field phone_token_fields[];
extern const struct output_column phone_call_columns[];
extern const struct output_column phone_server_columns[];
extern const struct output_column phone_registration_columns[];

#endif
