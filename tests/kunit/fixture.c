// SPDX-License-Identifier: GPL-2.0-only
#include "fixture.h"

struct nf_srtp_key *fixture_key(struct kunit *test, enum nf_srtp_suite suite, u8 seed, u8 mki)
{
	struct nf_srtp_key *key;
	u8 master[44];
	int i;

	for (i = 0; i < sizeof(master); i++)
		master[i] = seed + 7 * i;
	key = nf_srtp_key_derive(suite, master);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	key->mki[0] = mki;
	key->mki_len = !!mki;
	return key;
}

static void session_put(void *session)
{
	nf_srtp_session_put(session);
}

struct nf_srtp_session *fixture_session(struct kunit *test, enum nf_srtp_suite suite)
{
	struct nf_srtp_session *session = nf_srtp_session_alloc(NULL, suite);

	KUNIT_ASSERT_NOT_NULL(test, session);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, session_put, session), 0);
	return session;
}

void fixture_install(struct nf_srtp_direction *direction, struct nf_srtp_key *key,
		     bool replace_all, bool activate, bool keep_previous)
{
	spin_lock_bh(&direction->lock);
	nf_srtp_direction_install(direction, key, replace_all, activate, keep_previous);
	spin_unlock_bh(&direction->lock);
}
