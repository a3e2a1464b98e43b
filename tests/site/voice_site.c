// SPDX-License-Identifier: Apache-2.0
/*
 * The daemon's room for the voice VLAN alone: a line of JSON on standard output for each status.
 *
 *	voice_site FILE		the file is a configuration; SIGHUP reads it again
 */
#include <arpa/inet.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "voice_vlan.h"

struct site {
	const char *path;
	struct settings *settings;
	struct voice_vlan *voice;
};

static void status_print(void *owner)
{
	const struct site *site = owner;
	struct voice_vlan_status status;
	char address[INET6_ADDRSTRLEN] = "";

	voice_vlan_status(site->voice, &status);
	if (status.address.len)
		inet_ntop(status.address.len == 4 ? AF_INET : AF_INET6, status.address.bytes,
			  address, sizeof(address));
	printf("{\"state\": \"%s\", \"id\": %u, \"source\": \"%s\", \"priority\": %d, "
	       "\"dscp\": %d, \"interface\": \"%s\", \"address\": \"%s\", \"port\": \"%s\", "
	       "\"why\": \"%s\"}\n", voice_vlan_state_word(status.state), status.id,
	       voice_vlan_source_word(status.source), status.priority, status.dscp,
	       status.interface, address, status.switch_port,
	       status.why.code ? reason_words(status.why.code)->code : "");
	fflush(stdout);
}

static void on_link(void *owner, const struct link *link)
{
	const struct site *site = owner;

	voice_vlan_link_changed(site->voice, link);
}

static struct settings *settings_new(const char *path)
{
	struct settings *settings = calloc(1, sizeof(*settings));
	struct settings_report report;
	struct refusal why;

	if (!settings || settings_load(settings, path, &report, &why)) {
		fprintf(stderr, "%s: %s\n", path, settings ? why.detail : "no memory");
		exit(EXIT_FAILURE);
	}
	return settings;
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	struct settings *settings;
	struct site *site = owner;

	(void)source;
	(void)info;
	settings = settings_new(site->path);
	voice_vlan_reload(site->voice, settings);
	free(site->settings);
	site->settings = settings;
	status_print(site);
	return 0;
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	(void)info;
	(void)owner;
	return sd_event_exit(sd_event_source_get_event(source), EXIT_SUCCESS);
}

/* As the daemon is: the right to packets of its own is not in effect. */
static void packets_give_up(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, words))
		exit(EXIT_FAILURE);
	words[0].effective &= ~(1U << CAP_NET_RAW);
	if (syscall(SYS_capset, &header, words))
		exit(EXIT_FAILURE);
}

static sd_event *loop_new(struct site *site)
{
	sd_event *event = NULL;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (sd_event_new(&event) < 0 ||
	    sd_event_add_signal(event, NULL, SIGHUP, on_hangup, site) < 0 ||
	    sd_event_add_signal(event, NULL, SIGTERM, on_end, site) < 0)
		exit(EXIT_FAILURE);
	return event;
}

int main(int argc, char *argv[])
{
	static const struct voice_vlan_events events = { .changed = status_print };
	static const struct link_events link_events = { .changed = on_link };
	struct link_watch *links = NULL;
	struct site site = { 0 };
	struct refusal why = { 0 };
	sd_event *event;
	int status;

	if (argc != 2)
		return 2;
	log_open();
	packets_give_up();
	site.path = argv[1];
	site.settings = settings_new(site.path);
	event = loop_new(&site);
	if (voice_vlan_new(&site.voice, event, site.settings, &events, &site, &why) ||
	    link_watch_new(&links, event, &link_events, &site, &why)) {
		fprintf(stderr, "%s\n", why.detail);
		return EXIT_FAILURE;
	}
	status_print(&site);
	status = sd_event_loop(event);
	link_watch_free(links);
	voice_vlan_free(site.voice);
	free(site.settings);
	sd_event_unref(event);
	return status < 0 ? EXIT_FAILURE : status;
}
