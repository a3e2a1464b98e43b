/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages are events of the audit log, and under which name. */
#ifndef PHONESECD_AUDIT_TABLE_H
#define PHONESECD_AUDIT_TABLE_H

#include <stdbool.h>

#include "log.h"

/* Names of events that no message tells. */
#define AUDIT_ID_REQUEST "REQUEST"
#define AUDIT_ID_TEST "TEST"

/**
 * struct audit_words - a message in the audit log
 * @id: its MSGID, which never changes; NULL when it is not told there
 * @not_told: why it is not, one sentence, or NULL
 * @is_limited: a far end can cause it as often as it likes: see audit_limit.h
 */
struct audit_words {
	const char *id;
	const char *not_told;
	bool is_limited;
};

/* Of a message; one that the table does not know has neither, and is told under its identifier. */
const struct audit_words *audit_words(enum log_message message);

#endif
