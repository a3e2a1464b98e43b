/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to a token endpoint over HTTPS (RFC 6749 section 6), inside the event
 * loop.
 */
#ifndef PHONESECD_TOKEN_REQUEST_H
#define PHONESECD_TOKEN_REQUEST_H

#include <systemd/sd-event.h>

#include "settings.h"
#include "token_answer.h"

enum {
	TOKEN_REQUEST_MAX_S = 10, /* from the look-up of the name to the end of the answer */
};

/**
 * struct token_result - how a request ended
 * @answer: the tokens when @why is %REASON_NONE; whoever is told takes them out or clears them
 * @why: why there are none
 * @is_final: the endpoint refuses the refresh token itself
 * @after_s: seconds that the endpoint asks to wait, 0 for none
 */
struct token_result {
	struct token_answer answer;
	struct refusal why;
	bool is_final;
	unsigned int after_s;
};

/* Told once, from the event loop; may free the request. */
typedef void (*token_request_done)(void *owner, struct token_result *result);

struct token_request;

/**
 * token_request_start - ask for an access token
 * @request: result, the caller's until token_request_free(), which also ends it early
 * @event: the loop
 * @settings: endpoint, client, form and anchors; may be freed afterwards
 * @refresh: refresh token; must stay
 * @done: whom to tell
 * @owner: its first argument
 * @why: on refusal the reason
 *
 * HTTPS only, TLS 1.2 or later with AES-GCM, certificate and name always checked against
 * the anchors of the settings and no others; no proxy, cookies, passwords or other
 * addresses, whatever environment or endpoint say.
 *
 * Return: 0, or the -errno of the reason; @done is then not called.
 */
int token_request_start(struct token_request **request, sd_event *event,
			const struct settings *settings, const struct secret *refresh,
			token_request_done done, void *owner, struct refusal *why);
void token_request_free(struct token_request *request);

#endif
