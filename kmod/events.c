// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"
#include "netlink.h"
#include "policy.h"

enum { TICK_MS = 100 };

void nf_srtp_event_ssrc(struct nf_srtp_session *session, enum nf_srtp_way way, u32 ssrc)
{
	struct nf_srtp_direction *direction = &session->way[way];
	struct nf_srtp_report *report = &session->report[way];

	report->ssrc_changed = direction->streams_count > 1;
	report->previous_ssrc = direction->last_ssrc;
	direction->last_ssrc = ssrc;
	nf_srtp_session_defer(session, NF_SRTP_PENDING_SSRC + way);
}

/* Userspace hears of the end an eighth of the life before, and 65,536 packets at most. */
static u64 soft_limit(u64 limit)
{
	return limit - min_t(u64, limit / 8, NF_SRTP_SOFT_LEAD);
}

void nf_srtp_event_key(struct nf_srtp_session *session, enum nf_srtp_way way,
		       struct nf_srtp_key *key, bool rtcp, u32 ssrc)
{
	struct nf_srtp_report *report = &session->report[way];
	u64 used = key->used[rtcp], limit = key->limit[rtcp];

	if (key->used[0] + key->used[1] == 1) {
		report->ssrc = ssrc;
		nf_srtp_session_defer(session, NF_SRTP_PENDING_FIRST_PACKET + way);
	}
	if (used >= soft_limit(limit) && !key->soft_told) {
		key->soft_told = true;
		report->remaining = limit - used;
		nf_srtp_session_defer(session, NF_SRTP_PENDING_KEY_SOFT + way);
	}
	if (used >= limit) {
		nf_srtp_session_defer(session, NF_SRTP_PENDING_KEY_HARD + way);
		nf_srtp_session_defer(session, NF_SRTP_PENDING_KILL_KEY);
	}
}

static enum nf_srtp_cause cause_guess(const struct nf_srtp_direction *direction)
{
	const struct nf_srtp_key *key = rcu_dereference_protected(direction->active,
						lockdep_is_held(&direction->lock));

	bool key_served = key && key->used[0] + key->used[1];

	if (key_served && time_before(jiffies, direction->last_passed + HZ))
		return NF_SRTP_CAUSE_FORGED;
	if (direction->trouble.plain * 2 > direction->trouble.failures)
		return NF_SRTP_CAUSE_PLAIN_MEDIA;
	if (!key)
		return NF_SRTP_CAUSE_UNKNOWN;
	if (!key_served)
		return direction->passed_any ? NF_SRTP_CAUSE_OLD_KEY : NF_SRTP_CAUSE_WRONG_KEY;
	return NF_SRTP_CAUSE_ROC_MISMATCH;
}

/* At most one event a second of one kind; 0 stands for none so far. */
static bool may_tell(unsigned long *told)
{
	if (*told && time_before(jiffies, *told + HZ))
		return false;
	*told = jiffies ?: 1;
	return true;
}

static void failure_note(struct nf_srtp_session *session, enum nf_srtp_way way, bool plain,
			 u32 threshold)
{
	struct nf_srtp_direction *direction = &session->way[way];
	struct nf_srtp_trouble *trouble = &direction->trouble;
	struct nf_srtp_report *report = &session->report[way];

	trouble->failures++;
	trouble->plain += plain;
	if (trouble->failures < threshold || !may_tell(&trouble->failures_told))
		return;
	report->count = trouble->failures;
	report->cause = cause_guess(direction);
	nf_srtp_session_defer(session, NF_SRTP_PENDING_AUTH_FAILURES + way);
}

static void replay_note(struct nf_srtp_session *session, enum nf_srtp_way way, u32 threshold)
{
	struct nf_srtp_trouble *trouble = &session->way[way].trouble;

	if (time_after(jiffies, trouble->replays_since + HZ)) {
		trouble->replays_since = jiffies;
		trouble->replays = 0;
	}
	if (++trouble->replays < threshold || !may_tell(&trouble->replays_told))
		return;
	session->report[way].count = trouble->replays;
	nf_srtp_session_defer(session, NF_SRTP_PENDING_REPLAY_FLOOD + way);
}

void nf_srtp_event_refused(struct nf_srtp_session *session, enum nf_srtp_way way,
			   enum nf_srtp_drop_reason reason)
{
	struct nf_srtp_direction *direction = &session->way[way];
	const struct nf_srtp_policy *policy;

	atomic_inc(&direction->drops[reason]);
	if (!session->ns)
		return;
	policy = rcu_dereference(session->ns->policy);
	if (!policy)
		return;
	switch (reason) {
	case NF_SRTP_DROP_REASON_AUTH_FAILED:
	case NF_SRTP_DROP_REASON_PLAIN_RTP:
	case NF_SRTP_DROP_REASON_PLAIN_RTCP:
	case NF_SRTP_DROP_REASON_UNKNOWN_MKI:
		spin_lock(&direction->lock);
		failure_note(session, way, reason == NF_SRTP_DROP_REASON_PLAIN_RTP ||
			     reason == NF_SRTP_DROP_REASON_PLAIN_RTCP,
			     policy->auth_failure_threshold);
		spin_unlock(&direction->lock);
		break;
	case NF_SRTP_DROP_REASON_REPLAYED:
	case NF_SRTP_DROP_REASON_TOO_OLD:
		spin_lock(&direction->lock);
		replay_note(session, way, policy->replay_threshold);
		spin_unlock(&direction->lock);
		break;
	default:
		break;
	}
}

/* Put a tombstone where a key has reached its limit; its ciphers end with it. */
static void keys_kill(struct nf_srtp_session *session, enum nf_srtp_way way)
{
	struct nf_srtp_direction *direction = &session->way[way];
	struct nf_srtp_key *key, *stone;
	int i;

	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		key = rcu_dereference_protected(direction->keys[i],
						lockdep_is_held(&session->ns->lock));
		if (!key || key->expired ||
		    (key->used[0] < key->limit[0] && key->used[1] < key->limit[1]))
			continue;
		stone = nf_srtp_key_tombstone(key);
		if (!stone) {
			/* The limit itself keeps the key from being used until then. */
			nf_srtp_session_defer(session, NF_SRTP_PENDING_KILL_KEY);
			continue;
		}
		spin_lock_bh(&direction->lock);
		nf_srtp_direction_swap(direction, key, stone);
		spin_unlock_bh(&direction->lock);
	}
}

static const struct {
	u8 pending;
	u8 command;
} event_commands[] = {
	{ NF_SRTP_PENDING_SSRC, NF_SRTP_CMD_SSRC_NTF },
	{ NF_SRTP_PENDING_FIRST_PACKET, NF_SRTP_CMD_FIRST_PACKET_NTF },
	{ NF_SRTP_PENDING_AUTH_FAILURES, NF_SRTP_CMD_AUTH_FAILURES_NTF },
	{ NF_SRTP_PENDING_REPLAY_FLOOD, NF_SRTP_CMD_REPLAY_FLOOD_NTF },
	{ NF_SRTP_PENDING_KEY_SOFT, NF_SRTP_CMD_KEY_SOFT_NTF },
	{ NF_SRTP_PENDING_KEY_HARD, NF_SRTP_CMD_KEY_HARD_NTF },
};

static void session_work(struct nf_srtp_session *session)
{
	int i, way;

	/* Cleared first: what packets note from here on queues the session again. */
	clear_bit(NF_SRTP_PENDING_QUEUED, &session->pending);
	/* Pairs with the full barrier of test_and_set_bit() in nf_srtp_session_defer(). */
	smp_mb__after_atomic();
	if (!session->endpoints[0])
		return;
	if (test_and_clear_bit(NF_SRTP_PENDING_SPARE, &session->pending))
		nf_srtp_session_fill_spare(session);
	if (test_and_clear_bit(NF_SRTP_PENDING_KILL_KEY, &session->pending)) {
		keys_kill(session, NF_SRTP_TX);
		keys_kill(session, NF_SRTP_RX);
	}
	for (i = 0; i < ARRAY_SIZE(event_commands); i++) {
		for (way = 0; way < NF_SRTP_WAYS; way++) {
			if (test_and_clear_bit(event_commands[i].pending + way, &session->pending))
				nf_srtp_netlink_event(session, event_commands[i].command, way);
		}
	}
}

void nf_srtp_events_work(struct work_struct *work)
{
	struct nf_srtp_netns *ns = container_of(work, struct nf_srtp_netns, pending_work);
	struct nf_srtp_session *session, *next;
	struct llist_node *all;

	mutex_lock(&ns->lock);
	all = llist_reverse_order(llist_del_all(&ns->pending));
	llist_for_each_entry_safe(session, next, all, pending_node) {
		session_work(session);
		nf_srtp_session_put(session);
	}
	mutex_unlock(&ns->lock);
}

static void silence_check(struct nf_srtp_session *session)
{
	struct nf_srtp_direction *direction = &session->way[NF_SRTP_RX];
	unsigned long since = direction->passed_any ? READ_ONCE(direction->last_passed) :
						      session->made_jiffies;
	u32 silent = jiffies_to_msecs(jiffies - since);

	if (!session->silence_ms || session->hold & NF_SRTP_HOLD_RX)
		return;
	if (silent < session->silence_ms) {
		session->silent_told = false;
		return;
	}
	if (session->silent_told)
		return;
	session->silent_told = true;
	session->report[NF_SRTP_RX].count = silent;
	nf_srtp_netlink_event(session, NF_SRTP_CMD_SESSION_SILENT_NTF, NF_SRTP_RX);
}

void nf_srtp_events_tick(struct work_struct *work)
{
	struct nf_srtp_netns *ns = container_of(to_delayed_work(work), struct nf_srtp_netns, tick);
	struct nf_srtp_session *session;
	int id;

	mutex_lock(&ns->lock);
	idr_for_each_entry(&ns->sessions, session, id) {
		if (session->draining && time_after_eq(jiffies, session->drain_until)) {
			nf_srtp_netlink_event(session, NF_SRTP_CMD_SESSION_DEL_NTF, NF_SRTP_TX);
			nf_srtp_session_unpublish(session);
		} else if (session->timed) {
			silence_check(session);
		}
	}
	if (ns->timed)
		schedule_delayed_work(&ns->tick, msecs_to_jiffies(TICK_MS));
	mutex_unlock(&ns->lock);
}
