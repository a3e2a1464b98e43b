// SPDX-License-Identifier: Apache-2.0
/* Looking people up: the answers of a directory, and what is asked of one. */
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contact_search.h"

#define DIRECTORY_PROGRAM "../site/directory.py"
#define USERS(inner) "<users version=\"12.5\" totalCount=\"1\">" inner "</users>"

static struct refusal why;

static int answer_of(struct contact_answer *answer, const char *text)
{
	why = (struct refusal){ 0 };
	return contact_answer_read(answer, (struct octets){ (const uint8_t *)text, strlen(text) },
				   &why);
}

static void an_answer_is_read(void **state)
{
	struct contact_answer answer;

	(void)state;
	assert_int_equal(answer_of(&answer,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?><users uri=\"x\" totalCount=\"70\">"
		"<user uri=\"y\"><id>1</id><userName>alice</userName><firstName>Alice</firstName>"
		"<lastName>M\303\274ller &amp; Co</lastName><phoneNumber>1001</phoneNumber>"
		"<email>a@b</email></user><user><displayName>Bob</displayName></user></users>"), 0);
	assert_int_equal(answer.count, 2);
	assert_int_equal(answer.total, 70);
	assert_string_equal(answer.contacts[0].user, "alice");
	assert_string_equal(answer.contacts[0].name, "Alice M\303\274ller & Co");
	assert_string_equal(answer.contacts[0].number, "1001");
	assert_string_equal(answer.contacts[0].mail, "a@b");
	assert_string_equal(answer.contacts[1].name, "Bob");
	assert_int_equal(answer_of(&answer, "<users totalCount=\"0\"/>"), 0);
	assert_int_equal(answer.count, 0);
}

static void what_is_no_answer_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "users", "<html/>", "<users>", USERS("<user></users>"),
		"<!DOCTYPE users [<!ENTITY e \"x\">]><users><user><title>&e;</title></user></users>",
		USERS("<user><title>a</title><title>b</title></user>"),
		USERS("<a><b><c><d><e><f><g><h/></g></f></e></d></c></b></a>"),
		USERS("<user><title>\377</title></user>"),
	};
	struct contact_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(answer_of(&answer, bad[i]) < 0);
		assert_int_equal(why.code, REASON_DIRECTORY_ANSWER);
		assert_int_equal(answer.count, 0);
	}
}

/* So many people, with a text of so many bytes each. */
static char *many(size_t people, size_t bytes)
{
	size_t size;
	char *text;
	FILE *stream = open_memstream(&text, &size);

	fputs("<users>", stream);
	for (size_t i = 0; i < people; i++) {
		fputs("<user><title>", stream);
		for (size_t k = 0; k < bytes; k += 2)
			fputs("\303\274", stream);
		fputs("</title></user>", stream);
	}
	fputs("</users>", stream);
	fclose(stream);
	return text;
}

static void there_are_caps(void **state)
{
	struct contact_answer answer;
	char *text = many(CONTACTS_MAX, 2);

	(void)state;
	assert_int_equal(answer_of(&answer, text), 0);
	assert_int_equal(answer.count, CONTACTS_MAX);
	free(text);
	text = many(CONTACTS_MAX + 1, 2);
	assert_true(answer_of(&answer, text) < 0);
	free(text);
	text = many(1, 1000);
	assert_int_equal(answer_of(&answer, text), 0);
	/* Whole characters of two bytes. */
	assert_int_equal(strlen(answer.contacts[0].title), CONTACT_TEXT_MAX - 2);
	free(text);
	text = many(1, CONTACT_ANSWER_MAX);
	assert_true(answer_of(&answer, text) < 0);
	free(text);
}

static void controls_are_question_marks(void **state)
{
	struct contact_answer answer;

	(void)state;
	assert_int_equal(answer_of(&answer, USERS("<user><title>a&#10;b&#127;c&#155;d</title></user>")),
			 0);
	assert_string_equal(answer.contacts[0].title, "a?b?c?d");
}

struct directory_site {
	char folder[64];
	pid_t pid;
	int orders;
	FILE *answers;
	struct settings settings;
	sd_event *event;
	bool is_done;
	struct refusal why;
	size_t count;
	char name[CONTACT_TEXT_MAX];
};

static int site_set_up(void **state)
{
	struct directory_site *site = calloc(1, sizeof(*site));
	int in[2], out[2], port = 0;

	strcpy(site->folder, "/tmp/test_contacts.XXXXXX");
	assert_non_null(mkdtemp(site->folder));
	assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	site->pid = fork();
	if (!site->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execlp("python3", "python3", DIRECTORY_PROGRAM, "--folder", site->folder, NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	site->orders = in[1];
	site->answers = fdopen(out[0], "r");
	assert_int_equal(fscanf(site->answers, "port %d%*c", &port), 1);
	snprintf(site->settings.directory, sizeof(site->settings.directory),
		 "https://127.0.0.1:%d/cucm-uds/users", port);
	snprintf(site->settings.anchors, sizeof(site->settings.anchors), "%s/ca.pem",
		 site->folder);
	assert_true(sd_event_new(&site->event) >= 0);
	*state = site;
	return 0;
}

static int entry_remove(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int site_clear(void **state)
{
	struct directory_site *site = *state;

	close(site->orders);
	fclose(site->answers);
	waitpid(site->pid, NULL, 0);
	sd_event_unref(site->event);
	nftw(site->folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
	free(site);
	return 0;
}

/* Gives an order; how many requests there were so far. */
static int site_order(struct directory_site *site, const char *order)
{
	int requests = -1;

	assert_true(dprintf(site->orders, "%s\n", order) > 0);
	assert_int_equal(fscanf(site->answers, "%d%*c", &requests), 1);
	return requests;
}

static void on_done(void *owner, const struct contact_result *result)
{
	struct directory_site *site = owner;

	site->is_done = true;
	site->why = result->why;
	site->count = result->found->count;
	strcpy(site->name, result->found->contacts[0].name);
}

static enum reason_code search_as(struct directory_site *site, const char *name, const char *user,
				  const char *password)
{
	struct secret *secret = secret_new(512);
	struct contact_search *search = NULL;

	for (; *password; password++)
		secret_append(secret, (unsigned char)*password);
	site->is_done = false;
	if (contact_search_start(&search, site->event, &site->settings, NULL, name, user, secret,
				 on_done, site, &site->why)) {
		secret_free(secret);
		return site->why.code;
	}
	secret_free(secret);
	for (int i = 0; i < 500 && !site->is_done; i++)
		assert_true(sd_event_run(site->event, 20000) >= 0);
	assert_true(site->is_done);
	contact_search_free(search);
	return site->why.code;
}

static void somebody_is_found(void **state)
{
	struct directory_site *site = *state;

	assert_int_equal(search_as(site, "m\303\274ller & x", "alice", "pass:word \303\274"),
			 REASON_NONE);
	assert_int_equal(site->count, 1);
	/* It is in the answer as it was asked for. */
	assert_string_equal(site->name, "m\303\274ller & x");
}

static void without_credentials_nothing_is_asked(void **state)
{
	struct directory_site *site = *state;

	assert_int_equal(search_as(site, "a", "", "x"), REASON_DIRECTORY_CREDENTIALS);
	assert_int_equal(search_as(site, "a", "alice", ""), REASON_DIRECTORY_CREDENTIALS);
	assert_int_equal(search_as(site, "a", "alice:x", "x"), REASON_DIRECTORY_CREDENTIALS);
	assert_int_equal(search_as(site, "a", "al\nice", "x"), REASON_DIRECTORY_CREDENTIALS);
	assert_int_equal(search_as(site, "", "alice", "x"), REASON_DIRECTORY_QUESTION);
	assert_int_equal(site_order(site, "answer"), 0);
	*site->settings.directory = '\0';
	assert_int_equal(search_as(site, "a", "alice", "x"), REASON_DIRECTORY_MISSING);
}

static void wrong_credentials_are_told(void **state)
{
	struct directory_site *site = *state;

	assert_int_equal(search_as(site, "a", "alice", "wrong-secret"), REASON_DIRECTORY_REFUSED);
	assert_null(strstr(site->why.detail, "wrong-secret"));
	assert_int_equal(site_order(site, "answer"), 1);
}

static void a_server_that_nobody_vouches_for_gets_nothing(void **state)
{
	struct directory_site *site = *state;

	snprintf(site->settings.anchors, sizeof(site->settings.anchors), "%s/other.pem",
		 site->folder);
	assert_int_equal(search_as(site, "a", "alice", "x"), REASON_SERVER_UNTRUSTED);
	assert_int_equal(site_order(site, "answer"), 0);
}

static void bad_answers_are_refused(void **state)
{
	static const char *const orders[] = { "redirect", "type", "huge", "garbage", "error" };
	struct directory_site *site = *state;

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		assert_int_equal(site_order(site, orders[i]), i);
		assert_int_equal(search_as(site, "a", "alice", "pass:word \303\274"),
				 REASON_DIRECTORY_ANSWER);
		assert_int_equal(site->count, 0);
	}
	/* Nobody is followed elsewhere. */
	assert_int_equal(site_order(site, "answer"), sizeof(orders) / sizeof(*orders));
}

#define WITH_SITE(test) cmocka_unit_test_setup_teardown(test, site_set_up, site_clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(there_are_caps),
		cmocka_unit_test(controls_are_question_marks),
		WITH_SITE(somebody_is_found),
		WITH_SITE(without_credentials_nothing_is_asked),
		WITH_SITE(wrong_credentials_are_told),
		WITH_SITE(a_server_that_nobody_vouches_for_gets_nothing),
		WITH_SITE(bad_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
