/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon tells of certificates, trust and configuration, as plain values. */
#ifndef PHONESEC_PHONE_DEVICE_H
#define PHONESEC_PHONE_DEVICE_H

#include "phone.h"

enum phone_device_limits {
	PHONE_FINGERPRINT_MAX = PHONE_CODE_MAX + 1,
	PHONE_CERTIFICATES_MAX = 32,
	PHONE_LISTS_MAX = 4,
	PHONE_RECORDS_MAX = 512,
	PHONE_VERIFY_SERVERS_MAX = 8,
	PHONE_SETTINGS_MAX = 256,
	PHONE_PROBLEMS_MAX = 64,
	PHONE_VALUE_MAX = 1024,
};

struct phone_certificate {
	char place[PHONE_CODE_MAX];
	char state[PHONE_WORD_MAX];
	char subject[PHONE_URI_MAX];
	char issuer[PHONE_URI_MAX];
	char serial[PHONE_FINGERPRINT_MAX];
	char fingerprint[PHONE_FINGERPRINT_MAX];
	char key[PHONE_WORD_MAX];
	int64_t from;
	char from_text[PHONE_TIME_MAX];
	int64_t to;
	char to_text[PHONE_TIME_MAX];
	bool shown;
	bool on_trial;
};

struct phone_lsc {
	char status[PHONE_URI_MAX];
	bool works;
	bool awaits_string;
	int64_t renewal;
	char renewal_text[PHONE_TIME_MAX];
	struct phone_reason last;
};

struct phone_list {
	char place[PHONE_WORD_MAX];
	char signer[PHONE_URI_MAX];
	char issuer[PHONE_URI_MAX];
	char serial[PHONE_FINGERPRINT_MAX];
	char fingerprint[PHONE_FINGERPRINT_MAX];
	int64_t timestamp;
	char timestamp_text[PHONE_TIME_MAX];
	uint32_t size;
	uint32_t records;
	struct phone_reason why;
};

struct phone_record {
	char place[PHONE_WORD_MAX];
	char role[PHONE_URI_MAX];
	char subject[PHONE_URI_MAX];
	char issuer[PHONE_URI_MAX];
	char serial[PHONE_FINGERPRINT_MAX];
	char host[PHONE_URI_MAX];
	char fingerprint[PHONE_FINGERPRINT_MAX];
	int64_t to;
	char to_text[PHONE_TIME_MAX];
};

struct phone_verify_server {
	char host[PHONE_URI_MAX];
	uint32_t port;
	int64_t answered;
	char answered_text[PHONE_TIME_MAX];
	uint32_t latency_ms;
	struct phone_reason last;
};

struct phone_setting {
	char name[PHONE_URI_MAX];
	char value[PHONE_VALUE_MAX];
	char source[PHONE_WORD_MAX];
	bool restart;
};

struct phone_problem {
	char element[PHONE_URI_MAX];
	char value[PHONE_URI_MAX];
	char text[PHONE_URI_MAX];
};

struct phone_configuration {
	char state[PHONE_WORD_MAX];
	char file[PHONE_URI_MAX];
	char source[PHONE_VALUE_MAX];
	int64_t loaded;
	char loaded_text[PHONE_TIME_MAX];
	bool is_signed;
	bool is_stored;
	bool restart;
	struct phone_reason last;
	struct phone_setting settings[PHONE_SETTINGS_MAX];
	size_t settings_count;
	struct phone_problem problems[PHONE_PROBLEMS_MAX];
	size_t problems_count;
};

struct phone_image {
	char state[PHONE_WORD_MAX];
	uint32_t percent;
	char text[PHONE_URI_MAX];
	char name[PHONE_URI_MAX];
	struct phone_reason last;
};

/* What the daemon says of a signed file. */
struct phone_judgement {
	bool accepted;
	char kind[PHONE_WORD_MAX];
	char name[PHONE_URI_MAX];
	char signer[PHONE_URI_MAX];
	char issuer[PHONE_URI_MAX];
	char serial[PHONE_FINGERPRINT_MAX];
	char digest[PHONE_WORD_MAX];
	int64_t timestamp;
	char timestamp_text[PHONE_TIME_MAX];
	char found[PHONE_WORD_MAX];
	bool asks;
	struct phone_reason why;
};

/* The interfaces of the bus, as bits. */
enum phone_device_part {
	PHONE_IDENTITY = 1,
	PHONE_TRUST = 2,
	PHONE_CONFIGURATION = 4,
	PHONE_IMAGE = 8,
};

struct phone_device {
	struct phone_certificate certificates[PHONE_CERTIFICATES_MAX];
	size_t certificates_count;
	struct phone_lsc lsc;
	struct phone_list lists[PHONE_LISTS_MAX];
	size_t lists_count;
	struct phone_record records[PHONE_RECORDS_MAX];
	size_t records_count;
	struct phone_verify_server verify_servers[PHONE_VERIFY_SERVERS_MAX];
	size_t verify_servers_count;
	struct phone_configuration configuration;
	struct phone_image image;
};

/**
 * phone_device_read - ask the daemon
 * @device: filled in as far as @parts goes, the rest stays
 * @bus: the bus
 * @parts: bits of enum phone_device_part
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int phone_device_read(struct phone_device *device, sd_bus *bus, unsigned int parts,
		      struct refusal *why);

/* The same over a connection for this one question; the caller's until free(). */
int phone_device_fetch(struct phone_device **device, unsigned int parts, struct refusal *why);

/* Reads a judgement out of an answer: 0, or the -errno of the reason. */
int phone_judgement_read(struct phone_judgement *judgement, sd_bus_message *answer,
			 struct refusal *why);

/* Descriptions for output. */
extern const struct output_field phone_certificate_fields[];
extern const struct output_column phone_certificate_columns[];
extern const struct output_field phone_lsc_fields[];
extern const struct output_field phone_list_fields[];
extern const struct output_column phone_list_columns[];
extern const struct output_field phone_record_fields[];
extern const struct output_column phone_record_columns[];
extern const struct output_field phone_verify_server_fields[];
extern const struct output_column phone_verify_server_columns[];
extern const struct output_field phone_configuration_fields[];
extern const struct output_column phone_setting_columns[];
extern const struct output_field phone_setting_fields[];
extern const struct output_column phone_problem_columns[];
extern const struct output_field phone_problem_fields[];
extern const struct output_field phone_image_fields[];
extern const struct output_field phone_judgement_fields[];

#endif
