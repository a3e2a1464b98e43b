/* SPDX-License-Identifier: Apache-2.0 */
/* A phone with a local settings password, whose state is in a folder of the test. */
#ifndef CREDENTIALS_SITE_H
#define CREDENTIALS_SITE_H

#include <fcntl.h>
#include <unistd.h>

#include "credentials.h"
#include "unit.h"

enum { SOMEBODY = 1000, SOMEBODY_ELSE = 1001 };

static sd_event *event;
static char folder[] = "/tmp/phonesec-credentials-XXXXXX";
static char file[64];
static struct settings settings;
static struct credentials *credentials;
static struct refusal why;
static bool is_ended;
static unsigned int told;

static inline void on_changed(void *owner)
{
	(void)owner;
	told++;
}

static const struct credentials_events events = { .changed = on_changed };

static inline void on_done(void *owner, const struct refusal *refusal)
{
	assert_ptr_equal(owner, &is_ended);
	is_ended = true;
	why = refusal ? *refusal : (struct refusal){ 0 };
}

static inline int credentials_read(void)
{
	why = (struct refusal){ 0 };
	return credentials_new(&credentials, event, &settings, folder, &events, NULL, &why);
}

/* As the daemon ends, in whatever way, and starts again. */
static inline void restart(void)
{
	credentials_free(credentials);
	credentials = NULL;
	assert_int_equal(credentials_read(), 0);
}

/* Few iterations, as tests compute many; that there are more is test_settings_file's. */
static inline void phone_make(void)
{
	settings = (struct settings){
		.name = "SEP001122334455", .password_length = 8, .string_length = 4,
		.password_history = 2, .password_tries = 3, .lockout_s = 60, .unlock_s = 300,
		.password_rounds = 1000,
	};
	credentials_free(credentials);
	credentials = NULL;
	(void)unlink(file);
	assert_int_equal(credentials_read(), 0);
}

static inline int site_set_up(void **state)
{
	(void)state;
	assert_int_equal(sd_event_new(&event), 0);
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/credentials.json", folder);
	return 0;
}

static inline int site_clear(void **state)
{
	(void)state;
	credentials_free(credentials);
	(void)unlink(file);
	(void)rmdir(folder);
	sd_event_unref(event);
	return 0;
}

static inline struct secret *secret_of(const char *text)
{
	struct secret *secret = secret_new(CREDENTIALS_PASSWORD_MAX + 8);

	for (; *text; text++)
		assert_true(secret_append(secret, (unsigned char)*text));
	return secret;
}

static inline enum reason_code end_wait(int err)
{
	if (!err)
		assert_false(is_ended);
	for (int i = 0; !err && !is_ended && i < 1000; i++)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_true(err || is_ended);
	return why.code;
}

static inline enum reason_code unlock(uid_t user, const char *password)
{
	struct secret *secret = password ? secret_of(password) : NULL;
	int err;

	why = (struct refusal){ 0 };
	is_ended = false;
	err = credentials_unlock(credentials, secret, user, on_done, &is_ended, &why);
	secret_free(secret);
	return end_wait(err);
}

static inline enum reason_code change(const char *old, const char *new, bool is_root)
{
	struct secret *was = old ? secret_of(old) : NULL, *is = new ? secret_of(new) : NULL;
	int err;

	why = (struct refusal){ 0 };
	is_ended = false;
	err = credentials_set(credentials, was, is, is_root, on_done, &is_ended, &why);
	secret_free(was);
	secret_free(is);
	return end_wait(err);
}

static inline struct credentials_status status(void)
{
	struct credentials_status status;

	credentials_status(credentials, &status);
	return status;
}

#endif
