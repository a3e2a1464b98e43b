// SPDX-License-Identifier: Apache-2.0
/*
 * The audit log alone, told on standard input what happens:
 *
 *	audit_site CONFIG STATE
 *
 * "add FIRST COUNT" tells so many events, "flood COUNT" those that a far end causes, "request
 * METHOD" and "test" are events of user 1000, "reload" reads the file again, "status" writes a
 * line. Each is answered by a line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "log.h"

static struct settings settings;
static struct audit *audit;
static const char *config;

static void audit_changed(void *owner)
{
	(void)owner;
}

static void audit_halted(void *owner, const struct refusal *why)
{
	(void)owner;
	printf("halted %s\n", why ? reason_words(why->code)->code : "no");
	fflush(stdout);
}

static const struct audit_events events = { .changed = audit_changed, .halted = audit_halted };

static void settings_read(void)
{
	struct settings_report report;
	struct refusal why;

	if (settings_load(&settings, config, &report, &why)) {
		fprintf(stderr, "%s: %s\n", reason_words(why.code)->code, why.detail);
		exit(6);
	}
}

static void status_write(void)
{
	struct audit_status status;

	audit_status(audit, &status);
	printf("status %s newest %" PRIu64 " delivered %" PRIu64 " waiting %" PRIu64
	       " bytes %" PRIu64 " lost %" PRIu64 " full %d halted %d last %s\n",
	       audit_state_word(status.state), status.newest, status.delivered, status.waiting,
	       status.spool_bytes, status.lost, status.is_full, status.is_halted,
	       reason_words(status.last.code)->code);
}

static void line_take(const char *line)
{
	const struct audit_actor actor = { .uid = 1000, .pid = 4711 };
	unsigned int first, count;
	struct refusal why;

	if (sscanf(line, "add %u %u", &first, &count) == 2) {
		for (unsigned int i = 0; i < count; i++)
			log_tell(LOG_RELOADED, "call %u", first + i);
		puts("added");
	} else if (sscanf(line, "flood %u", &count) == 1) {
		refusal_set(&why, REASON_SERVER_CLOSED, "%s", "by a stranger");
		for (unsigned int i = 0; i < count; i++)
			log_refusal(LOG_MESSAGE_REFUSED, &why, "%u", i);
		puts("flooded");
	} else if (!strncmp(line, "request ", 8)) {
		refusal_set(&why, REASON_NOT_ALLOWED, "%s", "a secret that was typed");
		audit_request(audit, &actor, line + 8, true, &why);
		puts("asked");
	} else if (!strcmp(line, "test")) {
		audit_test(audit, &actor);
		puts("tested");
	} else if (!strcmp(line, "reload")) {
		settings_read();
		(void)audit_reload(audit, &settings, &why);
		puts("reloaded");
	} else if (!strcmp(line, "status")) {
		status_write();
	}
	fflush(stdout);
}

static int input_take(sd_event_source *source, int fd, uint32_t happened, void *owner)
{
	char line[256];

	(void)fd, (void)happened, (void)owner;
	if (!fgets(line, sizeof(line), stdin))
		return sd_event_exit(sd_event_source_get_event(source), 0);
	line[strcspn(line, "\n")] = '\0';
	line_take(line);
	return 0;
}

int main(int argc, char *argv[])
{
	struct refusal why;
	sd_event *event;

	if (argc != 3)
		return 2;
	config = argv[1];
	settings_read();
	/* So that a line is never in the buffer while the loop waits for another. */
	setvbuf(stdin, NULL, _IONBF, 0);
	if (sd_event_default(&event) < 0 ||
	    sd_event_add_io(event, NULL, 0, 1, input_take, NULL) < 0)
		return 1;
	if (audit_new(&audit, event, &settings, argv[2], NULL, &events, NULL, &why)) {
		fprintf(stderr, "%s: %s\n", reason_words(why.code)->code, why.detail);
		return 1;
	}
	sd_event_loop(event);
	audit_free(audit);
	sd_event_unref(event);
	return 0;
}
