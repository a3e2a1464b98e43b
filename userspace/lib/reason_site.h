/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons that concern what a site makes for its phones. Private to reason*.c. */
#ifndef PHONESEC_REASON_SITE_H
#define PHONESEC_REASON_SITE_H

#include "reason.h"

/* Words for a code that stands in no other table. */
const struct reason *reason_site_words(enum reason_code code);

#endif
