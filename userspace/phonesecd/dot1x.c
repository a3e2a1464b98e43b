// SPDX-License-Identifier: Apache-2.0
#include "dot1x.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calendar.h"
#include "dot1x_impl.h"
#include "fips.h"
#include "link.h"
#include "log.h"

#define SECOND_US 1000000ULL

enum {
	/* How often the supplicant is asked: while something goes on, and while nothing does. */
	ASK_S = 1,
	LOOK_S = 5,
	/* What is missing to authenticate with may have come. */
	RETRY_S = 60,
	LEAVE_S = 1,
};

static const struct dot1x_report nothing_said = { .state = DOT1X_DISCONNECTED };

static bool is_wanted(const struct dot1x *dot1x)
{
	enum dot1x_decision decision = dot1x->settings->dot1x;

	return decision == DOT1X_ON || (decision == DOT1X_BY_USER && dot1x->is_chosen);
}

static void changed(struct dot1x *dot1x)
{
	if (dot1x->events->changed)
		dot1x->events->changed(dot1x->owner);
}

/* What is the same as before is not told again, as it may be tried each minute. */
static void refuse(struct dot1x *dot1x, const struct refusal *why)
{
	dot1x->last = *why;
	if (dot1x->told.code == why->code && !strcmp(dot1x->told.detail, why->detail))
		return;
	dot1x->told = *why;
	log_refusal(LOG_DOT1X_REFUSED, why, "%s", dot1x->settings->switch_port);
}

static const char *departure_words(const struct dot1x *dot1x)
{
	if (!is_wanted(dot1x))
		return "Device authentication is Disabled";
	if (!dot1x->has_carrier)
		return "the link is gone";
	return dot1x->is_logged_off ? "the phone has logged off" : "the port is not authorized";
}

static void state_set(struct dot1x *dot1x, enum dot1x_state state)
{
	enum dot1x_state before = dot1x->state;

	if (state == before)
		return;
	dot1x->state = state;
	dot1x->since_s = calendar_now();
	if (state == DOT1X_AUTHENTICATED)
		log_tell(LOG_DOT1X_CONNECTED, "%s: %s as %s, %s", dot1x->settings->switch_port,
			 dot1x->report.method, dot1x->plan.identity, dot1x->report.tls);
	else if (before == DOT1X_AUTHENTICATED)
		log_tell(LOG_DOT1X_DISCONNECTED, "%s: %s", dot1x->settings->switch_port,
			 departure_words(dot1x));
}

static void state_judge(struct dot1x *dot1x)
{
	struct refusal why;

	if (!is_wanted(dot1x))
		state_set(dot1x, DOT1X_DISABLED);
	else if (!dot1x->has_carrier || dot1x->is_logged_off || !dot1x->control)
		state_set(dot1x, DOT1X_DISCONNECTED);
	else
		state_set(dot1x, dot1x->report.state);
	if (dot1x->state == DOT1X_DISCONNECTED && dot1x->has_carrier && dot1x->report.is_unasked) {
		refusal_set(&why, REASON_DOT1X_SILENT, "%s", dot1x->settings->switch_port);
		refuse(dot1x, &why);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data);

static void timer_set(struct dot1x *dot1x, unsigned int seconds)
{
	dot1x->timer = sd_event_source_disable_unref(dot1x->timer);
	(void)sd_event_add_time_relative(dot1x->event, &dot1x->timer, CLOCK_MONOTONIC,
					 seconds * SECOND_US, 0, on_timer, dot1x);
}

static void attempt_clear(struct dot1x *dot1x)
{
	dot1x->attempt = (struct refusal){ 0 };
	dot1x->is_given_up = false;
	dot1x->is_over = false;
}

/* What it says before it has answered is of the time before, and counts no more. */
static void disconnect(struct dot1x *dot1x)
{
	dot1x->report = nothing_said;
	if (!dot1x->control)
		return;
	dot1x_control_send(dot1x->control, "DISCONNECT");
	dot1x->disconnects++;
}

/* Has the supplicant look for the switch anew, in whatever state it is. */
static void attempt_begin(struct dot1x *dot1x)
{
	if (!dot1x->control || !dot1x->has_carrier || dot1x->is_logged_off)
		return;
	attempt_clear(dot1x);
	dot1x->had_pac = !access(dot1x->plan.pac, F_OK);
	disconnect(dot1x);
	dot1x_control_send(dot1x->control, "ENABLE_NETWORK 0");
	dot1x_control_send(dot1x->control, "REASSOCIATE");
	dot1x_control_send(dot1x->control, "STATUS");
}

static void on_opened(void *owner)
{
	struct dot1x *dot1x = owner;
	char command[DOT1X_COMMAND_MAX];

	(void)snprintf(command, sizeof(command), "SET EAPOL::heldPeriod %u",
		       dot1x->settings->dot1x_held_s);
	dot1x_control_send(dot1x->control, command);
	(void)snprintf(command, sizeof(command), "SET EAPOL::startPeriod %u",
		       dot1x->settings->dot1x_start_s);
	dot1x_control_send(dot1x->control, command);
	attempt_begin(dot1x);
	timer_set(dot1x, ASK_S);
}

static void control_close(struct dot1x *dot1x)
{
	dot1x_control_free(dot1x->control);
	dot1x->control = NULL;
	dot1x->disconnects = 0;
	dot1x->report = nothing_said;
}

static void supplicant_stop(struct dot1x *dot1x)
{
	control_close(dot1x);
	child_free(dot1x->child);
	dot1x->child = NULL;
	dot1x->timer = sd_event_source_disable_unref(dot1x->timer);
	dot1x->leave = sd_event_source_disable_unref(dot1x->leave);
}

static void on_answer(void *owner, const char *command, const char *text)
{
	struct dot1x *dot1x = owner;
	struct dot1x_report report;

	if (dot1x->leave && !strcmp(command, "LOGOFF")) {
		supplicant_stop(dot1x);
		return;
	}
	if (!strcmp(command, "DISCONNECT"))
		dot1x->disconnects--;
	if (strcmp(command, "STATUS") || dot1x->disconnects || dot1x->leave)
		return;
	dot1x_report_read(&report, text);
	if (!memcmp(&report, &dot1x->report, sizeof(report)))
		return;
	dot1x->report = report;
	state_judge(dot1x);
	timer_set(dot1x, dot1x->state == DOT1X_AUTHENTICATED ? LOOK_S : ASK_S);
	changed(dot1x);
}

static void supplicant_start(struct dot1x *dot1x);

static void supplicant_restart(struct dot1x *dot1x)
{
	supplicant_stop(dot1x);
	supplicant_start(dot1x);
	state_judge(dot1x);
}

/* Servers that refuse a certificate do not always say so. */
static void failure_explain(struct dot1x *dot1x)
{
	struct keystore_certificate shown;

	if (dot1x->attempt.code != REASON_DOT1X_REFUSED || !*dot1x->plan.certificate)
		return;
	keystore_show(dot1x->keystore, dot1x->plan.certificate, &shown);
	if (shown.state != CERTIFICATE_VALID)
		refusal_set(&dot1x->attempt, REASON_DOT1X_REFUSED, "the certificate %s is %s",
			    dot1x->plan.certificate, certificate_state_word(shown.state));
}

static void failure_take(struct dot1x *dot1x)
{
	/* The end of anonymous provisioning is always a failure (RFC 5422). */
	if (!dot1x->had_pac && *dot1x->settings->dot1x_user && !access(dot1x->plan.pac, F_OK)) {
		attempt_begin(dot1x);
		return;
	}
	if (dot1x->is_over)
		return;
	dot1x->failures++;
	failure_explain(dot1x);
	refuse(dot1x, &dot1x->attempt);
	attempt_clear(dot1x);
	dot1x->is_over = true;
	/* A certificate that has run out meanwhile is not tried for ever. */
	if (dot1x_plan_is_old(dot1x))
		supplicant_restart(dot1x);
}

static void on_news(void *owner, const char *text)
{
	struct dot1x *dot1x = owner;

	if (dot1x->leave)
		return;
	switch (dot1x_news_read(text, &dot1x->attempt)) {
	case DOT1X_NEWS_STARTED:
		attempt_clear(dot1x);
		break;
	case DOT1X_NEWS_GIVEN_UP:
		dot1x->is_given_up = true;
		timer_set(dot1x, ASK_S);
		break;
	case DOT1X_NEWS_SUCCESS:
		dot1x->successes++;
		dot1x->last = (struct refusal){ 0 };
		dot1x->told = (struct refusal){ 0 };
		changed(dot1x);
		break;
	case DOT1X_NEWS_FAILURE:
		failure_take(dot1x);
		changed(dot1x);
		break;
	case DOT1X_NEWS_OTHER:
		break;
	}
	if (dot1x->control)
		dot1x_control_send(dot1x->control, "STATUS");
}

/* It is started anew by the child's own rules. */
static void on_failed(void *owner, const struct refusal *why)
{
	struct dot1x *dot1x = owner;

	refuse(dot1x, why);
	control_close(dot1x);
	if (dot1x->leave)
		supplicant_stop(dot1x);
	else
		child_end(dot1x->child);
	state_judge(dot1x);
	changed(dot1x);
}

static const struct dot1x_control_events control_events = {
	.opened = on_opened,
	.answer = on_answer,
	.event = on_news,
	.failed = on_failed,
};

static void on_started(void *owner)
{
	struct dot1x *dot1x = owner;
	char socket[2 * PATH_MAX];
	struct refusal why;

	control_close(dot1x);
	(void)snprintf(socket, sizeof(socket), "%s/%s", dot1x->plan.folder,
		       dot1x->settings->switch_port);
	if (dot1x_control_new(&dot1x->control, dot1x->event, socket, dot1x->plan.replies,
			      &control_events, dot1x, &why)) {
		refuse(dot1x, &why);
		child_end(dot1x->child);
	}
}

static void on_ended(void *owner, const struct refusal *why)
{
	struct dot1x *dot1x = owner;
	struct refusal ended;

	control_close(dot1x);
	if (dot1x->leave) {
		supplicant_stop(dot1x);
		return;
	}
	refusal_set(&ended, REASON_DOT1X_SUPPLICANT, "%s",
		    why->code ? why->detail : "it has ended of itself");
	(void)fips_intact(&ended);
	refuse(dot1x, &ended);
	state_judge(dot1x);
	changed(dot1x);
}

static const struct child_events child_events = {
	.started = on_started,
	.ended = on_ended,
};

static void supplicant_start(struct dot1x *dot1x)
{
	const char *const arguments[] = {
		dot1x->settings->dot1x_supplicant, "-c", dot1x->plan.file,
		"-i", dot1x->settings->switch_port, "-D", "wired", NULL,
	};
	char openssl_conf[PATH_MAX + sizeof("OPENSSL_CONF=")];
	const char *const environment[] = { openssl_conf, NULL };
	const struct child_plan plan = {
		.arguments = arguments,
		.environment = fips_openssl_conf() ? environment : NULL,
		.capabilities = 1ULL << CAP_NET_RAW | 1ULL << CAP_NET_ADMIN,
		.restarts = true,
	};
	struct refusal why;

	(void)snprintf(openssl_conf, sizeof(openssl_conf), "OPENSSL_CONF=%s",
		       fips_openssl_conf() ?: "");

	if (dot1x_plan_write(&dot1x->plan, dot1x, &why) ||
	    child_new(&dot1x->child, dot1x->event, &plan, &child_events, dot1x, &why)) {
		dot1x->child = NULL;
		refuse(dot1x, &why);
		timer_set(dot1x, RETRY_S);
	}
}

static int on_leave(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	supplicant_stop(data);
	return 0;
}

/* A switch that is told closes the port at once. */
static void supplicant_leave(struct dot1x *dot1x)
{
	if (dot1x->leave)
		return;
	if (!dot1x->control || !dot1x->report.is_authorized) {
		supplicant_stop(dot1x);
		return;
	}
	dot1x_control_send(dot1x->control, "LOGOFF");
	dot1x->timer = sd_event_source_disable_unref(dot1x->timer);
	(void)sd_event_add_time_relative(dot1x->event, &dot1x->leave, CLOCK_MONOTONIC,
					 LEAVE_S * SECOND_US, 0, on_leave, dot1x);
	if (!dot1x->leave)
		supplicant_stop(dot1x);
}

/* Has the supplicant run exactly when it is to. */
static void apply(struct dot1x *dot1x)
{
	bool wanted = is_wanted(dot1x) && dot1x->has_interface;

	if (!wanted && dot1x->child) {
		supplicant_leave(dot1x);
	} else if (wanted) {
		if (dot1x->leave)
			supplicant_stop(dot1x);
		if (!dot1x->child)
			supplicant_start(dot1x);
	}
	if (!wanted && !dot1x->child)
		dot1x->timer = sd_event_source_disable_unref(dot1x->timer);
	state_judge(dot1x);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct dot1x *dot1x = data;

	(void)source;
	(void)usec;
	if (!dot1x->child) {
		apply(dot1x);
		changed(dot1x);
		return 0;
	}
	if (dot1x->is_given_up) {
		failure_take(dot1x);
		changed(dot1x);
	}
	if (dot1x->control)
		dot1x_control_send(dot1x->control, "STATUS");
	timer_set(dot1x, dot1x->state == DOT1X_AUTHENTICATED ? LOOK_S : ASK_S);
	return 0;
}

int dot1x_new(struct dot1x **dot1x, sd_event *event, const struct settings *settings,
	      const struct keystore *keystore, const char *runtime, const char *state,
	      const struct dot1x_events *events, void *owner, struct refusal *why)
{
	struct dot1x *made;

	if (strlen(runtime) >= PATH_MAX || strlen(state) >= PATH_MAX)
		return refusal_set(why, REASON_SYSTEM, "%s", strerror(ENAMETOOLONG));
	made = calloc(1, sizeof(*made));
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->settings = settings;
	made->keystore = keystore;
	made->events = events;
	made->owner = owner;
	strcpy(made->runtime, runtime);
	strcpy(made->state_folder, state);
	made->is_chosen = dot1x_choice_read(state);
	made->since_s = calendar_now();
	made->report = nothing_said;
	state_judge(made);
	*dot1x = made;
	return 0;
}

void dot1x_free(struct dot1x *dot1x)
{
	if (!dot1x)
		return;
	supplicant_stop(dot1x);
	sd_event_unref(dot1x->event);
	free(dot1x);
}

/* All that the supplicant is told is written anew: it cannot be told of some. */
void dot1x_reload(struct dot1x *dot1x, const struct settings *settings)
{
	const struct settings *before = dot1x->settings;
	const size_t begin = offsetof(struct settings, dot1x);
	const size_t end = offsetof(struct settings, dot1x_supplicant) + PATH_MAX;
	bool was_wanted = is_wanted(dot1x);
	bool differs = memcmp((const char *)before + begin, (const char *)settings + begin,
			      end - begin) || strcmp(before->anchors, settings->anchors);
	bool moved = strcmp(before->switch_port, settings->switch_port);

	dot1x->settings = settings;
	if (is_wanted(dot1x) != was_wanted)
		log_tell(LOG_DOT1X_CHANGED, "%s by the configuration",
			 was_wanted ? "Disabled" : "Enabled");
	if (moved) {
		dot1x->has_interface = false;
		dot1x->has_carrier = false;
	}
	if (dot1x->child && is_wanted(dot1x) && (differs || moved))
		supplicant_stop(dot1x);
	apply(dot1x);
}

void dot1x_identity_changed(struct dot1x *dot1x)
{
	struct refusal why;

	if (!is_wanted(dot1x) || !dot1x->has_interface)
		return;
	/* The network is not lost for a certificate that could not be shown. */
	if (dot1x->child && !dot1x_plan_is_usable(dot1x, &why)) {
		refuse(dot1x, &why);
		changed(dot1x);
	} else if (!dot1x->child || dot1x_plan_is_old(dot1x)) {
		supplicant_restart(dot1x);
		changed(dot1x);
	}
}

void dot1x_link_changed(struct dot1x *dot1x, const struct link *link)
{
	bool had_carrier = dot1x->has_carrier;

	if (strcmp(link->name, dot1x->settings->switch_port))
		return;
	dot1x->has_interface = link->index > 0;
	dot1x->has_carrier = dot1x->has_interface && link->has_carrier;
	apply(dot1x);
	if (dot1x->has_carrier == had_carrier)
		return;
	if (dot1x->has_carrier) {
		attempt_begin(dot1x);
	} else {
		dot1x->is_logged_off = false;
		disconnect(dot1x);
	}
	state_judge(dot1x);
	changed(dot1x);
}

int dot1x_choose(struct dot1x *dot1x, bool is_enabled, struct refusal *why)
{
	int err;

	if (dot1x->settings->dot1x != DOT1X_BY_USER)
		return refusal_set(why, REASON_DOT1X_FIXED, "%s",
				   is_wanted(dot1x) ? "Enabled" : "Disabled");
	err = dot1x_choice_write(dot1x->state_folder, is_enabled, why);
	if (err)
		return err;
	if (dot1x->is_chosen != is_enabled)
		log_tell(LOG_DOT1X_CHANGED, "%s at the phone", is_enabled ? "Enabled" : "Disabled");
	dot1x->is_chosen = is_enabled;
	dot1x->is_logged_off = false;
	apply(dot1x);
	changed(dot1x);
	return 0;
}

int dot1x_logoff(struct dot1x *dot1x, struct refusal *why)
{
	if (!is_wanted(dot1x))
		return refusal_set(why, REASON_DOT1X_OFF, "%s", "");
	dot1x->is_logged_off = true;
	if (dot1x->control)
		dot1x_control_send(dot1x->control, "LOGOFF");
	state_judge(dot1x);
	changed(dot1x);
	return 0;
}

int dot1x_reauthenticate(struct dot1x *dot1x, struct refusal *why)
{
	if (!is_wanted(dot1x))
		return refusal_set(why, REASON_DOT1X_OFF, "%s", "");
	if (!dot1x->has_carrier)
		return refusal_set(why, REASON_DOT1X_LINK, "%s", dot1x->settings->switch_port);
	if (dot1x->is_logged_off && dot1x->control)
		dot1x_control_send(dot1x->control, "LOGON");
	dot1x->is_logged_off = false;
	if (dot1x->child)
		attempt_begin(dot1x);
	else
		apply(dot1x);
	state_judge(dot1x);
	changed(dot1x);
	return 0;
}

void dot1x_status(const struct dot1x *dot1x, struct dot1x_status *status)
{
	char pac[PATH_MAX];

	*status = (struct dot1x_status){
		.is_enabled = is_wanted(dot1x),
		.is_fixed = dot1x->settings->dot1x != DOT1X_BY_USER,
		.state = dot1x->state,
		.is_connected = dot1x->state == DOT1X_AUTHENTICATED,
		.is_logged_off = dot1x->is_logged_off,
		.has_carrier = dot1x->has_carrier,
		.since_s = dot1x->since_s,
		.successes = dot1x->successes,
		.failures = dot1x->failures,
		.last = dot1x->last,
	};
	strcpy(status->interface, dot1x->settings->switch_port);
	(void)snprintf(pac, sizeof(pac), "%.*s/dot1x.pac", PATH_MAX - 32, dot1x->state_folder);
	status->has_pac = !access(pac, F_OK);
	if (!status->is_enabled)
		return;
	strcpy(status->protocols, dot1x->plan.protocols);
	strcpy(status->identity, dot1x->plan.identity);
	strcpy(status->certificate, dot1x->plan.certificate);
	strcpy(status->method, dot1x->report.method);
	strcpy(status->tls, dot1x->report.tls);
}
