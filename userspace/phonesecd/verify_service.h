/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust verification service (TVS): certificates and signers that no list names are asked of
 * the servers, one after the other. Who is vouched for is remembered in vouched.json.
 */
#ifndef PHONESECD_VERIFY_SERVICE_H
#define PHONESECD_VERIFY_SERVICE_H

#include <systemd/sd-event.h>

#include "../lib/octets.h"
#include "settings.h"
#include "trust.h"

enum verify_service_limits {
	VERIFY_PORT = 2445,
	VERIFY_QUESTIONS_MAX = 32, /* that are asked or wait; more are refused */
	VERIFY_ANSWER_S = 5, /* for an answer, once connected */
	VERIFY_NO_S = 60, /* for which a "no" is not asked again */
	VERIFY_FAILED_S = 10, /* for which it is not asked again when no server could be used */
};

/**
 * struct verify_server - what is known of one server
 * @host, @port: as configured
 * @last: why it could not be used last, %REASON_NONE when its last answer was good (which may
 *        have been "no")
 * @latency_ms: from the beginning of the last connection to its answer, 0 when there was none
 * @asked, @answered: how often since the start
 * @answered_at: seconds since 1970 of its last good answer, 0 for none
 */
struct verify_server {
	const char *host;
	uint16_t port;
	struct refusal last;
	unsigned int latency_ms;
	unsigned int asked;
	unsigned int answered;
	int64_t answered_at;
};

struct verify_service;

/**
 * verify_service_new - begin; servers come from [tvs] of the settings, in this order
 * @service: result, the caller's until verify_service_free()
 * @event: the loop
 * @settings: stay as long as this
 * @why: on refusal the reason
 *
 * Servers are reached over TLS with a certificate that a trust list in force names as TVS; they
 * are never asked about each other. The LSC is offered, else the MIC.
 *
 * Return: 0, or the -errno of the reason.
 */
int verify_service_new(struct verify_service **service, sd_event *event,
		       const struct settings *settings, struct refusal *why);
/* Whoever waits is not told any more. */
void verify_service_free(struct verify_service *service);

/*
 * Other settings, or lists. What is under way begins anew; the settings before may be freed
 * afterwards, and what was refused before is asked again.
 */
void verify_service_reload(struct verify_service *service, const struct settings *settings);

/**
 * verify_service_ask - ask whether a certificate is good for a use
 * @service: the service
 * @certificate: the very one; kept alive
 * @use: what for; %TRUST_USE_TVS is refused
 * @done: told once, never from within: %REASON_NONE, and trust_load() knows the certificate; or
 *        %REASON_VERIFY_UNREACHABLE, %REASON_VERIFY_TLS, %REASON_VERIFY_ANSWER (by the last server
 *        that was tried), %REASON_VERIFY_NO, %REASON_VERIFY_ROLE, %REASON_VERIFY_NONE
 * @owner: first argument of @done
 * @why: on refusal the reason
 *
 * @done may ask again, and must not free the service.
 *
 * Return: 0, or the -errno of the reason; then @done is not told.
 */
int verify_service_ask(struct verify_service *service, X509 *certificate, enum trust_use use,
		       trust_answered *done, void *owner, struct refusal *why);

/**
 * verify_service_query - ask for the certificate of an unknown signer
 * @service, @use, @done, @owner, @why: as above; afterwards file_judge() knows the signer.
 *      %TRUST_USE_LISTS for lists, %TRUST_USE_FILES for other files
 * @name, @issuer: as in the header of the file
 * @serial: its serial number without leading zeros; the answer must have it
 *
 * Return: as above.
 */
int verify_service_query(struct verify_service *service, struct octets name, struct octets issuer,
			 struct octets serial, enum trust_use use, trust_answered *done,
			 void *owner, struct refusal *why);

/* @owner is not told any more; what it asked is asked to its end. */
void verify_service_forget(struct verify_service *service, void *owner);

/* How rooms ask that know nothing of this one; lives as long as the service. */
const struct trust_asker *verify_service_asker(struct verify_service *service);

/* The status of a server, counted from 0, or NULL behind the last one. */
const struct verify_server *verify_service_server(const struct verify_service *service,
						  size_t index);

#endif
