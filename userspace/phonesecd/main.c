// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "../lib/key_policy.h"
#include "../lib/secret.h"
#include "audit.h"
#include "bus.h"
#include "child.h"
#include "device.h"
#include "fips.h"
#include "guard.h"
#include "log.h"
#include "options.h"

enum {
	/* "Program is not configured", of the exit codes of LSB: trying again is no use. */
	EXIT_STATUS_NOT_CONFIGURED = 6,
	/* Signals that the loop handles. */
	SIGNALS = 3,
};

/**
 * struct daemon - what main() holds together
 * @event: the loop
 * @path: the configuration file
 * @settings: those in force
 * @runtime: folder for the state of calls
 * @state: folder for what outlives a reboot
 * @device: certificates, trust, the site's configuration
 * @guard: signalling and calls
 * @bus: both as others see them
 */
struct daemon {
	sd_event *event;
	const char *path;
	struct settings *settings;
	char runtime[PATH_MAX];
	char state[PATH_MAX];
	struct device *device;
	struct guard *guard;
	struct bus *bus;
};

static void warnings_tell(const struct settings_report *report)
{
	size_t kept = report->count;

	if (kept > SETTINGS_WARNINGS_MAX)
		kept = SETTINGS_WARNINGS_MAX;
	for (size_t i = 0; i < kept; i++)
		log_tell(LOG_SETTINGS_WARNING, "%s", report->warnings[i].detail);
	if (report->count > kept)
		log_tell(LOG_SETTINGS_WARNING, "and %zu more", report->count - kept);
}

/* Reads the file; what is wrong with it is in the log. */
static int settings_new(struct settings **settings, const char *path, struct refusal *why)
{
	struct settings_report report;
	int err;

	*settings = calloc(1, sizeof(**settings));
	if (!*settings)
		return refusal_set(why, REASON_NO_MEMORY, "settings");
	err = settings_load(*settings, path, &report, why);
	warnings_tell(&report);
	if (err) {
		free(*settings);
		*settings = NULL;
	}
	return err;
}

static void status_notify(const struct daemon *daemon, const char *more)
{
	char listen[MEDIA_ADDRESS_TEXT_MAX];

	media_address_format(&daemon->settings->listen, listen);
	(void)sd_notifyf(0, "%sSTATUS=Security mode %s, the SIP program is served at %s", more,
			 profile_title(daemon->settings->profile), listen);
}

/* Until it is over the service manager takes the daemon for busy with it. */
static void reload_notify(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

static int settings_exchange(struct daemon *daemon, struct refusal *why)
{
	struct settings *settings;
	int err;

	err = settings_new(&settings, daemon->path, why);
	if (err)
		return err;
	err = settings_place(settings, daemon->state, why);
	if (!err)
		err = device_reload(daemon->device, settings, why);
	if (err) {
		free(settings);
		return err;
	}
	free(daemon->settings);
	daemon->settings = settings;
	return 0;
}

/* For the bus, and for SIGHUP. */
static int daemon_reload(void *owner, struct refusal *why)
{
	struct daemon *daemon = owner;
	int err;

	reload_notify();
	err = settings_exchange(daemon, why);
	if (err)
		log_refusal(LOG_SETTINGS_REFUSED, why, "the old settings stay");
	else
		log_tell(LOG_RELOADED, "security mode %s",
			 profile_title(daemon->settings->profile));
	status_notify(daemon, "READY=1\n");
	return err;
}

static int hangup_take(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	struct daemon *daemon = owner;
	struct refusal why;

	(void)source;
	(void)info;
	if (!daemon_reload(daemon, &why))
		bus_reloaded(daemon->bus);
	return 0;
}

static int end_take(sd_event_source *source, const struct signalfd_siginfo *info, void *owner)
{
	(void)info;
	(void)owner;
	return sd_event_exit(sd_event_source_get_event(source), EXIT_STATUS_OK);
}

static int loop_new(struct daemon *daemon, struct refusal *why)
{
	static const int signals[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t set;
	int err;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	err = sd_event_default(&daemon->event);
	for (size_t i = 0; i < SIGNALS && err >= 0; i++)
		err = sd_event_add_signal(daemon->event, NULL, signals[i],
					  signals[i] == SIGHUP ? hangup_take : end_take, daemon);
	if (err >= 0)
		err = sd_event_set_watchdog(daemon->event, true);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}

/* The first of the folders that the service manager made, or the usual one. */
static int folder_find(char folder[PATH_MAX], const char *variable, const char *usual,
		       struct refusal *why)
{
	const char *given = getenv(variable);
	size_t len;

	if (!given || !*given)
		given = usual;
	len = strcspn(given, ":");
	if (*given != '/' || len >= PATH_MAX)
		return refusal_set(why, REASON_SYSTEM, "%s is no path", variable);
	memcpy(folder, given, len);
	folder[len] = '\0';
	if (mkdir(folder, 0700) && errno != EEXIST)
		return refusal_set(why, REASON_SYSTEM, "%s: %m", folder);
	return 0;
}

static int daemon_start(struct daemon *daemon, struct refusal *why)
{
	int err;

	err = folder_find(daemon->runtime, "RUNTIME_DIRECTORY", "/run/phonesec", why);
	if (!err)
		err = folder_find(daemon->state, "STATE_DIRECTORY", "/var/lib/phonesec", why);
	if (!err)
		err = settings_place(daemon->settings, daemon->state, why);
	if (!err)
		err = fips_start(daemon->settings, daemon->runtime, daemon->state, why);
	if (!err)
		err = loop_new(daemon, why);
	if (!err)
		err = device_new(&daemon->device, daemon->event, daemon->settings,
				 daemon->runtime, daemon->state, why);
	if (!err)
		err = guard_new(&daemon->guard, daemon->event, device_settings(daemon->device),
				daemon->runtime, daemon->state, why);
	if (!err)
		err = device_join(daemon->device, daemon->guard, why);
	if (!err)
		err = bus_new(&daemon->bus, daemon->event, daemon->guard, daemon->device,
			      daemon_reload, daemon, why);
	return err;
}

static void daemon_stop(struct daemon *daemon)
{
	bus_free(daemon->bus);
	if (daemon->device)
		device_leave(daemon->device);
	if (daemon->guard)
		guard_free(daemon->guard);
	device_free(daemon->device);
	sd_event_unref(daemon->event);
	free(daemon->settings);
}

static int daemon_loop(struct daemon *daemon)
{
	struct refusal why;
	int status;

	log_tell(LOG_STARTED, "phonesecd %s, security mode %s", PHONESEC_VERSION,
		 profile_title(daemon->settings->profile));
	status_notify(daemon, "READY=1\n");
	status = sd_event_loop(daemon->event);
	(void)sd_notify(0, "STOPPING=1");
	if (status >= 0)
		return status;
	refusal_set(&why, REASON_SYSTEM, "%s", strerror(-status));
	log_refusal(LOG_FAILED, &why, "event loop");
	return EXIT_STATUS_FAILED;
}

static int daemon_run(const char *path)
{
	struct daemon daemon = { .path = path };
	struct refusal why;
	int err, status = EXIT_STATUS_FAILED;

	log_open();
	child_capabilities_keep(1ULL << CAP_NET_RAW);
	if (settings_new(&daemon.settings, path, &why)) {
		log_refusal(LOG_SETTINGS_REFUSED, &why, "%s", "");
		return EXIT_STATUS_NOT_CONFIGURED;
	}
	err = daemon_start(&daemon, &why);
	if (err)
		log_refusal(LOG_FAILED, &why, "phonesecd cannot start");
	else
		status = daemon_loop(&daemon);
	daemon_stop(&daemon);
	if (!err)
		log_tell(LOG_STOPPED, "%s", "");
	return status;
}

static int config_check(const char *path)
{
	struct settings_report report;
	struct settings settings;
	struct refusal why;
	int err;

	err = settings_load(&settings, path, &report, &why);
	for (size_t i = 0; i < report.count && i < SETTINGS_WARNINGS_MAX; i++)
		printf("warning: %s\n", report.warnings[i].detail);
	if (report.count > SETTINGS_WARNINGS_MAX)
		printf("warning: and %zu more\n", report.count - SETTINGS_WARNINGS_MAX);
	if (!err)
		return EXIT_STATUS_OK;
	printf("refused: %s\n%s\n%s\n", why.detail, reason_words(why.code)->text,
	       reason_words(why.code)->mend);
	return EXIT_STATUS_FAILED;
}

static int manual_write(const char *part)
{
	if (!strcmp(part, "settings"))
		settings_manual(stdout);
	else if (!strcmp(part, "options"))
		options_manual(stdout);
	else if (!strcmp(part, "messages"))
		log_manual(stdout);
	else if (!strcmp(part, "audit"))
		audit_manual(stdout);
	else if (!strcmp(part, "keys"))
		key_policy_manual(stdout);
	else
		return EXIT_STATUS_USAGE;
	return EXIT_STATUS_OK;
}

static int action_run(const struct options *options)
{
	switch (options->action) {
	case OPTIONS_RUN:
		return daemon_run(options->config);
	case OPTIONS_CHECK_CONFIG:
		return config_check(options->config);
	case OPTIONS_DEFAULTS:
		settings_example(stdout);
		break;
	case OPTIONS_CATALOG:
		log_catalog(stdout);
		break;
	case OPTIONS_MANUAL:
		return manual_write(options->part);
	case OPTIONS_VERSION:
		printf("phonesecd %s\n", PHONESEC_VERSION);
		break;
	case OPTIONS_HELP:
		options_help(stdout);
		break;
	case OPTIONS_WRONG:
		return EXIT_STATUS_USAGE;
	}
	return EXIT_STATUS_OK;
}

int main(int argc, char *argv[])
{
	struct options options;
	int status;

	secret_protect_process();
	(void)umask(077);
	options_parse(&options, argc, argv);
	status = action_run(&options);
	if (fflush(stdout) && !status) {
		fprintf(stderr, "phonesecd: %s\n", reason_words(REASON_OUTPUT)->text);
		status = EXIT_STATUS_FAILED;
	}
	return status;
}
