/* SPDX-License-Identifier: Apache-2.0 */
/* What wpa_supplicant says of itself, as values. It repeats what servers sent, so nothing of it is
 * believed to be well formed. */
#ifndef PHONESECD_DOT1X_REPORT_H
#define PHONESECD_DOT1X_REPORT_H

#include "dot1x.h"

/**
 * struct dot1x_report - an answer to STATUS
 * @state: of the PAE; %DOT1X_DISCONNECTED where the answer does not say
 * @is_authorized: the port is, because the authentication server accepted the phone
 * @is_unasked: the supplicant gave up looking for a switch that authenticates; the PAE is
 *              Authenticated or Held then, @state is %DOT1X_DISCONNECTED
 * @is_logged_off: after LOGOFF
 * @method: "EAP-TLS" and the like, empty for none
 * @tls: version and cipher suite
 */
struct dot1x_report {
	enum dot1x_state state;
	bool is_authorized;
	bool is_unasked;
	bool is_logged_off;
	char method[DOT1X_TEXT_MAX];
	char tls[2 * DOT1X_TEXT_MAX];
};

/* Reads an answer to STATUS. What is missing means that the port is not authorized. */
void dot1x_report_read(struct dot1x_report *report, const char *text);

enum dot1x_news {
	DOT1X_NEWS_OTHER,
	DOT1X_NEWS_STARTED, /* an attempt begins */
	DOT1X_NEWS_SUCCESS,
	DOT1X_NEWS_GIVEN_UP, /* it cannot succeed any more; the switch may still tell the failure */
	DOT1X_NEWS_FAILURE,
};

/**
 * dot1x_news_read - read an event
 * @text: as "CTRL-EVENT-EAP-SUCCESS EAP authentication completed successfully"
 * @why: set to REASON_DOT1X_SERVER, REASON_DOT1X_ALERT or REASON_DOT1X_REFUSED when the event tells
 *       what is wrong; a refusal that is there already is the first and stays
 *
 * Return: what it means for the attempt.
 */
enum dot1x_news dot1x_news_read(const char *text, struct refusal *why);

#endif
