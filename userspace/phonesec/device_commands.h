/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about certificates, trust and configuration; see struct command. */
#ifndef PHONESEC_DEVICE_COMMANDS_H
#define PHONESEC_DEVICE_COMMANDS_H

#include <systemd/sd-bus.h>

#include "../lib/secret.h"
#include "commands.h"

int identity_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int identity_provision(const struct arguments *arguments, struct output *out,
		       struct refusal *why);
int identity_import(const struct arguments *arguments, struct output *out, struct refusal *why);
int identity_request(const struct arguments *arguments, struct output *out, struct refusal *why);
int identity_install(const struct arguments *arguments, struct output *out, struct refusal *why);
int identity_delete(const struct arguments *arguments, struct output *out, struct refusal *why);
int lsc_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int lsc_update(const struct arguments *arguments, struct output *out, struct refusal *why);
int lsc_delete(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_list(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_explain(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_pending(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_approve(const struct arguments *arguments, struct output *out, struct refusal *why);
int trust_reset(const struct arguments *arguments, struct output *out, struct refusal *why);
int tvs_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int config_show(const struct arguments *arguments, struct output *out, struct refusal *why);
int config_fetch(const struct arguments *arguments, struct output *out, struct refusal *why);
int image_verify(const struct arguments *arguments, struct output *out, struct refusal *why);
int image_install(const struct arguments *arguments, struct output *out, struct refusal *why);
int image_status(const struct arguments *arguments, struct output *out, struct refusal *why);
int menu_show(const struct arguments *arguments, struct output *out, struct refusal *why);

/* Sends the authentication string to the daemon, which begins with it; may be empty. */
int lsc_submit(sd_bus *bus, const struct secret *string, struct refusal *why);

/* Has the daemon destroy a certificate and its key: "lsc", or the name of an imported one. */
int identity_destroy(const char *name, struct refusal *why);

/* Calls a method of the device without arguments. */
int device_ask(const char *interface, const char *method, struct refusal *why);

#endif
