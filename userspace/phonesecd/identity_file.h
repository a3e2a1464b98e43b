/* SPDX-License-Identifier: Apache-2.0 */
/* The line in an identity's file that tells where its key is. Private to the files identity*.c. */
#ifndef PHONESECD_IDENTITY_FILE_H
#define PHONESECD_IDENTITY_FILE_H

#include <stdbool.h>

#include "settings.h"

/**
 * identity_file_key - where the key of a certificate is, when it is not in the file
 * @name: file, or URI of one
 * @uri: result, terminated
 *
 * Return: false when the file does not say.
 */
bool identity_file_key(const char *name, char uri[SETTINGS_URI_MAX]);

#endif
