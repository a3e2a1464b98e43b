// SPDX-License-Identifier: Apache-2.0
/* The course of a procedure: which server when, and how it ends. */
#include "enroll_impl.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

#define SECOND_US UINT64_C(1000000)

enum {
	/* Times that servers may ask to be asked later, in all. */
	WAITS_MAX = 8,
	RETRY_DOUBLINGS_MAX = 5,
};

/* What the phone shows at the end, to the letter. */
static const char installed_text[] = "Installed";
static const char missing_text[] = "Not Installed";

void enroll_progress(struct enroll *enroll, const char *format, ...)
{
	char text[ENROLL_PROGRESS_MAX];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	enroll->events->progress(enroll->owner, text);
}

void enroll_timer(struct enroll *enroll, unsigned int seconds, void (*late)(struct enroll *enroll))
{
	enroll->late = late;
	(void)sd_event_source_set_time_relative(enroll->timer, seconds * SECOND_US);
	(void)sd_event_source_set_enabled(enroll->timer, SD_EVENT_ONESHOT);
}

void enroll_timer_stop(struct enroll *enroll)
{
	(void)sd_event_source_set_enabled(enroll->timer, SD_EVENT_OFF);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct enroll *enroll = data;

	(void)source;
	(void)usec;
	enroll->late(enroll);
	return 0;
}

static size_t server_after(const struct enroll *enroll, size_t server)
{
	while (server < SETTINGS_CAPF_MAX && !*enroll->settings->capf[server].host)
		server++;
	return server;
}

static void round_begin(struct enroll *enroll)
{
	enroll->tries++;
	enroll->server = server_after(enroll, 0);
	enroll->why = (struct refusal){ 0 };
	enroll_link_open(enroll);
}

/* No time and no other server mends these: a person must. */
static bool is_final(enum reason_code code)
{
	switch (code) {
	case REASON_CAPF_REFUSED:
	case REASON_CAPF_DEVICE:
	case REASON_CAPF_STRING:
	case REASON_CAPF_KEY:
	case REASON_CAPF_CERTIFICATE:
	case REASON_IDENTITY_MISSING:
	case REASON_IDENTITY_UNUSABLE:
	case REASON_IDENTITY_KEY_WEAK:
	case REASON_IDENTITY_KEY_KIND:
	case REASON_TRUST_EMPTY:
	case REASON_TRUST_FILE:
		return true;
	default:
		return false;
	}
}

/* Whether a round is not worth another: somebody has to vouch for a server first. */
static bool is_final_round(const struct enroll *enroll)
{
	return enroll->why.code == REASON_SERVER_UNTRUSTED ||
	       enroll->tries >= enroll->settings->capf_tries;
}

static void round_ended(struct enroll *enroll)
{
	unsigned int doublings = enroll->tries - 1, seconds;
	struct refusal why = enroll->why;

	if (is_final_round(enroll)) {
		enroll_finish(enroll, ENROLL_FAILED, &why);
		return;
	}
	if (doublings > RETRY_DOUBLINGS_MAX)
		doublings = RETRY_DOUBLINGS_MAX;
	seconds = enroll->settings->capf_retry_s << doublings;
	enroll_progress(enroll, "Try %u of %u failed, the next one is in %u s", enroll->tries,
			enroll->settings->capf_tries, seconds);
	enroll_timer(enroll, seconds, round_begin);
}

static void server_next(struct enroll *enroll, const struct refusal *why)
{
	if (enroll->why.code != REASON_SERVER_UNTRUSTED)
		enroll->why = *why;
	enroll->server = server_after(enroll, enroll->server + 1);
	if (enroll->server < SETTINGS_CAPF_MAX)
		enroll_link_open(enroll);
	else
		round_ended(enroll);
}

static void on_verdict(void *owner, const struct refusal *why)
{
	struct enroll *enroll = owner;
	struct refusal untrusted;

	enroll->is_asking = false;
	if (!why->code) {
		enroll_link_open(enroll);
		return;
	}
	refusal_set(&untrusted, REASON_SERVER_UNTRUSTED, "%s: %s",
		    enroll->settings->capf[enroll->server].host, reason_words(why->code)->text);
	log_refusal(LOG_ENROLL_FAILED, why, "%s", enroll->settings->capf[enroll->server].host);
	server_next(enroll, &untrusted);
}

/* Whether somebody is asked about a server that was refused; each is asked about once. */
static bool verdict_ask(struct enroll *enroll)
{
	X509 *unknown = tls_unknown(enroll->tls);
	unsigned int bit = 1U << enroll->server;
	struct refusal why;

	if (!unknown || !enroll->asker || enroll->asked & bit)
		return false;
	enroll->asked |= bit;
	if (enroll->asker->ask(enroll->asker->service, unknown, TRUST_USE_CAPF, on_verdict, enroll,
			       &why))
		return false;
	enroll->is_asking = true;
	enroll_progress(enroll, "Verifying the CAPF server");
	return true;
}

void enroll_failed(struct enroll *enroll, const struct refusal *why)
{
	struct refusal cause = enroll->fault.code ? enroll->fault : *why;
	bool is_asked = verdict_ask(enroll);

	enroll_link_close(enroll);
	if (is_asked)
		return;
	log_refusal(LOG_ENROLL_FAILED, &cause, "%s", enroll->settings->capf[enroll->server].host);
	if (is_final(cause.code))
		enroll_finish(enroll, ENROLL_FAILED, &cause);
	else
		server_next(enroll, &cause);
}

void enroll_wait(struct enroll *enroll, unsigned int seconds)
{
	struct refusal why;

	enroll_link_close(enroll);
	if (++enroll->waits > WAITS_MAX) {
		refusal_set(&why, REASON_CAPF_BUSY, "%d times", WAITS_MAX);
		enroll_finish(enroll, ENROLL_FAILED, &why);
		return;
	}
	enroll_progress(enroll, "The server asks to wait %u s", seconds);
	enroll_timer(enroll, seconds, enroll_link_open);
}

static bool has_lsc(const struct enroll *enroll)
{
	struct keystore_certificate lsc;

	keystore_show(enroll->keystore, KEYSTORE_LSC, &lsc);
	return lsc.state != CERTIFICATE_MISSING && lsc.state != CERTIFICATE_UNUSABLE;
}

void enroll_finish(struct enroll *enroll, enum enroll_outcome outcome, const struct refusal *why)
{
	struct enroll_result result = { .outcome = outcome, .why = *why };
	bool shows = outcome == ENROLL_INSTALLED ||
		     (outcome == ENROLL_FETCHED && has_lsc(enroll));

	enroll_link_close(enroll);
	result.text = shows ? installed_text : missing_text;
	enroll_progress(enroll, "%s", result.text);
	enroll->events->done(enroll->owner, &result);
}

bool enroll_string_is_valid(const struct secret *string)
{
	size_t len = secret_len(string);

	for (size_t i = 0; i < len; i++)
		if (secret_bytes(string)[i] < '0' || secret_bytes(string)[i] > '9')
			return false;
	return len >= CAPF_STRING_MIN && len <= CAPF_STRING_MAX;
}

static int wish_check(const struct settings *settings, const struct enroll_wish *wish,
		      struct refusal *why)
{
	bool has_server = false;

	for (size_t i = 0; i < SETTINGS_CAPF_MAX; i++)
		has_server |= *settings->capf[i].host;
	if (!has_server)
		return refusal_set(why, REASON_SETTINGS_MISSING, "[capf] server");
	if (!*settings->name)
		return refusal_set(why, REASON_SETTINGS_MISSING, "[phone] name");
	if (wish->string && !enroll_string_is_valid(wish->string))
		return refusal_set(why, REASON_CAPF_STRING, "%zu characters",
				   secret_len(wish->string));
	if (!wish->string && settings->capf_auth == CAPF_AUTH_STRING)
		return refusal_set(why, REASON_CAPF_STRING, "%s", "");
	return 0;
}

int enroll_start(struct enroll **result, sd_event *event, const struct settings *settings,
		 struct keystore *keystore, const struct trust_asker *asker,
		 const struct enroll_wish *wish, const struct enroll_events *events, void *owner,
		 struct refusal *why)
{
	struct enroll *enroll;
	int err;

	err = wish_check(settings, wish, why);
	if (err)
		return err;
	enroll = calloc(1, sizeof(*enroll));
	if (!enroll)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	enroll->event = sd_event_ref(event);
	enroll->settings = settings;
	enroll->keystore = keystore;
	enroll->events = events;
	enroll->owner = owner;
	enroll->asker = asker;
	enroll->late = round_begin;
	enroll->string = wish->string ? secret_copy(wish->string) : NULL;
	if (wish->string && !enroll->string)
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	/* The owner is told from the loop alone, of the first step too. */
	else if ((err = sd_event_add_time_relative(event, &enroll->timer, CLOCK_BOOTTIME, 0, 0,
						   on_timer, enroll)) < 0)
		err = refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	if (err < 0) {
		enroll_free(enroll);
		return err;
	}
	*result = enroll;
	return 0;
}

void enroll_free(struct enroll *enroll)
{
	if (!enroll)
		return;
	if (enroll->is_asking)
		enroll->asker->forget(enroll->asker->service, enroll);
	enroll_link_close(enroll);
	sd_event_source_disable_unref(enroll->timer);
	sd_event_unref(enroll->event);
	secret_free(enroll->string);
	free(enroll);
}
