// SPDX-License-Identifier: Apache-2.0
/* The way from this process to another program. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "child_impl.h"

enum { CAPABILITY_WORDS = _LINUX_CAPABILITY_U32S_3 };

static bool capabilities_get(struct __user_cap_data_struct words[CAPABILITY_WORDS])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return !syscall(SYS_capget, &header, words);
}

static bool capabilities_set(const struct __user_cap_data_struct words[CAPABILITY_WORDS])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return !syscall(SYS_capset, &header, words);
}

void child_capabilities_keep(uint64_t capabilities)
{
	struct __user_cap_data_struct words[CAPABILITY_WORDS];

	if (!capabilities_get(words))
		return;
	for (unsigned int i = 0; i < CAPABILITY_WORDS; i++) {
		uint32_t kept = (uint32_t)(capabilities >> 32 * i) & words[i].permitted;

		words[i].effective &= ~kept;
		words[i].inheritable |= kept;
	}
	(void)capabilities_set(words);
	for (unsigned long bit = 0; bit < 64; bit++)
		if (capabilities >> bit & 1)
			(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, bit, 0, 0);
}

void child_capabilities_raise(uint64_t capabilities, bool is_raised)
{
	struct __user_cap_data_struct words[CAPABILITY_WORDS];

	if (!capabilities_get(words))
		return;
	for (unsigned int i = 0; i < CAPABILITY_WORDS; i++) {
		uint32_t meant = (uint32_t)(capabilities >> 32 * i) & words[i].permitted;

		words[i].effective = is_raised ? words[i].effective | meant :
						 words[i].effective & ~meant;
	}
	(void)capabilities_set(words);
}

/* The ambient set is what another program has, where the user is not root. */
static bool capabilities_hand_on(uint64_t capabilities)
{
	struct __user_cap_data_struct words[CAPABILITY_WORDS];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) || !capabilities_get(words))
		return false;
	if (!geteuid() && prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED))
		return false;
	for (unsigned int i = 0; i < CAPABILITY_WORDS; i++)
		words[i].inheritable = (uint32_t)(capabilities >> 32 * i);
	if (!capabilities_set(words))
		return false;
	for (unsigned long bit = 0; bit < 64; bit++)
		if (capabilities >> bit & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0))
			return false;
	return true;
}

/* Handlers and masks would outlive the other program's start. */
static bool signals_reset(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	sigemptyset(&none);
	return !sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the new process, which shares nothing with the daemon: only calls that are safe there. */
static void program_become(const struct child *child, int input, int output, pid_t parent)
{
	char *const nothing[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || !signals_reset() ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 ||
	    syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */) ||
	    !capabilities_hand_on(child->capabilities) || chdir("/"))
		return;
	(void)umask(077);
	execve(child->arguments[0], child->arguments,
	       child->environment[0] ? child->environment : nothing);
}

/* What @input holds, to be read from its beginning. */
static int input_open(const struct child *child)
{
	int fd;

	if (!child->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return -1;
	if (write(fd, secret_bytes(child->input), secret_len(child->input)) ==
		    (ssize_t)secret_len(child->input) &&
	    !lseek(fd, 0, SEEK_SET))
		return fd;
	close(fd);
	errno = EIO;
	return -1;
}

/* Returns what kept the program from starting: nothing comes when it has started. */
static int start_wait(int status)
{
	int error = 0;
	ssize_t got;

	do
		got = read(status, &error, sizeof(error));
	while (got < 0 && errno == EINTR);
	return got == sizeof(error) ? error : 0;
}

static int fork_start(struct child *child, int input, int output, const int status[2])
{
	pid_t parent = getpid();
	int error;

	child->pid = fork();
	if (!child->pid) {
		program_become(child, input, output, parent);
		error = errno ?: EIO;
		(void)!write(status[1], &error, sizeof(error));
		_exit(127);
	}
	error = errno;
	close(status[1]);
	if (child->pid > 0)
		error = start_wait(status[0]);
	close(status[0]);
	return error;
}

int child_start(struct child *child)
{
	int output[2] = { -1, -1 }, status[2] = { -1, -1 };
	int input = input_open(child);
	int error = 0;

	if (input < 0 || pipe2(output, O_CLOEXEC) || pipe2(status, O_CLOEXEC))
		error = errno;
	else
		error = fork_start(child, input, output[1], status);
	if (input >= 0)
		close(input);
	if (output[1] >= 0)
		close(output[1]);
	if (error && output[0] >= 0)
		close(output[0]);
	if (!error) {
		child->output = output[0];
		(void)fcntl(child->output, F_SETFL, O_NONBLOCK);
	}
	return error;
}
