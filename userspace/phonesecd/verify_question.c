// SPDX-License-Identifier: Apache-2.0
/* One question, from server to server until one answers. */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <time.h>

#include "../lib/tvs_message.h"
#include "log.h"
#include "trust_lists.h"
#include "verify_impl.h"
#include "vouched.h"

enum { US_PER_S = 1000000, MS_PER_S = 1000, NS_PER_MS = 1000000 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static void timer_set(struct verify_question *question, unsigned int seconds)
{
	sd_event_source_set_time_relative(question->timer, (uint64_t)seconds * US_PER_S);
	sd_event_source_set_enabled(question->timer, SD_EVENT_ONESHOT);
}

static void attempt_end(struct verify_question *question)
{
	server_link_free(question->link);
	question->link = NULL;
	question->is_up = false;
	sd_event_source_set_enabled(question->timer, SD_EVENT_OFF);
}

static struct verify_server *server_of(struct verify_question *question)
{
	return &question->service->servers[question->server];
}

/* What is known of a server from the kind of its failure. */
static enum reason_code failure_reason(const struct refusal *why)
{
	switch (why->code) {
	case REASON_VERIFY_ANSWER:
	case REASON_VERIFY_UNREACHABLE:
		return why->code;
	case REASON_SERVER_UNKNOWN:
	case REASON_SERVER_UNREACHABLE:
	case REASON_SERVER_CLOSED:
	case REASON_SERVER_SILENT:
	case REASON_SERVER_SLOW:
		return REASON_VERIFY_UNREACHABLE;
	case REASON_TRUST_EMPTY:
		return REASON_VERIFY_NONE;
	case REASON_NO_MEMORY:
	case REASON_SYSTEM:
	case REASON_TRUST_FILE:
		return why->code;
	default:
		return REASON_VERIFY_TLS;
	}
}

static void server_try(struct verify_question *question);

/* This server is of no use; the last one's reason is the reason of all. */
static void server_failed(struct verify_question *question, const struct refusal *why)
{
	struct verify_server *server = server_of(question);
	enum reason_code code = failure_reason(why);
	struct refusal told;

	if (code == why->code && code != REASON_VERIFY_ANSWER)
		told = *why;
	else
		refusal_set(&told, code, "%.60s: %s%s%.120s", server->host,
			    code == why->code ? "" : reason_words(why->code)->text,
			    code == why->code || !*why->detail ? "" : " ", why->detail);
	server->last = told;
	attempt_end(question);
	question->server++;
	if (question->server < question->service->count)
		server_try(question);
	else
		verify_question_over(question, &told);
}

/* A certificate that an answer holds: the one that was asked for and nothing behind it. */
static X509 *answer_certificate(const struct verify_question *question,
				const struct tvs_answer *answer, struct refusal *why)
{
	const uint8_t *at = answer->certificate.at;
	X509 *certificate = NULL;
	OSSL_LIB_CTX *library;

	if (crypto_library(&library, why))
		return NULL;
	if (at)
		certificate = X509_new_ex(library, NULL);
	if (!certificate || !d2i_X509(&certificate, &at, (long)answer->certificate.len) ||
	    at != answer->certificate.at + answer->certificate.len) {
		refusal_set(why, REASON_VERIFY_ANSWER, "there is no certificate in it");
		goto fail;
	}
	if (crypto_serial_is(certificate, question->serial))
		return certificate;
	refusal_set(why, REASON_VERIFY_ANSWER, "its certificate has another serial number");
fail:
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

/* Whether it is the answer to this question at all. */
static int answer_fits(const struct verify_question *question, const struct tvs_answer *answer,
		       struct refusal *why)
{
	enum tvs_command command = question->certificate ? TVS_VERIFY_ANSWER : TVS_QUERY_ANSWER;

	if (answer->session != question->session)
		return refusal_set(why, REASON_VERIFY_ANSWER, "session %u instead of %u",
				   answer->session, question->session);
	if (answer->command != command)
		return refusal_set(why, REASON_VERIFY_ANSWER, "command %u instead of %u",
				   answer->command, command);
	return 0;
}

static void answer_remember(struct verify_question *question, const struct tvs_answer *answer,
			    X509 *certificate, struct refusal *why)
{
	const struct verify_server *server = server_of(question);

	if (vouched_add(question->service->settings, certificate, answer->roles, answer->ttl_s,
			server->host, why))
		return;
	*why = (struct refusal){ .code = REASON_NONE };
	log_tell(LOG_VERIFIED, "%s, by %s, for %u seconds", question->subject, server->host,
		 answer->ttl_s);
}

/* What a good server says; whatever it is, no other one is asked. */
static void answer_take(struct verify_question *question, const struct tvs_answer *answer,
			X509 *certificate)
{
	struct verify_service *service = question->service;
	uint32_t roles = trust_use_roles(question->key.use, service->settings);
	struct verify_server *server = server_of(question);
	struct refusal why;

	server->last = (struct refusal){ .code = REASON_NONE };
	server->latency_ms = (unsigned int)(now_ms() - question->begun_ms);
	server->answered++;
	server->answered_at = time(NULL);
	if (!answer->is_good)
		refusal_set(&why, REASON_VERIFY_NO, "%.80s, by %.80s", question->subject,
			    server->host);
	else if (!(answer->roles & roles))
		refusal_set(&why, REASON_VERIFY_ROLE, "%.80s has roles %#x of %#x, by %.60s",
			    question->subject, answer->roles, roles, server->host);
	else
		answer_remember(question, answer, certificate, &why);
	verify_question_over(question, &why);
}

static void link_record(void *owner, struct octets record)
{
	struct verify_question *question = owner;
	X509 *certificate = question->certificate, *found = NULL;
	struct tvs_answer answer;
	struct refusal why;
	int err;

	err = tvs_answer_read(&answer, record, &why);
	if (!err)
		err = answer_fits(question, &answer, &why);
	if (!err && !certificate && answer.is_good) {
		found = answer_certificate(question, &answer, &why);
		err = found ? 0 : -EBADMSG;
	}
	if (err)
		server_failed(question, &why);
	else
		answer_take(question, &answer, certificate ?: found);
	X509_free(found);
}

static size_t request_make(struct verify_question *question, uint8_t *bytes)
{
	const struct settings *settings = question->service->settings;
	char device[TVS_DEVICE_MAX];
	struct tvs_request request = {
		.command = question->certificate ? TVS_VERIFY_REQUEST : TVS_QUERY_REQUEST,
		.session = question->session,
		.device = device,
		.subject = question->name,
		.issuer = question->issuer,
		.serial = question->serial,
	};
	unsigned char *der = NULL;
	size_t len;
	int der_len;

	snprintf(device, sizeof(device), "%s%.20s%s%.32s", *settings->product ? "CP-" : "",
		 settings->product, *settings->product ? "-" : "", settings->name);
	if (question->certificate) {
		der_len = i2d_X509(question->certificate, &der);
		if (der_len <= 0)
			return 0;
		request.certificate = (struct octets){ der, (size_t)der_len };
	}
	len = tvs_request_write(&request, bytes);
	OPENSSL_free(der);
	return len;
}

static void link_up(void *owner)
{
	struct verify_question *question = owner;
	uint8_t bytes[TVS_MESSAGE_MAX];
	struct refusal why;
	size_t len;

	question->is_up = true;
	question->session = question->service->session++;
	len = request_make(question, bytes);
	if (!len) {
		refusal_set(&why, REASON_VERIFY_ANSWER, "the question is too long");
		server_failed(question, &why);
		return;
	}
	timer_set(question, VERIFY_ANSWER_S);
	/* What fails here is told as the end of the link. */
	(void)server_link_send(question->link, (struct span){ (const char *)bytes, len }, &why);
}

static void link_failed(void *owner, const struct refusal *why)
{
	struct refusal copy = *why;

	server_failed(owner, &copy);
}

static const struct server_link_events link_events = {
	.up = link_up,
	.record = link_record,
	.failed = link_failed,
};

static int server_connect(struct verify_question *question, struct tls *tls, struct refusal *why)
{
	const struct verify_server *server = server_of(question);
	struct server_link_target target = {
		.names = { .host = server->host, .port = server->port },
		.tls = tls,
		.connect_s = question->service->settings->connect_s,
		.frame = tvs_frame,
	};

	return server_link_new(&question->link, question->service->event, &target, &link_events,
			       question, why);
}

static void server_try(struct verify_question *question)
{
	struct verify_service *service = question->service;
	struct trust *trust = NULL;
	struct tls *tls = NULL;
	struct refusal why;
	int err;

	server_of(question)->asked++;
	question->begun_ms = now_ms();
	err = trust_load(&trust, service->settings, TRUST_USE_TVS, &why);
	if (!err)
		err = tls_new(&tls, service->settings, TRUST_USE_TVS, trust, NULL, &why);
	if (!err)
		err = server_connect(question, tls, &why);
	tls_free(tls);
	trust_free(trust);
	if (err)
		server_failed(question, &why);
}

static bool is_vouched(const struct verify_question *question)
{
	uint32_t roles = trust_use_roles(question->key.use, question->service->settings);
	struct vouched vouched;
	struct refusal unused;
	bool found = false;
	size_t i;

	if (!question->certificate ||
	    vouched_load(&vouched, question->service->settings, &unused))
		return false;
	for (i = 0; i < vouched.count; i++)
		found |= vouched.list[i].roles & roles &&
			 !X509_cmp(vouched.list[i].certificate, question->certificate);
	vouched_clear(&vouched);
	return found;
}

static void question_start(struct verify_question *question)
{
	const struct refusal *before = verify_refused_find(question->service, &question->key);
	struct refusal why = { .code = REASON_NONE };

	if (is_vouched(question)) {
		verify_question_over(question, &why);
	} else if (before) {
		why = *before;
		verify_question_over(question, &why);
	} else if (!question->service->count) {
		refusal_set(&why, REASON_VERIFY_NONE, "none is configured");
		verify_question_over(question, &why);
	} else {
		server_try(question);
	}
}

static int question_time(sd_event_source *source, uint64_t time, void *data)
{
	struct verify_question *question = data;
	struct refusal why;

	(void)source, (void)time;
	if (!question->is_up) {
		question_start(question);
		return 0;
	}
	refusal_set(&why, REASON_VERIFY_UNREACHABLE, "%.80s: no answer within %d seconds",
		    server_of(question)->host, VERIFY_ANSWER_S);
	server_failed(question, &why);
	return 0;
}

int verify_question_begin(struct verify_question *question, struct refusal *why)
{
	int err;

	err = sd_event_add_time_relative(question->service->event, &question->timer,
					 CLOCK_MONOTONIC, 0, 0, question_time, question);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

void verify_question_again(struct verify_question *question)
{
	if (question->is_over)
		return;
	attempt_end(question);
	question->server = 0;
	timer_set(question, 0);
}

void verify_question_free(struct verify_question *question)
{
	struct verify_waiter *waiter;

	server_link_free(question->link);
	sd_event_source_disable_unref(question->timer);
	while ((waiter = question->waiters)) {
		question->waiters = waiter->next;
		free(waiter);
	}
	X509_free(question->certificate);
	free((void *)question->name.at);
	free((void *)question->issuer.at);
	free((void *)question->serial.at);
	free(question);
}
