// SPDX-License-Identifier: Apache-2.0
#include "lldp_library.h"

#include "library.h"

/* The name carries the version of the interface that <lldpctl.h> declares. */
static const char file[] = "liblldpctl.so.4";

static const struct library_function functions[] = {
#define LLDP_ENTRY(name) { "lldpctl_" #name, offsetof(struct lldp_library, name) },
	LLDP_FUNCTIONS(LLDP_ENTRY)
#undef LLDP_ENTRY
};

/* What it has to say about lldpd is in the errors, too; standard error is not its. */
static void log_quiet(int severity, const char *message)
{
	(void)severity;
	(void)message;
}

int lldp_library_load(const struct lldp_library **lldp, struct refusal *why)
{
	static struct lldp_library only;
	static void *library;
	int err;

	if (!library) {
		err = library_load(&library, file, functions,
				   sizeof(functions) / sizeof(functions[0]), &only, why);
		if (err)
			return err;
		only.log_callback(log_quiet);
	}
	*lldp = &only;
	return 0;
}
