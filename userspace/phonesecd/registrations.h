/* SPDX-License-Identifier: Apache-2.0 */
/* What the program has registered, and what the call managers said to it. */
#ifndef PHONESECD_REGISTRATIONS_H
#define PHONESECD_REGISTRATIONS_H

#include "../lib/sip_message.h"
#include "guard.h"

/**
 * struct registration - one address of record
 * @status: what is shown of it
 * @call_id, @cseq: of the program's last REGISTER
 * @request: that REGISTER as the program sent it; may hold its password's digest
 * @until: second of CLOCK_BOOTTIME at which the server forgets it
 * @asked: second of CLOCK_MONOTONIC at which the server in use was asked, 0 when it has answered
 * @waits: the program waits for the answer to @request
 */
struct registration {
	struct registration_status status;
	char call_id[CALL_ID_MAX];
	unsigned long cseq;
	struct span request;
	int64_t until;
	int64_t asked;
	bool waits;
};

struct registrations {
	struct registration list[GUARD_REGISTRATIONS_MAX];
	size_t count;
};

/**
 * registrations_request - note a REGISTER of the program
 * @registrations: all of them
 * @message: the request
 *
 * Return: its registration, or NULL when there are too many or no memory.
 */
struct registration *registrations_request(struct registrations *registrations,
					   const struct sip_message *message);

/* The registration that the program's last REGISTER or its response belongs to, or NULL. */
struct registration *registrations_find(struct registrations *registrations,
					const struct sip_message *message);

/**
 * registrations_response - note what a server answered
 * @registrations: all of them
 * @registration: one of them; it is gone when the server holds it no more
 * @response: a final response
 * @contact: "HOST:PORT" of our own contact
 * @server: which server answered
 *
 * Return: whether what is shown has changed.
 */
bool registrations_response(struct registrations *registrations,
			    struct registration *registration,
			    const struct sip_message *response, const char *contact,
			    enum server_role server);

/* The server that held them or was asked is gone. Returns whether what is shown has changed. */
bool registrations_lost(struct registrations *registrations);

/* Forgets all. */
void registrations_clear(struct registrations *registrations);

#endif
