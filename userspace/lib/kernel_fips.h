/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the kernel is in FIPS mode, where nothing may take secrets out of its boundary. */
#ifndef PHONESEC_KERNEL_FIPS_H
#define PHONESEC_KERNEL_FIPS_H

#include <stdbool.h>

/* What the kernel tells, as a file; absent where it knows no such mode. */
#define FIPS_FILE "/proc/sys/crypto/fips_enabled"

/* Reads such a file. One that is there and cannot be understood counts as FIPS mode. */
bool fips_enabled(const char *file);

#endif
