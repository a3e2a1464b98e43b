// SPDX-License-Identifier: Apache-2.0
#include "capf_site.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Tests run in their own folder. */
#define SERVER_PROGRAM "../site/capf_server.py"

static void server_start(struct capf_site *site)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	site->pid = fork();
	if (!site->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("python3", "python3", "-W", "ignore", SERVER_PROGRAM, "--folder",
		       site->folder, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	site->orders = in[1];
	site->answers = fdopen(out[0], "r");
	assert_int_equal(fscanf(site->answers, "port %d%*c", &site->port), 1);
}

static void phone_make(struct capf_site *site)
{
	struct settings *settings = &site->settings;
	struct refusal why = { 0 };

	*settings = site_settings();
	strcpy(settings->name, CAPF_SITE_DEVICE);
	settings->weak_keys = true;
	settings->capf_auth = CAPF_AUTH_NULL_STRING;
	settings->capf_version = 3;
	settings->capf_answer_s = 10;
	settings->capf_tries = 1;
	settings->capf_retry_s = 1;
	strcpy(settings->capf[0].host, "127.0.0.1");
	settings->capf[0].port = (uint16_t)site->port;
	snprintf(settings->anchors, sizeof(settings->anchors), "%s/capf.pem", site->folder);
	snprintf(settings->identity_folder, sizeof(settings->identity_folder), "%s/identity",
		 site->folder);
	snprintf(settings->lsc.certificate, sizeof(settings->lsc.certificate),
		 "%s/identity/lsc.pem", site->folder);
	snprintf(settings->mic.certificate, sizeof(settings->mic.certificate),
		 "%s/identity/mic.pem", site->folder);
	if (keystore_new(&site->keystore, settings, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
}

void capf_site_open(struct capf_site *site)
{
	*site = (struct capf_site){ 0 };
	strcpy(site->folder, "/tmp/test_enroll.XXXXXX");
	assert_non_null(mkdtemp(site->folder));
	server_start(site);
	phone_make(site);
	assert_true(sd_event_new(&site->event) >= 0);
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status, (void)kind, (void)walk;
	return remove(path);
}

void capf_site_close(struct capf_site *site)
{
	enroll_free(site->enroll);
	keystore_free(site->keystore);
	close(site->orders);
	fclose(site->answers);
	waitpid(site->pid, NULL, 0);
	sd_event_unref(site->event);
	nftw(site->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

char *capf_site_file(const struct capf_site *site, const char *name, size_t *len)
{
	char path[128], *bytes;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", site->folder, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	bytes = calloc(1, 65536);
	*len = fread(bytes, 1, 65535, file);
	fclose(file);
	return bytes;
}

void capf_site_mic(struct capf_site *site, const char *kind)
{
	char name[32], path[128];
	char *bytes;
	size_t len;
	int fd;

	snprintf(path, sizeof(path), "%s/identity/mic.pem", site->folder);
	unlink(path);
	if (!kind)
		return;
	snprintf(name, sizeof(name), "mic-%s.pem", kind);
	bytes = capf_site_file(site, name, &len);
	assert_non_null(bytes);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	free(bytes);
}

static json_t *told_read(struct capf_site *site, const char *order)
{
	char *line = NULL;
	size_t room = 0;
	json_t *told;

	assert_true(dprintf(site->orders, "%s\n", order) > 0);
	if (getline(&line, &room, site->answers) <= 0)
		fail_msg("the server takes no order: %s", order);
	told = json_loads(line, 0, NULL);
	assert_non_null(told);
	free(line);
	return told;
}

void capf_site_order(struct capf_site *site, const char *format, ...)
{
	char orders[512], line[600];
	va_list list;

	va_start(list, format);
	vsnprintf(orders, sizeof(orders), format, list);
	va_end(list);
	snprintf(line, sizeof(line), "{\"forget\": true, %s}", orders);
	json_decref(told_read(site, line));
}

/* What is told of the last session, the caller's; the server may be a moment behind the phone. */
static json_t *session_read(struct capf_site *site)
{
	json_t *told, *sessions, *session;

	for (int tries = 0;; tries++) {
		told = told_read(site, "{}");
		sessions = json_object_get(told, "sessions");
		session = json_array_get(sessions, json_array_size(sessions) - 1);
		json_incref(session);
		json_decref(told);
		if (!session || json_object_get(session, "ended") || tries == 200)
			return session;
		json_decref(session);
		usleep(20000);
	}
}

const char *capf_site_told(struct capf_site *site, const char *name)
{
	static char text[512];
	json_t *session = session_read(site), *value = json_object_get(session, name);
	char *dump = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	if (json_is_string(value))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	else
		snprintf(text, sizeof(text), "%s", dump ?: "");
	free(dump);
	json_decref(session);
	return text;
}

size_t capf_site_sessions(struct capf_site *site)
{
	json_t *told = told_read(site, "{}");
	size_t count = json_array_size(json_object_get(told, "sessions"));

	json_decref(told);
	return count;
}

static void on_progress(void *owner, const char *text)
{
	struct capf_site *site = owner;

	assert_false(site->done);
	assert_true(strlen(text) < ENROLL_PROGRESS_MAX);
	assert_null(strstr(text, CAPF_SITE_STRING));
	if (site->texts_count < CAPF_SITE_TEXTS)
		strcpy(site->texts[site->texts_count++], text);
}

static void on_done(void *owner, const struct enroll_result *result)
{
	struct capf_site *site = owner;

	assert_false(site->done);
	site->done = true;
	site->result = *result;
	enroll_free(site->enroll);
	site->enroll = NULL;
}

int capf_site_begin(struct capf_site *site, const char *string, struct refusal *why)
{
	static const struct enroll_events events = { on_progress, on_done };
	struct secret *secret = string ? secret_new(64) : NULL;
	struct enroll_wish wish = { .cause = ENROLL_MANUAL, .string = secret };
	int err;

	for (; string && *string; string++)
		assert_true(secret_append(secret, (unsigned char)*string));
	site->texts_count = 0;
	site->done = false;
	err = enroll_start(&site->enroll, site->event, &site->settings, site->keystore, site->asker,
			   &wish, &events, site, why);
	/* A copy is kept. */
	secret_free(secret);
	assert_int_equal(site->texts_count, 0);
	return err;
}

void capf_site_enroll(struct capf_site *site, const char *string)
{
	uint64_t end = site_now_ms() + 60000;
	struct refusal why;

	if (capf_site_begin(site, string, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	while (!site->done && site_now_ms() < end)
		assert_true(sd_event_run(site->event, 50000) >= 0);
	if (!site->done)
		fail_msg("stays at: %s", site->texts[site->texts_count - 1]);
}

void site_ended_at(struct capf_site *site, enum enroll_outcome outcome, enum reason_code code,
		   const char *file, int line)
{
	const struct enroll_result *result = &site->result;
	bool installed = outcome == ENROLL_INSTALLED ||
			 (outcome == ENROLL_FETCHED && *capf_site_lsc(site));
	const char *text = installed ? "Installed" : "Not Installed";

	if (result->outcome != outcome || result->why.code != code ||
	    strcmp(result->text, text) || !site->texts_count ||
	    strcmp(site->texts[site->texts_count - 1], text)) {
		print_error("outcome %d, %s: %s; \"%s\"; the server: %s\n", result->outcome,
			    reason_words(result->why.code)->code, result->why.detail, result->text,
			    capf_site_told(site, "ended"));
		_fail(file, line);
	}
}

const char *capf_site_lsc(const struct capf_site *site)
{
	static char texts[4][2 * CRYPTO_FINGERPRINT_LEN + 1];
	static unsigned int next;
	struct keystore_certificate lsc;
	char *text = texts[next++ % 4];

	keystore_show(site->keystore, KEYSTORE_LSC, &lsc);
	*text = '\0';
	if (lsc.state == CERTIFICATE_MISSING)
		return text;
	for (size_t i = 0; i < CRYPTO_FINGERPRINT_LEN; i++)
		sprintf(text + 2 * i, "%02x", lsc.fingerprint[i]);
	return text;
}
