// SPDX-License-Identifier: Apache-2.0
/*
 * For programs that are started with this in LD_PRELOAD the file FIPS_WORD is what the kernel says
 * of its FIPS mode, for tests on kernels that are in none.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/kernel_fips.h"

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *path, const char *mode) = dlsym(RTLD_NEXT, "fopen");
	const char *word = getenv("FIPS_WORD");

	return real(word && !strcmp(path, FIPS_FILE) ? word : path, mode);
}
