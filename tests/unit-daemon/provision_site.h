/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration server of a test, and a phone that asks it. */
#ifndef PROVISION_SITE_H
#define PROVISION_SITE_H

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "overlay.h"
#include "provision.h"

/* Tests run in their own folder. */
#define SERVER_PROGRAM "../site/config_server.py"
#define PHONE "SEP001122334455"

struct provision_site {
	char folder[64];
	pid_t pid;
	int orders;
	FILE *answers;
	char asked[4096]; /* what the server was asked for, as JSON */
	int http, https, tftp;
	struct settings settings;
	sd_event *event;
	struct provision *provision;
	struct secret *token;
	unsigned int configured, lists, enrolments;
	enum provision_enrolment enrolment;
	char load[PHONE_CONFIG_NAME_MAX]; /* of the configuration that was told of last */
};

static inline void on_configured(void *owner, const struct phone_config *config)
{
	struct provision_site *site = owner;

	site->configured++;
	memcpy(site->load, config->load, sizeof(site->load));
}

static inline void on_enrolment(void *owner, enum provision_enrolment reason,
				const struct phone_config *config)
{
	struct provision_site *site = owner;

	assert_non_null(config);
	site->enrolments++;
	site->enrolment = reason;
}

static inline void on_lists(void *owner)
{
	((struct provision_site *)owner)->lists++;
}

static const struct provision_events provision_told = {
	.configured = on_configured, .wants_enrolment = on_enrolment, .lists_changed = on_lists,
};

static inline void server_start(struct provision_site *site)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	site->pid = fork();
	if (!site->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("python3", "python3", SERVER_PROGRAM, "--folder", site->folder, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	site->orders = in[1];
	site->answers = fdopen(out[0], "r");
	assert_int_equal(fscanf(site->answers, "ports %d %d %d%*c", &site->http, &site->https,
				&site->tftp), 3);
}

/* Gives an order; site->asked is what the server was asked for since the last one. */
__attribute__((format(printf, 2, 3)))
static inline void order(struct provision_site *site, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	assert_true(vdprintf(site->orders, format, list) > 0);
	va_end(list);
	assert_int_equal(write(site->orders, "\n", 1), 1);
	assert_non_null(fgets(site->asked, sizeof(site->asked), site->answers));
}

static inline bool was_asked(struct provision_site *site, const char *what)
{
	char quoted[512];

	snprintf(quoted, sizeof(quoted), "\"%s", what);
	return strstr(site->asked, quoted);
}

static inline void settings_make(struct provision_site *site)
{
	struct settings *settings = &site->settings;
	const struct settings fresh = {
		.name = PHONE, .profile = PROFILE_ENCRYPTED, .media = CALL_MEDIA_REQUIRED,
		.connect_s = 2, .resumption_s = 3600, .first_list = true, .sha1_files = true,
		.provisioning = true, .provisioning_s = 3600, .provisioning_unsigned = true,
		.image_mib = 16, .installer_s = 10,
	};

	*settings = fresh;
	snprintf(settings->lists, sizeof(settings->lists), "%s/trust", site->folder);
	snprintf(settings->lsc.certificate, sizeof(settings->lsc.certificate), "%s/lsc.pem",
		 site->folder);
	strcpy(settings->provisioning_servers[0].host, "127.0.0.1");
	settings->provisioning_servers[0].port = (uint16_t)site->http;
	settings->provisioning_https = (uint16_t)site->https;
	settings->provisioning_tftp = (uint16_t)site->tftp;
}

static inline int site_setup(void **state)
{
	struct provision_site *site = test_calloc(1, sizeof(*site));

	strcpy(site->folder, "/tmp/test_provision.XXXXXX");
	assert_non_null(mkdtemp(site->folder));
	assert_true(sd_event_new(&site->event) >= 0);
	server_start(site);
	settings_make(site);
	*state = site;
	return 0;
}

static inline int entry_remove(const char *path, const struct stat *status, int kind,
			       struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline int site_teardown(void **state)
{
	struct provision_site *site = *state;

	provision_free(site->provision);
	secret_free(site->token);
	close(site->orders);
	fclose(site->answers);
	waitpid(site->pid, NULL, 0);
	sd_event_unref(site->event);
	nftw(site->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
	test_free(site);
	return 0;
}

static inline struct provision_status status_of(struct provision_site *site)
{
	struct provision_status status;

	provision_status(site->provision, &status);
	return status;
}

static inline bool is_busy(struct provision_site *site)
{
	enum provision_state state = status_of(site).state;

	return state == PROVISION_FETCHING || state == PROVISION_ASKING;
}

static inline double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void site_wait(struct provision_site *site)
{
	double until = now_s() + 30;

	while (is_busy(site) && now_s() < until)
		assert_true(sd_event_run(site->event, 50000) >= 0);
	assert_false(is_busy(site));
}

/* A phone that starts, and its first turn. */
static inline void phone_start(struct provision_site *site)
{
	struct refusal why;

	provision_free(site->provision);
	site->provision = NULL;
	assert_int_equal(provision_new(&site->provision, site->event, &site->settings,
				       site->folder, NULL, &provision_told, site, &why), 0);
	provision_token(site->provision, site->token);
	site_wait(site);
	order(site, "{}");
}

static inline void phone_turn(struct provision_site *site)
{
	provision_reload(site->provision);
	site_wait(site);
	order(site, "{}");
}

static inline void expect_state(struct provision_site *site, enum provision_state state,
				enum reason_code code)
{
	struct provision_status status = status_of(site);

	if (status.state != state || status.why.code != code)
		print_message("%s: %s: %s (%s); asked %s\n", provision_state_word(status.state),
			      reason_words(status.why.code)->code, status.why.detail, status.file,
			      site->asked);
	assert_int_equal(status.state, state);
	assert_int_equal(status.why.code, code);
}

/* A whole configuration whose load is @name; @more is within device. */
#define CONFIG(name, more) \
	"<device><fullConfig>true</fullConfig><loadInformation>" name "</loadInformation>" \
	more "</device>"
#define PUT_LIST "{\"put\": {\"name\": \"ITL" PHONE ".tlv\", \"kind\": \"list\"%s}}"
#define PUT(kind, name, text, more) \
	"{\"put\": {\"name\": \"" PHONE name "\", \"kind\": \"" kind "\", \"text\": \"" text "\"" \
	more "}}"
#define SIGNED ".cnf.xml.sgn"
#define PLAIN ".cnf.xml"
#define ENCRYPTED ".cnf.xml.enc.sgn"

#endif
