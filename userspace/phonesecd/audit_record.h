/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a syslog message (RFC 5424). */
#ifndef PHONESECD_AUDIT_RECORD_H
#define PHONESECD_AUDIT_RECORD_H

#include <stdint.h>

#include "../lib/octets.h"
#include "audit_spool.h"

enum {
	AUDIT_FIELDS_MAX = 6,
	AUDIT_HOST_MAX = 256, /* RFC 5424 section 6: 255 characters */
};

/**
 * struct audit_field - one more fact of an event, in its structured data
 * @name: of it, of letters and dashes
 * @value: text
 */
struct audit_field {
	const char *name;
	const char *value;
};

/**
 * struct audit_record - what an event is made of
 * @facility: RFC 5424 table 1
 * @severity: RFC 5424 table 2, as in syslog.h
 * @host: name of this phone
 * @id: MSGID
 * @number: of the event
 * @fields, @count: its structured data
 * @text: what happened
 */
struct audit_record {
	unsigned int facility;
	int severity;
	const char *host;
	const char *id;
	uint64_t number;
	struct audit_field fields[AUDIT_FIELDS_MAX];
	size_t count;
	const char *text;
};

/* Writes it as it is now; what is too long is cut at its end. Returns its bytes in @text. */
size_t audit_record_format(const struct audit_record *record, char text[AUDIT_RECORD_MAX]);

#endif
