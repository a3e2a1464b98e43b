// SPDX-License-Identifier: Apache-2.0
/* The connection with a CAPF server. */
#include <string.h>

#include "enroll_impl.h"

enum {
	PORT_CAPF = 3804,
};

static void server_silent(struct enroll *enroll)
{
	struct refusal why;

	refusal_set(&why, REASON_SERVER_SILENT, "%s: no message within %u seconds",
		    enroll->settings->capf[enroll->server].host, enroll->settings->capf_answer_s);
	enroll_failed(enroll, &why);
}

void enroll_expect(struct enroll *enroll)
{
	enroll_timer(enroll, enroll->settings->capf_answer_s, server_silent);
}

static void stream_is_up(void *owner)
{
	struct enroll *enroll = owner;

	capf_session_begin(&enroll->session, enroll->settings->capf_version);
	enroll_expect(enroll);
	enroll_progress(enroll, "Connected, waiting for the CAPF server");
}

static void stream_has_record(void *owner, struct octets record)
{
	struct enroll *enroll = owner;

	if (!enroll->maker)
		enroll_expect(enroll);
	enroll_take(enroll, record);
}

static void link_try(struct enroll *enroll, const struct refusal *before);

static void stream_is_down(void *owner, const struct refusal *why)
{
	struct enroll *enroll = owner;
	struct refusal copy = *why;
	bool was_up = enroll->session.version_max;

	enroll->stream = NULL;
	if (was_up)
		enroll_failed(enroll, &copy);
	else
		link_try(enroll, &copy);
}

static const struct stream_events stream_events = {
	.up = stream_is_up,
	.record = stream_has_record,
	.down = stream_is_down,
};

/* Connects to the next address; without any left the server has failed for what was @before. */
static void link_try(struct enroll *enroll, const struct refusal *before)
{
	const struct settings *settings = enroll->settings;
	struct refusal why = *before;
	struct stream_target target = {
		.tls = enroll->tls,
		.server = settings->capf[enroll->server].host,
		.timeout_s = settings->connect_s,
		.frame = capf_frame,
	};

	while (enroll->next < enroll->count) {
		target.address = enroll->addresses[enroll->next].address;
		target.address_len = enroll->addresses[enroll->next].len;
		enroll->next++;
		if (!stream_connect(&enroll->stream, enroll->event, &target, &stream_events,
				    enroll, &why))
			return;
	}
	enroll_failed(enroll, &why);
}

static void names_found(void *owner, const struct server_address *addresses, size_t count)
{
	struct refusal none = { .code = REASON_NONE };
	struct enroll *enroll = owner;

	memcpy(enroll->addresses, addresses, count * sizeof(*addresses));
	enroll->count = count;
	enroll->next = 0;
	server_names_free(enroll->names);
	enroll->names = NULL;
	link_try(enroll, &none);
}

static void names_failed(void *owner, const struct refusal *why)
{
	struct enroll *enroll = owner;
	struct refusal copy = *why;

	server_names_free(enroll->names);
	enroll->names = NULL;
	enroll_failed(enroll, &copy);
}

static const struct server_names_events names_events = { names_found, names_failed };

/* The lists are read anew for each connection: somebody may have vouched meanwhile. */
static int link_tls(struct enroll *enroll, struct refusal *why)
{
	struct trust *trust = NULL;
	int err;

	err = trust_load(&trust, enroll->settings, TRUST_USE_CAPF, why);
	if (!err)
		err = tls_new(&enroll->tls, enroll->settings, TRUST_USE_CAPF, trust, NULL, why);
	trust_free(trust);
	return err;
}

void enroll_link_open(struct enroll *enroll)
{
	const struct settings_server *server = &enroll->settings->capf[enroll->server];
	const struct server_names_question question = {
		.host = server->host,
		.port = server->port ?: PORT_CAPF,
	};
	struct refusal why;
	int err;

	enroll_progress(enroll, "Connecting to CAPF server %s", server->host);
	enroll->session = (struct capf_session){ 0 };
	enroll->fault = (struct refusal){ 0 };
	err = link_tls(enroll, &why);
	if (!err)
		err = server_names_ask(&enroll->names, enroll->event, &question, &names_events,
				       enroll, &why);
	if (err)
		enroll_failed(enroll, &why);
}

void enroll_link_close(struct enroll *enroll)
{
	enroll_timer_stop(enroll);
	key_maker_free(enroll->maker);
	enroll->maker = NULL;
	server_names_free(enroll->names);
	enroll->names = NULL;
	stream_close(enroll->stream);
	enroll->stream = NULL;
	tls_free(enroll->tls);
	enroll->tls = NULL;
	EVP_PKEY_free(enroll->key);
	enroll->key = NULL;
	X509_free(enroll->certificate);
	enroll->certificate = NULL;
}

int enroll_send(struct enroll *enroll, const struct tlv_writer *answer, struct refusal *why)
{
	const struct span text = { (const char *)answer->bytes, answer->len };

	return answer->len ? stream_send(enroll->stream, text, why) : 0;
}
