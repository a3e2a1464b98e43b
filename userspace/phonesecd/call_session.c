// SPDX-License-Identifier: Apache-2.0
#include "call_session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "../lib/boot_clock.h"

static void key_digest(const struct sdes *key, uint8_t digest[CALL_SESSION_DIGEST_LEN])
{
	EVP_Digest(secret_bytes(key->master), secret_len(key->master), digest, NULL, EVP_sha256(),
		   NULL);
}

static bool key_is(const struct sdes *key, const uint8_t digest[CALL_SESSION_DIGEST_LEN])
{
	uint8_t own[CALL_SESSION_DIGEST_LEN];

	key_digest(key, own);
	return !CRYPTO_memcmp(own, digest, sizeof(own));
}

/* A call that ended a moment ago may still drain at the port that this one has now. */
static bool drained_end(struct media_link *link, const struct media_address *local)
{
	struct media_session *sessions = NULL;
	struct refusal why;
	size_t count = 0;
	bool found = false;

	if (media_sessions_list(link, &sessions, &count, &why))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (sessions[i].state != NF_SRTP_SESSION_STATE_DRAINING ||
		    !media_address_equal(&sessions[i].local, local))
			continue;
		found = !media_session_del(link, sessions[i].id, 0, &why);
	}
	media_sessions_free(sessions, count);
	return found;
}

static int session_make(struct call_session *session, struct media_link *link,
			const struct call_media_line *line, struct refusal *why)
{
	struct media_session_change change = {
		.suite = line->tx.suite,
		.local = line->local,
		.remote = line->remote,
		.rtcp_mux = line->rtcp_mux,
		.tx = { .key = &line->tx },
		.rx = { .key = &line->rx },
	};
	int err = media_session_new(link, &change, &session->id, why);

	if (err && why->code == REASON_SESSION_EXISTS && drained_end(link, &line->local))
		err = media_session_new(link, &change, &session->id, why);
	/*
	 * A fork that comes back, or RTCP that changes ports, asks for a key of ours whose
	 * session is gone, and with it its indices; the kernel takes no key twice.
	 */
	session->spent = err && why->code == REASON_KERNEL_INSECURE;
	if (session->spent) {
		change.tx.key = NULL;
		err = media_session_new(link, &change, &session->id, why);
	}
	if (err)
		session->id = 0;
	return err;
}

static void direction_change(struct media_direction_change *change, const struct sdes *key,
			     const uint8_t *digest)
{
	if (key_is(key, digest))
		return;
	change->key = key;
	change->has_context = true;
	change->context = NF_SRTP_CONTEXT_NEW;
}

static int session_change(struct call_session *session, struct media_link *link,
			  const struct call_media_line *line, struct refusal *why)
{
	struct media_session_change change = { 0 };

	if (!media_address_equal(&session->remote, &line->remote))
		change.remote = line->remote;
	if (!key_is(&line->tx, session->tx))
		session->spent = false;
	direction_change(&change.tx, &line->tx, session->tx);
	direction_change(&change.rx, &line->rx, session->rx);
	if (!change.remote.len && !change.tx.key && !change.rx.key)
		return 0;
	return media_session_set(link, session->id, &change, why);
}

static bool must_be_new(const struct call_session *session, const struct call_media_line *line)
{
	return session->suite != line->tx.suite || session->rtcp_mux != line->rtcp_mux ||
	       !media_address_equal(&session->local, &line->local);
}

static void session_note(struct call_session *session, const struct call_media_line *line)
{
	if (!key_is(&line->tx, session->tx) || !key_is(&line->rx, session->rx))
		session->keyed = boot_clock_s();
	session->suite = line->tx.suite;
	session->local = line->local;
	session->remote = line->remote;
	session->rtcp_mux = line->rtcp_mux;
	key_digest(&line->tx, session->tx);
	key_digest(&line->rx, session->rx);
}

int call_session_apply(struct call_session *session, struct kernel *kernel,
		       const struct call_media_line *line, struct refusal *why)
{
	struct media_link *link;
	int err;

	if (!line->active || !line->secure) {
		call_session_end(session, kernel, CALL_SESSION_DRAIN_MS);
		return 0;
	}
	link = kernel_link(kernel, why);
	if (!link)
		return -reason_words(why->code)->error;
	if (session->id && must_be_new(session, line))
		call_session_end(session, kernel, 0);
	if (session->id)
		err = session_change(session, link, line, why);
	else
		err = session_make(session, link, line, why);
	if (!err)
		session_note(session, line);
	return err;
}

void call_session_end(struct call_session *session, struct kernel *kernel, uint32_t drain_ms)
{
	struct refusal why;
	struct media_link *link = session->id ? kernel_link(kernel, &why) : NULL;

	/* A session that is gone already is what was wanted. */
	if (link)
		(void)media_session_del(link, session->id, drain_ms, &why);
	*session = (struct call_session){ 0 };
}

bool call_session_refresh(struct call_session *session, struct kernel *kernel)
{
	struct media_session found;
	struct refusal why;
	struct media_link *link = kernel_link(kernel, &why);

	if (!link || media_session_get(link, session->id, &found, &why))
		return false;
	session->sent = session->sent || found.tx.rtp_packets;
	session->heard = session->heard || found.rx.rtp_packets;
	media_session_clear(&found);
	return true;
}
