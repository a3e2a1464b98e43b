/* SPDX-License-Identifier: Apache-2.0 */
/* The module on disk: why it is not in the kernel. */
#ifndef PHONESEC_MODULE_FILES_H
#define PHONESEC_MODULE_FILES_H

#include "finding.h"

/**
 * struct module_places - where to look
 * @modules: folder with one folder a kernel release
 * @release: the running kernel
 * @lockdown: file that tells the lockdown state
 * @sig_enforce: file that tells whether modules must be signed
 */
struct module_places {
	const char *modules;
	const char *release;
	const char *lockdown;
	const char *sig_enforce;
};

/* Tells why the module is not loaded and what to run, as one or two findings. */
void module_files_examine(const struct module_places *places, struct findings *findings);

#endif
