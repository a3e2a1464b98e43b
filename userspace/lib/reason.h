/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something was refused or dropped, and how to mend it: one table for the
 * whole product. Codes are stable, texts may get better.
 */
#ifndef PHONESEC_REASON_H
#define PHONESEC_REASON_H

#include <linux/nf_srtp.h>

/* What a command tells its caller when it ends. */
enum exit_status {
	EXIT_STATUS_OK = 0,
	EXIT_STATUS_FAILED = 1,
	EXIT_STATUS_USAGE = 2,
	EXIT_STATUS_UNREACHABLE = 3,
	EXIT_STATUS_NOT_ALLOWED = 4,
	EXIT_STATUS_INSECURE = 5,
};

enum reason_code {
	REASON_NONE,
	/* What was typed. */
	REASON_COMMAND_UNKNOWN,
	REASON_OPTION_UNKNOWN,
	REASON_OPTION_REPEATED,
	REASON_OPTION_VALUE,
	REASON_OPTION_MISSING,
	REASON_OPERAND_MISSING,
	REASON_OPERAND_EXTRA,
	REASON_VALUE_INVALID,
	REASON_ADDRESS_INVALID,
	REASON_ADDRESS_FAMILIES,
	REASON_RTCP_PORTS,
	REASON_CONTEXT_MISSING,
	REASON_KEY_IN_ARGUMENTS,
	REASON_NOTHING_TO_CHANGE,
	/* Where key text comes from. */
	REASON_KEY_SOURCE_TERMINAL,
	REASON_KEY_SOURCE_READ,
	REASON_KEY_TEXT_EMPTY,
	REASON_KEY_TEXT_LONG,
	REASON_KEY_LINE,
	REASON_KEY_REPEATED,
	REASON_KEY_SUITES,
	REASON_KEY_BOTH_WAYS,
	REASON_STANDBY_MKI,
	/* What people hand over, and the menu: reason_site.c. */
	REASON_STRING_FORM,
	REASON_MENU_TERMINAL,
	REASON_DEVICE_BUSY,
	/* The crypto attribute, RFC 4568. */
	REASON_SDES_CHARACTER,
	REASON_SDES_TAG,
	REASON_SDES_SUITE_MISSING,
	REASON_SDES_SUITE_UNKNOWN,
	REASON_SDES_SUITE_WEAK,
	REASON_SDES_METHOD,
	REASON_SDES_BASE64,
	REASON_SDES_KEY_LENGTH,
	REASON_SDES_LIFETIME,
	REASON_SDES_MKI,
	REASON_SDES_KEYS,
	REASON_SDES_PARAMETER,
	REASON_SDES_PARAMETER_REPEATED,
	REASON_SDES_PARAMETER_VALUE,
	REASON_SDES_KDR,
	REASON_SDES_UNENCRYPTED_SRTP,
	REASON_SDES_UNENCRYPTED_SRTCP,
	REASON_SDES_UNAUTHENTICATED_SRTP,
	REASON_SDES_FEC,
	/* A SIP message, RFC 3261, and a session description, RFC 4566. */
	REASON_SIP_START_LINE,
	REASON_SIP_LINE_END,
	REASON_SIP_CHARACTER,
	REASON_SIP_FIELD,
	REASON_SIP_FIELD_MISSING,
	REASON_SIP_FIELD_REPEATED,
	REASON_SIP_LENGTH,
	REASON_SIP_LENGTH_MISSING,
	REASON_SIP_LENGTH_REPEATED,
	REASON_SIP_CSEQ,
	REASON_SIP_TOO_LONG,
	REASON_SIP_CUT,
	REASON_SIP_HOPS,
	REASON_SIP_NOT_OURS,
	REASON_SIP_NO_PROGRAM,
	REASON_SDP_LINE,
	REASON_SDP_TOO_LONG,
	/* Offer and answer, RFC 3264 and RFC 4568. */
	REASON_MEDIA_LINES,
	REASON_MEDIA_ADDRESS,
	REASON_MEDIA_NOT_SECURE,
	REASON_MEDIA_SECURE_INSIDE,
	REASON_MEDIA_CHOICE,
	REASON_MEDIA_KEY_RETURNED,
	REASON_RANDOM,
	REASON_PHONE_PROTECTED,
	/* Settings of the daemon. */
	REASON_SETTINGS_FILE,
	REASON_SETTINGS_SYNTAX,
	REASON_SETTINGS_VALUE,
	REASON_SETTINGS_MISSING,
	REASON_SETTINGS_CONFLICT,
	REASON_SETTINGS_LISTEN,
	/* The call manager and TLS. */
	REASON_SERVER_UNKNOWN,
	REASON_SERVER_UNREACHABLE,
	REASON_SERVER_CLOSED,
	REASON_SERVER_SILENT,
	REASON_SERVER_NONE,
	REASON_SERVER_SLOW,
	REASON_SERVER_REFUSED,
	REASON_TLS_HANDSHAKE,
	REASON_TLS_SUITES,
	REASON_TLS_CLIENT_REFUSED,
	REASON_SERVER_UNTRUSTED,
	REASON_SERVER_EXPIRED,
	REASON_SERVER_EARLY,
	REASON_SERVER_NAME,
	REASON_SERVER_REVOKED,
	REASON_SERVER_PINNED,
	REASON_SERVER_WEAK,
	REASON_TRUST_EMPTY,
	REASON_TRUST_FILE,
	/* Trust lists as a store, and the trust verification service. */
	REASON_CLOCK_WRONG,
	REASON_TRUST_FIRST,
	REASON_TRUST_PENDING,
	REASON_FILE_WEAK,
	REASON_VERIFY_NONE,
	REASON_VERIFY_UNREACHABLE,
	REASON_VERIFY_TLS,
	REASON_VERIFY_ANSWER,
	REASON_VERIFY_NO,
	REASON_VERIFY_ROLE,
	REASON_IDENTITY_MISSING,
	REASON_IDENTITY_UNUSABLE,
	REASON_IDENTITY_EXPIRED,
	/* The certificates of this phone. */
	REASON_IDENTITY_UNKNOWN,
	REASON_IDENTITY_NAME,
	REASON_IDENTITY_FULL,
	REASON_IDENTITY_FORMAT,
	REASON_IDENTITY_PASSPHRASE,
	REASON_IDENTITY_MISMATCH,
	REASON_IDENTITY_KEY_KIND,
	REASON_IDENTITY_KEY_WEAK,
	REASON_IDENTITY_KEY_MAKING,
	REASON_IDENTITY_SUBJECT,
	REASON_IDENTITY_REQUEST,
	REASON_IDENTITY_PERMANENT,
	REASON_IDENTITY_ELSEWHERE,
	REASON_IDENTITY_CONFIRMED,
	REASON_IDENTITY_WLAN,
	/* Trust lists, signed and encrypted files. */
	REASON_FILE_LAYOUT,
	REASON_FILE_VERSION,
	REASON_FILE_TOO_LONG,
	REASON_TRUST_LIST_TOO_LONG,
	REASON_FILE_SIGNING_KEY,
	REASON_FILE_SIGNING_NAME,
	REASON_FILE_RECIPIENT,
	REASON_FILE_READ,
	REASON_FILE_STORE,
	REASON_FILE_SIGNER,
	REASON_FILE_ROLE,
	REASON_FILE_SIGNATURE,
	REASON_FILE_DIGEST,
	REASON_FILE_NAME,
	REASON_FILE_OLDER,
	REASON_FILE_UNSIGNED,
	REASON_FILE_KEY,
	REASON_FILE_CONTENT,
	/* The configuration from servers, and images: reason_site.c. */
	REASON_CONFIG_SYNTAX,
	REASON_CONFIG_MISSING,
	REASON_CONFIG_UNSIGNED,
	REASON_CONFIG_ENROL,
	REASON_FETCH_NAME,
	REASON_FETCH_STATUS,
	REASON_FETCH_LONG,
	REASON_IMAGE_FILE,
	REASON_IMAGE_UNSIGNED,
	REASON_IMAGE_INSTALLER,
	REASON_IMAGE_FAILED,
	/* CAPF, which issues the LSC. */
	REASON_CAPF_MESSAGE,
	REASON_CAPF_VERSION,
	REASON_CAPF_UNSUPPORTED,
	REASON_CAPF_REFUSED,
	REASON_CAPF_DEVICE,
	REASON_CAPF_NOTHING,
	REASON_CAPF_BUSY,
	REASON_CAPF_STRING,
	REASON_CAPF_KEY,
	REASON_CAPF_CERTIFICATE,
	/* Tokens, RFC 6749. */
	REASON_TOKEN_MISSING,
	REASON_TOKEN_REFUSED,
	REASON_TOKEN_ENDPOINT,
	REASON_TOKEN_PORT,
	REASON_TOKEN_REMOTE_ACCESS,
	/* The daemon. */
	REASON_DAEMON_MISSING,
	REASON_BUS_MISSING,
	REASON_BUS_NOT_ALLOWED,
	REASON_CALL_MISSING,
	REASON_CALL_BUSY,
	REASON_CALL_INSECURE,
	REASON_CALLS_FULL,
	REASON_CAPTURE_FIPS,
	REASON_CAPTURE_RUNS,
	REASON_SYSTEM,
	/* The kernel. */
	REASON_MODULE_MISSING,
	REASON_MODULE_OTHER,
	REASON_NOT_ALLOWED,
	REASON_SESSION_MISSING,
	REASON_SESSION_EXISTS,
	REASON_KEY_MISSING,
	REASON_KERNEL_REFUSED,
	REASON_KERNEL_INSECURE,
	REASON_KERNEL_FAILED,
	REASON_EVENTS_LOST,
	REASON_NO_MEMORY,
	REASON_OUTPUT,
	REASON_COUNT,
};

/**
 * struct reason - one reason in words
 * @code: stable name in small letters and dashes
 * @text: what happened, one sentence
 * @mend: what to do about it, one sentence or more; empty where nothing is wrong
 * @error: errno that stands for it, 0 for drops, causes and events
 * @status: exit status that stands for it
 */
struct reason {
	const char *code;
	const char *text;
	const char *mend;
	int error;
	enum exit_status status;
};

/* Words for a refusal; never NULL. */
const struct reason *reason_words(enum reason_code code);

/* The reason of a code in words, REASON_NONE when there is none. */
enum reason_code reason_find(const char *code);

/* Words for a drop reason of the module, or NULL when this table does not know it. */
const struct reason *reason_drop_words(unsigned int reason);

/* Words for the likely cause of authentication failures, or NULL when unknown to this table. */
const struct reason *reason_cause_words(unsigned int cause);

/* Words for an event by its netlink command, or NULL when it is no event. */
const struct reason *reason_event_words(unsigned int command);

/**
 * struct refusal - a reason as it happened once
 * @code: which one
 * @line: line of the key text, counted from 1, 0 when that means nothing
 * @position: character of that line or value, counted from 1, or 0
 * @detail: what it was about; never text from a key line, which could be the key
 */
struct refusal {
	enum reason_code code;
	unsigned int line;
	unsigned int position;
	char detail[240];
};

/**
 * refusal_set - tell why
 * @why: filled in; line and position become 0
 * @code: the reason
 * @format: the detail as in printf(), may be empty
 *
 * Return: the -errno of the reason, for the caller to return.
 */
__attribute__((format(printf, 3, 4)))
int refusal_set(struct refusal *why, enum reason_code code, const char *format, ...);

/* The same for a reason at a character position of a text. */
int refusal_set_at(struct refusal *why, enum reason_code code, unsigned int position);

#endif
