/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The menu Security Setup: its pages are filled from what the daemon tells, drawn on
 * a terminal as small as a phone's display, and driven by keys.
 */
#ifndef PHONESEC_MENU_H
#define PHONESEC_MENU_H

#include "../lib/secret.h"
#include "phone_access.h"
#include "phone_device.h"

enum menu_limits {
	MENU_COLUMNS_MIN = 20,
	MENU_LINES_MIN = 6,
	MENU_LABEL_MAX = 96,
	MENU_VALUE_MAX = 512,
	MENU_ENTRIES_MAX = PHONE_RECORDS_MAX + 4,
	MENU_DEPTH_MAX = 8,
	MENU_STRING_MAX = 16,
};

enum menu_page {
	MENU_NOWHERE, /* an entry that opens nothing */
	MENU_SECURITY,
	MENU_LSC, /* asks for the authentication string */
	MENU_TRUST,
	MENU_CTL,
	MENU_ITL,
	MENU_RECORD, /* one certificate of a list */
	MENU_CONFIGURATION,
	MENU_NETWORK, /* 802.1x Authentication */
	MENU_AUTHENTICATION, /* no page: device authentication is changed */
	MENU_TRANSACTION,
	MENU_HARDENING,
	MENU_OPTION, /* one option of hardening */
};

/* What pages are filled from: what the daemon tells. */
struct menu_facts {
	struct phone phone;
	struct phone_device device;
	struct phone_network network;
	struct phone_policy policy;
};

/**
 * struct menu_entry - a line of a page
 * @label: its name
 * @value: what it is, or empty
 * @key: what the key that chooses it is called, NULL where it opens nothing
 * @opens: the page behind it
 * @record: index of the certificate or option that this page is about
 */
struct menu_entry {
	char label[MENU_LABEL_MAX];
	char value[MENU_VALUE_MAX];
	const char *key;
	enum menu_page opens;
	size_t record;
};

struct menu_view {
	const char *title;
	struct menu_entry entries[MENU_ENTRIES_MAX];
	size_t count;
};

/**
 * menu_page_fill - what a page shows now
 * @view: filled in
 * @page: which one
 * @record: index of the certificate or option that it is about
 * @facts: what the daemon tells
 */
void menu_page_fill(struct menu_view *view, enum menu_page page, size_t record,
		    const struct menu_facts *facts);

/* Takes the terminal; 0, or the -errno of the reason. */
int menu_screen_open(struct refusal *why);
void menu_screen_close(void);

/* The next key that was pressed, or a negative number. */
int menu_screen_key(void);

/* Draws a page with one entry chosen, from @top on, which moves so that it can be seen. */
void menu_screen_draw(const struct menu_view *view, size_t chosen, size_t *top);

/* Draws the question for the authentication string, of which @len digits were typed. */
void menu_screen_ask(const struct phone_lsc *lsc, size_t len);

/* Draws a text that is to be read before the menu goes on. */
void menu_screen_tell(const char *title, const char *text);

#endif
