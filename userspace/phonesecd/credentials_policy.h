/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for passwords and for the authentication strings of CAPF. */
#ifndef PHONESECD_CREDENTIALS_POLICY_H
#define PHONESECD_CREDENTIALS_POLICY_H

#include "credentials.h"

/* What [credentials] says, and the name of the phone; fields as in struct settings. */
struct credentials_policy {
	char name[SETTINGS_NAME_MAX];
	unsigned int password_length;
	unsigned int string_length;
	bool trivial;
	unsigned int history;
	unsigned int tries;
	unsigned int lockout_s;
	unsigned int unlock_s;
	unsigned int rounds;
};

void credentials_policy_take(struct credentials_policy *policy, const struct settings *settings);

/* As credentials_judge(). */
int credentials_policy_judge(const struct credentials_policy *policy, enum credentials_kind kind,
			     const struct secret *text, struct refusal *why);

#endif
