// SPDX-License-Identifier: Apache-2.0
/* phonesec-web: the pages of this phone, for as long as the daemon says that there may be any. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "policy.h"
#include "server.h"

enum { RETRY_S = 5 };

/**
 * struct web - what main() holds together
 * @snapshot: what the pages show, while there are any
 * @wanted: ports that there may be pages on
 * @http, @https: those that there are, or NULL
 * @identity: of HTTPS, made when it is first needed: never in FIPS mode
 * @retry: when ports that could not be had are tried again
 */
struct web {
	sd_event *event;
	struct policy *policy;
	struct snapshot *snapshot;
	struct policy_ports wanted;
	struct server *http;
	struct server *https;
	struct server_identity *identity;
	sd_event_source *retry;
};

static void failed_tell(const char *what, const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);

	fprintf(stderr, SD_WARNING "%s: %s (%s)\n", what, words->text, why->detail);
}

static void status_tell(const struct web *web)
{
	char http[16] = "", https[16] = "";

	if (web->http)
		snprintf(http, sizeof(http), " http:%u", web->wanted.http);
	if (web->https)
		snprintf(https, sizeof(https), " https:%u", web->wanted.https);
	(void)sd_notifyf(0, "READY=1\nSTATUS=%s%s%s", web->http || web->https ? "Listening:" :
			 "Not listening", http, https);
}

static void pages_close(struct web *web)
{
	server_close(web->http);
	server_close(web->https);
	snapshot_free(web->snapshot);
	web->http = web->https = NULL;
	web->snapshot = NULL;
}

static int https_open(struct web *web, struct refusal *why)
{
	int err;

	if (!web->identity) {
		err = server_identity_new(&web->identity, why);
		if (err)
			return err;
		fprintf(stderr, SD_INFO "certificate of the pages: SHA-256 %s\n",
			web->identity->fingerprint);
	}
	return server_open(&web->https, web->event, web->wanted.https, web->identity,
			   web->snapshot, why);
}

/* Each port stands alone: one that cannot be had does not keep the other one closed. */
static void pages_open(struct web *web)
{
	struct refusal why;
	bool has_failed = false;

	if (web->wanted.http && !web->http &&
	    server_open(&web->http, web->event, web->wanted.http, NULL, web->snapshot, &why)) {
		failed_tell("no page over HTTP", &why);
		has_failed = true;
	}
	if (web->wanted.https && !web->https && https_open(web, &why)) {
		failed_tell("no page over HTTPS", &why);
		has_failed = true;
	}
	if (!has_failed)
		return;
	(void)sd_event_source_set_time_relative(web->retry, RETRY_S * UINT64_C(1000000));
	(void)sd_event_source_set_enabled(web->retry, SD_EVENT_ONESHOT);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct web *web = data;

	(void)source;
	(void)usec;
	if (web->snapshot)
		pages_open(web);
	status_tell(web);
	return 0;
}

static void on_policy(void *owner, const struct policy_ports *ports, sd_bus *bus)
{
	struct web *web = owner;

	if (web->snapshot && ports->http == web->wanted.http && ports->https == web->wanted.https)
		return;
	pages_close(web);
	web->wanted = *ports;
	if (ports->http || ports->https)
		web->snapshot = snapshot_new(bus);
	if (web->snapshot)
		pages_open(web);
	status_tell(web);
}

static int on_end(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	(void)info;
	(void)owner;
	return sd_event_exit(sd_event_source_get_event(source), EXIT_STATUS_OK);
}

static int web_start(struct web *web)
{
	sigset_t set;
	int err;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	err = sd_event_default(&web->event);
	if (err >= 0)
		err = sd_event_add_signal(web->event, NULL, SIGTERM, on_end, NULL);
	if (err >= 0)
		err = sd_event_add_signal(web->event, NULL, SIGINT, on_end, NULL);
	if (err >= 0)
		err = sd_event_set_watchdog(web->event, true);
	if (err >= 0)
		err = sd_event_add_time_relative(web->event, &web->retry, CLOCK_BOOTTIME, 0, 1,
						 on_retry, web);
	if (err >= 0)
		err = policy_new(&web->policy, web->event, on_policy, web);
	return err;
}

static void web_stop(struct web *web)
{
	pages_close(web);
	server_identity_free(web->identity);
	policy_free(web->policy);
	sd_event_source_disable_unref(web->retry);
	sd_event_unref(web->event);
}

static int web_run(void)
{
	struct web web = { 0 };
	int status = web_start(&web);

	if (status >= 0)
		status = sd_event_loop(web.event);
	(void)sd_notify(0, "STOPPING=1");
	web_stop(&web);
	if (status >= 0)
		return status;
	fprintf(stderr, SD_ERR "phonesec-web: %s\n", strerror(-status));
	return EXIT_STATUS_FAILED;
}

int main(int argc, char *argv[])
{
	secret_protect_process();
	(void)umask(077);
	if (argc == 1)
		return web_run();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("phonesec-web %s\n", PHONESEC_VERSION);
	} else if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("Usage: phonesec-web [--version | --help]\n\n"
		     "Serves the pages of this phone while phonesecd says that there may be any.");
	} else {
		fprintf(stderr, "phonesec-web: '%s' is no option\n", argv[1]);
		return EXIT_STATUS_USAGE;
	}
	return fflush(stdout) ? EXIT_STATUS_FAILED : EXIT_STATUS_OK;
}
