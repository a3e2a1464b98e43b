// SPDX-License-Identifier: Apache-2.0
#include "sdes.h"

#include <string.h>
#include <strings.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum sdes_limits {
	MKI_DIGITS_MAX = 40,
	KDR_MAX = 24,
	WINDOW_MIN = 64,
};

/* A piece of the text; @start keeps positions countable. */
struct cursor {
	const char *start;
	const char *at;
	const char *end;
	struct refusal *why;
};

static const struct suite {
	const char *name;
	enum nf_srtp_suite suite;
	size_t master_len;
} suites[] = {
	{ "AEAD_AES_128_GCM", NF_SRTP_SUITE_AEAD_AES_128_GCM, 28 },
	{ "AEAD_AES_256_GCM", NF_SRTP_SUITE_AEAD_AES_256_GCM, 44 },
};

/* Suites that peers do offer; knowing them makes a better refusal than "unknown". */
static const char *const weak_suites[] = {
	"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "F8_128_HMAC_SHA1_80",
	"AES_192_CM_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_80",
	"AES_256_CM_HMAC_SHA1_32", "AES_CM_256_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_32",
	"AEAD_AES_128_GCM_8", "AEAD_AES_256_GCM_8", "NULL_HMAC_SHA1_80", "NULL_HMAC_SHA1_32",
	"SEED_CTR_128_HMAC_SHA1_80", "SEED_128_CCM_80", "SEED_128_GCM_96",
};

size_t sdes_master_len(enum nf_srtp_suite suite)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].suite == suite)
			return suites[i].master_len;
	return 0;
}

const char *sdes_suite_name(enum nf_srtp_suite suite)
{
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++)
		if (suites[i].suite == suite)
			return suites[i].name;
	return NULL;
}

void sdes_clear(struct sdes *sdes)
{
	secret_free(sdes->master);
	explicit_bzero(sdes, sizeof(*sdes));
}

static int refuse(const struct cursor *c, enum reason_code code, const char *at)
{
	return refusal_set_at(c->why, code, (unsigned int)(at - c->start) + 1);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t span_len(const char *from, const char *end, char stop)
{
	const char *p = from;

	while (p < end && !is_space(*p) && *p != stop)
		p++;
	return (size_t)(p - from);
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !strncasecmp(word, name, len);
}

static void skip_spaces(struct cursor *c)
{
	while (c->at < c->end && is_space(*c->at))
		c->at++;
}

/* Reads @len digits as a number up to @max; nothing else may stand there. */
static bool read_number(const char *text, size_t len, uint64_t max, uint64_t *value)
{
	*value = 0;
	if (!len)
		return false;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (!is_digit(text[i]) || *value > (max - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	return true;
}

static int check_characters(const struct cursor *c)
{
	for (const char *p = c->at; p < c->end; p++)
		if (*p != '\t' && (*p < ' ' || *p > '~'))
			return refuse(c, REASON_SDES_CHARACTER, p);
	return 0;
}

/* "a=crypto:1 ", "1 " or nothing. */
static int parse_tag(struct sdes *sdes, struct cursor *c)
{
	static const char prefix[] = "a=crypto:";
	bool tag_due = false;
	uint64_t tag;
	size_t len;

	skip_spaces(c);
	if ((size_t)(c->end - c->at) >= strlen(prefix) &&
	    !strncasecmp(c->at, prefix, strlen(prefix))) {
		c->at += strlen(prefix);
		tag_due = true;
	}
	len = span_len(c->at, c->end, ' ');
	if (!tag_due && !(len && is_digit(*c->at)))
		return 0;
	if (!read_number(c->at, len, 999999999, &tag) || len > 9)
		return refuse(c, REASON_SDES_TAG, c->at);
	sdes->tag = (uint32_t)tag;
	c->at += len;
	skip_spaces(c);
	return 0;
}

static int parse_suite(struct sdes *sdes, struct cursor *c)
{
	size_t len = span_len(c->at, c->end, ':');

	if (!len || (c->at + len < c->end && c->at[len] == ':'))
		return refuse(c, REASON_SDES_SUITE_MISSING, c->at);
	for (size_t i = 0; i < ARRAY_SIZE(weak_suites); i++)
		if (word_is(c->at, len, weak_suites[i]))
			return refuse(c, REASON_SDES_SUITE_WEAK, c->at);
	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		if (!word_is(c->at, len, suites[i].name))
			continue;
		sdes->suite = suites[i].suite;
		c->at += len;
		skip_spaces(c);
		return 0;
	}
	return refuse(c, REASON_SDES_SUITE_UNKNOWN, c->at);
}

/* Value of a base64 character (RFC 4648 section 4), 64 for any other. */
static unsigned int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned int)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned int)(c - 'a') + 26;
	if (is_digit(c))
		return (unsigned int)(c - '0') + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 64;
}

/* Decodes up to padding or to the end; bits beyond the last byte must be zero. */
static int decode_master(struct sdes *sdes, const struct cursor *c, size_t len)
{
	unsigned int bits = 0, held = 0;
	size_t i, pad;

	for (i = 0; i < len && c->at[i] != '='; i++) {
		unsigned int value = base64_value(c->at[i]);

		if (value > 63)
			return refuse(c, REASON_SDES_BASE64, c->at + i);
		bits = (bits << 6 | value) & 0xfff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (!secret_append(sdes->master, (unsigned char)(bits >> held)))
			return refuse(c, REASON_SDES_KEY_LENGTH, c->at + i);
	}
	bits &= (1u << held) - 1;
	for (pad = i; pad < len; pad++)
		if (c->at[pad] != '=')
			return refuse(c, REASON_SDES_BASE64, c->at + pad);
	/* A last group of one character is torn, as is padding that leaves a group open. */
	if (held >= 6 || bits || (pad > i && (pad % 4 || pad - i > 2)))
		return refuse(c, REASON_SDES_BASE64, c->at + (i ? i - 1 : 0));
	if (secret_len(sdes->master) != sdes_master_len(sdes->suite))
		return refuse(c, REASON_SDES_KEY_LENGTH, c->at);
	return 0;
}

static int parse_lifetime(struct sdes *sdes, const struct cursor *c, size_t len)
{
	uint64_t value;

	if (len > 2 && !memcmp(c->at, "2^", 2)) {
		if (!read_number(c->at + 2, len - 2, 48, &value))
			return refuse(c, REASON_SDES_LIFETIME, c->at);
		value = UINT64_C(1) << value;
	} else if (!read_number(c->at, len, SDES_LIFETIME_MAX, &value) || !value) {
		return refuse(c, REASON_SDES_LIFETIME, c->at);
	}
	sdes->lifetime = value;
	return 0;
}

/* The value may have more digits than any integer type: multiply and add byte by byte. */
static int parse_mki(struct sdes *sdes, const struct cursor *c, size_t len, size_t value_len)
{
	const char *value = c->at, *length = value + value_len + 1;
	uint64_t bytes;

	if (!value_len || value_len > MKI_DIGITS_MAX ||
	    !read_number(length, len - value_len - 1, NF_SRTP_MKI_MAX, &bytes) || !bytes)
		return refuse(c, REASON_SDES_MKI, value);
	sdes->mki_len = (uint8_t)bytes;
	for (size_t i = 0; i < value_len; i++) {
		unsigned int carry = (unsigned int)(value[i] - '0');

		if (!is_digit(value[i]))
			return refuse(c, REASON_SDES_MKI, value + i);
		for (size_t b = bytes; b-- > 0;) {
			carry += sdes->mki[b] * 10u;
			sdes->mki[b] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry)
			return refuse(c, REASON_SDES_MKI, value);
	}
	return 0;
}

/* What may follow the key: a lifetime, then an identifier, each after a bar. */
static int parse_key_details(struct sdes *sdes, struct cursor *c)
{
	bool lifetime_seen = false;

	while (c->at < c->end && *c->at == '|') {
		size_t len = span_len(++c->at, c->end, '|');
		size_t value_len = span_len(c->at, c->end, ':');
		const char *semicolon = memchr(c->at, ';', len);
		int err;

		if (semicolon)
			return refuse(c, REASON_SDES_KEYS, semicolon);
		if (sdes->mki_len)
			return refuse(c, REASON_SDES_MKI, c->at);
		if (value_len < len)
			err = parse_mki(sdes, c, len, value_len);
		else
			err = lifetime_seen ? refuse(c, REASON_SDES_LIFETIME, c->at)
					    : parse_lifetime(sdes, c, len);
		if (err)
			return err;
		lifetime_seen = true;
		c->at += len;
	}
	return 0;
}

static int parse_key(struct sdes *sdes, struct cursor *c)
{
	static const char method[] = "inline:";
	const char *semicolon;
	size_t len;
	int err;

	if ((size_t)(c->end - c->at) < strlen(method) || strncasecmp(c->at, method, strlen(method)))
		return refuse(c, REASON_SDES_METHOD, c->at);
	c->at += strlen(method);
	len = span_len(c->at, c->end, '|');
	semicolon = memchr(c->at, ';', len);
	if (semicolon)
		return refuse(c, REASON_SDES_KEYS, semicolon);
	sdes->master = secret_new(NF_SRTP_MASTER_KEY_MAX);
	if (!sdes->master)
		return refuse(c, REASON_NO_MEMORY, c->at);
	err = decode_master(sdes, c, len);
	if (err)
		return err;
	c->at += len;
	return parse_key_details(sdes, c);
}

static int take_kdr(struct sdes *sdes, const struct cursor *c, const char *value, size_t len)
{
	uint64_t rate;

	(void)sdes;
	if (len > 2 || !read_number(value, len, KDR_MAX, &rate))
		return refuse(c, REASON_SDES_PARAMETER_VALUE, value);
	return rate ? refuse(c, REASON_SDES_KDR, value) : 0;
}

/* A hint for the smallest window that serves the sender (RFC 4568 section 6.3.6). */
static int take_window(struct sdes *sdes, const struct cursor *c, const char *value, size_t len)
{
	uint64_t window;

	if (!read_number(value, len, UINT32_MAX, &window) || window < WINDOW_MIN)
		return refuse(c, REASON_SDES_PARAMETER_VALUE, value);
	sdes->window = (uint32_t)window;
	return 0;
}

static int take_unencrypted_srtcp(struct sdes *sdes, const struct cursor *c, const char *value,
				  size_t len)
{
	(void)c, (void)value, (void)len;
	sdes->unencrypted_srtcp = true;
	return 0;
}

static int take_unencrypted_srtp(struct sdes *sdes, const struct cursor *c, const char *value,
				 size_t len)
{
	(void)sdes, (void)value, (void)len;
	return refuse(c, REASON_SDES_UNENCRYPTED_SRTP, c->at);
}

static int take_unauthenticated_srtp(struct sdes *sdes, const struct cursor *c, const char *value,
				     size_t len)
{
	(void)sdes, (void)value, (void)len;
	return refuse(c, REASON_SDES_UNAUTHENTICATED_SRTP, c->at);
}

/* FEC before encryption is the default order and concerns the program alone. */
static int take_fec_order(struct sdes *sdes, const struct cursor *c, const char *value, size_t len)
{
	(void)sdes;
	return word_is(value, len, "FEC_SRTP") ? 0 : refuse(c, REASON_SDES_FEC, c->at);
}

static int take_fec_key(struct sdes *sdes, const struct cursor *c, const char *value, size_t len)
{
	(void)sdes, (void)value, (void)len;
	return refuse(c, REASON_SDES_FEC, c->at);
}

/* RFC 4568 section 6.3; names that end with = take a value. */
static const struct parameter {
	const char *name;
	int (*take)(struct sdes *sdes, const struct cursor *c, const char *value, size_t len);
} parameters[] = {
	{ "KDR=", take_kdr },
	{ "WSH=", take_window },
	{ "UNENCRYPTED_SRTCP", take_unencrypted_srtcp },
	{ "UNENCRYPTED_SRTP", take_unencrypted_srtp },
	{ "UNAUTHENTICATED_SRTP", take_unauthenticated_srtp },
	{ "FEC_ORDER=", take_fec_order },
	{ "FEC_KEY=", take_fec_key },
};

static const struct parameter *find_parameter(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
		const char *name = parameters[i].name;
		size_t name_len = strlen(name);
		bool takes_value = name[name_len - 1] == '=';

		if (len >= name_len && !strncasecmp(word, name, name_len) &&
		    (takes_value || len == name_len))
			return &parameters[i];
	}
	return NULL;
}

static int parse_parameters(struct sdes *sdes, struct cursor *c)
{
	const struct parameter *parameter;
	unsigned int seen = 0;

	for (skip_spaces(c); c->at < c->end; skip_spaces(c)) {
		size_t len = span_len(c->at, c->end, ' '), name_len;
		int err;

		parameter = find_parameter(c->at, len);
		if (!parameter && *c->at != '-')
			return refuse(c, REASON_SDES_PARAMETER, c->at);
		if (parameter) {
			unsigned int bit = 1u << (parameter - parameters);

			if (seen & bit)
				return refuse(c, REASON_SDES_PARAMETER_REPEATED, c->at);
			seen |= bit;
			name_len = strlen(parameter->name);
			err = parameter->take(sdes, c, c->at + name_len, len - name_len);
			if (err)
				return err;
		}
		c->at += len;
	}
	return 0;
}

int sdes_parse(struct sdes *sdes, const char *text, size_t len, struct refusal *why)
{
	struct cursor c = { .start = text, .at = text, .end = text + len, .why = why };
	int err;

	*sdes = (struct sdes){ .lifetime = SDES_LIFETIME_MAX };
	err = check_characters(&c);
	if (!err)
		err = parse_tag(sdes, &c);
	if (!err)
		err = parse_suite(sdes, &c);
	if (!err)
		err = parse_key(sdes, &c);
	if (!err)
		err = parse_parameters(sdes, &c);
	if (err)
		sdes_clear(sdes);
	return err;
}

int sdes_mki_parse(struct sdes *sdes, const char *text, size_t len, struct refusal *why)
{
	struct cursor c = { .start = text, .at = text, .end = text + len, .why = why };
	size_t value_len = span_len(text, c.end, ':');

	*sdes = (struct sdes){ 0 };
	if (value_len == len)
		return refuse(&c, REASON_SDES_MKI, text);
	return parse_mki(sdes, &c, len, value_len);
}
