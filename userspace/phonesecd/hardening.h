/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the settings of [hardening] do by the daemon itself: rules in the kernel that keep forged
 * ARP and connections to the SSH server away, and the options as they are shown.
 */
#ifndef PHONESECD_HARDENING_H
#define PHONESECD_HARDENING_H

#include <systemd/sd-event.h>

#include "../lib/hardening_table.h"
#include "overlay.h"
#include "settings.h"

struct hardening;

/**
 * struct hardening_events - what the owner is told
 * @changed: hardening_status() has something new
 */
struct hardening_events {
	void (*changed)(void *owner);
};

enum hardening_state {
	HARDENING_SETTING, /* the kernel is told */
	HARDENING_IN_FORCE,
	HARDENING_FAILED, /* is tried again */
};

/**
 * struct hardening_status - how it is
 * @state: of the rules in the kernel
 * @garp_refused: rules against forged ARP are in force
 * @ssh_closed: those against connections to the SSH server are
 * @last: why the kernel was not told, REASON_NONE when it was
 */
struct hardening_status {
	enum hardening_state state;
	bool garp_refused;
	bool ssh_closed;
	struct refusal last;
};

/**
 * struct hardening_option - an option as it is shown
 * @name: SECTION.KEY
 * @title: as menus have it
 * @element: of the call manager's configuration
 * @value, @fallback: in force, and the default, as in the file
 * @source: where the value comes from
 * @effect: what it does, sentences with newlines between
 * @problem: why the call manager's word is not in force, empty when it is
 */
struct hardening_option {
	char name[SETTINGS_NAME_MAX];
	const char *title;
	const char *element;
	char value[SETTINGS_NAME_MAX];
	const char *fallback;
	enum overlay_source source;
	const char *effect;
	char problem[OVERLAY_VALUE_MAX];
};

/**
 * hardening_new - have the rules of the settings in force
 * @hardening: result, the caller's until hardening_free()
 * @event: the loop
 * @settings: those in force; need not stay
 * @events: whom to tell; must stay. Nobody is told before this returns
 * @owner: handed to @events
 * @why: on refusal the reason
 *
 * The kernel is told by nft, in one transaction, and what it was told outlives the daemon: the
 * rules of before stay until those of now take their place.
 *
 * Return: 0, or the -errno of the reason.
 */
int hardening_new(struct hardening **hardening, sd_event *event, const struct settings *settings,
		  const struct hardening_events *events, void *owner, struct refusal *why);

/* Leaves the rules as they are. NULL is allowed. */
void hardening_free(struct hardening *hardening);

/* Other settings; the kernel is told when they differ in what it does. */
void hardening_reload(struct hardening *hardening, const struct settings *settings);

void hardening_status(const struct hardening *hardening, struct hardening_status *status);

/* The word of a state: setting, in-force, failed. */
const char *hardening_state_word(enum hardening_state state);

/* Writes the rules of these settings as nft reads them; 0 when they do not fit. */
size_t hardening_rules(const struct settings *settings, char *text, size_t size);

/* Options by index from 0, of the rows and settings of an overlay. False behind the last. */
bool hardening_option(const struct overlay *overlay, size_t index,
		      struct hardening_option *option);

/**
 * hardening_lay - lay the call manager's options over those of the file
 * @settings: those of the file; changed
 * @local: those of the file
 * @config: of the call manager
 * @is_signed: it was; else it opens nothing that the file names as closed
 * @taken: told of each option that is taken: offset of the setting, and of the element
 * @refused: told of each that is not, with why
 * @owner: handed to both
 */
void hardening_lay(struct settings *settings, const struct settings *local,
		   const struct phone_config *config, bool is_signed,
		   void (*taken)(void *owner, size_t setting, size_t element),
		   void (*refused)(void *owner, size_t setting, size_t element, const char *text),
		   void *owner);

#endif
