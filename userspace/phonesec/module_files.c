// SPDX-License-Identifier: Apache-2.0
#include "module_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char modinfo[] = "/sbin/modinfo";

/* Reads the first line of a file or pipe without its end. */
static bool line_read(FILE *file, char *line, size_t size)
{
	if (!fgets(line, (int)size, file))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool file_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool got = file && line_read(file, line, size);

	if (file)
		fclose(file);
	return got;
}

/* Asks modinfo for one field of a module file; false when it has none. */
static bool module_field(const char *path, const char *field, char *value, size_t size)
{
	char *argv[] = { (char *)"modinfo", (char *)"-F", (char *)field, (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	bool got = false;
	FILE *output;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, modinfo, &actions, NULL, argv, environ))
		pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	output = fdopen(ends[0], "r");
	if (output) {
		got = line_read(output, value, size) && *value;
		fclose(output);
	} else {
		close(ends[0]);
	}
	if (pid)
		waitpid(pid, NULL, 0);
	return got;
}

/* Whether a line of modules.dep is about nf_srtp; then its path. */
static bool dependency_path(const char *folder, char *line, char *path, size_t size)
{
	char *name;

	line[strcspn(line, ":")] = '\0';
	name = strrchr(line, '/');
	name = name ? name + 1 : line;
	if (strncmp(name, "nf_srtp.ko", strlen("nf_srtp.ko")))
		return false;
	if (*line == '/')
		return snprintf(path, size, "%s", line) < (int)size;
	return snprintf(path, size, "%s/%s", folder, line) < (int)size;
}

/* Finds the module of a kernel release as modprobe would. */
static bool module_find(const char *modules, const char *release, char *path, size_t size)
{
	char folder[PATH_MAX], list[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	if (snprintf(folder, sizeof(folder), "%s/%s", modules, release) >= (int)sizeof(folder) ||
	    snprintf(list, sizeof(list), "%s/modules.dep", folder) >= (int)sizeof(list))
		return false;
	file = fopen(list, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = dependency_path(folder, line, path, size);
	free(line);
	fclose(file);
	return found;
}

/* Names other releases that have the module, with commas between. */
static bool releases_find(const struct module_places *places, char *names, size_t size)
{
	DIR *folder = opendir(places->modules);
	char path[PATH_MAX];
	size_t used = 0;

	*names = '\0';
	if (!folder)
		return false;
	for (struct dirent *entry; (entry = readdir(folder));) {
		int len;

		if (*entry->d_name == '.' || !strcmp(entry->d_name, places->release) ||
		    !module_find(places->modules, entry->d_name, path, sizeof(path)))
			continue;
		len = snprintf(names + used, size - used, "%s%s", used ? ", " : "",
			       entry->d_name);
		if (len < 0 || (size_t)len >= size - used)
			break;
		used += (size_t)len;
	}
	closedir(folder);
	return used;
}

static void other_kernel_tell(const struct module_places *places, struct finding *finding,
			      const char *releases)
{
	char build[PATH_MAX];

	finding_tell(finding, "The module is built for kernel %s, and %s is running.", releases,
		     places->release);
	if (snprintf(build, sizeof(build), "%s/%s/build", places->modules, places->release) <
		    (int)sizeof(build) && !access(build, F_OK))
		finding_mend(finding, "Run 'dkms autoinstall -k %s', then 'modprobe nf_srtp', as root.",
			     places->release);
	else
		finding_mend(finding, "Run 'apt install linux-headers-%s' (or the headers package of "
			     "your kernel), then 'dkms autoinstall -k %s' and 'modprobe nf_srtp', as "
			     "root.", places->release, places->release);
}

/* Secure boot shows as lockdown; either way an unsigned module is refused. */
static bool signature_is_due(const struct module_places *places)
{
	char line[128];

	if (file_line(places->lockdown, line, sizeof(line)) && !strstr(line, "[none]"))
		return true;
	return file_line(places->sig_enforce, line, sizeof(line)) && *line == 'Y';
}

static void signature_examine(const struct module_places *places, const char *path,
			      struct findings *findings)
{
	struct finding *finding;
	char signer[128];

	if (!signature_is_due(places))
		return;
	if (module_field(path, "signer", signer, sizeof(signer))) {
		finding = finding_add(findings, "module-signature", FINDING_WARNING);
		finding_tell(finding, "This kernel takes signed modules only; this one is signed by "
			     "'%s'.", signer);
		finding_mend(finding, "If modprobe says 'Key was rejected', enrol the key: 'mokutil "
			     "--import /var/lib/dkms/mok.pub', reboot, confirm in MokManager.");
		return;
	}
	finding = finding_add(findings, "module-signature", FINDING_PROBLEM);
	finding_tell(finding, "This kernel takes signed modules only (lockdown or Secure Boot), and the "
		     "module is not signed.");
	finding_mend(finding, "Install it through DKMS, which signs it; enrol the key with 'mokutil "
		     "--import /var/lib/dkms/mok.pub', reboot, confirm in MokManager.");
}

static void installed_examine(const struct module_places *places, const char *path,
			      struct findings *findings)
{
	struct finding *finding = finding_add(findings, "module", FINDING_PROBLEM);
	size_t len = strlen(places->release);
	char vermagic[256];

	if (module_field(path, "vermagic", vermagic, sizeof(vermagic)) &&
	    (strncmp(vermagic, places->release, len) || (vermagic[len] && vermagic[len] != ' '))) {
		vermagic[strcspn(vermagic, " ")] = '\0';
		other_kernel_tell(places, finding, vermagic);
		return;
	}
	finding_tell(finding, "The module nf_srtp is installed for this kernel and not loaded.");
	finding_mend(finding, "Run 'modprobe nf_srtp' as root; the package loads it at boot.");
	signature_examine(places, path, findings);
}

void module_files_examine(const struct module_places *places, struct findings *findings)
{
	char path[PATH_MAX], releases[200];
	struct finding *finding;

	if (module_find(places->modules, places->release, path, sizeof(path))) {
		installed_examine(places, path, findings);
		return;
	}
	finding = finding_add(findings, "module", FINDING_PROBLEM);
	if (releases_find(places, releases, sizeof(releases))) {
		other_kernel_tell(places, finding, releases);
		return;
	}
	finding_tell(finding, "The module nf_srtp is not installed for any kernel.");
	finding_mend(finding, "Run 'apt install phonesec-dkms', or 'make dkms-install' in the source "
		     "tree, as root.");
}
