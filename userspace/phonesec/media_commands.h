/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of the noun media; see struct command for their form. */
#ifndef PHONESEC_COMMAND_MEDIA_H
#define PHONESEC_COMMAND_MEDIA_H

#include "commands.h"

int media_add(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_rekey(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_set(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_hold(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_del(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_list(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_policy(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_stats(const struct arguments *arguments, struct output *out, struct refusal *why);
int media_monitor(const struct arguments *arguments, struct output *out, struct refusal *why);

#endif
