// SPDX-License-Identifier: Apache-2.0
/* The configuration file as a whole. */
#include <errno.h>
#include <unistd.h>

#include "settings_unit.h"

static void assert_refused(enum reason_code code, const char *text, const char *detail)
{
	struct settings before;
	int err;

	memset(&settings, 0x5a, sizeof(settings));
	before = settings;
	err = read_text(text);
	if (err != -reason_words(code)->error || !err || why.code != code ||
	    !strstr(why.detail, detail))
		fail_msg("%s\n%d %s: %s", text, err, reason_words(why.code)->code, why.detail);
	/* Taken whole or not at all. */
	assert_memory_equal(&settings, &before, sizeof(settings));
}

static void missing(void **state)
{
	(void)state;
	assert_refused(REASON_SETTINGS_MISSING, "", "[call-manager] primary");
	assert_refused(REASON_SETTINGS_MISSING, "[call-manager]\nprimary =\n", "primary");
	assert_refused(REASON_SETTINGS_MISSING, "[trust]\nanchors =\n" SERVER, "file:2: [trust]");
	assert_refused(REASON_SETTINGS_MISSING,
		       "[trust]\nanchors =\n[phone]\nsecurity-mode = authenticated\n" SERVER,
		       "file:2: [trust] anchors");
	assert_int_equal(read_text("[trust]\nanchors =\n[phone]\nsecurity-mode = nonsecure\n"
				   SERVER), 0);
	assert_refused(REASON_SETTINGS_MISSING, SERVER "[srst]\nrouter = r\n",
		       "file:4: [srst] certificate");
	assert_int_equal(read_text("[srst]\nrouter = r\ncertificate = /r.pem\n"), 0);
	assert_refused(REASON_SETTINGS_MISSING, SERVER "[identity]\nlsc-key = /k\n", "file:4: ");
	assert_refused(REASON_SETTINGS_MISSING, SERVER "[identity]\nmic-key = /k\n", "file:4: ");
	assert_refused(REASON_SETTINGS_MISSING, SERVER "[identity]\nfolder =\n", "file:4: ");
	assert_refused(REASON_SETTINGS_MISSING, SERVER "[oauth]\nsip-oauth-mode = on\n",
		       "file:4: sip-oauth-mode needs token-endpoint");
}

#define ENDPOINT "token-endpoint = https://cucm/token\n"

static void conflicts(void **state)
{
	(void)state;
	assert_refused(REASON_SETTINGS_CONFLICT,
		       "[phone]\nsecurity-mode = nonsecure\nmedia = required\n" SERVER, "file:3: ");
	assert_refused(REASON_SETTINGS_CONFLICT,
		       "[phone]\nsecurity-mode = nonsecure\nmedia = preferred\n" SERVER, "file:3: ");
	assert_refused(REASON_SETTINGS_CONFLICT,
		       SERVER "[web]\nhttp-port = 8080\nhttps-port = 8080\n",
		       "http-port and https-port are the same");
	assert_refused(REASON_SETTINGS_CONFLICT, "[program]\nlisten = 127.0.0.1:20000\n" SERVER,
		       "file:2: ");
	assert_refused(REASON_SETTINGS_CONFLICT, SERVER "[phone]\nmedia-ports = 5060-5070\n",
		       "file:4: ");
	assert_refused(REASON_SETTINGS_CONFLICT,
		       SERVER "[oauth]\n" ENDPOINT "sip-oauth-mode = on\n"
		       "[phone]\nsecurity-mode = authenticated\n", "file:5: sip-oauth-mode");
	assert_refused(REASON_SETTINGS_CONFLICT,
		       SERVER "[oauth]\n" ENDPOINT "sip-oauth-mode = on\n"
		       "[phone]\nsecurity-mode = nonsecure\n", "file:5: sip-oauth-mode");
	assert_refused(REASON_TOKEN_REMOTE_ACCESS,
		       SERVER "[oauth]\n" ENDPOINT "sip-oauth-mode = on\n"
		       "mobile-and-remote-access = on\n", "file:5: ");
	assert_int_equal(read_text(SERVER "[oauth]\nmobile-and-remote-access = on\n"), 0);
	assert_refused(REASON_SETTINGS_CONFLICT,
		       SERVER "[srst]\nrouter = r\ncertificate = /r\nsecure = no\n", "file:6: ");
	assert_refused(REASON_SETTINGS_CONFLICT,
		       SERVER "[srst]\nrouter = r\ncertificate = /r\nsecure = yes\n"
		       "[phone]\nsecurity-mode = nonsecure\n", "file:6: ");
	assert_int_equal(read_text(SERVER "[srst]\nrouter = r\n[phone]\nsecurity-mode = nonsecure\n"),
			 0);
	assert_false(settings.srst_secure);
}

static void warnings(void **state)
{
	char text[4096] = SERVER;

	(void)state;
	assert_int_equal(read_text("early = 1\n[nix]\na = b\n[phone]\nnmae = x\n[empty]\n"
				   SERVER), 0);
	assert_int_equal(report.count, 4);
	assert_string_equal(report.warnings[0].detail,
			    "file:1: 'early' stands before any section");
	assert_string_equal(report.warnings[1].detail, "file:2: the section [nix] is not known");
	assert_string_equal(report.warnings[2].detail, "file:5: [phone] has no key 'nmae'");
	assert_string_equal(report.warnings[3].detail, "file:6: the section [empty] is not known");
	assert_int_equal(report.warnings[0].code, REASON_SETTINGS_SYNTAX);

	assert_int_equal(read_text(SERVER "a\tb = c\n"), 0);
	assert_string_equal(report.warnings[0].detail, "file:3: [call-manager] has no key 'a b'");

	assert_int_equal(read_line("phone", "media = off"), 0);
	assert_int_equal(report.count, 1);
	assert_string_equal(report.warnings[0].detail,
			    "file:2: media is off although security-mode is encrypted");

	for (unsigned int i = 0; i < SETTINGS_WARNINGS_MAX + 5; i++)
		strcat(text, "nix = 1\n");
	assert_int_equal(read_text(text), 0);
	assert_int_equal(report.count, SETTINGS_WARNINGS_MAX + 5);
}

static void syntax(void **state)
{
	static const char with_nul[] = SERVER "[phone]\nname = a\0b\n";

	(void)state;
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "primary = other\n",
		       "file:3: primary stands in line 2 already");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "[phone]\n[call-manager]\nprimary = other\n",
		       "file:5: primary");
	/* Also where it stood without a value. */
	assert_refused(REASON_SETTINGS_SYNTAX, "[call-manager]\nprimary =\nprimary = x\n", "file:3: ");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "nothing\n", "file:3: a line is");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "[phone\nname = x\n", "file:3: a section");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "[phone] name = x\n", "file:3: a section");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "  [phone] name = x\n", "file:3: a section");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "# \033[0m\n", "file:3: there is a control");
	assert_refused(REASON_SETTINGS_SYNTAX, SERVER "a\rb = c\n", "file:3: there is a control");
	assert_refused(REASON_SETTINGS_SYNTAX, "\xef\xbb\xbf" SERVER, "file:1: ");
	assert_int_not_equal(read_bytes(with_nul, sizeof(with_nul) - 1), 0);
	assert_string_equal(why.detail, "file:4: there is a control character in the line");
	/* An indented line is one of its own, and a comment behind a value is part of it. */
	assert_int_equal(read_text(SERVER "[phone]\nname = a\n  model = 7\n"), 0);
	assert_int_equal(settings.model, 7);
	assert_refused(REASON_SETTINGS_VALUE, SERVER "[phone]\nname = a ; b\n", "file:4: name is");
	/* The first thing wrong is told. */
	assert_refused(REASON_SETTINGS_VALUE, "[phone]\nmodel = x\n[phone\n", "file:2: model is");
	/* A value that stands where another one belongs may be a secret. */
	assert_int_not_equal(read_line("oauth", "sip-oauth-mode = hunter2"), 0);
	assert_null(strstr(why.detail, "hunter2"));
}

static void sizes(void **state)
{
	char line[3 * SETTINGS_LINE_MAX], *text;
	size_t begin = strlen(SERVER);

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		size_t len = SETTINGS_LINE_MAX - 2 + more;

		strcpy(line, SERVER);
		memset(line + begin, '#', len);
		strcpy(line + begin + len, "\n# x\n");
		if (!more)
			assert_int_equal(read_text(line), 0);
		else
			assert_refused(REASON_SETTINGS_SYNTAX, line, "file:3: the line is too long");
	}
	text = malloc(begin + SETTINGS_LINES_MAX + 1);
	strcpy(text, SERVER);
	memset(text + begin, '\n', SETTINGS_LINES_MAX);
	text[begin + SETTINGS_LINES_MAX - 2] = '\0';
	assert_int_equal(read_text(text), 0);
	text[begin + SETTINGS_LINES_MAX - 2] = '\n';
	text[begin + SETTINGS_LINES_MAX - 1] = '\0';
	assert_refused(REASON_SETTINGS_SYNTAX, text, "the file has too many lines");
	free(text);
}

static void files(void **state)
{
	char path[] = "/tmp/test_settings.XXXXXX";
	int fd = mkstemp(path);
	char place[sizeof(path) + 4];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, SERVER, strlen(SERVER)), (ssize_t)strlen(SERVER));
	assert_int_equal(settings_load(&settings, path, &report, &why), 0);
	assert_string_equal(settings.servers[0].host, "cucm");
	assert_int_equal(write(fd, "x\n", 2), 2);
	assert_int_equal(settings_load(&settings, path, &report, &why), -EINVAL);
	snprintf(place, sizeof(place), "%s:3: ", path);
	assert_memory_equal(why.detail, place, strlen(place));
	close(fd);
	unlink(path);
	assert_int_equal(settings_load(&settings, path, &report, &why), -ENOENT);
	assert_int_equal(why.code, REASON_SETTINGS_FILE);
	assert_int_equal(settings_load(&settings, "/tmp", &report, &why), -ENOENT);
	assert_int_equal(why.code, REASON_SETTINGS_FILE);
}

/* Folders that the file does not name are below the state folder, and nothing else moves. */
static void placed(void **state)
{
	char deep[PATH_MAX];

	(void)state;
	assert_int_equal(read_text(SERVER), 0);
	assert_int_equal(settings_place(&settings, "/state", &why), 0);
	assert_string_equal(settings.identity_folder, "/state/identity");
	assert_string_equal(settings.lsc.certificate, "/state/identity/lsc.pem");
	assert_string_equal(settings.mic.certificate, "/state/identity/mic.pem");
	assert_string_equal(settings.lists, "/state/trust");
	assert_int_equal(read_text("[identity]\nfolder = /own\nmic = /mic.pem\n[trust]\n"
				   "lists = /lists\n" SERVER), 0);
	assert_int_equal(settings_place(&settings, "/state", &why), 0);
	assert_string_equal(settings.identity_folder, "/own");
	assert_string_equal(settings.lsc.certificate, "/own/lsc.pem");
	assert_string_equal(settings.mic.certificate, "/mic.pem");
	assert_string_equal(settings.lists, "/lists");
	memset(deep, 'x', sizeof(deep));
	deep[SETTINGS_FOLDER_MAX] = '\0';
	assert_int_equal(read_text(SERVER), 0);
	assert_int_not_equal(settings_place(&settings, deep, &why), 0);
	assert_int_equal(why.code, REASON_SETTINGS_VALUE);
}

/* The example with all its keys taken in says what an empty file does. */
static void example(void **state)
{
	struct settings usual;
	char *text = NULL, *at;
	size_t len = 0;
	FILE *stream;

	(void)state;
	memset(&usual, 0, sizeof(usual));
	assert_int_equal(read_text(SERVER), 0);
	usual = settings;
	stream = open_memstream(&text, &len);
	settings_example(stream);
	fclose(stream);
	for (at = text; (at = strstr(at, "\n#")) && at[2]; at++)
		if (at[2] != ' ' && at[2] != '\n')
			at[1] = ' ';
	at = strstr(text, " primary =");
	assert_non_null(at);
	memcpy(at, "primary=cm", strlen("primary=cm"));
	assert_int_equal(read_text(text), 0);
	assert_int_equal(report.count, 0);
	assert_string_equal(settings.servers[0].host, "cm");
	settings.servers[0] = usual.servers[0];
	/* What differs is that the file says so. */
	memcpy(settings.given, usual.given, sizeof(usual.given));
	assert_memory_equal(&settings, &usual, sizeof(usual));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing),
		cmocka_unit_test(conflicts),
		cmocka_unit_test(warnings),
		cmocka_unit_test(syntax),
		cmocka_unit_test(sizes),
		cmocka_unit_test(files),
		cmocka_unit_test(placed),
		cmocka_unit_test(example),
	};

	return cmocka_run_group_tests_name("settings file", tests, NULL, NULL);
}
