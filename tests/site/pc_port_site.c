// SPDX-License-Identifier: Apache-2.0
/*
 * The room of the PC port by itself, with the rights of the daemon.
 *
 *	pc_port_site FILE POLICY	settings of FILE; POLICY is a word of the letters
 *					e (enabled), v (voice VLAN), s (span) or - for none
 *
 * Lines of its input are other policies, or "blink"; its end is the end. Each change of the status
 * is a line of output.
 */
#include <linux/capability.h>
#include <string.h>

#include "child.h"
#include "link.h"
#include "log.h"
#include "pc_port.h"

static struct settings settings;
static struct pc_port *port;

static void status_print(void *owner)
{
	struct pc_port_status status;

	(void)owner;
	pc_port_status(port, &status);
	printf("{\"state\": \"%s\", \"enabled\": %d, \"voice\": %d, \"span\": %d, \"eapol\": %d, "
	       "\"supplicants\": %u, \"logoffs\": %u, \"why\": \"%s\"}\n",
	       pc_port_state_word(status.state), status.policy.is_enabled,
	       status.policy.has_voice_vlan, status.policy.has_span, status.passes_eapol,
	       status.supplicants, status.logoffs,
	       status.why.code == REASON_NONE ? "" : reason_words(status.why.code)->code);
	fflush(stdout);
}

static void on_link(void *owner, const struct link *link)
{
	(void)owner;
	pc_port_link_changed(port, link);
}

static struct pc_port_policy policy_read(const char *word)
{
	return (struct pc_port_policy){
		.is_enabled = strchr(word, 'e'),
		.has_voice_vlan = strchr(word, 'v'),
		.has_span = strchr(word, 's'),
	};
}

/* The kernel tells of a carrier that is there, and that it was lost meanwhile. */
static int blink(void)
{
	struct refusal why;
	struct link link;

	if (link_ask(&link, settings.pc_port, &why))
		return -1;
	link.carrier_losses++;
	pc_port_link_changed(port, &link);
	return 0;
}

static int on_input(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	sd_event *event = userdata;
	struct pc_port_policy policy;
	char line[64];

	(void)source;
	(void)fd;
	(void)revents;
	if (!fgets(line, sizeof(line), stdin))
		return sd_event_exit(event, 0);
	if (!strcmp(line, "blink\n"))
		return blink();
	policy = policy_read(line);
	pc_port_reload(port, &settings, &policy);
	status_print(NULL);
	return 0;
}

static int refuse(const struct refusal *why)
{
	fprintf(stderr, "%s: %s\n", reason_words(why->code)->code, why->detail);
	return 1;
}

int main(int argc, char **argv)
{
	static const struct pc_port_events port_events = { .changed = status_print };
	static const struct link_events link_events = { .changed = on_link };
	struct settings_report report;
	struct pc_port_policy policy;
	struct link_watch *watch;
	struct refusal why;
	sd_event *event;

	if (argc != 3 || sd_event_default(&event) < 0)
		return 2;
	log_open();
	child_capabilities_keep(1ULL << CAP_NET_RAW);
	policy = policy_read(argv[2]);
	setvbuf(stdin, NULL, _IONBF, 0);
	if (settings_load(&settings, argv[1], &report, &why) ||
	    link_watch_new(&watch, event, &link_events, NULL, &why) ||
	    pc_port_new(&port, event, &settings, &policy, &port_events, NULL, &why))
		return refuse(&why);
	status_print(NULL);
	if (sd_event_add_io(event, NULL, 0, EPOLLIN, on_input, event) < 0 ||
	    sd_event_loop(event) < 0)
		return 1;
	pc_port_free(port);
	link_watch_free(watch);
	sd_event_unref(event);
	return 0;
}
