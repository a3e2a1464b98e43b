// SPDX-License-Identifier: Apache-2.0
/* What comes with a call as a descriptor: secrets in pipes, files to be judged. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bus_object.h"

static int secret_read(struct secret *secret, int fd, size_t max, const char *what,
		       struct refusal *why)
{
	struct stat status;
	int err;

	if (fstat(fd, &status) || !S_ISFIFO(status.st_mode) || fcntl(fd, F_SETFL, O_NONBLOCK))
		return refusal_set(why, REASON_KEY_SOURCE_READ, "the %s must come in a pipe", what);
	err = secret_fill(secret, fd);
	if (err == -EMSGSIZE)
		return refusal_set(why, REASON_KEY_TEXT_LONG, "a %s has at most %zu bytes", what,
				   max);
	if (err == -EAGAIN)
		return refusal_set(why, REASON_KEY_SOURCE_READ,
				   "the other end of the pipe is still open");
	return err ? refusal_set(why, REASON_KEY_SOURCE_READ, "%s", strerror(-err)) : 0;
}

int bus_secret_read(sd_bus_message *call, size_t max, const char *what, struct secret **secret,
		    struct refusal *why)
{
	int fd, err;

	if (sd_bus_message_read(call, "h", &fd) < 0)
		return refusal_set(why, REASON_KEY_SOURCE_READ, "the %s must come in a pipe", what);
	*secret = secret_new(max);
	if (!*secret)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = secret_read(*secret, fd, max, what, why);
	if (err)
		secret_free(*secret);
	return err;
}

/*
 * A memory file that nobody can write to or shorten any more: reading it cannot hang, as it
 * could on a file system of somebody's own, and what was judged is what is used.
 */
static int file_take(sd_bus_message *call, int *fd, struct refusal *why)
{
	const int sealed = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = -1;

	if (sd_bus_message_read(call, "h", fd) >= 0)
		seals = fcntl(*fd, F_GET_SEALS);
	return seals >= 0 && (seals & sealed) == sealed ? 0 :
	       refusal_set(why, REASON_FILE_READ, "it is no sealed memory file");
}

int bus_file_read(sd_bus_message *call, struct octets *file, struct refusal *why)
{
	struct stat status;
	uint8_t *bytes;
	int fd, err = file_take(call, &fd, why);

	if (err)
		return err;
	if (fstat(fd, &status))
		return refusal_set(why, REASON_FILE_READ, "%s", strerror(errno));
	if (status.st_size > DEVICE_FILE_MAX)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%jd bytes, at most %d are judged",
				   (intmax_t)status.st_size, DEVICE_FILE_MAX);
	bytes = malloc((size_t)status.st_size + 1);
	if (!bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (pread(fd, bytes, (size_t)status.st_size, 0) != status.st_size) {
		free(bytes);
		return refusal_set(why, REASON_FILE_READ, "%s", strerror(errno));
	}
	*file = (struct octets){ .at = bytes, .len = (size_t)status.st_size };
	return 0;
}

int bus_judgement_append(sd_bus_message *reply, const struct device_judgement *judgement,
			 struct refusal *why)
{
	struct device_judgement shown = *judgement;
	struct bus_reason reason;
	int err;

	bus_reason_fill(&reason, &shown.why);
	err = sd_bus_message_append(reply, "a{sv}", 14, "accepted", "b", (int)shown.accepted,
				    "kind", "s", shown.kind, "name", "s", BUS_CLEAN(shown.name),
				    "signer", "s", BUS_CLEAN(shown.signer),
				    "issuer", "s", BUS_CLEAN(shown.issuer),
				    "serial", "s", shown.serial, "digest", "s", shown.digest,
				    "timestamp", "x", shown.timestamp, "found", "s", shown.found,
				    "asks", "b", (int)shown.asks,
				    "reason", "s", reason.code, "text", "s", reason.text,
				    "mend", "s", reason.mend, "detail", "s", reason.detail_text);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "%s", strerror(-err)) : 0;
}
