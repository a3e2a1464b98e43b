// SPDX-License-Identifier: Apache-2.0
#include "voice_vlan.h"

#include <stdlib.h>
#include <string.h>

#include "address_watch.h"
#include "cdp_port.h"
#include "link_change.h"
#include "lldp.h"
#include "log.h"

enum {
	/* Of the interfaces that are made here, so that they are found again: "ps". */
	VOICE_GROUP = 0x7073,
};

/**
 * struct voice_vlan - the voice VLAN as it is told and as it is
 * @event, @settings, @events, @owner: as given
 * @addresses: tells when the interface gets its address
 * @lldp: what the switch tells; NULL unless it is to be learned
 * @cdp: what it tells where LLDP-MED is off; NULL unless it is to be learned, and can be
 * @by_lldp, @by_cdp: what is told now
 * @policy: what is in force: told, or told a while ago
 * @source: by whom; %VOICE_VLAN_FROM_NOBODY when nothing is in force
 * @is_over: the switch was waited for, and tells nothing
 * @lost: why lldpd cannot be asked, or REASON_NONE
 * @wait: until what it tells no more is over
 * @status: as told last
 */
struct voice_vlan {
	sd_event *event;
	const struct settings *settings;
	const struct voice_vlan_events *events;
	void *owner;
	struct address_watch *addresses;
	struct lldp *lldp;
	struct cdp_port *cdp;
	struct lldp_policy by_lldp;
	struct lldp_policy by_cdp;
	struct lldp_policy policy;
	enum voice_vlan_source source;
	bool is_over;
	struct refusal lost;
	sd_event_source *wait;
	struct voice_vlan_status status;
};

/* Where the phone's frames without a tag go. */
static const char *native_interface(const struct settings *settings)
{
	return *settings->bridge ? settings->bridge : settings->switch_port;
}

static bool is_learned(const struct settings *settings)
{
	return *settings->switch_port && settings->voice_vlan == VOICE_VLAN_LEARNED;
}

static bool is_ours(const struct link *link)
{
	return link->group == VOICE_GROUP && !strcmp(link->kind, "vlan");
}

/* Removes the interface of @name if it was made here. */
static int interface_remove(const char *name, struct refusal *why)
{
	struct link link;
	struct refusal none;

	if (link_ask(&link, name, &none) || !is_ours(&link))
		return 0;
	return link_remove(link.index, why);
}

/* One that is right already stays, with its address and the calls that use it. */
static int interface_make(const struct settings *settings, uint16_t id, struct refusal *why)
{
	const char *name = settings->voice_interface;
	struct link parent, link;
	struct refusal none;
	int err;

	err = link_ask(&parent, native_interface(settings), why);
	if (err)
		return err;
	if (!link_ask(&link, name, &none)) {
		if (!is_ours(&link))
			return refusal_set(why, REASON_LINK_TAKEN, "%s", name);
		if (link.parent == parent.index && link.vlan == id)
			return link.is_up ? 0 : link_up_set(link.index, true, why);
		err = link_remove(link.index, why);
		if (err)
			return err;
	}
	return link_vlan_make(name, parent.index, id, VOICE_GROUP, why);
}

/* What should be, from the settings and from what the switch told. */
static void status_want(const struct voice_vlan *voice, struct voice_vlan_status *status)
{
	const struct settings *settings = voice->settings;

	*status = (struct voice_vlan_status){ .priority = -1, .dscp = -1 };
	if (!*settings->switch_port || settings->voice_vlan == VOICE_VLAN_NONE)
		return;
	if (settings->voice_vlan != VOICE_VLAN_LEARNED) {
		status->id = (uint16_t)settings->voice_vlan;
		status->source = VOICE_VLAN_FROM_SETTING;
		return;
	}
	status->state = voice->is_over ? VOICE_VLAN_NATIVE : VOICE_VLAN_WAITING;
	status->why = voice->lost;
	if (voice->source == VOICE_VLAN_FROM_NOBODY)
		return;
	status->state = VOICE_VLAN_NATIVE;
	status->id = voice->policy.vlan;
	status->source = voice->source;
	if (voice->source == VOICE_VLAN_FROM_LLDP_MED) {
		status->priority = voice->policy.priority;
		status->dscp = voice->policy.dscp;
	}
	memcpy(status->switch_name, voice->policy.switch_name, sizeof(status->switch_name));
	memcpy(status->switch_port, voice->policy.switch_port, sizeof(status->switch_port));
}

static void status_tell(const struct voice_vlan *voice, const struct voice_vlan_status *before)
{
	const struct voice_vlan_status *status = &voice->status;

	if (status->state == VOICE_VLAN_FAILED && before->state != VOICE_VLAN_FAILED)
		log_refusal(LOG_VOICE_VLAN_FAILED, &status->why, "VLAN %u", status->id);
	else if (status->state != before->state || status->id != before->id)
		log_tell(LOG_VOICE_VLAN, "%s%s%s", voice_vlan_state_word(status->state),
			 *voice_vlan_source_word(status->source) ? ", by " : "",
			 voice_vlan_source_word(status->source));
	voice->events->changed(voice->owner);
}

static bool status_is(const struct voice_vlan_status *a, const struct voice_vlan_status *b)
{
	return a->state == b->state && a->id == b->id && a->source == b->source &&
	       a->priority == b->priority && a->dscp == b->dscp &&
	       !strcmp(a->interface, b->interface) && a->address.len == b->address.len &&
	       !memcmp(a->address.bytes, b->address.bytes, a->address.len) &&
	       !strcmp(a->switch_name, b->switch_name) &&
	       !strcmp(a->switch_port, b->switch_port) && a->why.code == b->why.code;
}

/* Makes it so; @quiet while nobody can be told yet. */
static void put_in_force(struct voice_vlan *voice, bool quiet)
{
	const struct settings *settings = voice->settings;
	struct voice_vlan_status before = voice->status, status;
	int err = 0;

	status_want(voice, &status);
	if (*settings->switch_port)
		strcpy(status.interface, native_interface(settings));
	if (status.id)
		err = interface_make(settings, status.id, &status.why);
	else if (*settings->switch_port && (status.state != VOICE_VLAN_WAITING))
		err = interface_remove(settings->voice_interface, &status.why);
	if (err) {
		status.state = VOICE_VLAN_FAILED;
	} else if (status.id) {
		status.state = VOICE_VLAN_UP;
		status.why = (struct refusal){ 0 };
		strcpy(status.interface, settings->voice_interface);
	}
	if (*status.interface)
		(void)address_find(status.interface, &status.address);
	voice->status = status;
	if (!quiet && !status_is(&before, &status))
		status_tell(voice, &before);
}

static void wait_set(struct voice_vlan *voice, bool is_on)
{
	int enabled = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(voice->wait, &enabled);
	if (is_on == (enabled != SD_EVENT_OFF))
		return;
	(void)sd_event_source_set_time_relative(voice->wait,
						(uint64_t)voice->settings->voice_wait_s * 1000000);
	(void)sd_event_source_set_enabled(voice->wait, is_on ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static int on_wait(sd_event_source *source, uint64_t now, void *userdata)
{
	struct voice_vlan *voice = userdata;

	(void)source;
	(void)now;
	voice->source = VOICE_VLAN_FROM_NOBODY;
	voice->is_over = true;
	put_in_force(voice, false);
	return 0;
}

/* LLDP-MED is the standard's, and tells more: it goes before CDP. */
static void policy_choose(struct voice_vlan *voice)
{
	bool is_told = voice->by_lldp.is_told || voice->by_cdp.is_told;

	if (is_told) {
		voice->policy = voice->by_lldp.is_told ? voice->by_lldp : voice->by_cdp;
		voice->source = voice->by_lldp.is_told ? VOICE_VLAN_FROM_LLDP_MED :
							 VOICE_VLAN_FROM_CDP;
		voice->is_over = false;
	}
	wait_set(voice, !is_told && !voice->is_over);
	put_in_force(voice, false);
}

static void on_told(void *owner, const struct lldp_policy *policy)
{
	struct voice_vlan *voice = owner;

	voice->lost = (struct refusal){ 0 };
	voice->by_lldp = *policy;
	policy_choose(voice);
}

static void on_cdp_told(void *owner, const struct cdp_message *message)
{
	struct voice_vlan *voice = owner;

	_Static_assert((int)CDP_TEXT_MAX == (int)LLDP_TEXT_MAX, "names are of one size");
	memset(&voice->by_cdp, 0, sizeof(voice->by_cdp));
	voice->by_cdp.is_told = message->has_voice;
	if (message->voice != CDP_VLAN_UNTAGGED)
		voice->by_cdp.vlan = message->voice;
	memcpy(voice->by_cdp.switch_name, message->device, CDP_TEXT_MAX);
	memcpy(voice->by_cdp.switch_port, message->port, CDP_TEXT_MAX);
	policy_choose(voice);
}

static void on_lost(void *owner, const struct refusal *why)
{
	struct voice_vlan *voice = owner;

	if (voice->lost.code == REASON_NONE)
		log_refusal(LOG_VOICE_VLAN_FAILED, why, "%s", "");
	voice->lost = *why;
	memset(&voice->by_lldp, 0, sizeof(voice->by_lldp));
	policy_choose(voice);
}

static void on_addresses(void *owner)
{
	put_in_force(owner, false);
}

/* Without the right to packets of its own the phone still has LLDP-MED. */
static void cdp_begin(struct voice_vlan *voice)
{
	static const struct cdp_events events = { .told = on_cdp_told };
	struct refusal why;

	if (cdp_port_new(&voice->cdp, voice->event, voice->settings->switch_port,
			 voice->settings->name, &events, voice, &why))
		log_refusal(LOG_VOICE_VLAN_FAILED, &why, "%s", "");
}

static int learn(struct voice_vlan *voice, struct refusal *why)
{
	static const struct lldp_events events = { .told = on_told, .lost = on_lost };

	if (!is_learned(voice->settings))
		return 0;
	wait_set(voice, true);
	cdp_begin(voice);
	return lldp_new(&voice->lldp, voice->event, voice->settings->lldpd,
			voice->settings->switch_port, &events, voice, why);
}

/* Forgets what was learned, and begins anew where it is to be. */
static void learn_anew(struct voice_vlan *voice)
{
	struct refusal why;

	lldp_free(voice->lldp);
	cdp_port_free(voice->cdp);
	voice->lldp = NULL;
	voice->cdp = NULL;
	memset(&voice->by_lldp, 0, sizeof(voice->by_lldp));
	memset(&voice->by_cdp, 0, sizeof(voice->by_cdp));
	voice->source = VOICE_VLAN_FROM_NOBODY;
	voice->is_over = false;
	voice->lost = (struct refusal){ 0 };
	wait_set(voice, false);
	if (learn(voice, &why))
		log_refusal(LOG_VOICE_VLAN_FAILED, &why, "%s", "");
}

int voice_vlan_new(struct voice_vlan **voice, sd_event *event, const struct settings *settings,
		   const struct voice_vlan_events *events, void *owner, struct refusal *why)
{
	struct voice_vlan *made = calloc(1, sizeof(*made));
	int err;

	*voice = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->settings = settings;
	made->events = events;
	made->owner = owner;
	err = sd_event_add_time_relative(event, &made->wait, CLOCK_BOOTTIME, 0, 0, on_wait, made);
	if (err >= 0)
		err = sd_event_source_set_enabled(made->wait, SD_EVENT_OFF);
	if (err < 0)
		err = refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	if (!err)
		err = address_watch_new(&made->addresses, event, on_addresses, made, why);
	if (!err)
		err = learn(made, why);
	if (err) {
		voice_vlan_free(made);
		return err;
	}
	put_in_force(made, true);
	*voice = made;
	return 0;
}

void voice_vlan_free(struct voice_vlan *voice)
{
	if (!voice)
		return;
	lldp_free(voice->lldp);
	cdp_port_free(voice->cdp);
	address_watch_free(voice->addresses);
	sd_event_source_disable_unref(voice->wait);
	sd_event_unref(voice->event);
	free(voice);
}

/* What was learned holds as long as the port is the same and lldpd is the same. */
void voice_vlan_reload(struct voice_vlan *voice, const struct settings *settings)
{
	const struct settings *before = voice->settings;
	bool is_same = is_learned(before) && is_learned(settings) &&
		       !strcmp(before->switch_port, settings->switch_port) &&
		       !strcmp(before->lldpd, settings->lldpd) &&
		       !strcmp(before->name, settings->name);
	struct refusal why;

	if (*before->switch_port && (!*settings->switch_port ||
				     strcmp(before->voice_interface, settings->voice_interface)) &&
	    interface_remove(before->voice_interface, &why))
		log_refusal(LOG_VOICE_VLAN_FAILED, &why, "%s", before->voice_interface);
	voice->settings = settings;
	if (!is_same)
		learn_anew(voice);
	put_in_force(voice, false);
}

void voice_vlan_link_changed(struct voice_vlan *voice, const struct link *link)
{
	const struct settings *settings = voice->settings;

	if (voice->cdp)
		cdp_port_link_changed(voice->cdp, link);
	if (*settings->switch_port && (!strcmp(link->name, native_interface(settings)) ||
				       !strcmp(link->name, settings->voice_interface)))
		put_in_force(voice, false);
}

void voice_vlan_status(const struct voice_vlan *voice, struct voice_vlan_status *status)
{
	*status = voice->status;
}

const char *voice_vlan_source_word(enum voice_vlan_source source)
{
	static const char *const words[] = {
		[VOICE_VLAN_FROM_NOBODY] = "",
		[VOICE_VLAN_FROM_SETTING] = "setting",
		[VOICE_VLAN_FROM_LLDP_MED] = "lldp-med",
		[VOICE_VLAN_FROM_CDP] = "cdp",
	};

	return words[source];
}

const char *voice_vlan_state_word(enum voice_vlan_state state)
{
	static const char *const words[] = {
		[VOICE_VLAN_OFF] = "disabled",
		[VOICE_VLAN_WAITING] = "waiting",
		[VOICE_VLAN_NATIVE] = "native",
		[VOICE_VLAN_UP] = "up",
		[VOICE_VLAN_FAILED] = "failed",
	};

	return words[state];
}
