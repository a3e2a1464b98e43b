/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites build their cases from. */
#ifndef NF_SRTP_KUNIT_FIXTURE_H
#define NF_SRTP_KUNIT_FIXTURE_H

#include <kunit/test.h>

#include "session.h"

/**
 * fixture_key - a key that a test made up
 * @test: the test, ended when there is no key
 * @suite: protection profile
 * @seed: another seed is another master key and salt
 * @mki: its MKI of one byte, 0 for none
 *
 * Return: the key with one reference.
 */
struct nf_srtp_key *fixture_key(struct kunit *test, enum nf_srtp_suite suite, u8 seed, u8 mki);

/**
 * fixture_session - a session without keys that no packet and no request finds
 * @test: the test; its last reference goes when the test has ended
 * @suite: protection profile
 */
struct nf_srtp_session *fixture_session(struct kunit *test, enum nf_srtp_suite suite);

/* nf_srtp_direction_install() with the lock that it wants. */
void fixture_install(struct nf_srtp_direction *direction, struct nf_srtp_key *key,
		     bool replace_all, bool activate, bool keep_previous);

#endif
