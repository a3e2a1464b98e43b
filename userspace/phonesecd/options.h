/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of the daemon. */
#ifndef PHONESECD_OPTIONS_H
#define PHONESECD_OPTIONS_H

#include <stdio.h>

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_DEFAULTS,
	OPTIONS_CATALOG,
	OPTIONS_MANUAL,
	OPTIONS_VERSION,
	OPTIONS_HELP,
	OPTIONS_WRONG, /* told on standard error */
};

/**
 * struct options - what is asked for
 * @action: what to do; of several the last
 * @config: path of the configuration file
 * @part: which part of the manual pages
 */
struct options {
	enum options_action action;
	const char *config;
	const char *part;
};

/* Reads the command line, whose words must stay. */
void options_parse(struct options *options, int argc, char *argv[]);

/* Writes the help, and the same for the manual page (mdoc). */
void options_help(FILE *stream);
void options_manual(FILE *stream);

#endif
