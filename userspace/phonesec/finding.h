/* SPDX-License-Identifier: Apache-2.0 */
/* What an examination of the machine found, one object a question. */
#ifndef PHONESEC_FINDING_H
#define PHONESEC_FINDING_H

#include "output.h"

enum finding_verdict {
	FINDING_OK,
	/* Works, and could be better. */
	FINDING_WARNING,
	/* Media is not protected as it should be. */
	FINDING_PROBLEM,
};

enum finding_limits {
	FINDINGS_MAX = 16,
};

/* Answer to the question @name in words; @mend is empty when all is well. */
struct finding {
	const char *name;
	uint32_t verdict;
	char text[320];
	char mend[400];
};

struct findings {
	struct finding all[FINDINGS_MAX];
	size_t count;
};

/* Adds a finding without words; there is room for every question that is asked. */
struct finding *finding_add(struct findings *findings, const char *name,
			    enum finding_verdict verdict);

__attribute__((format(printf, 2, 3)))
void finding_tell(struct finding *finding, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void finding_mend(struct finding *finding, const char *format, ...);

/* Whether any finding is a problem. */
bool findings_have_problem(const struct findings *findings);

/* Writes all findings. */
void findings_write(const struct findings *findings, struct output *out);

#endif
