// SPDX-License-Identifier: Apache-2.0
/* Writes the rules of [hardening]: "garp" and "ssh" are what is left open. */
#include <stdio.h>
#include <string.h>

#include "hardening.h"

int main(int argc, char *argv[])
{
	static struct settings settings = { .ssh_port = 22 };
	char text[4096];
	size_t len;

	for (int i = 1; i < argc; i++) {
		settings.garp |= !strcmp(argv[i], "garp");
		settings.ssh_access |= !strcmp(argv[i], "ssh");
	}
	len = hardening_rules(&settings, text, sizeof(text));
	return !len || fwrite(text, 1, len, stdout) != len;
}
