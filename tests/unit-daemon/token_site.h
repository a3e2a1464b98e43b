/* SPDX-License-Identifier: Apache-2.0 */
/* A token endpoint of a test, and the store of tokens that asks it. */
#ifndef TOKEN_SITE_H
#define TOKEN_SITE_H

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "oauth.h"

/* Tests run in their own folder. */
#define ENDPOINT_PROGRAM "../site/token_endpoint.py"
#define LOGIN_TOKEN "refresh.of-the-first-login/0123456789+&=%"

struct token_site {
	char folder[64];
	char file[128]; /* of the refresh token */
	pid_t pid;
	int orders; /* what the endpoint reads and writes */
	FILE *answers;
	struct settings settings;
	sd_event *event;
	struct oauth *oauth;
	unsigned int ready, changed;
};

static inline double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline void count_ready(void *owner)
{
	((struct token_site *)owner)->ready++;
}

static inline void count_changed(void *owner)
{
	((struct token_site *)owner)->changed++;
}

static const struct oauth_events counting = { count_ready, count_changed };

/* Starts the program with one more option, or NULL; the certificate is for @name. */
static inline void endpoint_start(struct token_site *site, const char *name, const char *option,
				  const char *value)
{
	int in[2], out[2], port = 0;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	site->pid = fork();
	if (!site->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("python3", "python3", ENDPOINT_PROGRAM, "--folder", site->folder, "--name",
		       name, "--client", "SEP001122334455", "--field", "device=a b", option, value,
		       NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	site->orders = in[1];
	site->answers = fdopen(out[0], "r");
	assert_int_equal(fscanf(site->answers, "port %d%*c", &port), 1);
	snprintf(site->settings.token_endpoint, sizeof(site->settings.token_endpoint),
		 "https://127.0.0.1:%d/token", port);
}

static inline void endpoint_stop(struct token_site *site)
{
	if (!site->pid)
		return;
	close(site->orders);
	fclose(site->answers);
	waitpid(site->pid, NULL, 0);
	site->pid = 0;
}

/* Gives an order; returns what has happened, to be given to json_decref(). */
static inline json_t *endpoint_order(struct token_site *site, const char *order)
{
	char *line = NULL;
	size_t room = 0;
	json_t *told;

	assert_true(dprintf(site->orders, "%s\n", order) > 0);
	assert_true(getline(&line, &room, site->answers) > 0);
	told = json_loads(line, 0, NULL);
	assert_non_null(told);
	free(line);
	return told;
}

static inline void endpoint_tell(struct token_site *site, const char *order)
{
	json_decref(endpoint_order(site, order));
}

static inline unsigned int endpoint_requests(struct token_site *site)
{
	json_t *told = endpoint_order(site, "{}");
	json_int_t count = json_integer_value(json_object_get(told, "requests"));

	json_decref(told);
	return (unsigned int)count;
}

/* The settings of a phone that knows the endpoint, which does not run yet. */
static inline struct token_site *site_make(void)
{
	struct token_site *site = test_calloc(1, sizeof(*site));
	struct settings *settings = &site->settings;

	strcpy(site->folder, "/tmp/test_oauth.XXXXXX");
	assert_non_null(mkdtemp(site->folder));
	snprintf(site->file, sizeof(site->file), "%s/token", site->folder);
	settings->oauth = true;
	strcpy(settings->token_client, "SEP001122334455");
	strcpy(settings->token_form, "device=a+b");
	snprintf(settings->token_anchors, sizeof(settings->token_anchors), "%s/ca.pem",
		 site->folder);
	assert_true(sd_event_new(&site->event) >= 0);
	return site;
}

static inline int entry_remove(const char *path, const struct stat *status, int kind,
			       struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static inline void site_destroy(struct token_site *site)
{
	oauth_free(site->oauth);
	endpoint_stop(site);
	sd_event_unref(site->event);
	nftw(site->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
	test_free(site);
}

static inline void site_open(struct token_site *site)
{
	struct refusal why = { 0 };

	assert_int_equal(oauth_new(&site->oauth, site->event, &site->settings, site->file,
				   &counting, site, &why), 0);
}

/* As when the daemon is started again. */
static inline void site_open_again(struct token_site *site)
{
	oauth_free(site->oauth);
	site->oauth = NULL;
	site_open(site);
}

static inline struct secret *secret_of(const char *text)
{
	struct secret *secret = secret_new(strlen(text) + 1);

	for (; *text; text++)
		secret_append(secret, (unsigned char)*text);
	return secret;
}

static inline void site_login(struct token_site *site)
{
	struct refusal why = { 0 };

	endpoint_tell(site, "{\"grant\": \"" LOGIN_TOKEN "\"}");
	assert_int_equal(oauth_login(site->oauth, secret_of(LOGIN_TOKEN), &why), 0);
}

static inline void site_run(struct token_site *site, double seconds)
{
	double until = now_s() + seconds;

	while (now_s() < until)
		assert_true(sd_event_run(site->event, 20000) >= 0);
}

/* Lets the loop run until the state is this one. */
static inline void site_wait(struct token_site *site, enum oauth_state state, double seconds)
{
	double until = now_s() + seconds;

	while (oauth_state(site->oauth) != state && now_s() < until)
		assert_true(sd_event_run(site->event, 20000) >= 0);
	if (oauth_state(site->oauth) != state)
		print_message("%s: %s\n", oauth_state_word(oauth_state(site->oauth)),
			      oauth_why(site->oauth)->detail);
	assert_int_equal(oauth_state(site->oauth), state);
}

#endif
