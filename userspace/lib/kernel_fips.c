// SPDX-License-Identifier: Apache-2.0
#include "kernel_fips.h"

#include <errno.h>
#include <stdio.h>

bool fips_enabled(const char *file)
{
	FILE *stream = fopen(file, "re");
	int value;

	if (!stream)
		return errno != ENOENT;
	if (fscanf(stream, "%d", &value) != 1)
		value = 1;
	fclose(stream);
	return value;
}
