// SPDX-License-Identifier: Apache-2.0
#include "crypto_error.h"

#include <openssl/err.h>
#include <string.h>

const char *crypto_error(void)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = NULL;

	if (ERR_SYSTEM_ERROR(code))
		text = strerror(ERR_GET_REASON(code));
	else if (code)
		text = ERR_reason_error_string(code);
	ERR_clear_error();
	return text ?: "no reason is told";
}
