/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon tells whoever captures a call: records of a socket that keeps their
 * borders, each of a kind and a text. The socket ends with the capture.
 */
#ifndef PHONESEC_CAPTURE_RECORD_H
#define PHONESEC_CAPTURE_RECORD_H

enum capture_record_kind {
	/* A SIP message as the program sent it, and as it gets it. */
	CAPTURE_RECORD_SENT = '>',
	CAPTURE_RECORD_RECEIVED = '<',
	/* UDP addresses of the phone that carry the call's media, "ADDRESS:PORT\n" each. */
	CAPTURE_RECORD_MEDIA = 'm',
	/* Why the capture is over, in words; the last record. */
	CAPTURE_RECORD_END = 'e',
};

enum capture_record_limits {
	/* No capture is longer. */
	CAPTURE_SECONDS_MAX = 600,
	/* Bytes of a record with its kind. */
	CAPTURE_RECORD_MAX = 1 + 65536,
};

#endif
