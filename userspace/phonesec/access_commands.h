/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about network access and policy; see struct command. */
#ifndef PHONESEC_ACCESS_COMMANDS_H
#define PHONESEC_ACCESS_COMMANDS_H

#include <systemd/sd-bus.h>

#include "commands.h"

int network_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int dot1x_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int dot1x_enable(const struct arguments *arguments, struct output *out, struct refusal *why);
int dot1x_disable(const struct arguments *arguments, struct output *out, struct refusal *why);
int dot1x_reauthenticate(const struct arguments *arguments, struct output *out,
			 struct refusal *why);
int dot1x_logoff(const struct arguments *arguments, struct output *out, struct refusal *why);
int dot1x_doctor(const struct arguments *arguments, struct output *out, struct refusal *why);
int vlan_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int fips_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int fips_check(const struct arguments *arguments, struct output *out, struct refusal *why);
int hardening_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int audit_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int audit_test(const struct arguments *arguments, struct output *out, struct refusal *why);
int password_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int password_set(const struct arguments *arguments, struct output *out, struct refusal *why);
int password_unlock(const struct arguments *arguments, struct output *out, struct refusal *why);
int password_lock(const struct arguments *arguments, struct output *out, struct refusal *why);
int contacts_search(const struct arguments *arguments, struct output *out, struct refusal *why);

/* Has the daemon take part in 802.1X, or not. */
int dot1x_choose(sd_bus *bus, bool enabled, struct refusal *why);

#endif
