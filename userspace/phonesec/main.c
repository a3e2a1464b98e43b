// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "../lib/secret.h"
#include "commands.h"

static int command_run(const struct arguments *arguments, struct output *out)
{
	struct refusal why = { 0 };
	int err;

	if (option_given(arguments, OPTION_HELP)) {
		usage_print(out->stream, arguments->noun, arguments->command);
		return EXIT_STATUS_OK;
	}
	if (option_given(arguments, OPTION_VERSION)) {
		fprintf(out->stream, "phonesec %s\n", PHONESEC_VERSION);
		return EXIT_STATUS_OK;
	}
	err = arguments->command->run(arguments, out, &why);
	if (err < 0)
		return output_refusal(out, &why);
	return err;
}

/* Words that are for scripts and not in the usage. */
static bool hidden_run(int argc, char *argv[])
{
	if (argc && !strcmp(argv[0], "complete"))
		complete_print(stdout, argc - 1, argv + 1);
	else if (argc && !strcmp(argv[0], "manual-commands"))
		usage_manual(stdout);
	else if (argc && !strcmp(argv[0], "manual-reasons"))
		usage_manual_reasons(stdout);
	else if (argc && !strcmp(argv[0], "manual-refusals"))
		usage_refusals(stdout);
	else
		return false;
	return true;
}

int main(int argc, char *argv[])
{
	struct arguments arguments;
	struct refusal why;
	struct output out;
	int status;

	secret_protect_process();
	if (argc > 0) {
		argc--;
		argv++;
	}
	output_open(&out, output_json_wanted(argc, argv));
	if (hidden_run(argc, argv))
		status = EXIT_STATUS_OK;
	else if (arguments_parse(&arguments, argc, argv, &why))
		status = output_refusal(&out, &why);
	else
		status = command_run(&arguments, &out);
	if (!output_close(&out) && !status) {
		fprintf(stderr, "phonesec: %s\n", reason_words(REASON_OUTPUT)->text);
		status = EXIT_STATUS_FAILED;
	}
	return status;
}
