/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs of phonesec-sign do; see the table in main.c. */
#ifndef PHONESEC_SIGN_VERBS_H
#define PHONESEC_SIGN_VERBS_H

#include "../lib/trust_list.h"
#include "arguments.h"

typedef int sign_run(const struct sign_arguments *arguments, struct output *out,
		     struct refusal *why);

sign_run sign_file, sign_encrypt, sign_itl, sign_ctl, sign_image, sign_show, sign_verify, sign_open;

/* Whether a file is a trust list: it is signed as one, and signers of lists sign nothing else. */
bool sign_is_list(const struct file_header *header);

/* Bytes as hexadecimal digits, as many as fit. */
void sign_hex(char *text, size_t size, struct octets bytes);

/* A label as a text, cut to what fits. */
void sign_text(char *text, size_t size, struct octets bytes);

#endif
