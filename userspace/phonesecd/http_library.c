// SPDX-License-Identifier: Apache-2.0
#include "http_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* The name carries the version of the interface that <curl/curl.h> declares. */
static const char file[] = "libcurl.so.4";

static const struct http_function {
	const char *name;
	size_t offset;
} functions[] = {
#define HTTP_ENTRY(name) { "curl_" #name, offsetof(struct http_library, name) },
	HTTP_FUNCTIONS(HTTP_ENTRY)
#undef HTTP_ENTRY
};

int http_library_load(const struct http_library **http, struct refusal *why)
{
	static struct http_library only;
	static void *library;
	void *found;

	if (!library) {
		library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
		if (!library)
			return refusal_set(why, REASON_SYSTEM, "%s", dlerror());
		for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
			found = dlsym(library, functions[i].name);
			if (!found) {
				dlclose(library);
				library = NULL;
				return refusal_set(why, REASON_SYSTEM, "%s has no %s", file,
						   functions[i].name);
			}
			memcpy((char *)&only + functions[i].offset, &found, sizeof(found));
		}
	}
	*http = &only;
	return 0;
}
