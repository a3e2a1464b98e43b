// SPDX-License-Identifier: Apache-2.0
#include "dot1x_report.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 160 };

/* The value of a line "NAME=VALUE" as printable ASCII; empty where there is none. */
static void value_find(const char *text, const char *name, char *value, size_t size)
{
	size_t len = strlen(name), used = 0;

	*value = '\0';
	while (strncmp(text, name, len) || text[len] != '=') {
		text = strchr(text, '\n');
		if (!text)
			return;
		text++;
	}
	for (text += len + 1; *text && *text != '\n' && used + 1 < size; text++)
		value[used++] = *text < ' ' || *text > '~' ? '?' : *text;
	value[used] = '\0';
}

static bool value_is(const char *text, const char *name, const char *wanted)
{
	char value[DOT1X_TEXT_MAX];

	value_find(text, name, value, sizeof(value));
	return !strcmp(value, wanted);
}

static enum dot1x_state state_read(const char *text)
{
	static const struct {
		const char *word;
		enum dot1x_state state;
	} words[] = {
		{ "CONNECTING", DOT1X_ACQUIRED },
		{ "RESTART", DOT1X_AUTHENTICATING },
		{ "AUTHENTICATING", DOT1X_AUTHENTICATING },
		{ "AUTHENTICATED", DOT1X_AUTHENTICATED },
		{ "HELD", DOT1X_HELD },
		{ "ABORTING", DOT1X_AUTHENTICATING },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (value_is(text, "Supplicant PAE state", words[i].word))
			return words[i].state;
	return DOT1X_DISCONNECTED;
}

/* "13 (EAP-TLS)": what people know is between the brackets. */
static void method_read(const char *text, char *method)
{
	char value[DOT1X_TEXT_MAX], *begin;

	value_find(text, "selectedMethod", value, sizeof(value));
	begin = strchr(value, '(');
	*method = '\0';
	if (!begin)
		return;
	begin++;
	begin[strcspn(begin, ")")] = '\0';
	strcpy(method, begin);
}

void dot1x_report_read(struct dot1x_report *report, const char *text)
{
	char version[DOT1X_TEXT_MAX - 1], suite[DOT1X_TEXT_MAX];

	*report = (struct dot1x_report){ .state = state_read(text) };
	report->is_logged_off = value_is(text, "Supplicant PAE state", "LOGOFF");
	method_read(text, report->method);
	value_find(text, "eap_tls_version", version, sizeof(version));
	value_find(text, "EAP TLS cipher", suite, sizeof(suite));
	(void)snprintf(report->tls, sizeof(report->tls), "%s%s%s", version,
		       *version && *suite ? " " : "", suite);
	report->is_authorized = report->state == DOT1X_AUTHENTICATED &&
				value_is(text, "suppPortStatus", "Authorized") &&
				value_is(text, "EAP state", "SUCCESS");
	/* The PAE calls itself so as well when nobody has answered for long (IEEE 802.1X). */
	report->is_unasked = (report->state == DOT1X_AUTHENTICATED && !report->is_authorized) ||
			     (report->state == DOT1X_HELD && value_is(text, "EAP state", "IDLE"));
	if (report->is_unasked)
		report->state = DOT1X_DISCONNECTED;
}

static bool begins(const char *text, const char *beginning)
{
	return !strncmp(text, beginning, strlen(beginning));
}

/* The first error is the cause; that another method was proposed is one only if none is there. */
static void tell(struct refusal *why, enum reason_code code, const char *beginning,
		 const char *text)
{
	char shown[SHOWN_MAX];
	size_t used = 0;

	if (why->code && (code == REASON_DOT1X_REFUSED || why->code != REASON_DOT1X_REFUSED))
		return;
	for (; *text && used + 1 < sizeof(shown); text++)
		shown[used++] = *text < ' ' || *text > '~' ? '?' : *text;
	shown[used] = '\0';
	refusal_set(why, code, "%s%s", beginning, shown);
}

/* "status='remote TLS alert' parameter='unknown CA'" */
static enum dot1x_news status_judge(const char *text, struct refusal *why)
{
	const char *parameter = strstr(text, "parameter='");
	char value[DOT1X_TEXT_MAX];

	if (begins(text, "status='completion' parameter='failure'")) {
		tell(why, REASON_DOT1X_REFUSED, "", "");
		return DOT1X_NEWS_GIVEN_UP;
	}
	if (!parameter)
		return DOT1X_NEWS_OTHER;
	(void)snprintf(value, sizeof(value), "%s", parameter + strlen("parameter='"));
	value[strcspn(value, "'")] = '\0';
	if (begins(text, "status='remote TLS alert'"))
		tell(why, REASON_DOT1X_ALERT, "it says: ", value);
	else if (begins(text, "status='local TLS alert'"))
		tell(why, REASON_DOT1X_SERVER, "", value);
	return DOT1X_NEWS_OTHER;
}

enum dot1x_news dot1x_news_read(const char *text, struct refusal *why)
{
	static const char error[] = "CTRL-EVENT-EAP-TLS-CERT-ERROR ";
	static const char proposed[] = "CTRL-EVENT-EAP-PROPOSED-METHOD ";
	static const char status[] = "CTRL-EVENT-EAP-STATUS ";

	if (begins(text, "CTRL-EVENT-EAP-STARTED"))
		return DOT1X_NEWS_STARTED;
	if (begins(text, "CTRL-EVENT-EAP-SUCCESS"))
		return DOT1X_NEWS_SUCCESS;
	if (begins(text, "CTRL-EVENT-EAP-FAILURE")) {
		tell(why, REASON_DOT1X_REFUSED, "", "");
		return DOT1X_NEWS_FAILURE;
	}
	if (begins(text, error))
		tell(why, REASON_DOT1X_SERVER, "", text + strlen(error));
	else if (begins(text, proposed) && strstr(text, "-> NAK"))
		tell(why, REASON_DOT1X_REFUSED, "it proposes another method: ",
		     text + strlen(proposed));
	else if (begins(text, status))
		return status_judge(text + strlen(status), why);
	return DOT1X_NEWS_OTHER;
}

const char *dot1x_state_word(enum dot1x_state state)
{
	static const char *const words[] = {
		[DOT1X_DISABLED] = "Disabled",
		[DOT1X_DISCONNECTED] = "Disconnected",
		[DOT1X_ACQUIRED] = "Acquired",
		[DOT1X_AUTHENTICATING] = "Authenticating",
		[DOT1X_AUTHENTICATED] = "Authenticated",
		[DOT1X_HELD] = "Held",
	};

	return words[state];
}
