// SPDX-License-Identifier: Apache-2.0
/* The menu as a program: keys and the daemon's changes in, pages out. */
#include "menu.h"

#include <errno.h>
#include <ncurses.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access_commands.h"
#include "device_commands.h"

enum {
	/* Until a daemon that went is looked for again. */
	RETRY_MS = 1000,
	KEY_ESCAPE = 27,
	KEY_DELETE = 127,
};

/* A page that is open, and where on it one is. */
struct place {
	enum menu_page page;
	size_t record;
	size_t chosen;
	size_t top;
};

/**
 * struct menu - the menu
 * @bus: NULL while there is none
 * @is_stale: the daemon has told of a change
 * @is_known: the facts are what it told
 * @trouble: why it is not known, or why what was wanted is not done
 * @is_told: the trouble is on the display
 * @places: from the first page to the one that is seen
 * @string: digits that were typed
 */
struct menu {
	sd_bus *bus;
	bool is_stale;
	bool is_known;
	struct refusal trouble;
	bool is_told;
	struct menu_facts facts;
	struct menu_view view;
	struct place places[MENU_DEPTH_MAX];
	size_t depth;
	struct secret *string;
	bool is_over;
};

static struct place *place_now(struct menu *menu)
{
	return &menu->places[menu->depth - 1];
}

static int changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	(void)message;
	(void)error;
	((struct menu *)userdata)->is_stale = true;
	return 0;
}

static int bus_watch(struct menu *menu, struct refusal *why)
{
	int err = bus_open(&menu->bus, why);

	if (err)
		return err;
	err = sd_bus_match_signal(menu->bus, NULL, BUS_NAME, NULL, NULL, NULL, changed, menu);
	if (err >= 0)
		err = sd_bus_add_match(menu->bus, NULL, "type='signal',sender='org.freedesktop.DBus',"
				       "member='NameOwnerChanged',arg0='" BUS_NAME "'", changed,
				       menu);
	if (err >= 0)
		return 0;
	bus_close(menu->bus);
	menu->bus = NULL;
	return bus_failed(err, why);
}

/* Asks the daemon for everything that pages show. */
static void menu_read(struct menu *menu)
{
	struct refusal why;
	int err = menu->bus ? 0 : bus_watch(menu, &why);

	menu->is_stale = false;
	phone_clear(&menu->facts.phone);
	if (!err)
		err = phone_read(&menu->facts.phone, menu->bus, &why);
	if (!err)
		err = phone_device_read(&menu->facts.device, menu->bus,
					PHONE_IDENTITY | PHONE_TRUST, &why);
	if (!err)
		err = phone_network_read(&menu->facts.network, menu->bus, &why);
	if (!err)
		err = phone_policy_read(&menu->facts.policy, menu->bus, &why);
	menu->is_known = !err;
	if (err)
		menu->trouble = why;
	if (err && menu->bus && why.code == REASON_BUS_MISSING) {
		bus_close(menu->bus);
		menu->bus = NULL;
	}
}

static void menu_draw(struct menu *menu)
{
	struct place *place = place_now(menu);
	char text[1024];

	if (!menu->is_known || menu->is_told) {
		(void)snprintf(text, sizeof(text), "%s %s",
			       reason_words(menu->trouble.code)->text,
			       reason_words(menu->trouble.code)->mend);
		menu_screen_tell("Security Setup", text);
	} else if (place->page == MENU_LSC) {
		menu_screen_ask(&menu->facts.device.lsc, secret_len(menu->string));
	} else {
		menu_page_fill(&menu->view, place->page, place->record, &menu->facts);
		if (place->chosen >= menu->view.count)
			place->chosen = menu->view.count - 1;
		menu_screen_draw(&menu->view, place->chosen, &place->top);
	}
}

static void menu_back(struct menu *menu)
{
	secret_shorten(menu->string, secret_len(menu->string));
	if (menu->is_told)
		menu->is_told = false;
	else if (menu->depth > 1)
		menu->depth--;
	else
		menu->is_over = true;
}

static void authentication_change(struct menu *menu)
{
	bool enabled = !strcmp(menu->facts.network.dot1x.device_authentication, "Enabled");

	menu->is_told = dot1x_choose(menu->bus, !enabled, &menu->trouble);
	menu->is_stale = true;
}

static void menu_open(struct menu *menu)
{
	const struct menu_entry *entry = &menu->view.entries[place_now(menu)->chosen];

	if (!menu->is_known || menu->is_told || entry->opens == MENU_NOWHERE ||
	    menu->depth == MENU_DEPTH_MAX)
		return;
	if (entry->opens == MENU_AUTHENTICATION) {
		authentication_change(menu);
		return;
	}
	menu->places[menu->depth++] = (struct place){ .page = entry->opens,
						      .record = entry->record };
}

static void string_submit(struct menu *menu)
{
	int err = lsc_submit(menu->bus, menu->string, &menu->trouble);

	menu_back(menu);
	menu->is_told = err;
	menu->is_stale = true;
}

static void string_key(struct menu *menu, int key)
{
	if (key >= '0' && key <= '9' && secret_len(menu->string) < MENU_STRING_MAX)
		(void)secret_append(menu->string, (unsigned char)key);
	else if (key == KEY_BACKSPACE || key == KEY_DELETE || key == '\b')
		secret_shorten(menu->string, 1);
	else if (key == '\r' || key == '\n' || key == KEY_ENTER || key == KEY_F(1))
		string_submit(menu);
	else if (key == KEY_ESCAPE || key == KEY_F(2))
		menu_back(menu);
}

static void page_key(struct menu *menu, int key)
{
	struct place *place = place_now(menu);

	switch (key) {
	case KEY_UP:
		place->chosen -= place->chosen > 0;
		break;
	case KEY_DOWN:
		place->chosen += place->chosen + 1 < menu->view.count;
		break;
	case '\r':
	case '\n':
	case KEY_ENTER:
	case KEY_RIGHT:
	case KEY_F(1):
		menu_open(menu);
		break;
	case KEY_ESCAPE:
	case KEY_BACKSPACE:
	case KEY_DELETE:
	case KEY_LEFT:
	case KEY_F(2):
	case 'q':
		menu_back(menu);
		break;
	}
}

static void keys_take(struct menu *menu)
{
	int key;

	while (!menu->is_over && (key = menu_screen_key()) >= 0) {
		if (menu->is_known && !menu->is_told && place_now(menu)->page == MENU_LSC)
			string_key(menu, key);
		else
			page_key(menu, key);
		/* What the next key does depends on what this one led to. */
		menu_draw(menu);
	}
}

/* Waits for a key, for the daemon, or until it is to be looked for again. */
static void menu_wait(struct menu *menu)
{
	struct pollfd ends[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = -1 } };
	int processed = menu->bus ? sd_bus_process(menu->bus, NULL) : 0;

	if (processed > 0)
		return;
	if (processed < 0) {
		bus_close(menu->bus);
		menu->bus = NULL;
		menu->is_known = false;
		refusal_set(&menu->trouble, REASON_BUS_MISSING, "%s", "");
	}
	if (menu->bus)
		ends[1] = (struct pollfd){ .fd = sd_bus_get_fd(menu->bus),
					   .events = (short)sd_bus_get_events(menu->bus) };
	if (!poll(ends, 2, menu->is_known ? -1 : RETRY_MS))
		menu->is_stale = true;
	/* The terminal is gone. */
	if (ends[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		menu->is_over = true;
}

static void menu_run(struct menu *menu)
{
	while (!menu->is_over) {
		if (menu->is_stale)
			menu_read(menu);
		menu_draw(menu);
		keys_take(menu);
		if (!menu->is_over && !menu->is_stale)
			menu_wait(menu);
	}
}

int menu_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct menu *menu = calloc(1, sizeof(*menu));
	int err;

	(void)a;
	(void)out;
	if (menu)
		menu->string = secret_new(MENU_STRING_MAX);
	if (!menu || !menu->string) {
		free(menu);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	menu->places[menu->depth++].page = MENU_SECURITY;
	menu->is_stale = true;
	err = menu_screen_open(why);
	if (!err) {
		menu_run(menu);
		menu_screen_close();
	}
	phone_clear(&menu->facts.phone);
	if (menu->bus)
		bus_close(menu->bus);
	secret_free(menu->string);
	free(menu);
	return err;
}
