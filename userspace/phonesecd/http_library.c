// SPDX-License-Identifier: Apache-2.0
#include "http_library.h"

#include <stddef.h>

#include "library.h"

/* The name carries the version of the interface that <curl/curl.h> declares. */
static const char file[] = "libcurl.so.4";

static const struct library_function functions[] = {
#define HTTP_ENTRY(name) { "curl_" #name, offsetof(struct http_library, name) },
	HTTP_FUNCTIONS(HTTP_ENTRY)
#undef HTTP_ENTRY
};

int http_library_load(const struct http_library **http, struct refusal *why)
{
	static struct http_library only;
	static void *library;
	int err;

	if (!library) {
		err = library_load(&library, file, functions,
				   sizeof(functions) / sizeof(functions[0]), &only, why);
		if (err)
			return err;
	}
	*http = &only;
	return 0;
}
