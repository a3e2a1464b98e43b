// SPDX-License-Identifier: Apache-2.0
/* From the spool to the server: one connection after the other, and what each has delivered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit_impl.h"
#include "audit_left.h"
#include "log.h"

enum {
	US_PER_S = 1000000,
	WAIT_MAX_S = 60,
	/* A connection of before is waited for this long, asked about so often. */
	LEFT_WAIT_US = 100 * 1000,
	LEFT_TRIES = 300,
	PORT_SYSLOG = 514,
	PORT_SYSLOG_TLS = 6514,
};

bool audit_is_external(const struct audit *audit)
{
	return audit->settings.audit_mode >= AUDIT_MODE_EXTERNAL;
}

enum audit_state audit_send_state(const struct audit *audit)
{
	if (audit->link)
		return audit->is_told_up ? AUDIT_SENDING : AUDIT_CONNECTING;
	return audit->names ? AUDIT_CONNECTING : AUDIT_WAITING;
}

static uint16_t port_of(const struct settings *settings)
{
	if (settings->audit_server.port)
		return settings->audit_server.port;
	return settings->audit_transport == AUDIT_TLS ? PORT_SYSLOG_TLS : PORT_SYSLOG;
}

static uint64_t now_us(const struct audit *audit)
{
	uint64_t now = 0;

	(void)sd_event_now(audit->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* Notes how far it is, once a second. */
static void mark_set(struct audit *audit)
{
	uint64_t now = now_us(audit);
	struct audit_mark *last = audit->marks + audit->marks_count - 1;

	if (audit->marks_count && now - last->at_us < US_PER_S)
		return;
	if (audit->marks_count == AUDIT_MARKS) {
		memmove(audit->marks, audit->marks + 1,
			(AUDIT_MARKS - 1) * sizeof(*audit->marks));
		audit->marks_count--;
	}
	audit->marks[audit->marks_count++] = (struct audit_mark){ now, audit->position.delivered };
}

/*
 * The last event that the server itself has read for certain: its system had it long ago, and the
 * server lives. With UDP nobody knows more than that it was sent.
 */
static uint64_t settled(const struct audit *audit)
{
	uint64_t number = audit->started, now = now_us(audit);

	if (audit->settings.audit_transport == AUDIT_UDP)
		return audit->position.delivered;
	for (size_t i = 0; i < audit->marks_count; i++)
		if (now - audit->marks[i].at_us >= (uint64_t)AUDIT_KEEP_S * US_PER_S)
			number = audit->marks[i].delivered;
	return number;
}

static void timer_set(struct audit *audit, unsigned int seconds)
{
	(void)sd_event_source_set_time_relative(audit->timer, (uint64_t)seconds * US_PER_S);
	(void)sd_event_source_set_enabled(audit->timer, SD_EVENT_ONESHOT);
}

static void attempt_clear(struct audit *audit)
{
	server_names_free(audit->names);
	audit->names = NULL;
	tls_free(audit->tls);
	audit->tls = NULL;
}

/* Each wait is twice as long as the one before, up to a minute. */
static void attempt_fail(struct audit *audit, const struct refusal *why)
{
	attempt_clear(audit);
	/* Who knows what became of that which was sent to it. */
	audit->position.is_healthy = false;
	audit->last = *why;
	if (!audit->is_told_down)
		log_refusal(LOG_AUDIT_SERVER_DOWN, why, "%s", "");
	audit->is_told_down = true;
	audit->is_told_up = false;
	timer_set(audit, audit->wait_s);
	audit->wait_s = audit->wait_s * 2 < WAIT_MAX_S ? audit->wait_s * 2 : WAIT_MAX_S;
	audit_turn(audit);
}

static size_t link_next(void *owner, uint64_t after, char record[AUDIT_RECORD_MAX],
			uint64_t *number)
{
	struct audit *audit = owner;

	return audit->spool ? audit_spool_read(audit->spool, after, record, number) : 0;
}

static void link_up(void *owner)
{
	struct audit *audit = owner;

	audit_link_ports(audit->link, &audit->position.local_port,
			 &audit->position.remote_port);
	audit_turn(audit);
}

static void delivery_tell(struct audit *audit)
{
	audit->wait_s = 1;
	audit->last = (struct refusal){ 0 };
	if (audit->is_told_up)
		return;
	audit->is_told_up = true;
	audit->is_told_down = false;
	log_tell(LOG_AUDIT_SERVER_UP, "%s, over %s", audit->peer,
		 audit_transport_word(audit->settings.audit_transport));
	audit_turn(audit);
}

static void link_moved(void *owner)
{
	struct audit *audit = owner;
	struct audit_position *position = &audit->position;
	bool is_delivered = audit_link_delivered(audit->link) != position->delivered;

	position->sent = audit_link_sent(audit->link);
	position->delivered = audit_link_delivered(audit->link);
	position->is_healthy = audit_link_is_healthy(audit->link);
	audit_position_keep(audit);
	if (!is_delivered)
		return;
	mark_set(audit);
	/* Room for what is new is worth more than what may have to be sent again. */
	if (audit->spool)
		audit_spool_release(audit->spool,
				    audit->is_full ? position->delivered : settled(audit));
	delivery_tell(audit);
	if (audit->is_full || position->lost)
		audit_turn(audit);
}

/*
 * A server that ends in order has read everything before; of one that is reset nobody knows what
 * it had not read yet. That is sent again, rather twice than never.
 */
static void link_down(void *owner, const struct refusal *why)
{
	struct audit *audit = owner;
	struct audit_position *position = &audit->position;
	bool in_order = audit_link_is_drained(audit->link);

	audit->link = NULL;
	if (!in_order)
		position->delivered = settled(audit);
	position->sent = position->delivered;
	position->is_healthy = false;
	audit_position_keep(audit);
	attempt_fail(audit, why);
}

static const struct audit_link_events link_events = {
	.next = link_next, .up = link_up, .moved = link_moved, .down = link_down,
};

/* Tries the addresses one after the other, each for as long as the first one before it. */
static void address_try(struct audit *audit)
{
	struct audit_link_target target = {
		.peer = audit->peer,
		.is_datagram = audit->settings.audit_transport == AUDIT_UDP,
		.tls = audit->tls, .server = audit->settings.audit_server.host,
		.after = audit->position.is_healthy ? audit->position.sent :
						      audit->position.delivered,
	};
	const struct server_address *address = &audit->addresses[audit->next];
	struct refusal why;
	int err;

	audit->next = (audit->next + 1) % audit->count;
	target.address = &address->address;
	target.address_len = address->len;
	audit->started = target.after;
	audit->marks_count = 0;
	err = audit_link_new(&audit->link, audit->event, &target, &link_events, audit, &why);
	if (err)
		attempt_fail(audit, &why);
}

static void names_found(void *owner, const struct server_address *addresses, size_t count)
{
	struct audit *audit = owner;

	if (count != audit->count ||
	    memcmp(audit->addresses, addresses, count * sizeof(*addresses)))
		audit->next = 0;
	memcpy(audit->addresses, addresses, count * sizeof(*addresses));
	audit->count = count;
	server_names_free(audit->names);
	audit->names = NULL;
	address_try(audit);
	audit_turn(audit);
}

static void names_failed(void *owner, const struct refusal *why)
{
	attempt_fail(owner, why);
}

static const struct server_names_events names_events = {
	.found = names_found, .failed = names_failed,
};

/* The store of web services, but for the server's own anchors when it has any. */
static int tls_prepare(struct audit *audit, struct refusal *why)
{
	struct settings *own = malloc(sizeof(*own));
	struct trust *trust;
	int err;

	if (!own)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*own = audit->settings;
	if (*own->audit_anchors)
		memcpy(own->anchors, own->audit_anchors, sizeof(own->anchors));
	err = trust_load(&trust, own, TRUST_USE_WEB, why);
	if (!err) {
		err = tls_new(&audit->tls, own, TRUST_USE_WEB, trust, NULL, why);
		trust_free(trust);
	}
	free(own);
	return err;
}

static void attempt(struct audit *audit)
{
	const struct server_names_question question = {
		.host = audit->settings.audit_server.host, .port = port_of(&audit->settings),
	};
	struct refusal why;
	int err = 0;

	snprintf(audit->peer, sizeof(audit->peer), "%s:%u", question.host, question.port);
	if (audit->settings.audit_transport == AUDIT_TLS)
		err = tls_prepare(audit, &why);
	if (!err)
		err = server_names_ask(&audit->names, audit->event, &question, &names_events,
				       audit, &why);
	if (err)
		attempt_fail(audit, &why);
}

void audit_send_start(struct audit *audit)
{
	/* What is on its way to one server is not known to another. */
	if (audit->link) {
		audit->position.is_healthy = false;
		audit->position.sent = audit->position.delivered;
	}
	audit_send_stop(audit);
	audit->wait_s = 1;
	if (audit_is_external(audit))
		attempt(audit);
}

/*
 * Whether the connection of the daemon before is to be waited for. What it is known to have
 * delivered is not sent again; what it did not deliver is.
 */
static bool left_waits(struct audit *audit)
{
	struct audit_position *position = &audit->position;
	bool is_first = audit->left_tries == LEFT_TRIES;

	if (!audit->left_tries)
		return false;
	audit->left_tries--;
	switch (audit_left_ask(position->local_port, position->remote_port)) {
	case AUDIT_LEFT_MOVING:
		if (audit->left_tries) {
			(void)sd_event_source_set_time_relative(audit->timer, LEFT_WAIT_US);
			(void)sd_event_source_set_enabled(audit->timer, SD_EVENT_ONESHOT);
			return true;
		}
		position->is_healthy = false;
		break;
	case AUDIT_LEFT_DELIVERED:
		position->is_healthy = true;
		break;
	case AUDIT_LEFT_NONE:
		/* What a server says last over TLS resets what has delivered all as well. */
		position->is_healthy &= audit->settings.audit_transport == AUDIT_TLS;
		break;
	case AUDIT_LEFT_UNKNOWN:
		/* A second is enough when all was well. */
		if (is_first)
			timer_set(audit, 1);
		if (is_first)
			return true;
		break;
	}
	audit->left_tries = 0;
	return false;
}

void audit_send_go_on(struct audit *audit)
{
	const struct audit_position *position = &audit->position;

	if (audit_is_external(audit) && position->local_port &&
	    position->sent > position->delivered)
		audit->left_tries = LEFT_TRIES;
	if (!left_waits(audit))
		audit_send_start(audit);
}

void audit_send_stop(struct audit *audit)
{
	attempt_clear(audit);
	audit_link_free(audit->link);
	audit->link = NULL;
	audit->left_tries = 0;
	audit->is_told_up = false;
	(void)sd_event_source_set_enabled(audit->timer, SD_EVENT_OFF);
}

void audit_send_poke(struct audit *audit)
{
	if (audit->link)
		audit_link_poke(audit->link);
}

void audit_send_again(struct audit *audit)
{
	if (audit_is_external(audit) && audit->spool && !audit->link && !audit->names &&
	    !left_waits(audit))
		attempt(audit);
}
