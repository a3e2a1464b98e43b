/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the call manager configured, laid over the settings of the file, and all of it as it is
 * shown.
 */
#ifndef PHONESECD_OVERLAY_H
#define PHONESECD_OVERLAY_H

#include "../lib/phone_config.h"
#include "settings.h"

enum {
	OVERLAY_ROWS_MAX = 256,
	OVERLAY_VALUE_MAX = 256,
};

enum overlay_source {
	OVERLAY_DEFAULT,
	OVERLAY_FILE, /* phonesecd.conf */
	OVERLAY_ENTERPRISE, /* the rest: of the call manager */
	OVERLAY_COMMON,
	OVERLAY_DEVICE,
};

/**
 * struct overlay_row - one setting as it is shown
 * @name: SECTION.KEY of the file, or the element of the call manager's configuration
 * @value: in words; of a secret only that it is set
 * @source: where it comes from
 * @needs_restart: it is another one than the daemon runs with, and takes effect when it is
 *           started anew
 * @problem: what is wrong with it, empty when nothing is
 */
struct overlay_row {
	char name[PHONE_CONFIG_NAME_MAX];
	char value[OVERLAY_VALUE_MAX];
	enum overlay_source source;
	bool needs_restart;
	char problem[OVERLAY_VALUE_MAX];
};

/**
 * struct overlay - settings in force, and how they came about
 * @settings: the result
 * @rows, @count: every setting, and elements that are kept for others
 * @restart: any row needs a restart
 * @problems: rows with a problem
 */
struct overlay {
	struct settings settings;
	struct overlay_row *rows;
	size_t count;
	bool restart;
	size_t problems;
};

/**
 * overlay_make - lay the call manager's configuration over the file
 * @overlay: filled in, the caller's until overlay_clear()
 * @local: settings of the file
 * @config: of the call manager, or NULL
 * @is_signed: it was; else it may not lower the security mode that the file asks for
 * @why: on refusal the reason
 *
 * Values that contradict one another are left out one by one, each with its row telling so.
 *
 * Return: 0, or the -errno of the reason.
 */
int overlay_make(struct overlay *overlay, const struct settings *local,
		 const struct phone_config *config, bool is_signed, struct refusal *why);
void overlay_clear(struct overlay *overlay);

/* The word for a source: default, file, enterprise, common or device. */
const char *overlay_source_word(enum overlay_source source);

#endif
