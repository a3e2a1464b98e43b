/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The VLAN that the phone's own traffic is in: learned from the switch by LLDP-MED (lldpd) or
 * CDP, or named by a setting. The interface for it is made here and removed again; its address
 * comes from the system, as with any interface.
 *
 * Whoever is on the cable can tell a voice VLAN: neither protocol is authenticated. What it
 * can do with that is what it can do anyway with the frames of the phone, which are protected.
 */
#ifndef PHONESECD_VOICE_VLAN_H
#define PHONESECD_VOICE_VLAN_H

#include <systemd/sd-event.h>

#include "../lib/media.h"
#include "link.h"
#include "settings.h"

enum voice_vlan_state {
	VOICE_VLAN_OFF, /* Disabled, or there is no port: the native VLAN */
	VOICE_VLAN_WAITING, /* the switch has told nothing so far: the native VLAN meanwhile */
	VOICE_VLAN_NATIVE, /* the switch wants voice in the native VLAN, or knows no voice VLAN */
	VOICE_VLAN_UP, /* the interface is there */
	VOICE_VLAN_FAILED, /* there should be one, see why */
};

enum voice_vlan_source {
	VOICE_VLAN_FROM_NOBODY,
	VOICE_VLAN_FROM_SETTING,
	VOICE_VLAN_FROM_LLDP_MED,
	VOICE_VLAN_FROM_CDP,
};

enum { VOICE_VLAN_TEXT_MAX = 64 };

/**
 * struct voice_vlan_status - how it stands
 * @state: as above
 * @id: the VLAN, 0 for the native one
 * @source: who said so
 * @priority: for the frames of voice (IEEE 802.1p), 0 to 7; -1 when nobody said
 * @dscp: for its packets, 0 to 63; -1 when nobody said
 * @interface: what the phone's traffic should use: the VLAN interface in %VOICE_VLAN_UP, else the
 *	       bridge or the port towards the switch; empty without [network] switch-port
 * @address: an address of @interface, which connections and media should come from; len is 0 as
 *	     long as the system has given it none
 * @switch_name, @switch_port: what the switch calls itself and the port, empty when it tells none;
 *	     printable ASCII, foreign text
 * @why: in %VOICE_VLAN_FAILED the reason; in %VOICE_VLAN_WAITING why nobody can be asked, or
 *	 REASON_NONE
 */
struct voice_vlan_status {
	enum voice_vlan_state state;
	uint16_t id;
	enum voice_vlan_source source;
	int priority;
	int dscp;
	char interface[IFNAMSIZ];
	struct media_address address;
	char switch_name[VOICE_VLAN_TEXT_MAX];
	char switch_port[VOICE_VLAN_TEXT_MAX];
	struct refusal why;
};

/**
 * struct voice_vlan_events - what happened
 * @changed: the status is another one; where @interface or @address are, connections that were
 *	     made before are to be made anew
 */
struct voice_vlan_events {
	void (*changed)(void *owner);
};

struct voice_vlan;

/**
 * voice_vlan_new - begin to learn, and make the interface when there is one to be made
 * @voice: result, the caller's until voice_vlan_free()
 * @event: the loop
 * @settings: stay as long as this, or until voice_vlan_reload(); [network] is used
 * @events, @owner: who is told
 * @why: on refusal the reason
 *
 * That lldpd does not run, or a port is not there, is no refusal: both are waited for.
 *
 * Return: 0, or the -errno of the reason.
 */
int voice_vlan_new(struct voice_vlan **voice, sd_event *event, const struct settings *settings,
		   const struct voice_vlan_events *events, void *owner, struct refusal *why);

/* The interface stays, so that calls go on; it is found again. NULL is nothing. */
void voice_vlan_free(struct voice_vlan *voice);

/* Other settings; an interface that they have no use for is removed. */
void voice_vlan_reload(struct voice_vlan *voice, const struct settings *settings);

/* A link is another one: to be told of every event of a link_watch. */
void voice_vlan_link_changed(struct voice_vlan *voice, const struct link *link);

/* Copies how it stands. */
void voice_vlan_status(const struct voice_vlan *voice, struct voice_vlan_status *status);

/* The words for people and for the bus: "lldp-med", "cdp", "setting", "" for nobody. */
const char *voice_vlan_source_word(enum voice_vlan_source source);
const char *voice_vlan_state_word(enum voice_vlan_state state);

#endif
