// SPDX-License-Identifier: Apache-2.0
/* By which rules a list takes the place of the one in force. */
#include <string.h>

#include "crypto.h"
#include "file_judge.h"
#include "file_times.h"
#include "log.h"
#include "trust_folder.h"
#include "trust_lists.h"
#include "vouched.h"

static enum file_kind kind_of(enum trust_list_kind kind)
{
	return kind == TRUST_LIST_CTL ? FILE_KIND_CTL : FILE_KIND_ITL;
}

static bool is_same(struct octets a, struct octets b)
{
	return a.at && a.len == b.len && !memcmp(a.at, b.at, a.len);
}

/*
 * From the moment that the list is written it is in force; what else fails is merely told. Who
 * vouched under the list of before may be in this one no more, and is asked again if it is.
 */
static int list_install(const struct settings *settings, enum trust_list_kind kind,
			const struct file_verdict *verdict, struct octets file,
			struct refusal *why)
{
	struct refusal fault;
	int err;

	err = trust_folder_write(settings, trust_list_stored(kind), file, why);
	if (err)
		return err;
	if (file_times_accept(settings, trust_list_name(kind), verdict->header.timestamp,
			      &fault) ||
	    trust_folder_remove(settings, TRUST_FILE_PENDING, &fault) ||
	    vouched_forget(settings, &fault))
		log_refusal(LOG_FAILED, &fault, "beside the %s", trust_list_word(kind));
	return 0;
}

/* A power cut may have come between the list and what is written after it. */
static void install_finish(const struct settings *settings, enum trust_list_kind kind,
			   const struct trust_list_file *file)
{
	struct trust_pending pending;
	struct refusal fault;
	int err;

	err = file_times_accept(settings, trust_list_name(kind), file->list.header.timestamp,
				&fault);
	err = err ?: trust_pending_load(&pending, settings, &fault);
	if (!err) {
		if (is_same(pending.bytes, file->bytes))
			err = trust_folder_remove(settings, TRUST_FILE_PENDING, &fault);
		trust_pending_clear(&pending);
	}
	if (err)
		log_refusal(LOG_FAILED, &fault, "beside the %s", trust_list_word(kind));
}

static void pending_keep(const struct settings *settings, struct octets file)
{
	struct refusal fault;

	if (trust_folder_write(settings, TRUST_FILE_PENDING, file, &fault))
		log_refusal(LOG_FAILED, &fault, "the list that waits");
}

static void installed_tell(enum trust_list_kind kind, const struct file_verdict *verdict,
			   struct octets file)
{
	char fingerprint[65];
	struct trust_list list;
	struct refusal unused;

	if (trust_list_read(&list, file, &unused))
		return;
	(void)trust_digest_text("SHA256", file, fingerprint);
	log_tell(verdict->voucher == FILE_VOUCHER_ITSELF ? LOG_TRUST_FIRST : LOG_TRUST_LIST,
		 "%s with %zu records, SHA-256 %s, signer known by: %s%s", trust_list_word(kind),
		 list.count, fingerprint, file_voucher_word(verdict->voucher),
		 verdict->is_sha1 ? "; signed over SHA-1, which is old" : "");
}

/* What is empty, or no list at all, says that the site has none. */
static int absent_judge(enum trust_list_kind kind, const struct trust_lists *lists,
			struct octets file, struct refusal *why)
{
	bool in_force = lists->files[kind].bytes.at;

	if (!in_force && (!file.len || trust_lists_are_empty(lists)))
		return 0;
	return refusal_set(why, REASON_FILE_UNSIGNED, "%s: %s; the one in force stays",
			   trust_list_name(kind), file.len ? "no list" : "empty");
}

static int list_judge(const struct settings *settings, enum trust_list_kind kind,
		      const char *name, struct octets file, enum trust_list_outcome *outcome,
		      struct file_verdict *verdict, struct refusal *why)
{
	int err;

	err = file_judge(verdict, settings, kind_of(kind), name, file, why);
	if (!err)
		err = list_install(settings, kind, verdict, file, why);
	else if (why->code == REASON_FILE_SIGNER || why->code == REASON_TRUST_FIRST)
		pending_keep(settings, file);
	if (err)
		return err;
	installed_tell(kind, verdict, file);
	*outcome = verdict->voucher == FILE_VOUCHER_ITSELF ? TRUST_LIST_FIRST :
							     TRUST_LIST_REPLACED;
	return 0;
}

int trust_lists_offer(const struct settings *settings, enum trust_list_kind kind, const char *name,
		      struct octets file, enum trust_list_outcome *outcome,
		      struct file_verdict *verdict, struct refusal *why)
{
	struct file_verdict unused;
	struct trust_lists lists;
	int err;

	verdict = verdict ?: &unused;
	*verdict = (struct file_verdict){ .kind = kind_of(kind), .body = file, .role = -1 };
	err = trust_lists_load(&lists, settings, why);
	if (!err && !file_has_header(file)) {
		*outcome = TRUST_LIST_NONE;
		err = absent_judge(kind, &lists, file, why);
	} else if (!err && is_same(lists.files[kind].bytes, file)) {
		*outcome = TRUST_LIST_SAME;
		install_finish(settings, kind, &lists.files[kind]);
	} else if (!err) {
		err = list_judge(settings, kind, name, file, outcome, verdict, why);
	}
	trust_lists_clear(&lists);
	if (err) {
		verdict->why = *why;
		log_refusal(LOG_TRUST_REFUSED, why, "%s", name ?: trust_list_name(kind));
	}
	return err;
}

int trust_lists_approve(const struct settings *settings, const char *fingerprint,
			struct refusal *why)
{
	struct trust_pending pending;
	struct file_verdict verdict;
	int err;

	err = trust_pending_load(&pending, settings, why);
	if (err)
		return err;
	if (!trust_pending_is(&pending, fingerprint))
		err = refusal_set(why, REASON_TRUST_PENDING, "%s", pending.bytes.at ?
				  pending.fingerprint : "none waits");
	if (!err)
		err = file_judge_approved(&verdict, settings, kind_of(pending.kind),
					  pending.bytes, why);
	if (!err)
		err = list_install(settings, pending.kind, &verdict, pending.bytes, why);
	if (!err)
		installed_tell(pending.kind, &verdict, pending.bytes);
	trust_pending_clear(&pending);
	return err;
}

int trust_lists_reset(const struct settings *settings, struct refusal *why)
{
	int err;

	err = trust_folder_remove(settings, TRUST_FILE_PENDING, why);
	err = err ?: vouched_forget(settings, why);
	/* The CTL goes last: without it the signers of an ITL would decide about lists. */
	err = err ?: trust_folder_remove(settings, TRUST_FILE_ITL, why);
	err = err ?: trust_folder_remove(settings, TRUST_FILE_CTL, why);
	err = err ?: trust_folder_remove(settings, TRUST_FILE_TIMES, why);
	if (!err)
		log_tell(LOG_TRUST_RESET, "the next list is taken %s",
			 settings->first_list ? "without check" : "when it is approved");
	return err;
}
