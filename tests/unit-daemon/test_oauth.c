// SPDX-License-Identifier: Apache-2.0
/* Tokens against an endpoint that speaks real TLS and does what it is told. */
#include "token_site.h"

#include <errno.h>
#include <fcntl.h>

static int site_setup(void **state)
{
	struct token_site *site = site_make();

	endpoint_start(site, "127.0.0.1", NULL, NULL);
	*state = site;
	return 0;
}

static int site_setup_alone(void **state)
{
	*state = site_make();
	return 0;
}

static int site_teardown(void **state)
{
	site_destroy(*state);
	return 0;
}

/* Whether the endpoint issued the access token that is handed out now. */
static bool is_issued(struct token_site *site)
{
	const struct secret *token = oauth_token(site->oauth);
	json_t *told = endpoint_order(site, "{}"), *one;
	bool found = false;
	size_t i;

	assert_non_null(token);
	json_array_foreach(json_object_get(told, "issued"), i, one)
		found = found || (json_string_length(one) == secret_len(token) &&
				  !memcmp(json_string_value(one), secret_bytes(token),
					  secret_len(token)));
	json_decref(told);
	return found;
}

static void file_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void file_write(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void first_login_stores_0600(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 };
	struct stat status;
	char stored[128];
	json_t *told, *form;

	site_open(site);
	assert_int_equal(oauth_state(site->oauth), OAUTH_NO_TOKEN);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_MISSING);
	assert_null(oauth_token(site->oauth));
	endpoint_tell(site, "{\"grant\": \"" LOGIN_TOKEN "\"}");
	/* With the end of the line that it was typed in. */
	assert_int_equal(oauth_login(site->oauth, secret_of(LOGIN_TOKEN "\n"), &why), 0);
	assert_int_equal(oauth_state(site->oauth), OAUTH_REFRESHING);
	assert_int_equal(stat(site->file, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	file_read(site->file, stored, sizeof(stored));
	assert_string_equal(stored, LOGIN_TOKEN);

	site_wait(site, OAUTH_READY, 5);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_NONE);
	assert_true(is_issued(site));
	assert_in_range(oauth_expires_s(site->oauth), 3590, 3600);
	assert_int_equal(site->ready, 1);
	assert_int_equal(site->changed, 2);
	told = endpoint_order(site, "{}");
	form = json_array_get(json_object_get(told, "last"), 0);
	assert_string_equal(json_string_value(json_object_get(form, "grant_type")),
			    "refresh_token");
	assert_string_equal(json_string_value(json_object_get(form, "refresh_token")),
			    LOGIN_TOKEN);
	assert_string_equal(json_string_value(json_object_get(form, "client_id")),
			    "SEP001122334455");
	assert_string_equal(json_string_value(json_object_get(form, "device")), "a b");
	json_decref(told);
}

static void refreshes_before_the_end(void **state)
{
	struct token_site *site = *state;
	double began, until;

	endpoint_tell(site, "{\"expires_in\": 8}");
	site_open(site);
	began = now_s();
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	for (until = now_s() + 9; site->ready < 2 && now_s() < until; site_run(site, 0.02))
		assert_non_null(oauth_token(site->oauth));
	assert_int_equal(site->ready, 2);
	assert_true(now_s() - began >= 6 && now_s() - began < 8);
	assert_true(is_issued(site));
	assert_true(oauth_expires_s(site->oauth) > 6);
}

/* One second is over before another request is made. */
static void ended_token_is_not_handed_out(void **state)
{
	struct token_site *site = *state;
	double ended;

	endpoint_tell(site, "{\"expires_in\": 1}");
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	assert_non_null(oauth_token(site->oauth));
	ended = now_s() + 1;
	/* Even when the loop does not get to it. */
	while (now_s() < ended)
		usleep(10000);
	assert_null(oauth_token(site->oauth));
	assert_int_equal(oauth_expires_s(site->oauth), 0);
	site->changed = 0;
	site_wait(site, OAUTH_REFRESHING, 1);
	assert_int_equal(site->changed, 1);
	assert_int_equal(endpoint_requests(site), 1);
	site_wait(site, OAUTH_READY, 6);
	assert_int_equal(endpoint_requests(site), 2);
}

static void rotation_survives_restart(void **state)
{
	struct token_site *site = *state;
	char stored[128];
	json_t *told;

	endpoint_tell(site, "{\"rotate\": true}");
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	file_read(site->file, stored, sizeof(stored));
	told = endpoint_order(site, "{}");
	assert_int_equal(json_array_size(json_object_get(told, "refresh")), 1);
	assert_string_equal(json_string_value(json_array_get(json_object_get(told, "refresh"), 0)),
			    stored);
	json_decref(told);
	/* The login token is good no more: only the stored one gets an answer. */
	site_open_again(site);
	assert_int_equal(oauth_state(site->oauth), OAUTH_REFRESHING);
	site_wait(site, OAUTH_READY, 5);
	assert_true(is_issued(site));
	assert_int_equal(endpoint_requests(site), 2);
}

/* The endpoint has changed it already, so it is used, and the trouble is told. */
static void rotation_goes_on_without_storage(void **state)
{
	struct token_site *site = *state;
	char folder[256], kept[256];

	endpoint_tell(site, "{\"rotate\": true, \"expires_in\": 2}");
	snprintf(folder, sizeof(folder), "%s/state", site->folder);
	snprintf(kept, sizeof(kept), "%s/kept", site->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(site->file, sizeof(site->file), "%.60s/state/token", site->folder);
	site_open(site);
	site_login(site);
	assert_int_equal(rename(folder, kept), 0);
	site_wait(site, OAUTH_READY, 5);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_SYSTEM);
	assert_int_equal(rename(kept, folder), 0);
	site_wait(site, OAUTH_REFRESHING, 3);
	site_wait(site, OAUTH_READY, 6);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_NONE);
	site_open_again(site);
	site_wait(site, OAUTH_READY, 5);
}

static void refused_refresh_token_is_told(void **state)
{
	struct token_site *site = *state;
	const char *detail;

	endpoint_tell(site, "{\"behave\": \"refuse\", \"description\": "
			    "\"who are\\r\\nyou, {token}? \\u00e4\"}");
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_REFUSED, 5);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_REFUSED);
	detail = oauth_why(site->oauth)->detail;
	assert_non_null(strstr(detail, "invalid_grant: who are??you, *****"));
	assert_non_null(strstr(detail, "*? ??"));
	assert_null(strstr(detail, "login"));
	assert_null(oauth_token(site->oauth));
	assert_int_equal(site->ready, 0);
	/* Nobody asks again, but a new start tells the same. */
	site_run(site, 7);
	assert_int_equal(endpoint_requests(site), 1);
	site_open_again(site);
	site_wait(site, OAUTH_REFUSED, 5);
	/* A new login is the way out. */
	endpoint_tell(site, "{\"behave\": \"issue\"}");
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
}

static void unreachable_is_tried_again(void **state)
{
	struct token_site *site = *state;
	double began;

	endpoint_tell(site, "{\"behave\": \"unavailable\"}");
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_UNREACHABLE, 5);
	began = now_s();
	assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_ENDPOINT);
	assert_string_equal(oauth_why(site->oauth)->detail, "HTTP status 503");
	endpoint_tell(site, "{\"behave\": \"issue\"}");
	site_wait(site, OAUTH_READY, 8);
	assert_true(now_s() - began > 4.9 && now_s() - began < 7);
	assert_int_equal(endpoint_requests(site), 2);
}

static void nobody_listens(void **state)
{
	struct token_site *site = *state;

	site_open(site);
	endpoint_stop(site);
	oauth_login(site->oauth, secret_of(LOGIN_TOKEN), &(struct refusal){ 0 });
	site_wait(site, OAUTH_UNREACHABLE, 5);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_SERVER_UNREACHABLE);
}

static void refused_for(struct token_site *site, enum reason_code code)
{
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_UNREACHABLE, 12);
	if (oauth_why(site->oauth)->code != code)
		print_message("%s\n", oauth_why(site->oauth)->detail);
	assert_int_equal(oauth_why(site->oauth)->code, code);
	assert_null(oauth_token(site->oauth));
	oauth_free(site->oauth);
	site->oauth = NULL;
}

static void wrong_ca_is_refused(void **state)
{
	struct token_site *site = *state;
	struct token_site *other = site_make();

	endpoint_start(other, "127.0.0.1", NULL, NULL);
	strcpy(site->settings.token_anchors, other->settings.token_anchors);
	refused_for(site, REASON_SERVER_UNTRUSTED);
	/* What the whole system trusts vouches for nobody here. */
	strcpy(site->settings.token_anchors, "");
	refused_for(site, REASON_TRUST_EMPTY);
	strcpy(site->settings.token_anchors, "/nonexistent");
	refused_for(site, REASON_TRUST_FILE);
	assert_int_equal(endpoint_requests(site), 0);
	site_destroy(other);
}

static void wrong_name_is_refused(void **state)
{
	struct token_site *site = *state;

	endpoint_start(site, "other.example", NULL, NULL);
	refused_for(site, REASON_SERVER_NAME);
	assert_int_equal(endpoint_requests(site), 0);
}

static void only_gcm_suites(void **state)
{
	struct token_site *site = *state;

	endpoint_start(site, "127.0.0.1", "--suites", "ECDHE-ECDSA-CHACHA20-POLY1305");
	refused_for(site, REASON_TLS_HANDSHAKE);
	assert_int_equal(endpoint_requests(site), 0);
}

static void old_tls_with_gcm_is_enough(void **state)
{
	struct token_site *site = *state;

	endpoint_start(site, "127.0.0.1", "--suites", "ECDHE-ECDSA-AES128-GCM-SHA256");
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
}

/* Whatever the settings let through: a token goes nowhere without TLS. */
static void plain_http_is_refused(void **state)
{
	struct token_site *site = *state;

	memcpy(site->settings.token_endpoint, "http:/", 6);
	memmove(site->settings.token_endpoint + 6, site->settings.token_endpoint + 7,
		strlen(site->settings.token_endpoint + 7) + 1);
	refused_for(site, REASON_TOKEN_ENDPOINT);
	assert_int_equal(endpoint_requests(site), 0);
}

/* A folder with a file that is none, and the anchors of everything else. */
static void anchors_of_a_folder(void **state)
{
	struct token_site *site = *state;
	char folder[256], from[256], to[300], note[300];

	snprintf(folder, sizeof(folder), "%s/anchors", site->folder);
	snprintf(from, sizeof(from), "%s/ca.pem", site->folder);
	snprintf(to, sizeof(to), "%s/authority.pem", folder);
	snprintf(note, sizeof(note), "%s/README", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	file_write(note, "not a certificate\n", 0600);
	strcpy(site->settings.token_anchors, "");
	strcpy(site->settings.anchors, folder);
	refused_for(site, REASON_TRUST_EMPTY);
	assert_int_equal(rename(from, to), 0);
	site_open(site);
	site_wait(site, OAUTH_READY, 5);
}

static void bad_answers_are_refused(void **state)
{
	static const struct {
		const char *order;
		const char *detail;
	} bad[] = {
		{ "{\"behave\": \"redirect\"}", "HTTP status 307: it points to another address" },
		{ "{\"behave\": \"garbage\"}", "no JSON object" },
		{ "{\"behave\": \"huge\"}", "longer than 65536" },
		{ "{\"behave\": \"type\"}", "application/json" },
		{ "{\"behave\": \"other\"}", "invalid_client: the refresh" },
		{ "{\"behave\": \"issue\", \"expires_in\": null}", "expires_in" },
		{ "{\"expires_in\": -1}", "expires_in" },
		{ "{\"expires_in\": \"1h\"}", "expires_in" },
		{ "{\"expires_in\": 60, \"answer\": {\"token_type\": \"mac\"}}", "token_type" },
		{ "{\"answer\": {\"refresh_token\": \"a\\nb\"}}", "refresh token" },
	};
	struct token_site *site = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		endpoint_tell(site, bad[i].order);
		site_open(site);
		site_login(site);
		site_wait(site, OAUTH_UNREACHABLE, 5);
		if (!strstr(oauth_why(site->oauth)->detail, bad[i].detail))
			print_message("%s\n", oauth_why(site->oauth)->detail);
		assert_non_null(strstr(oauth_why(site->oauth)->detail, bad[i].detail));
		assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_ENDPOINT);
		assert_null(oauth_token(site->oauth));
		assert_int_equal(endpoint_requests(site), i + 1);
		oauth_free(site->oauth);
		site->oauth = NULL;
	}
}

/* What the token would break out of is a quoted string in a header field. */
static void token_that_no_header_may_have(void **state)
{
	static const char *const bad[] = {
		"a\\\"b", "a\\r\\nVia: b", "a\\nb", "a\\\\b", "a b", "a\\u00e4", "a\\u007f", "",
	};
	struct token_site *site = *state;
	char order[128];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(order, sizeof(order), "{\"answer\": {\"access_token\": \"%s\"}}", bad[i]);
		endpoint_tell(site, order);
		refused_for(site, REASON_TOKEN_ENDPOINT);
	}
	endpoint_tell(site, "{\"expires_in\": \"77\", \"answer\": "
			    "{\"access_token\": \"!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\"}}");
	site_open(site);
	site_wait(site, OAUTH_READY, 5);
	assert_in_range(oauth_expires_s(site->oauth), 70, 77);
}

static void silence_ends(void **state)
{
	struct token_site *site = *state;
	double began = now_s();

	endpoint_tell(site, "{\"behave\": \"slow\"}");
	refused_for(site, REASON_SERVER_SILENT);
	assert_true(now_s() - began > 9 && now_s() - began < 12);
}

static void file_refused(struct token_site *site, const char *words)
{
	site_open(site);
	assert_int_equal(oauth_state(site->oauth), OAUTH_NO_TOKEN);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_MISSING);
	if (!strstr(oauth_why(site->oauth)->detail, words))
		print_message("%s\n", oauth_why(site->oauth)->detail);
	assert_non_null(strstr(oauth_why(site->oauth)->detail, words));
	oauth_free(site->oauth);
	site->oauth = NULL;
}

static void file_that_others_may_use_is_refused(void **state)
{
	struct token_site *site = *state;
	char target[256];

	strcpy(site->settings.token_endpoint, "https://127.0.0.1:1/token");
	file_write(site->file, LOGIN_TOKEN, 0640);
	file_refused(site, "other users");
	file_write(site->file, LOGIN_TOKEN, 0602);
	file_refused(site, "other users");
	file_write(site->file, "", 0600);
	file_refused(site, "empty");
	file_write(site->file, "two\nlines", 0600);
	file_refused(site, "no token");
	if (!geteuid()) {
		file_write(site->file, LOGIN_TOKEN, 0600);
		assert_int_equal(chown(site->file, 1, 1), 0);
		file_refused(site, "another user");
	}
	snprintf(target, sizeof(target), "%s/target", site->folder);
	assert_int_equal(rename(site->file, target), 0);
	file_write(target, LOGIN_TOKEN, 0600);
	assert_int_equal(symlink(target, site->file), 0);
	file_refused(site, "symbolic link");
	assert_int_equal(unlink(site->file), 0);
	assert_int_equal(mkfifo(site->file, 0600), 0);
	file_refused(site, "regular file");
}

static void logout_destroys_the_file(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 };
	char left[256];

	snprintf(left, sizeof(left), "%s.new", site->file);
	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	file_write(left, LOGIN_TOKEN, 0600);
	assert_int_equal(oauth_logout(site->oauth, &why), 0);
	assert_int_equal(oauth_state(site->oauth), OAUTH_NO_TOKEN);
	assert_null(oauth_token(site->oauth));
	assert_int_not_equal(access(site->file, F_OK), 0);
	assert_int_not_equal(access(left, F_OK), 0);
	/* Once more is no error, and while a request is under way nothing comes of it. */
	assert_int_equal(oauth_logout(site->oauth, &why), 0);
	site_login(site);
	site_run(site, 0.001);
	assert_int_equal(oauth_logout(site->oauth, &why), 0);
	site_run(site, 0.5);
	assert_int_equal(oauth_state(site->oauth), OAUTH_NO_TOKEN);
	assert_int_equal(site->ready, 1);
}

static void login_that_cannot_be_stored_is_refused(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 };

	site_open(site);
	assert_int_equal(oauth_login(site->oauth, secret_of("a\tb"), &why), -EINVAL);
	assert_int_equal(why.code, REASON_VALUE_INVALID);
	assert_int_equal(oauth_login(site->oauth, secret_of("\n"), &why), -EINVAL);
	oauth_free(site->oauth);
	snprintf(site->file, sizeof(site->file), "/nonexistent/token");
	site_open(site);
	assert_int_not_equal(oauth_login(site->oauth, secret_of(LOGIN_TOKEN), &why), 0);
	assert_int_equal(why.code, REASON_SYSTEM);
	assert_int_equal(oauth_state(site->oauth), OAUTH_NO_TOKEN);
}

static void refused_access_token_is_replaced(void **state)
{
	struct token_site *site = *state;
	double began;

	site_open(site);
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	oauth_token_refused(site->oauth);
	assert_null(oauth_token(site->oauth));
	site_wait(site, OAUTH_READY, 2);
	assert_int_equal(endpoint_requests(site), 2);
	/* A server that takes none is not asked with one after the other. */
	began = now_s();
	oauth_token_refused(site->oauth);
	assert_int_equal(oauth_state(site->oauth), OAUTH_REFUSED);
	assert_int_equal(oauth_why(site->oauth)->code, REASON_TOKEN_REFUSED);
	oauth_token_refused(site->oauth);
	site_wait(site, OAUTH_READY, 8);
	assert_true(now_s() - began > 4.9);
	assert_int_equal(endpoint_requests(site), 3);
}

static void settings_that_are_refused(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 };
	struct oauth *oauth = NULL;

	site->settings.remote_access = true;
	strcpy(site->settings.token_endpoint, "https://127.0.0.1:1/token");
	assert_int_equal(oauth_new(&oauth, site->event, &site->settings, site->file, &counting,
				   site, &why), -EPERM);
	assert_int_equal(why.code, REASON_TOKEN_REMOTE_ACCESS);
	site->settings.remote_access = false;
	assert_null(oauth);
	site->settings.oauth = false;
	file_write(site->file, LOGIN_TOKEN, 0600);
	site_open(site);
	assert_int_equal(oauth_state(site->oauth), OAUTH_OFF);
	assert_int_not_equal(oauth_login(site->oauth, secret_of("a"), &why), 0);
	assert_int_equal(oauth_logout(site->oauth, &why), 0);
	assert_int_equal(oauth_state(site->oauth), OAUTH_OFF);
	assert_int_not_equal(access(site->file, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SITE_TEST(name) cmocka_unit_test_setup_teardown(name, site_setup, site_teardown)
#define ALONE_TEST(name) cmocka_unit_test_setup_teardown(name, site_setup_alone, site_teardown)
		SITE_TEST(first_login_stores_0600),
		SITE_TEST(refreshes_before_the_end),
		SITE_TEST(ended_token_is_not_handed_out),
		SITE_TEST(rotation_survives_restart),
		SITE_TEST(rotation_goes_on_without_storage),
		SITE_TEST(refused_refresh_token_is_told),
		SITE_TEST(unreachable_is_tried_again),
		SITE_TEST(nobody_listens),
		SITE_TEST(wrong_ca_is_refused),
		ALONE_TEST(wrong_name_is_refused),
		ALONE_TEST(only_gcm_suites),
		ALONE_TEST(old_tls_with_gcm_is_enough),
		SITE_TEST(plain_http_is_refused),
		SITE_TEST(anchors_of_a_folder),
		SITE_TEST(bad_answers_are_refused),
		SITE_TEST(token_that_no_header_may_have),
		SITE_TEST(silence_ends),
		ALONE_TEST(file_that_others_may_use_is_refused),
		SITE_TEST(logout_destroys_the_file),
		SITE_TEST(login_that_cannot_be_stored_is_refused),
		SITE_TEST(refused_access_token_is_replaced),
		ALONE_TEST(settings_that_are_refused),
	};

	/* Nothing of it may matter. */
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	return cmocka_run_group_tests_name("oauth", tests, NULL, NULL);
}
