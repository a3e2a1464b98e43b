// SPDX-License-Identifier: Apache-2.0
/*
 * The spool of the audit log when the power goes: what is whole is there, in order, it goes on
 * behind that, and no number is used twice.
 */
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "audit_numbers.h"
#include "audit_spool.h"
#include "log.h"
#include "power_cut.h"
#include "settings_unit.h"
#include "site.h"

enum { RECORDS = 40, RECORD_LEN = 1500 };

/* A folder that is not there yet. */
static const char *folder_new(void)
{
	static unsigned int count;
	char name[32];

	snprintf(name, sizeof(name), "spool-%u", count++);
	return site_path(name);
}

static struct audit_spool *spool_open(const char *folder)
{
	struct audit_spool *spool;

	assert_int_equal(audit_spool_open(&spool, folder, AUDIT_SPOOL_MIN, &why), 0);
	return spool;
}

static void record_add(struct audit_spool *spool)
{
	struct audit_spool_facts facts;
	uint8_t bytes[RECORD_LEN];

	audit_spool_facts(spool, &facts);
	memset(bytes, 'a' + (int)(facts.newest % 26), sizeof(bytes));
	assert_int_equal(audit_spool_add(spool, (struct octets){ bytes, sizeof(bytes) }, &why), 0);
}

/* Returns how many there are: each whole, from the first one on. */
static uint64_t spool_check(struct audit_spool *spool)
{
	char record[AUDIT_RECORD_MAX];
	uint64_t number, after = 0;
	size_t len;

	while ((len = audit_spool_read(spool, after, record, &number))) {
		assert_int_equal(number, after + 1);
		assert_int_equal(len, RECORD_LEN);
		assert_int_equal(record[0], 'a' + (int)(after % 26));
		assert_int_equal(record[len - 1], record[0]);
		after = number;
	}
	return after;
}

static void spool_goes_on(const char *folder, uint64_t wanted)
{
	struct audit_spool *spool = spool_open(folder);

	assert_int_equal(spool_check(spool), wanted);
	record_add(spool);
	assert_int_equal(spool_check(spool), wanted + 1);
	audit_spool_close(spool);
	spool = spool_open(folder);
	assert_int_equal(spool_check(spool), wanted + 1);
	audit_spool_close(spool);
}

static void records_add(struct audit_spool *spool)
{
	for (int i = 0; i < RECORDS; i++)
		record_add(spool);
	audit_spool_close(spool);
}

static void adding(const void *data)
{
	struct audit_spool *spool = spool_open(data);

	power_begin();
	records_add(spool);
}

static void cut_while_adding(void **state)
{
	bool was_cut = true;
	unsigned int cut;

	(void)state;
	for (cut = 1; was_cut; cut++)
		for (int half = 0; half < 2; half++) {
			const char *folder = strdup(folder_new());

			was_cut = power_run(adding, folder, cut, half);
			spool_goes_on(folder, was_cut ? cut - 1 : RECORDS);
			free((void *)folder);
		}
	assert_int_equal(cut, RECORDS + 2);
}

/* What the disk lacks at the end of a file, and what it has there that was never written. */
static void lost_tail(void **state)
{
	enum { FIRST = 16 + RECORD_LEN };
	char *folder, name[600];
	struct stat status;

	(void)state;
	for (off_t len = 0; len <= FIRST; len += len < 20 || len > FIRST - 3 ? 1 : 97)
		for (int zeros = 0; zeros < 2; zeros++) {
			folder = strdup(folder_new());
			records_add(spool_open(folder));
			snprintf(name, sizeof(name), "%s/%020d.log", folder, RECORDS);
			/* The last file has its name from the first number in it. */
			for (int i = RECORDS; stat(name, &status); i--)
				snprintf(name, sizeof(name), "%s/%020d.log", folder, i);
			assert_int_equal(truncate(name, status.st_size - FIRST + len), 0);
			if (zeros)
				assert_int_equal(truncate(name, status.st_size + 999), 0);
			spool_goes_on(folder, RECORDS - (len < FIRST));
			free(folder);
		}
}

static void reserving(const void *data)
{
	power_begin();
	assert_int_equal(audit_numbers_write(data, 20000, &why), 0);
}

/* As if the system had started anew. */
static void boot_change(const char *folder)
{
	char name[600], text[128] = "";
	FILE *file;

	snprintf(name, sizeof(name), "%s/numbers", folder);
	file = fopen(name, "r+");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	for (char *at = strchr(text, ' '); *at; at++)
		*at = *at == '1' ? '2' : *at == 'a' ? 'b' : *at == '7' ? '8' : *at;
	rewind(file);
	fputs(text, file);
	fclose(file);
}

static void cut_while_reserving(void **state)
{
	const char *folder = strdup(folder_new());
	unsigned int before = 0, cut = 1;
	bool was_cut = true;
	uint64_t last;

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	for (; was_cut; cut++) {
		assert_int_equal(audit_numbers_write(folder, 10000, &why), 0);
		was_cut = power_run(reserving, folder, cut, true);
		/* In the same start of the system nothing was lost. */
		assert_int_equal(audit_numbers_read(folder), 0);
		boot_change(folder);
		last = audit_numbers_read(folder);
		assert_true(last == 20000 || (was_cut && last == 10000));
		before += last == 10000;
	}
	assert_true(before >= 2);
	free((void *)folder);
}

static void audit_changed(void *owner)
{
	(void)owner;
}

static const struct audit_events events = { .changed = audit_changed };

struct phone {
	const char *state;
	sd_event *loop;
	struct audit *audit;
};

static void phone_start(struct phone *phone)
{
	assert_int_equal(read_text(SERVER "[audit]\nmode = internal\nspool-size = 64\n"), 0);
	assert_true(sd_event_new(&phone->loop) >= 0);
	assert_int_equal(audit_new(&phone->audit, phone->loop, &settings, phone->state, NULL,
				   &events, NULL, &why), 0);
}

static void phone_run(struct phone *phone, unsigned int ms)
{
	uint64_t now, end;

	assert_true(sd_event_now(phone->loop, CLOCK_MONOTONIC, &end) >= 0);
	end += (uint64_t)ms * 1000;
	do {
		assert_true(sd_event_run(phone->loop, 20000) >= 0);
		assert_true(sd_event_now(phone->loop, CLOCK_MONOTONIC, &now) >= 0);
	} while (now < end);
}

static void phone_stop(struct phone *phone)
{
	audit_free(phone->audit);
	sd_event_unref(phone->loop);
}

static uint64_t newest(const struct phone *phone)
{
	struct audit_status status;

	audit_status(phone->audit, &status);
	return status.newest;
}

/* Fifty events are written to the disk at once, not one by one, and without a word. */
static void written_in_time(void **state)
{
	struct phone phone = { .state = strdup(folder_new()) };
	unsigned int before;

	(void)state;
	assert_int_equal(mkdir(phone.state, 0700), 0);
	phone_start(&phone);
	before = power_synced();
	for (int i = 0; i < 50; i++)
		log_tell(LOG_RELOADED, "%d", i);
	assert_int_equal(power_synced(), before);
	phone_run(&phone, 1300);
	assert_in_range(power_synced(), before + 1, before + 10);
	before = power_synced();
	phone_run(&phone, 1300);
	assert_int_equal(power_synced(), before);
	log_tell(LOG_RELOADED, "%s", "");
	phone_run(&phone, 1300);
	assert_int_equal(power_synced(), before + 1);
	phone_stop(&phone);
	free((void *)phone.state);
}

static void fifty_and_death(const void *data)
{
	struct phone phone = { .state = data };

	phone_start(&phone);
	for (int i = 0; i < 50; i++)
		log_tell(LOG_RELOADED, "%d", i);
	power_begin();
	_exit(0);
}

/* The disk has none of fifty events that a server may have: the next one is no repeat of them. */
static void numbers_once(void **state)
{
	struct phone phone = { .state = strdup(folder_new()) };
	char folder[600], command[700];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/audit", phone.state);
	assert_int_equal(mkdir(phone.state, 0700), 0);
	power_run(fifty_and_death, phone.state, 0, false);
	/* The daemon alone was killed: nothing is left out. */
	phone_start(&phone);
	assert_int_equal(newest(&phone), 50);
	phone_stop(&phone);
	power_run(fifty_and_death, phone.state, 0, false);
	snprintf(command, sizeof(command), "rm -f '%s'/*.log '%s'/position", folder, folder);
	assert_int_equal(system(command), 0);
	boot_change(folder);
	phone_start(&phone);
	assert_true(newest(&phone) >= 100);
	/* Where the daemon ends in order, no number is left out at the next start. */
	log_tell(LOG_RELOADED, "%s", "");
	phone_stop(&phone);
	boot_change(folder);
	phone_start(&phone);
	assert_in_range(newest(&phone), 101, 100 + 2 * AUDIT_NUMBERS_AHEAD);
	phone_stop(&phone);
	free((void *)phone.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_while_adding),
		cmocka_unit_test(lost_tail),
		cmocka_unit_test(cut_while_reserving),
		cmocka_unit_test(written_in_time),
		cmocka_unit_test(numbers_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
