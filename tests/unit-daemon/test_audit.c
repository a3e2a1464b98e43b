// SPDX-License-Identifier: Apache-2.0
/* The audit log when settings change and when the disk refuses it; how far it is, on disk. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "audit_position.h"
#include "audit_spool.h"
#include "log.h"
#include "settings_unit.h"
#include "site.h"

static unsigned int halts;
static enum reason_code halted_by;

static void audit_changed(void *owner)
{
	(void)owner;
}

static void audit_halted(void *owner, const struct refusal *reason)
{
	(void)owner;
	halts++;
	halted_by = reason ? reason->code : REASON_NONE;
}

static const struct audit_events events = { .changed = audit_changed, .halted = audit_halted };

static struct audit_status status_of(const struct audit *audit)
{
	struct audit_status status;

	audit_status(audit, &status);
	return status;
}

static void reload(struct audit *audit, const char *mode)
{
	char text[256];

	snprintf(text, sizeof(text), SERVER "[audit]\non-full = halt\nmode = %s\n", mode);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(audit_reload(audit, &settings, &why), 0);
}

static struct audit *audit_make(sd_event *loop, const char *state)
{
	struct audit *audit;

	assert_int_equal(read_text(SERVER "[audit]\nmode = internal\non-full = halt\n"), 0);
	assert_int_equal(audit_new(&audit, loop, &settings, state, NULL, &events, NULL, &why), 0);
	return audit;
}

static void reloading(void **state)
{
	const char *folder = site_path("reloading");
	struct audit *audit;
	sd_event *loop;

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_true(sd_event_new(&loop) >= 0);
	audit = audit_make(loop, folder);
	log_tell(LOG_RELOADED, "%s", "");
	log_tell(LOG_TONE, "%s", "");
	assert_int_equal(status_of(audit).newest, 1);
	reload(audit, "off");
	assert_int_equal(status_of(audit).state, AUDIT_OFF);
	log_tell(LOG_RELOADED, "%s", "");
	reload(audit, "internal");
	assert_int_equal(status_of(audit).state, AUDIT_INTERNAL);
	assert_int_equal(status_of(audit).newest, 1);
	log_tell(LOG_RELOADED, "%s", "");
	assert_int_equal(status_of(audit).newest, 2);
	assert_int_equal(status_of(audit).lost, 0);
	audit_free(audit);
	sd_event_unref(loop);
}

/* Somebody else may have written there: nothing is kept, and with halt no call is made. */
static void refused_by_disk(void **state)
{
	const char *folder = site_path("refused");
	char name[256];
	struct audit *audit;
	sd_event *loop;

	(void)state;
	snprintf(name, sizeof(name), "%s/audit", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(name, 0700), 0);
	assert_int_equal(chmod(name, 0777), 0);
	assert_true(sd_event_new(&loop) >= 0);
	audit = audit_make(loop, folder);
	log_tell(LOG_RELOADED, "%s", "");
	assert_true(sd_event_run(loop, 100000) >= 0);
	assert_int_equal(status_of(audit).state, AUDIT_FAILED);
	assert_int_equal(status_of(audit).last.code, REASON_AUDIT_DISK);
	assert_true(status_of(audit).is_halted);
	assert_true(status_of(audit).lost >= 1);
	assert_int_equal(halts, 1);
	assert_int_equal(halted_by, REASON_AUDIT_HALTED);
	/* Without an audit log nothing halts the phone. */
	reload(audit, "off");
	assert_true(sd_event_run(loop, 100000) >= 0);
	assert_int_equal(halts, 2);
	assert_int_equal(halted_by, REASON_NONE);
	audit_free(audit);
	sd_event_unref(loop);
}

static void position(void **state)
{
	const struct audit_position written = { .delivered = 7, .sent = 9, .lost = 1,
		.lost_ever = 3, .local_port = 4711, .remote_port = 514, .is_healthy = true };
	const char *folder = site_path("position");
	struct audit_position read;
	int fd;

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(audit_position_open(&fd, folder, &read, &why), 0);
	assert_int_equal(read.delivered + read.sent + read.lost_ever, 0);
	assert_int_equal(audit_position_write(fd, &written), 0);
	close(fd);
	assert_int_equal(audit_position_open(&fd, folder, &read, &why), 0);
	assert_int_equal(read.delivered, 7);
	assert_int_equal(read.sent, 9);
	assert_int_equal(read.lost, 1);
	assert_int_equal(read.lost_ever, 3);
	assert_int_equal(read.local_port, 4711);
	assert_int_equal(read.remote_port, 514);
	assert_true(read.is_healthy);
	/* A byte that is another one: nothing of it is believed. */
	assert_int_equal(pwrite(fd, "\1", 1, 50), 1);
	close(fd);
	assert_int_equal(audit_position_open(&fd, folder, &read, &why), 0);
	assert_int_equal(read.delivered + read.sent + read.lost_ever, 0);
	close(fd);
}

/* Each start after a cut of the power leaves numbers out, and there is no end of such starts. */
static void many_starts(void **state)
{
	enum { STARTS = 3 * AUDIT_SPOOL_FILES_MAX, LEFT_OUT = 10000, SPOOL_BYTES = 1 << 20 };
	const char *folder = site_path("starts");
	const struct octets event = { (const uint8_t *)"event", 5 };
	char record[AUDIT_RECORD_MAX];
	struct audit_spool_facts facts;
	struct audit_spool *spool;
	uint64_t number = 0;
	size_t found = 0;

	(void)state;
	for (int i = 0; i < STARTS; i++) {
		assert_int_equal(audit_spool_open(&spool, folder, SPOOL_BYTES, &why), 0);
		audit_spool_facts(spool, &facts);
		audit_spool_skip(spool, facts.newest + LEFT_OUT);
		assert_int_equal(audit_spool_add(spool, event, &why), 0);
		audit_spool_close(spool);
	}
	assert_int_equal(audit_spool_open(&spool, folder, SPOOL_BYTES, &why), 0);
	while (audit_spool_read(spool, number, record, &number))
		assert_int_equal(number, ++found * (LEFT_OUT + 1));
	assert_int_equal(found, STARTS);
	audit_spool_close(spool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reloading),
		cmocka_unit_test(refused_by_disk),
		cmocka_unit_test(position),
		cmocka_unit_test(many_starts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
