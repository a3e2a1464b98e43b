/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps media from being protected, in words. */
#ifndef PHONESEC_DOCTOR_H
#define PHONESEC_DOCTOR_H

#include "commands.h"

/* Command "media doctor"; fails with the reason of the first problem that is in the way. */
int doctor(const struct arguments *arguments, struct output *out, struct refusal *why);

#endif
