// SPDX-License-Identifier: Apache-2.0
/*
 * The room dot1x over the real link and the real supplicant, for tests in a network namespace:
 * dot1x_site CONFIG RUNTIME STATE. Commands are lines of its input: enable, disable, logoff,
 * reauthenticate, identity, status. Each change of the status is a line of its output. With FIPS
 * mode in its settings it is in FIPS mode, where the file FIPS_FILE is the kernel's word for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/kernel_fips.h"
#include "dot1x.h"
#include "fips.h"
#include "link.h"
#include "log.h"

static struct dot1x *dot1x;
static struct link_watch *watch;
static struct settings settings;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

/* This kernel may be in no such mode. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
	return __real_fopen(strcmp(path, FIPS_FILE) ? path : getenv("FIPS_FILE") ?: path, mode);
}

/* There are no calls here, and so no module. */
static int settings_take(const char *file, const char *runtime, const char *state,
			 struct refusal *why)
{
	struct settings_report report = { 0 };
	int err = settings_load(&settings, file, &report, why);

	settings.media = CALL_MEDIA_OFF;
	return err ?: fips_start(&settings, runtime, state, why);
}

static void status_print(void *owner)
{
	struct dot1x_status status;

	(void)owner;
	if (!dot1x)
		return;
	dot1x_status(dot1x, &status);
	printf("state=%s connected=%d carrier=%d protocols=%s method=%s certificate=%s identity=%s "
	       "pac=%d successes=%u failures=%u last=%s detail=%s\n",
	       dot1x_state_word(status.state), status.is_connected, status.has_carrier,
	       status.protocols, status.method, status.certificate, status.identity,
	       status.has_pac, status.successes, status.failures,
	       reason_words(status.last.code)->code, status.last.detail);
	fflush(stdout);
}

static void on_link(void *owner, const struct link *link)
{
	(void)owner;
	dot1x_link_changed(dot1x, link);
}

static void command_run(const char *command)
{
	struct refusal why = { 0 };
	int err = 0;

	if (!strcmp(command, "enable") || !strcmp(command, "disable"))
		err = dot1x_choose(dot1x, *command == 'e', &why);
	else if (!strcmp(command, "logoff"))
		err = dot1x_logoff(dot1x, &why);
	else if (!strcmp(command, "reauthenticate"))
		err = dot1x_reauthenticate(dot1x, &why);
	else if (!strcmp(command, "identity"))
		dot1x_identity_changed(dot1x);
	else
		status_print(NULL);
	if (err)
		printf("refused=%s\n", reason_words(why.code)->code);
	fflush(stdout);
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *data)
{
	char line[256], *end;
	ssize_t got = read(fd, line, sizeof(line) - 1);

	(void)source;
	(void)events;
	if (got <= 0)
		return sd_event_exit(data, 0);
	line[got] = '\0';
	for (char *at = line; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		command_run(at);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	static const struct dot1x_events events = { .changed = status_print };
	static const struct link_events link_events = { .changed = on_link };
	struct refusal why = { 0 };
	struct keystore *keystore;
	sd_event *event = NULL;
	struct link link;

	if (argc != 4 || sd_event_new(&event) < 0 ||
	    settings_take(argv[1], argv[2], argv[3], &why) ||
	    keystore_new(&keystore, &settings, &why) ||
	    dot1x_new(&dot1x, event, &settings, keystore, argv[2], argv[3], &events, NULL, &why) ||
	    link_watch_new(&watch, event, &link_events, NULL, &why)) {
		fprintf(stderr, "%s: %s\n", reason_words(why.code)->code, why.detail);
		return 1;
	}
	if (link_find(watch, settings.switch_port, &link))
		dot1x_link_changed(dot1x, &link);
	(void)sd_event_add_io(event, NULL, STDIN_FILENO, EPOLLIN, on_input, event);
	(void)sd_event_loop(event);
	link_watch_free(watch);
	dot1x_free(dot1x);
	keystore_free(keystore);
	sd_event_unref(event);
	return 0;
}
