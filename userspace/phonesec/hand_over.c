// SPDX-License-Identifier: Apache-2.0
#include "hand_over.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <termios.h>
#include <unistd.h>

enum { COPY_STEP = 1 << 20 };

int secret_take(struct secret *secret, int fd, const char *what, size_t max,
		struct refusal *why)
{
	int err;

	if (isatty(fd))
		return refusal_set(why, REASON_KEY_SOURCE_TERMINAL, "%s", "");
	err = secret_fill(secret, fd);
	if (err == -EMSGSIZE)
		return refusal_set(why, REASON_KEY_TEXT_LONG, "a %s has at most %zu bytes", what,
				   max);
	if (err)
		return refusal_set(why, REASON_KEY_SOURCE_READ, "descriptor %d: %s", fd,
				   strerror(-err));
	return 0;
}

/* Reads one line byte by byte, so that nothing of it stays in a buffer. */
static int line_read(struct secret *secret, int fd, struct refusal *why)
{
	unsigned char byte;
	ssize_t got;

	secret_shorten(secret, secret_len(secret));
	while ((got = read(fd, &byte, 1)) == 1 && byte != '\n')
		if (!secret_append(secret, byte))
			return refusal_set(why, REASON_KEY_TEXT_LONG, "%s", "");
	byte = 0;
	return got < 0 ? refusal_set(why, REASON_KEY_SOURCE_READ, "%s", strerror(errno)) : 0;
}

static const int ending[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
enum { ENDING = sizeof(ending) / sizeof(ending[0]) };
static volatile sig_atomic_t ended_by;

static void end_note(int number)
{
	ended_by = number;
}

/* While the terminal shows nothing, signals interrupt the reading instead of ending us at once. */
static void ends_hold(struct sigaction before[ENDING])
{
	const struct sigaction note = { .sa_handler = end_note };

	ended_by = 0;
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &note, &before[i]);
}

static void ends_release(const struct sigaction before[ENDING])
{
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &before[i], NULL);
	if (ended_by)
		(void)raise(ended_by);
}

int secret_ask(struct secret *secret, const char *question, struct refusal *why)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC), err;
	struct sigaction actions[ENDING];
	struct termios before, quiet;

	if (fd < 0 || tcgetattr(fd, &before)) {
		err = errno;
		if (fd >= 0)
			close(fd);
		return refusal_set(why, REASON_KEY_SOURCE_READ, "terminal: %s", strerror(err));
	}
	ends_hold(actions);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	(void)dprintf(fd, "%s", question);
	err = line_read(secret, fd, why);
	(void)dprintf(fd, "\n");
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	ends_release(actions);
	close(fd);
	return err;
}

void secret_trim(struct secret *secret)
{
	while (secret_len(secret) && secret_bytes(secret)[secret_len(secret) - 1] <= ' ')
		secret_shorten(secret, 1);
}

int secret_pipe(const struct secret *secret, int *end, struct refusal *why)
{
	ssize_t written;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return refusal_set(why, REASON_SYSTEM, "pipe: %s", strerror(errno));
	written = write(ends[1], secret_bytes(secret), secret_len(secret));
	close(ends[1]);
	*end = ends[0];
	if (written == (ssize_t)secret_len(secret))
		return 0;
	close(ends[0]);
	return refusal_set(why, REASON_SYSTEM, "the secret does not fit into a pipe");
}

static int file_copy(int from, int to)
{
	ssize_t copied;

	do
		copied = sendfile(to, from, NULL, COPY_STEP);
	while (copied > 0 || (copied < 0 && errno == EINTR));
	if (copied < 0 || fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW))
		return -errno;
	return 0;
}

int file_open(const char *file, int *fd, struct refusal *why)
{
	*fd = open(file, O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? 0 : refusal_set(why, REASON_FILE_READ, "%.100s: %s", file,
					  strerror(errno));
}

int file_seal(const char *file, int *copy, struct refusal *why)
{
	int fd, err = file_open(file, &fd, why);

	if (err)
		return err;
	*copy = memfd_create("phonesec", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*copy < 0) {
		close(fd);
		return refusal_set(why, REASON_SYSTEM, "memory file: %s", strerror(errno));
	}
	err = file_copy(fd, *copy);
	close(fd);
	if (!err)
		return 0;
	close(*copy);
	return refusal_set(why, REASON_FILE_READ, "%.100s: %s", file, strerror(-err));
}
