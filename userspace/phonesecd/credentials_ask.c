// SPDX-License-Identifier: Apache-2.0
/* What is asked of the password, one thing at a time. */
#include "credentials_impl.h"

#include <string.h>

#include "log.h"

static int locked_refuse(const struct credentials *credentials, struct refusal *why)
{
	int64_t left = credentials_locked_s(credentials);

	return left ? refusal_set(why, REASON_PASSWORD_LOCKED, "for another %lld seconds",
				  (long long)left) : 0;
}

/* Before it is looked at, and on the disk: who cuts the power has used it up as well. */
static int attempt_count(struct credentials *credentials, struct refusal *why)
{
	unsigned int failures = credentials->kept.failures;

	/* The file has no room for more, and the wait does not grow any longer. */
	credentials_failures_set(credentials, failures < INT_MAX / 4 ? failures + 1 : failures);
	return credentials_file_write(&credentials->kept, credentials->folder, why);
}

static void site_start(struct credentials *credentials);

/* Ends what was asked, and begins what waited for that. */
static void asked_end(struct credentials *credentials, const struct refusal *why)
{
	credentials_done done = credentials->done;

	password_hash_free(credentials->hash);
	credentials->hash = NULL;
	credentials->asked = ASKED_NOTHING;
	credentials->done = NULL;
	site_start(credentials);
	credentials_tell(credentials);
	/* The credentials may go in it. */
	if (done)
		done(credentials->done_owner, why && why->code ? why : NULL);
}

static int kept_write(struct credentials *credentials, const struct credentials_kept *kept,
		      struct refusal *why)
{
	int err = credentials_file_write(kept, credentials->folder, why);

	if (!err)
		credentials->kept = *kept;
	return err;
}

/* The password of now joins those of before, and @record, if any, takes its place. */
static int record_put(struct credentials *credentials, const struct password_record *record,
		      struct refusal *why)
{
	struct credentials_kept kept = credentials->kept;
	size_t most = credentials->policy.history + (record != NULL);

	if (record) {
		memmove(&kept.records[1], &kept.records[0],
			(CREDENTIALS_RECORDS_MAX - 1) * sizeof(kept.records[0]));
		kept.records[0] = *record;
		kept.count++;
	}
	if (kept.count > CREDENTIALS_RECORDS_MAX)
		kept.count = CREDENTIALS_RECORDS_MAX;
	if (kept.count > most)
		kept.count = most;
	kept.is_set = record;
	return kept_write(credentials, &kept, why);
}

/* What is wrong with a new password, by the answers behind the one about the old one. */
static int answers_judge(const struct credentials *credentials,
			 const struct password_questions *answers, struct refusal *why)
{
	const struct password_question *at;

	for (size_t i = credentials->needs_old; i < answers->count; i++) {
		at = &answers->at[i];
		if (at->matches && at->backwards)
			return refusal_set(why, REASON_PASSWORD_POLICY,
					   "it is the password of now backwards");
		if (at->matches)
			return refusal_set(why, REASON_PASSWORD_POLICY,
					   "it is one of the last passwords");
	}
	return 0;
}

static int unlock_finish(struct credentials *credentials)
{
	credentials_unlock_add(credentials, credentials->user);
	return 0;
}

/* Has the right one forget the wrong ones, on the disk first: else it would open nothing. */
static int right_take(struct credentials *credentials, struct refusal *why)
{
	credentials_failures_set(credentials, 0);
	return credentials_file_write(&credentials->kept, credentials->folder, why);
}

static int wrong_tell(const struct credentials *credentials, struct refusal *why)
{
	int64_t left = credentials_locked_s(credentials);

	if (!left)
		return refusal_set(why, REASON_PASSWORD_WRONG, "%s", "");
	return refusal_set(why, REASON_PASSWORD_WRONG, "none is looked at for %lld seconds",
			   (long long)left);
}

static int set_finish(struct credentials *credentials, const struct password_questions *answers,
		      struct refusal *why)
{
	const struct password_record *record = NULL;
	int err;

	if (credentials->asked == ASKED_SET) {
		err = answers_judge(credentials, answers, why);
		if (err)
			return err;
		record = &answers->at[answers->count - 1].record;
	}
	err = record_put(credentials, record, why);
	if (!err)
		credentials_lock(credentials);
	return err;
}

/* @answers is NULL where nothing had to be computed. */
static int asked_finish(struct credentials *credentials, const struct password_questions *answers,
			struct refusal *why)
{
	int err = 0;

	if (credentials->needs_old && !answers->at[0].matches)
		return wrong_tell(credentials, why);
	if (credentials->needs_old && credentials->is_withdrawn)
		return refusal_set(why, REASON_DEVICE_BUSY, "the password is another one now");
	if (credentials->needs_old)
		err = right_take(credentials, why);
	if (err)
		return err;
	return credentials->asked == ASKED_UNLOCK ? unlock_finish(credentials) :
						    set_finish(credentials, answers, why);
}

static void site_finish(struct credentials *credentials, const struct password_questions *answers,
			struct refusal *why)
{
	const struct password_question *last = &answers->at[answers->count - 1];
	struct credentials_kept kept = credentials->kept;

	/* It is the one that is kept already. */
	if (answers->at[0].matches)
		return;
	kept.site = last->record;
	if (!kept_write(credentials, &kept, why))
		credentials_lock(credentials);
}

static void on_hashed(void *owner, const struct password_questions *answers,
		      const struct refusal *failed)
{
	struct credentials *credentials = owner;
	struct refusal why = { 0 };

	if (!answers)
		why = *failed;
	else if (credentials->asked == ASKED_SITE)
		site_finish(credentials, answers, &why);
	else
		(void)asked_finish(credentials, answers, &why);
	if (why.code && credentials->asked == ASKED_SITE)
		log_refusal(LOG_FAILED, &why, "phonePassword");
	asked_end(credentials, &why);
}

int credentials_on_soon(sd_event_source *source, void *owner)
{
	struct credentials *credentials = owner;
	struct refusal why = { 0 };

	(void)source;
	(void)asked_finish(credentials, NULL, &why);
	asked_end(credentials, &why);
	return 0;
}

static void question_add(struct password_questions *questions, const struct secret *password,
			 const struct password_record *record, bool backwards)
{
	questions->at[questions->count++] = (struct password_question){
		.password = password, .record = *record, .backwards = backwards,
	};
}

static void question_make(const struct credentials *credentials,
			  struct password_questions *questions, const struct secret *password)
{
	questions->at[questions->count++] = (struct password_question){
		.password = password, .makes = true, .record.rounds = credentials->policy.rounds,
	};
}

static int busy_refuse(const struct credentials *credentials, struct refusal *why)
{
	return credentials->asked ? refusal_set(why, REASON_DEVICE_BUSY, "a password is looked at") :
				    0;
}

static int asked_start(struct credentials *credentials, enum asked asked,
		       const struct password_questions *questions, credentials_done done,
		       void *owner, struct refusal *why)
{
	int err = 0;

	if (questions->count)
		err = password_hash_start(&credentials->hash, credentials->event, questions,
					  on_hashed, credentials, why);
	else
		(void)sd_event_source_set_enabled(credentials->soon, SD_EVENT_ONESHOT);
	if (err)
		return err;
	credentials->asked = asked;
	credentials->is_withdrawn = false;
	credentials->done = done;
	credentials->done_owner = owner;
	return 0;
}

/* The password of now as the first question; nothing where root asks. */
static int old_ask(struct credentials *credentials, struct password_questions *questions,
		   const struct secret *old, struct refusal *why)
{
	const struct password_record *now = credentials_record_now(credentials);
	int err;

	if (!now)
		return refusal_set(why, REASON_PASSWORD_MISSING, "%s", "");
	err = locked_refuse(credentials, why);
	if (err)
		return err;
	if (!old || secret_len(old) > CREDENTIALS_PASSWORD_MAX)
		return refusal_set(why, REASON_PASSWORD_WRONG, "it is %s", old ? "too long" :
				   "needed");
	question_add(questions, old, now, false);
	return attempt_count(credentials, why);
}

int credentials_unlock(struct credentials *credentials, const struct secret *password,
		       uid_t user, credentials_done done, void *owner, struct refusal *why)
{
	struct password_questions questions = { .count = 0 };
	int err = busy_refuse(credentials, why);

	if (!err && user != CREDENTIALS_ROOT)
		err = old_ask(credentials, &questions, password, why);
	if (err)
		return err;
	credentials->user = user;
	credentials->needs_old = user != CREDENTIALS_ROOT;
	return asked_start(credentials, ASKED_UNLOCK, &questions, done, owner, why);
}

static void new_ask(const struct credentials *credentials, struct password_questions *questions,
		    const struct secret *new)
{
	const struct credentials_kept *kept = &credentials->kept;

	for (size_t i = 0; i < kept->count && i < credentials->policy.history + kept->is_set; i++)
		question_add(questions, new, &kept->records[i], false);
	if (kept->is_set && !credentials->policy.trivial)
		question_add(questions, new, &kept->records[0], true);
	question_make(credentials, questions, new);
}

/* The one of now, all that are kept, the one of now backwards, the new one. */
_Static_assert(CREDENTIALS_RECORDS_MAX + 3 <= PASSWORD_QUESTIONS_MAX, "all can be asked");

int credentials_set(struct credentials *credentials, const struct secret *old,
		    const struct secret *new, bool is_root, credentials_done done, void *owner,
		    struct refusal *why)
{
	struct password_questions questions = { .count = 0 };
	int err = busy_refuse(credentials, why);

	if (!err && (credentials->kept.site.rounds || credentials->site))
		err = refusal_set(why, REASON_SETTINGS_LOCKED,
				  "the site's configuration names the password");
	if (!err && new)
		err = credentials_policy_judge(&credentials->policy, CREDENTIALS_PASSWORD, new,
					       why);
	if (!err && !is_root)
		err = old_ask(credentials, &questions, old, why);
	if (err)
		return err;
	if (new)
		new_ask(credentials, &questions, new);
	credentials->needs_old = !is_root;
	return asked_start(credentials, new ? ASKED_SET : ASKED_REMOVE, &questions, done, owner,
			   why);
}

static void site_start(struct credentials *credentials)
{
	struct password_questions questions = { .count = 0 };
	struct refusal why = { 0 };

	if (!credentials->site || credentials->asked)
		return;
	if (credentials->kept.site.rounds)
		question_add(&questions, credentials->site, &credentials->kept.site, false);
	question_make(credentials, &questions, credentials->site);
	credentials->needs_old = false;
	if (asked_start(credentials, ASKED_SITE, &questions, NULL, NULL, &why))
		log_refusal(LOG_FAILED, &why, "phonePassword");
	secret_free(credentials->site);
	credentials->site = NULL;
}

/* The one that was set here counts again. */
static void site_withdraw(struct credentials *credentials)
{
	struct credentials_kept kept = credentials->kept;
	struct refusal why = { 0 };

	if (!kept.site.rounds)
		return;
	kept.site = (struct password_record){ 0 };
	credentials->is_withdrawn = true;
	if (kept_write(credentials, &kept, &why))
		log_refusal(LOG_FAILED, &why, "phonePassword");
	else
		credentials_lock(credentials);
}

void credentials_site(struct credentials *credentials, const struct phone_config *config,
		      bool is_signed)
{
	const struct secret *named = config ? config->phone_password : NULL;
	struct refusal why = { 0 };

	if (config && !is_signed)
		return;
	/* What is computed of the one of before does not count any more. */
	if (credentials->asked == ASKED_SITE) {
		password_hash_free(credentials->hash);
		credentials->hash = NULL;
		credentials->asked = ASKED_NOTHING;
	}
	secret_free(credentials->site);
	credentials->site = NULL;
	if (!named || !secret_len(named)) {
		site_withdraw(credentials);
		return;
	}
	credentials->site = secret_copy(named);
	if (!credentials->site) {
		refusal_set(&why, REASON_NO_MEMORY, "%s", "");
		log_refusal(LOG_FAILED, &why, "phonePassword");
	}
	site_start(credentials);
}

