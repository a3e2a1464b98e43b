// SPDX-License-Identifier: Apache-2.0
/*
 * Has rules of [hardening] in force by NFT, all closed, and writes its state when it changes.
 * SIGUSR1 opens the SSH server, or closes it again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "hardening.h"

static struct hardening *room;
static struct settings settings = { .ssh_port = 22 };

static void on_changed(void *owner)
{
	struct hardening_status status;

	(void)owner;
	hardening_status(room, &status);
	printf("%s%s%s %s\n", hardening_state_word(status.state),
	       status.garp_refused ? " garp-refused" : "", status.ssh_closed ? " ssh-closed" : "",
	       status.last.detail);
	fflush(stdout);
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	(void)source;
	(void)info;
	(void)owner;
	settings.ssh_access = !settings.ssh_access;
	hardening_reload(room, &settings);
	return 0;
}

int main(int argc, char *argv[])
{
	static const struct hardening_events events = { .changed = on_changed };
	struct refusal why = { 0 };
	sd_event *event;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (argc != 2 || sigprocmask(SIG_BLOCK, &set, NULL) || sd_event_new(&event) < 0 ||
	    sd_event_add_signal(event, NULL, SIGUSR1, on_signal, NULL) < 0)
		return 2;
	snprintf(settings.nft, sizeof(settings.nft), "%s", argv[1]);
	if (hardening_new(&room, event, &settings, &events, NULL, &why)) {
		fprintf(stderr, "%s\n", why.detail);
		return 1;
	}
	return sd_event_loop(event) < 0;
}
