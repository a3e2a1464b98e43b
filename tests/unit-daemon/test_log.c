// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "log_table.h"
#include "unit.h"

static char said[8192];

/* Standard error, or what has other numbers, is said to be the journal's. */
static void stream_claim(unsigned int device, unsigned int inode)
{
	struct stat status;
	char stream[64];

	fstat(STDERR_FILENO, &status);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)status.st_dev + device,
		 (unsigned long long)status.st_ino + inode);
	setenv("JOURNAL_STREAM", stream, true);
}

static void tell_all(const char *about)
{
	struct refusal why;

	log_open();
	refusal_set(&why, REASON_SERVER_CLOSED, "by\nreset");
	log_tell(LOG_REGISTERED, "%s", about);
	log_tell(LOG_STOPPED, "%s", "");
	log_refusal(LOG_SERVER_DOWN, &why, "primary %s", about);
	refusal_set(&why, REASON_SERVER_CLOSED, "%s", "");
	log_refusal(LOG_SERVER_DOWN, &why, "%s", "");
	log_tell(LOG_MODULE_DOWN, "x");
}

/* What goes to standard error meanwhile. */
static void hear(void (*tell)(const char *about), const char *about)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	tell(about);
	len = read(ends[0], said, sizeof(said) - 1);
	said[len > 0 ? len : 0] = '\0';
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	close(ends[0]);
	close(ends[1]);
}

#define MEND "; See the server's log for its reason.)\n"

static void assert_text(void)
{
	assert_string_equal(said,
		"<6> The phone is registered: sip:a@b\n"
		"<5> The guard has ended\n"
		"<4> The call manager cannot be used: primary sip:a@b: "
		"The server closed the connection: by?reset (server-closed" MEND
		"<4> The call manager cannot be used: The server closed the connection. "
		"(server-closed" MEND
		"<3> The kernel does not protect media: x\n");
}

static void text(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	hear(tell_all, "sip:a@b");
	assert_text();
}

static void tell_on_other_device(const char *about)
{
	stream_claim(1, 0);
	tell_all(about);
}

static void tell_on_other_inode(const char *about)
{
	stream_claim(0, 1);
	tell_all(about);
}

/* A variable that belongs to another standard error, or says nothing. */
static void other_stream(void **state)
{
	static const char *const streams[] = { "", "8:1", "8", "x:y", "8:1:1" };

	(void)state;
	hear(tell_on_other_device, "sip:a@b");
	assert_text();
	hear(tell_on_other_inode, "sip:a@b");
	assert_text();
	for (size_t i = 0; i < 5; i++) {
		setenv("JOURNAL_STREAM", streams[i], true);
		hear(tell_all, "sip:a@b");
		assert_text();
	}
}

static void tell_one(const char *about)
{
	log_tell(LOG_REGISTERED, "%s", about);
}

static void one_line(void **state)
{
	static char much[20000];

	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_open();
	hear(tell_one, "a\r\n<0> forged\033[0m\177");
	assert_string_equal(said, "<6> The phone is registered: a??" "<0> forged?[0m?\n");
	memset(much, 'x', sizeof(much) - 1);
	hear(tell_one, much);
	assert_true(strlen(said) > 1000 && strlen(said) < 2048);
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void words(void **state)
{
	(void)state;
	for (enum log_message i = 0; i < LOG_MESSAGES; i++) {
		const struct log_words *one = log_words(i);

		assert_non_null(one->id);
		assert_int_equal(strlen(one->id), 32);
		assert_int_equal(strspn(one->id, "0123456789abcdef"), 32);
		assert_true(one->priority >= LOG_ERR && one->priority <= LOG_INFO);
		assert_true(strlen(one->words) && strlen(one->happened));
		/* A warning without a reason tells itself what to do. */
		if (one->priority <= LOG_WARNING && !one->has_reason)
			assert_true(strlen(one->mend));
		for (enum log_message j = 0; j < i; j++) {
			assert_string_not_equal(one->id, log_words(j)->id);
			assert_string_not_equal(one->words, log_words(j)->words);
		}
	}
	assert_ptr_equal(log_words(LOG_MESSAGES), log_words(LOG_FAILED));
}

static void catalog(void **state)
{
	char *all = NULL, entry[256];
	size_t len = 0, entries = 0;
	FILE *stream = open_memstream(&all, &len);

	(void)state;
	log_catalog(stream);
	fclose(stream);
	for (enum log_message i = 0; i < LOG_MESSAGES; i++) {
		snprintf(entry, sizeof(entry), "\n-- %s\nSubject: %s\nDefined-By: phonesec\n",
			 log_words(i)->id, log_words(i)->words);
		assert_non_null(strstr(all, entry));
		assert_non_null(strstr(all, log_words(i)->happened));
		assert_non_null(strstr(all, log_words(i)->mend));
	}
	for (const char *at = all; (at = strstr(at, "\n-- ")); at++)
		entries++;
	assert_int_equal(entries, LOG_MESSAGES);
	free(all);
}

/* A folder /run that only this process sees, and that is empty. */
static bool run_hide(void)
{
	if (unshare(CLONE_NEWNS) && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	       !mount("none", "/run", "tmpfs", 0, NULL);
}

/* A socket where that of the journal is. */
static int journal_stand_in(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	strcpy(address.sun_path, "/run/systemd/journal/socket");
	if (mkdir("/run/systemd", 0755) || mkdir("/run/systemd/journal", 0755) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	return fd;
}

static void tell_down(const char *about)
{
	struct refusal why;

	refusal_set(&why, REASON_SERVER_CLOSED, "reset");
	log_refusal(LOG_SERVER_DOWN, &why, "%s", about);
}

#define FIELD(text) \
	(strstr(fields, "\n" text "\n") ? 0 : (dprintf(2, "no %s\n%s", text, fields), 1))

/* In a process of its own: exit status 0 when all is right, 77 when it cannot be tried. */
static int journal_try(void)
{
	char fields[4096] = "\n";
	int wrong = 0, fd;
	ssize_t len;

	if (!run_hide())
		return 77;
	fd = journal_stand_in();
	if (fd < 0)
		return 1;
	stream_claim(0, 0);
	log_open();
	tell_down("primary");
	len = recv(fd, fields + 1, sizeof(fields) - 2, MSG_DONTWAIT);
	fields[len > 0 ? len + 1 : 1] = '\0';
	wrong += FIELD("MESSAGE=The call manager cannot be used: primary: "
		       "The server closed the connection: reset");
	wrong += FIELD("MESSAGE_ID=b7b586deffddea0e5d62e8ec8a31148a");
	wrong += FIELD("PRIORITY=4");
	wrong += FIELD("SYSLOG_IDENTIFIER=phonesecd");
	wrong += FIELD("PHONESEC_ABOUT=primary: The server closed the connection: reset");
	wrong += FIELD("PHONESEC_REASON=server-closed");
	wrong += FIELD("PHONESEC_MEND=See the server's log for its reason.");
	wrong += strstr(fields, "CODE_FILE") != NULL;
	return wrong;
}

static void journal(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (!child)
		_exit(journal_try());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text), cmocka_unit_test(other_stream),
		cmocka_unit_test(one_line), cmocka_unit_test(words),
		cmocka_unit_test(catalog), cmocka_unit_test(journal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
