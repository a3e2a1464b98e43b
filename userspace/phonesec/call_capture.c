// SPDX-License-Identifier: Apache-2.0
/*
 * A call in clear, into a file: SIP as the program sees it comes from the daemon, which
 * says also how long and tells the journal; media come from the kernel's packet filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../lib/boot_clock.h"
#include "../lib/capture_record.h"
#include "../lib/kernel_fips.h"
#include "capture_media.h"
#include "capture_rules.h"
#include "pcapng.h"
#include "phone.h"
#include "phone_commands.h"

enum {
	SECONDS_USUAL = 60,
	/* The daemon ends it in time; without it we do, a little later. */
	LATE_S = 2,
	TICK_MS = 1000,
	/* What the file gives as the program's port: its own is nobody's business. */
	PROGRAM_PORT = 5070,
	DAEMON_PORT = 5060,
	ADDRESSES_MAX = 2 * PHONE_LINES_MAX,
	/* More than comes at once: what is written ends with a whole packet, also when killed. */
	BUFFER_BYTES = 1024 * 1024,
};

/**
 * struct capture - what is shown of a capture, and what it is made of
 * @ended: why, in words; nothing as long as it goes on
 * @lost: the kernel had more copies than were fetched
 * @records: socket to the daemon
 * @signals: tells that a person wants it to end
 * @until: seconds of CLOCK_BOOTTIME
 * @live: progress is shown while it goes on
 */
struct capture {
	uint32_t call;
	const char *file_name;
	uint32_t messages;
	uint32_t packets;
	bool lost;
	char ended[PHONE_SENTENCE_MAX];
	FILE *file;
	int records;
	int signals;
	struct capture_media *media;
	struct capture_rules *rules;
	int64_t until;
	bool live;
};

#define AT(member) .offset = offsetof(struct capture, member)

static const struct output_field capture_fields[] = {
	{ "id", "call", OUTPUT_U32, AT(call) },
	{ "file", "file", OUTPUT_STRING, AT(file_name) },
	{ "sip_messages", "SIP messages", OUTPUT_U32, AT(messages) },
	{ "packets", "RTP and RTCP packets", OUTPUT_U32, AT(packets) },
	{ "packets_lost", "some packets lost", OUTPUT_BOOL, AT(lost), .flags = OUTPUT_QUIET },
	{ "ended", "ended", OUTPUT_TEXT, AT(ended) },
	{ 0 },
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int write_failed(const struct capture *capture, struct refusal *why)
{
	return refusal_set(why, REASON_OUTPUT, "%.150s: %s", capture->file_name, strerror(errno));
}

/* A file that exists, or a link to one, may be somebody else's trap. */
static int file_create(struct capture *capture, struct refusal *why)
{
	char comment[128];
	int fd = open(capture->file_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	capture->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!capture->file) {
		int err = write_failed(capture, why);

		if (fd >= 0)
			close(fd);
		return err;
	}
	(void)snprintf(comment, sizeof(comment), "phonesec %s: call %u, decrypted; confidential",
		       PHONESEC_VERSION, capture->call);
	(void)setvbuf(capture->file, NULL, _IOFBF, BUFFER_BYTES);
	return pcapng_begin(capture->file, comment) ? 0 : write_failed(capture, why);
}

static int daemon_ask(struct capture *capture, uint32_t seconds, struct refusal *why)
{
	sd_bus_message *answer = NULL;
	char path[BUS_PATH_MAX];
	sd_bus *bus;
	int fd, err = bus_open(&bus, why);

	if (err)
		return err;
	(void)snprintf(path, sizeof(path), "%s/%u", BUS_PATH_CALLS, capture->call);
	err = bus_call(bus, path, BUS_INTERFACE_CALL, "Capture", &answer, why, "u", seconds);
	if (!err) {
		/* The descriptor in the message ends with it. */
		if (sd_bus_message_read(answer, "h", &fd) >= 0)
			capture->records = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (capture->records < 0)
			err = refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	}
	sd_bus_message_unref(answer);
	bus_close(bus);
	return err;
}

static int signals_open(struct capture *capture, struct refusal *why)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	capture->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return capture->signals < 0 ? refusal_set(why, REASON_SYSTEM, "signalfd: %s",
						  strerror(errno)) : 0;
}

static void ended_because(struct capture *capture, const char *text)
{
	(void)snprintf(capture->ended, sizeof(capture->ended), "%.*s",
		       (int)sizeof(capture->ended) - 1, text);
}

static int media_move(const struct capture *capture, char *text, struct refusal *why)
{
	struct media_address addresses[ADDRESSES_MAX];
	size_t count = 0;

	for (char *line; (line = strsep(&text, "\n")) && count < ADDRESSES_MAX;)
		count += media_address_parse(&addresses[count], line);
	return capture_rules_set(capture->rules, addresses, count, why);
}

static int record_take(struct capture *capture, char *record, size_t len, struct refusal *why)
{
	bool sent = record[0] == CAPTURE_RECORD_SENT;

	switch (record[0]) {
	case CAPTURE_RECORD_SENT:
	case CAPTURE_RECORD_RECEIVED:
		capture->messages++;
		if (pcapng_udp(capture->file, now_us(), sent ? PROGRAM_PORT : DAEMON_PORT,
			       sent ? DAEMON_PORT : PROGRAM_PORT, record + 1, len - 1))
			return 0;
		return write_failed(capture, why);
	case CAPTURE_RECORD_MEDIA:
		return media_move(capture, record + 1, why);
	case CAPTURE_RECORD_END:
		ended_because(capture, record + 1);
		break;
	default:
		break;
	}
	return 0;
}

static int records_read(struct capture *capture, struct refusal *why)
{
	static char record[CAPTURE_RECORD_MAX + 1];
	ssize_t got = recv(capture->records, record, CAPTURE_RECORD_MAX, MSG_DONTWAIT);
	int err = 0;

	if (got > 0) {
		record[got] = '\0';
		err = record_take(capture, record, (size_t)got, why);
	} else if (!got || errno != EAGAIN) {
		ended_because(capture, "phonesecd is gone");
	}
	explicit_bzero(record, got > 0 ? (size_t)got : 0);
	return err;
}

static int packet_take(void *owner, const void *packet, size_t len)
{
	struct capture *capture = owner;

	capture->packets++;
	return pcapng_packet(capture->file, now_us(), packet, len) ? 0 : -EIO;
}

static int packets_read(struct capture *capture, struct refusal *why)
{
	int err = capture_media_read(capture->media, packet_take, capture);

	if (err == -ENOBUFS) {
		capture->lost = true;
		return 0;
	}
	return err ? write_failed(capture, why) : 0;
}

static void progress_show(const struct capture *capture)
{
	int64_t left = capture->until - LATE_S - boot_clock_s();

	if (capture->live)
		fprintf(stderr, "\r" "call %u: %lld s left, %u SIP messages, %u packets ",
			capture->call, (long long)(left > 0 ? left : 0), capture->messages,
			capture->packets);
}

static void tick(struct capture *capture)
{
	progress_show(capture);
	if (boot_clock_s() >= capture->until)
		ended_because(capture, "the time is over");
}

static int capture_run(struct capture *capture, struct refusal *why)
{
	struct pollfd ready[] = {
		{ capture->records, POLLIN, 0 },
		{ capture_media_fd(capture->media), POLLIN, 0 },
		{ capture->signals, POLLIN, 0 },
	};
	int64_t ticked = 0;
	int err = 0;

	while (!err && !*capture->ended) {
		if (poll(ready, sizeof(ready) / sizeof(ready[0]), TICK_MS) < 0 && errno != EINTR)
			return refusal_set(why, REASON_SYSTEM, "poll: %s", strerror(errno));
		if (ready[1].revents)
			err = packets_read(capture, why);
		if (!err && ready[0].revents)
			err = records_read(capture, why);
		if (!err && ready[2].revents)
			ended_because(capture, "it was interrupted");
		if (!err && ticked != boot_clock_s()) {
			ticked = boot_clock_s();
			tick(capture);
		}
		if (!err && fflush(capture->file))
			err = write_failed(capture, why);
	}
	if (capture->live)
		fputc('\n', stderr);
	return err;
}

static int sources_open(struct capture *capture, struct refusal *why)
{
	uint16_t group;
	int err = capture_media_open(&capture->media, &group, why);

	if (!err)
		err = capture_rules_open(&capture->rules, group, why);
	return err ? err : signals_open(capture, why);
}

static int capture_close(struct capture *capture, struct refusal *why)
{
	int err = 0;

	capture_rules_close(capture->rules);
	capture_media_close(capture->media);
	if (capture->records >= 0)
		close(capture->records);
	if (capture->signals >= 0)
		close(capture->signals);
	if (capture->file && fclose(capture->file))
		err = write_failed(capture, why);
	return err;
}

static int capture_make(struct capture *capture, uint32_t seconds, struct output *out,
			struct refusal *why)
{
	struct refusal ignored;
	int err;

	/* What is refused leaves no file, and what is begun has one. */
	err = file_create(capture, why);
	if (err)
		return err;
	err = sources_open(capture, why);
	if (!err)
		err = daemon_ask(capture, seconds, why);
	if (err) {
		(void)capture_close(capture, &ignored);
		(void)unlink(capture->file_name);
		return err;
	}
	capture->until = boot_clock_s() + seconds + LATE_S;
	if (!capture->live)
		output_remark(out, "call %u is captured for %u s", capture->call, seconds);
	(void)fflush(out->stream);
	err = capture_run(capture, why);
	return capture_close(capture, err ? &ignored : why) ?: err;
}

int call_capture(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct capture capture = {
		.call = a->id,
		.file_name = a->file,
		.records = -1,
		.signals = -1,
		.live = !out->json && isatty(STDERR_FILENO),
	};
	int err;

	if (geteuid())
		return refusal_set(why, REASON_BUS_NOT_ALLOWED, "to root alone");
	if (fips_enabled(FIPS_FILE))
		return refusal_set(why, REASON_CAPTURE_FIPS, "%s", "");
	err = capture_make(&capture, a->seconds ? a->seconds : SECONDS_USUAL, out, why);
	if (err)
		return err;
	output_object(out, "capture", "capture", capture_fields, &capture);
	output_remark(out, "%s", "It holds what was said in clear: treat it as confidential.");
	return 0;
}
