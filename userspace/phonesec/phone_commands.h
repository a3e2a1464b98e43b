/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that ask the daemon, and tones; see struct command for their form. */
#ifndef PHONESEC_PHONE_COMMANDS_H
#define PHONESEC_PHONE_COMMANDS_H

#include "commands.h"

int status_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_list(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_monitor(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_end(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_rekey(const struct arguments *arguments, struct output *out, struct refusal *why);
int call_capture(const struct arguments *arguments, struct output *out, struct refusal *why);
int register_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int signalling_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int signalling_retry(const struct arguments *arguments, struct output *out, struct refusal *why);
int oauth_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int oauth_login(const struct arguments *arguments, struct output *out, struct refusal *why);
int oauth_logout(const struct arguments *arguments, struct output *out, struct refusal *why);
int tone_write(const struct arguments *arguments, struct output *out, struct refusal *why);

#endif
