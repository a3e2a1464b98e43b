// SPDX-License-Identifier: Apache-2.0
#include "library.h"

#include <dlfcn.h>
#include <string.h>

int library_load(void **library, const char *file, const struct library_function *functions,
		 size_t count, void *table, struct refusal *why)
{
	void *found;

	*library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	if (!*library)
		return refusal_set(why, REASON_SYSTEM, "%s", dlerror());
	for (size_t i = 0; i < count; i++) {
		found = dlsym(*library, functions[i].name);
		if (!found) {
			dlclose(*library);
			*library = NULL;
			return refusal_set(why, REASON_SYSTEM, "%s has no %s", file,
					   functions[i].name);
		}
		memcpy((char *)table + functions[i].offset, &found, sizeof(found));
	}
	return 0;
}
