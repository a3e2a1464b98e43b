/* SPDX-License-Identifier: Apache-2.0 */
/* The form that a token endpoint is sent (RFC 6749 section 6 and appendix B). */
#ifndef PHONESECD_TOKEN_FORM_H
#define PHONESECD_TOKEN_FORM_H

#include "../lib/secret.h"
#include "settings.h"

/**
 * token_form_new - write the form
 * @settings: client identifier and more fields; the latter stand there as they are sent
 * @refresh: refresh token
 *
 * Return: the form, to be given to secret_free(), or NULL without memory.
 */
struct secret *token_form_new(const struct settings *settings, const struct secret *refresh);

#endif
