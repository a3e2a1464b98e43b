// SPDX-License-Identifier: Apache-2.0
/*
 * Power cuts in each change of the folder of trust lists. What the phone trusts afterwards is
 * found out by what it takes: it must be as before the change or as after it.
 */
#include "trust_site.h"

#include "file_times.h"
#include "power_cut.h"
#include "trust_folder.h"
#include "vouched.h"

#define CONFIG_NAME "SEP001122334455.cnf.xml.sgn"
#define CTL_NAME "CTLFile.tlv"

/* A change of the folder of these settings. */
typedef void (*change)(const struct settings *settings);

/* The files that are offered to see who is trusted; all but the old ones are new enough. */
static struct {
	enum file_kind kind;
	const struct site_identity *signer;
	uint32_t later_s;
	struct octets file;
} probes[] = {
	{ FILE_KIND_SIGNED, &manager, 100, { 0 } },
	{ FILE_KIND_SIGNED, &manager, 1, { 0 } },
	{ FILE_KIND_SIGNED, &outsider, 100, { 0 } },
	{ FILE_KIND_ITL, &sast, 100, { 0 } },
	{ FILE_KIND_ITL, &sast, 1, { 0 } },
	{ FILE_KIND_ITL, &token, 100, { 0 } },
	{ FILE_KIND_ITL, &outsider, 100, { 0 } },
	{ FILE_KIND_CTL, &sast, 100, { 0 } },
	{ FILE_KIND_CTL, &outsider, 100, { 0 } },
};

enum { PROBES = sizeof(probes) / sizeof(*probes), FILES = 3 };

/**
 * struct held - what a folder holds
 * @taken: the probes that are accepted, as bits
 * @files: CTL, ITL and the one that waits
 */
struct held {
	unsigned int taken;
	struct octets files[FILES];
};

static struct octets probe_make(size_t i)
{
	struct list_wish wish = { .signer = probes[i].signer, .later_s = probes[i].later_s };

	if (probes[i].kind == FILE_KIND_SIGNED)
		return signed_make(CONFIG_NAME, &wish, "<device/>");
	wish.name = probes[i].kind == FILE_KIND_CTL ? CTL_NAME : NULL;
	return list_make(&wish);
}

static int set_up(void **state)
{
	trust_site_set_up(state);
	for (size_t i = 0; i < PROBES; i++)
		probes[i].file = probe_make(i);
	return 0;
}

static int clear(void **state)
{
	for (size_t i = 0; i < PROBES; i++)
		free((void *)probes[i].file.at);
	return trust_site_clear(state);
}

static struct held held_by(const struct settings *settings)
{
	static const char *const names[FILES] = { TRUST_FILE_CTL, TRUST_FILE_ITL,
						  TRUST_FILE_PENDING };
	struct file_verdict verdict;
	struct held held = { 0 };
	struct refusal why;

	for (size_t i = 0; i < PROBES; i++)
		held.taken |= !file_judge(&verdict, settings, probes[i].kind,
					  probes[i].kind == FILE_KIND_SIGNED ? CONFIG_NAME : NULL,
					  probes[i].file, &why) << i;
	for (size_t i = 0; i < FILES; i++)
		held.files[i] = stored(settings, names[i]);
	return held;
}

static void held_forget(struct held *held)
{
	for (size_t i = 0; i < FILES; i++)
		free((void *)held->files[i].at);
}

static bool is_same(struct octets a, struct octets b)
{
	return !a.at == !b.at && a.len == b.len && (!a.at || !memcmp(a.at, b.at, a.len));
}

/* The one that waits may still wait when the lists are new already: it is the list in force. */
static bool lists_are(const struct held *is, const struct held *wanted)
{
	return is_same(is->files[0], wanted->files[0]) && is_same(is->files[1], wanted->files[1]);
}

struct run {
	change change;
	const struct settings *settings;
};

static void change_run(const void *data)
{
	const struct run *run = data;

	power_begin();
	run->change(run->settings);
}

static struct settings prepare(const change *before)
{
	struct settings settings = trust_site_settings();

	for (; *before; before++)
		(*before)(&settings);
	return settings;
}

/* Checks one cut; true when the folder is as before. */
static bool cut_check(const struct held *is, const struct held *old, const struct held *new,
		      bool in_steps, unsigned int cut)
{
	static const struct octets none;

	for (size_t i = 0; i < FILES; i++)
		if (!is_same(is->files[i], old->files[i]) &&
		    !is_same(is->files[i], new->files[i]) && !is_same(is->files[i], none))
			fail_msg("cut %u: file %zu is neither the old one nor the new one", cut, i);
	if (is->taken == old->taken && lists_are(is, old))
		return true;
	if (is->taken == new->taken && lists_are(is, new))
		return false;
	/* On its way it may know less than before, and nobody whom it did not know before. */
	if (!in_steps || is->taken & ~old->taken)
		fail_msg("cut %u: %#x is taken, before %#x, after %#x", cut, is->taken,
			 old->taken, new->taken);
	return false;
}

/* Cuts @change at each step; @in_steps when states between old and new are allowed. */
static void cut_everywhere(const change *before, change change, bool in_steps)
{
	struct settings settings = prepare(before), whole = prepare(before);
	struct held old = held_by(&settings), new, is;
	unsigned int as_before = 0, cut = 1;
	bool was_cut = true;

	change(&whole);
	new = held_by(&whole);
	for (; was_cut; cut++) {
		for (int half = 0; half < 2; half++) {
			settings = prepare(before);
			was_cut = power_run(change_run, &(struct run){ change, &settings }, cut,
					    half);
			is = held_by(&settings);
			as_before += cut_check(&is, &old, &new, in_steps, cut) && was_cut;
			held_forget(&is);
			/* Once more, and it is done as if nothing had been. */
			change(&settings);
			is = held_by(&settings);
			assert_int_equal(is.taken, new.taken);
			assert_true(lists_are(&is, &new));
			/* What waits is not what is in force, and may have been forgotten. */
			assert_true(is_same(is.files[2], new.files[2]) ||
				    (is_same(is.files[2], old.files[2]) &&
				     !is_same(is.files[2], is.files[1])));
			held_forget(&is);
			power_leftovers_check(settings.lists);
		}
	}
	assert_true(cut > 5);
	assert_true(as_before >= 2);
	held_forget(&old);
	held_forget(&new);
}

#define BEFORE(...) ((const change[]){ __VA_ARGS__ __VA_OPT__(,) NULL })
#define WISH(...) &(struct list_wish){ __VA_ARGS__ }

static void offer_first(const struct settings *settings)
{
	assert_in_range(list_offer(settings, TRUST_LIST_ITL, WISH(0)), TRUST_LIST_SAME,
			TRUST_LIST_FIRST);
}

/* Takes the manager and one of the signers out. */
static void offer_second(const struct settings *settings)
{
	struct file_build_record records[] = { { TRUST_ROLE_SAST, sast.certificate, "" } };
	int outcome = list_offer(settings, TRUST_LIST_ITL,
				 WISH(.later_s = 50, .records = records, .count = 1));

	assert_true(outcome == TRUST_LIST_REPLACED || outcome == TRUST_LIST_SAME);
}

/* From then on it decides about lists, and knows one signer of two. */
static void offer_ctl(const struct settings *settings)
{
	struct file_build_record records[] = { { TRUST_ROLE_SAST, token.certificate, "" } };
	int outcome = list_offer(settings, TRUST_LIST_CTL,
				 WISH(.name = CTL_NAME, .signer = &token, .later_s = 50,
				      .records = records, .count = 1));

	assert_true(outcome == TRUST_LIST_REPLACED || outcome == TRUST_LIST_SAME);
}

static void offer_unknown(const struct settings *settings)
{
	struct file_build_record records[] = { { TRUST_ROLE_SAST, outsider.certificate, "" } };

	assert_true(list_offer(settings, TRUST_LIST_ITL,
			       WISH(.later_s = 50, .signer = &outsider, .records = records,
				    .count = 1)) < 0);
	assert_int_equal(last_why.code, REASON_FILE_SIGNER);
}

/* Whoever has lost power looks whether there is still something to approve. */
static void approve(const struct settings *settings)
{
	struct trust_pending pending;
	struct refusal why;

	assert_int_equal(trust_pending_load(&pending, settings, &why), 0);
	if (pending.bytes.at)
		assert_int_equal(trust_lists_approve(settings, pending.fingerprint, &why), 0);
	trust_pending_clear(&pending);
}

static void reset(const struct settings *settings)
{
	struct refusal why;

	assert_int_equal(trust_lists_reset(settings, &why), 0);
}

static void vouch(const struct settings *settings, enum trust_role role)
{
	struct refusal why;

	assert_int_equal(vouched_add(settings, outsider.certificate, TRUST_ROLE_BIT(role), 3600,
				     "tvs", &why), 0);
}

static void vouch_for_files(const struct settings *settings)
{
	vouch(settings, TRUST_ROLE_TFTP);
}

static void vouch_for_lists(const struct settings *settings)
{
	vouch(settings, TRUST_ROLE_SAST);
}

static void accept_time(const struct settings *settings)
{
	struct refusal why;

	assert_int_equal(file_times_accept(settings, CONFIG_NAME, SITE_TIME + 50, &why), 0);
}

static void lists_offered(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(), offer_first, false);
	cut_everywhere(BEFORE(offer_first), offer_second, false);
	cut_everywhere(BEFORE(offer_first), offer_ctl, false);
	cut_everywhere(BEFORE(offer_first), offer_unknown, false);
	cut_everywhere(BEFORE(offer_first, offer_unknown), offer_second, false);
}

static void list_approved(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(offer_first, offer_unknown), approve, false);
}

static void lists_reset(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(offer_first, accept_time, offer_unknown), reset, true);
	cut_everywhere(BEFORE(offer_first, offer_ctl, vouch_for_files), reset, true);
}

static void certificates_vouched_for(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(offer_first), vouch_for_files, false);
	cut_everywhere(BEFORE(offer_first, vouch_for_files), vouch_for_lists, false);
}

static void times_accepted(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(offer_first), accept_time, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_offered),
		cmocka_unit_test(list_approved),
		cmocka_unit_test(lists_reset),
		cmocka_unit_test(certificates_vouched_for),
		cmocka_unit_test(times_accepted),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
