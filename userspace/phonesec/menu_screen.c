// SPDX-License-Identifier: Apache-2.0
/* The terminal as a phone's display: a title, entries, and what the keys do below. */
#include "menu.h"

#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum {
	ESCAPE_DELAY_MS = 25,
	/* Lines that are not for entries: the title and the keys. */
	FRAME_LINES = 2,
	TEXT_MAX = 1024,
};

static SCREEN *screen;

int menu_screen_open(struct refusal *why)
{
	(void)setlocale(LC_ALL, "");
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return refusal_set(why, REASON_MENU_TERMINAL, "%s", "");
	if (COLS < MENU_COLUMNS_MIN || LINES < MENU_LINES_MIN) {
		menu_screen_close();
		return refusal_set(why, REASON_MENU_TERMINAL, "it has %d columns and %d lines",
				   COLS, LINES);
	}
	(void)set_escdelay(ESCAPE_DELAY_MS);
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, true);
	(void)nodelay(stdscr, true);
	(void)curs_set(0);
	return 0;
}

void menu_screen_close(void)
{
	(void)endwin();
	delscreen(screen);
	screen = NULL;
}

int menu_screen_key(void)
{
	return getch();
}

/* Characters of @text that fit into so many columns, at least one. */
static size_t text_fit(const wchar_t *text, int columns)
{
	size_t len = 0;

	while (text[len]) {
		int width = wcwidth(text[len]);

		columns -= width > 0 ? width : 0;
		if (columns < 0 && len)
			break;
		len++;
	}
	return len;
}

static size_t text_wide(wchar_t wide[TEXT_MAX], const char *text)
{
	size_t len = mbstowcs(wide, text, TEXT_MAX - 1);

	/* What this locale cannot show is left out; the daemon sends UTF-8. */
	if (len == (size_t)-1)
		len = 0;
	wide[len] = L'\0';
	return len;
}

/* Writes at a place and not beyond the line. */
static void text_put(int line, int column, const char *text)
{
	wchar_t wide[TEXT_MAX];

	text_wide(wide, text);
	if (column < COLS)
		(void)mvaddnwstr(line, column, wide, (int)text_fit(wide, COLS - column));
}

/* Writes a text over several lines, broken where they end; returns how many, at most @max. */
static int text_wrap(int line, int column, const char *text, int max)
{
	wchar_t wide[TEXT_MAX], *at = wide;
	int lines = 0;

	for (text_wide(wide, text); *at && lines < max; lines++) {
		size_t len = text_fit(at, COLS - column), cut = len;

		/* At a blank, if there is one. */
		while (at[len] && cut && at[cut] != L' ')
			cut--;
		if (cut)
			len = cut;
		if (line >= 0)
			(void)mvaddnwstr(line + lines, column, at, (int)len);
		at += len;
		at += *at == L' ';
	}
	return lines;
}

static int text_width(const char *text)
{
	wchar_t wide[TEXT_MAX];

	return wcswidth(wide, text_wide(wide, text));
}

/* The left key does something with what is chosen, the right one leads back. */
static void frame_draw(const char *title, const char *left, const char *right)
{
	(void)erase();
	(void)attron(A_REVERSE);
	(void)mvhline(0, 0, ' ', COLS);
	text_put(0, 0, title);
	(void)attroff(A_REVERSE);
	(void)attron(A_BOLD);
	text_put(LINES - 1, 0, left);
	text_put(LINES - 1, COLS - text_width(right), right);
	(void)attroff(A_BOLD);
}

static bool entry_is_short(const struct menu_entry *entry)
{
	return text_width(entry->label) + 2 + text_width(entry->value) <= COLS;
}

static int entry_lines(const struct menu_entry *entry)
{
	int room = LINES - FRAME_LINES;

	if (!*entry->value || entry_is_short(entry))
		return 1;
	return 1 + text_wrap(-1, 1, entry->value, room - 1);
}

static void entry_draw(const struct menu_entry *entry, int line, bool chosen)
{
	int lines = entry_lines(entry), left = LINES - 1 - line;

	if (lines > left)
		lines = left;
	if (chosen)
		(void)attron(A_REVERSE);
	for (int i = 0; i < lines; i++)
		(void)mvhline(line + i, 0, ' ', COLS);
	text_put(line, 0, entry->label);
	if (entry_is_short(entry))
		text_put(line, COLS - text_width(entry->value), entry->value);
	else
		text_wrap(line + 1, 1, entry->value, lines - 1);
	(void)attroff(A_REVERSE);
}

/* The first entry that may be on top when the chosen one is to be seen whole. */
static size_t top_least(const struct menu_view *view, size_t chosen)
{
	int room = LINES - FRAME_LINES - entry_lines(&view->entries[chosen]);
	size_t top = chosen;

	while (top) {
		room -= entry_lines(&view->entries[top - 1]);
		if (room < 0)
			break;
		top--;
	}
	return top;
}

void menu_screen_draw(const struct menu_view *view, size_t chosen, size_t *top)
{
	const char *key = view->entries[chosen].key;
	size_t least = top_least(view, chosen);
	int line = 1;

	if (*top < least)
		*top = least;
	if (*top > chosen)
		*top = chosen;
	frame_draw(view->title, key ? key : "", "Back");
	for (size_t i = *top; i < view->count && line < LINES - 1; i++) {
		entry_draw(&view->entries[i], line, i == chosen);
		line += entry_lines(&view->entries[i]);
	}
	(void)refresh();
}

void menu_screen_ask(const struct phone_lsc *lsc, size_t len)
{
	frame_draw("LSC", "Submit", "Cancel");
	text_put(1, 0, "Authentication string:");
	(void)attron(A_REVERSE);
	(void)mvhline(2, 0, ' ', MENU_STRING_MAX);
	(void)mvhline(2, 0, '*', (int)len);
	(void)attroff(A_REVERSE);
	if (*lsc->last.text)
		text_wrap(3, 0, lsc->last.text, LINES - 4);
	(void)refresh();
}

void menu_screen_tell(const char *title, const char *text)
{
	frame_draw(title, "", "Back");
	text_wrap(1, 0, text, LINES - FRAME_LINES);
	(void)refresh();
}
