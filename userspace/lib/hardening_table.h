/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site may close on its phones: elements of the call manager's configuration, the keys of
 * phonesecd.conf that they are laid over, and their names in menus. One table, from which come
 * the parser's rows, the overlay, and what is shown. Defaults and meanings stand with the keys.
 */
#ifndef PHONESEC_HARDENING_TABLE_H
#define PHONESEC_HARDENING_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "phone_config.h"

/*
 * ITEM(NAME, title, element, how the parser reads it, field of struct phone_hardening, field of
 * struct settings, values from the most closed one to the most open one).
 * Where the sense of 0 and 1 is told with the field: struct phone_hardening.
 */
#define HARDENING_ITEMS(ITEM) \
	ITEM(WEB_ACCESS, "Web access", "webAccess", WORD(web_access), web, web_access, 0, 1) \
	ITEM(WEB_PROTOCOL, "HTTPS only", "webProtocol", TRUTH(), web_https_only, web_https_only, \
	     1, 0) \
	ITEM(SETTINGS_ACCESS, "Settings access", "settingsAccess", NUMBER(2), settings_access, \
	     settings_access, PHONE_SETTINGS_NONE, PHONE_SETTINGS_RESTRICTED, PHONE_SETTINGS_ALL) \
	ITEM(GARP, "Gratuitous ARP", "garp", OPEN(), garp, garp, 0, 1) \
	ITEM(PC_PORT, "PC port", "pcPort", OPEN(), pc_port, pc_open, 0, 1) \
	ITEM(SPAN, "Span to PC port", "spanToPCPort", OPEN(), span_to_pc, span_to_pc, 0, 1) \
	ITEM(PC_VOICE_VLAN, "PC voice VLAN access", "voiceVlanAccess", OPEN(), pc_voice_vlan, \
	     pc_voice_vlan, 0, 1) \
	ITEM(SSH_ACCESS, "SSH access", "sshAccess", OPEN(), ssh, ssh_access, 0, 1) \
	ITEM(DOT1X, "802.1X authentication", "eapAuthentication", NUMBER(2), dot1x, dot1x, \
	     PHONE_DOT1X_ON, PHONE_DOT1X_USER, PHONE_DOT1X_OFF) \
	ITEM(FIPS, "FIPS mode", "fipsMode", TRUTH(), fips, fips_mode, 1, 0)

enum hardening_item {
#define HARDENING_ENUM(name, ...) HARDENING_##name,
	HARDENING_ITEMS(HARDENING_ENUM)
#undef HARDENING_ENUM
	HARDENING_COUNT,
};

enum { HARDENING_VALUES_MAX = 3 };

/**
 * struct hardening_row - an option
 * @title: as menus have it
 * @element: of the call manager's configuration
 * @offset, @size: of its field in struct phone_config; a bool or an enum
 * @order: its values, from the most closed one to the most open one
 * @values: how many
 */
struct hardening_row {
	const char *title;
	const char *element;
	size_t offset;
	size_t size;
	unsigned int order[HARDENING_VALUES_MAX];
	size_t values;
};

extern const struct hardening_row hardening_rows[HARDENING_COUNT];

/* A value of a field that is a bool or an enum, by its size in bytes, and setting it. */
unsigned int hardening_value(const void *field, size_t size);
void hardening_value_set(void *field, size_t size, unsigned int value);

/* Whether one value leaves more open than another; values that the row does not have do. */
bool hardening_opens(const struct hardening_row *row, unsigned int value, unsigned int before);

#endif
