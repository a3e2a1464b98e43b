// SPDX-License-Identifier: Apache-2.0
#include "distinguished_name.h"

#include <stdio.h>

/* Name and value of an attribute behind @at; false when it does not fit. */
static bool attribute_write(const X509_NAME_ENTRY *entry, char *text, size_t size, size_t *at)
{
	const ASN1_OBJECT *object = X509_NAME_ENTRY_get_object(entry);
	int nid = OBJ_obj2nid(object), len, written;
	unsigned char *value;
	char number[128];

	if (nid == NID_undef && OBJ_obj2txt(number, sizeof(number), object, 1) <= 0)
		return false;
	len = ASN1_STRING_to_UTF8(&value, X509_NAME_ENTRY_get_data(entry));
	if (len < 0)
		return false;
	for (int i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] == 0x7f)
			value[i] = ' ';
	written = snprintf(text + *at, size - *at, "%s=%.*s",
			   nid == NID_undef ? number : OBJ_nid2sn(nid), len, (char *)value);
	OPENSSL_free(value);
	if (written < 0 || (size_t)written >= size - *at)
		return false;
	*at += (size_t)written;
	return true;
}

bool distinguished_name_write(const X509_NAME *name, enum name_joiner joiner, char *text,
			      size_t size)
{
	int count = X509_NAME_entry_count(name);
	size_t at = 0;

	*text = '\0';
	for (int i = 0; i < count; i++) {
		if (i) {
			if (size - at < 2)
				return false;
			text[at++] = (char)joiner;
		}
		if (!attribute_write(X509_NAME_get_entry(name, i), text, size, &at))
			return false;
	}
	return true;
}
