/* SPDX-License-Identifier: Apache-2.0 */
/* The real FIPS provider, of build/apt/fips-provider or of the system. */
#ifndef UNIT_FIPS_SITE_H
#define UNIT_FIPS_SITE_H

#include "unit.h"

#include <limits.h>

static inline void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static inline bool fips_site_find(char module[PATH_MAX])
{
	const char *const places[] = {
		getenv("FIPS_PROVIDER") ?: "", "../../build/apt/fips-provider/fips.so",
		"/usr/lib/x86_64-linux-gnu/ossl-modules/fips.so",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (*places[i] && realpath(places[i], module))
			return true;
	return false;
}

/* Writes the provider's checksum to a file, as its installation does. */
static inline void fips_site_install(const char *module, const char *config)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command),
		 "openssl fipsinstall -quiet -module %s -out %s 2>/dev/null", module, config);
	run(command);
}

#endif
