/* SPDX-License-Identifier: Apache-2.0 */
/* The table of messages. Private to the files log*.c. */
#ifndef PHONESECD_LOG_TABLE_H
#define PHONESECD_LOG_TABLE_H

#include <stdbool.h>

#include "log.h"

/**
 * struct log_words - one message in words
 * @id: its identifier, which never changes
 * @priority: as in syslog.h
 * @has_reason: it is told with a reason
 * @words: the message itself; what it is about goes behind it
 * @happened: what happened, sentences of one line each
 * @mend: what to do about it, sentences of one line each; empty where nothing is wrong
 */
struct log_words {
	const char *id;
	int priority;
	bool has_reason;
	const char *words;
	const char *happened;
	const char *mend;
};

/* Words for a message; never NULL. */
const struct log_words *log_words(enum log_message message);

#endif
