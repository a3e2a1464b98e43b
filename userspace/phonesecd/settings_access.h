/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people at the phone may ask for: settings access (full, restricted, disabled) as one table
 * of the methods on the bus.
 */
#ifndef PHONESECD_SETTINGS_ACCESS_H
#define PHONESECD_SETTINGS_ACCESS_H

#include "settings.h"

/* What a method does, as far as settings access is concerned. */
enum settings_right {
	SETTINGS_RIGHT_ALWAYS, /* calls, and what only tells; unlocking itself */
	SETTINGS_RIGHT_LOOK, /* shows settings: not where access is disabled */
	SETTINGS_RIGHT_CHANGE, /* changes settings: where access is full */
};

/**
 * settings_access_right - what a method needs
 * @interface: of the bus, as BUS_INTERFACE_TRUST
 * @method: its name
 *
 * Return: what it needs; %SETTINGS_RIGHT_CHANGE for methods that the table does not have.
 */
enum settings_right settings_access_right(const char *interface, const char *method);

/* Whether the table has the method; every one of the bus must be thought of. */
bool settings_access_has(const char *interface, const char *method);

/**
 * settings_access_allows - whether it may be done now
 * @settings: those in force
 * @right: what it needs
 * @is_unlocked: somebody has unlocked the settings
 * @why: on refusal %REASON_SETTINGS_LOCKED
 *
 * Return: 0, or the -errno of the reason.
 */
int settings_access_allows(const struct settings *settings, enum settings_right right,
			   bool is_unlocked, struct refusal *why);

/* The word of an access as in the file and on the bus, and as people read it. */
const char *settings_access_word(enum phone_settings_access access);
const char *settings_access_title(enum phone_settings_access access);

#endif
