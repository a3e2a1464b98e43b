// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module_files.h"

static char root[] = "/tmp/phonesec-modules-XXXXXX";

static void write_file(const char *path, const char *text)
{
	char full[256];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(full, 0755);
	}
	file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct findings examine(const char *release)
{
	static char lockdown[64], sig_enforce[64];
	struct module_places places = { .modules = root, .release = release };
	struct findings findings = { 0 };

	snprintf(lockdown, sizeof(lockdown), "%s/lockdown", root);
	snprintf(sig_enforce, sizeof(sig_enforce), "%s/sig_enforce", root);
	places.lockdown = lockdown;
	places.sig_enforce = sig_enforce;
	module_files_examine(&places, &findings);
	return findings;
}

static void expect(const struct finding *finding, const char *text, const char *mend)
{
	if (!strstr(finding->text, text) || !strstr(finding->mend, mend))
		fail_msg("%s: '%s' mend '%s'; wanted '%s' and '%s'", finding->name, finding->text,
			 finding->mend, text, mend);
	assert_int_equal(finding->verdict, FINDING_PROBLEM);
}

static void installed_nowhere(void **state)
{
	struct findings findings;

	(void)state;
	write_file("6.1.0-test/modules.dep", "kernel/net/other.ko: kernel/nf_srtp.ko\n");
	findings = examine("6.1.0-test");
	assert_int_equal(findings.count, 1);
	expect(&findings.all[0], "not installed for any kernel", "phonesec-dkms");
	findings = examine("9.9.9-none");
	expect(&findings.all[0], "not installed for any kernel", "phonesec-dkms");
}

static void installed_for_another_kernel(void **state)
{
	struct findings findings;

	(void)state;
	write_file("6.12.0-test/modules.dep", "updates/dkms/nf_srtp.ko.xz: kernel/crypto/gcm.ko\n");
	findings = examine("6.1.0-test");
	assert_int_equal(findings.count, 1);
	expect(&findings.all[0], "built for kernel 6.12.0-test, and 6.1.0-test is running",
	       "apt install linux-headers-6.1.0-test");
	write_file("6.1.0-test/build/Makefile", "");
	findings = examine("6.1.0-test");
	expect(&findings.all[0], "6.12.0-test", "Run 'dkms autoinstall -k 6.1.0-test'");
}

static void installed_and_not_loaded(void **state)
{
	struct findings findings = examine("6.12.0-test");

	(void)state;
	assert_int_equal(findings.count, 1);
	expect(&findings.all[0], "installed for this kernel and not loaded", "modprobe nf_srtp");
}

static void signature_is_due(void **state)
{
	struct findings findings;

	(void)state;
	write_file("lockdown", "[none] integrity confidentiality\n");
	write_file("sig_enforce", "N\n");
	assert_int_equal(examine("6.12.0-test").count, 1);
	write_file("lockdown", "none [integrity] confidentiality\n");
	findings = examine("6.12.0-test");
	assert_int_equal(findings.count, 2);
	expect(&findings.all[1], "not signed", "mokutil --import");
	write_file("lockdown", "[none] integrity confidentiality\n");
	write_file("sig_enforce", "Y\n");
	assert_int_equal(examine("6.12.0-test").count, 2);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installed_nowhere),
		cmocka_unit_test(installed_for_another_kernel),
		cmocka_unit_test(installed_and_not_loaded),
		cmocka_unit_test(signature_is_due),
	};

	return cmocka_run_group_tests_name("module_files", tests, set_up, tear_down);
}
