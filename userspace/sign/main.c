// SPDX-License-Identifier: Apache-2.0
/* phonesec-sign: makes and checks the files that phones load. */
#include <string.h>

#include "../lib/secret.h"
#include "verbs.h"

#define SIGNING SIGN_OPTION_SIGNER, SIGN_OPTION_KEY, SIGN_OPTION_NAME, SIGN_OPTION_DIGEST, \
	SIGN_OPTION_STYLE, SIGN_OPTION_TIME, SIGN_OPTION_OUT

const struct sign_verb sign_verbs[] = {
	{ "file", "FILE", 1, "Sign a file, for FILE.sgn", { SIGNING }, { SIGN_OPTION_SIGNER },
	  sign_file },
	{ "encrypt", "FILE", 1, "Encrypt a file for one phone and sign it, for FILE.enc.sgn",
	  { SIGNING, SIGN_OPTION_FOR }, { SIGN_OPTION_SIGNER, SIGN_OPTION_FOR }, sign_encrypt },
	{ "itl", "ROLE[@HOST]=CERTIFICATE...", SIGN_OPERANDS_MANY,
	  "Make an identity trust list, for ITLFile.tlv", { SIGNING, SIGN_OPTION_SIGNER_VERSION },
	  { SIGN_OPTION_SIGNER }, sign_itl },
	{ "ctl", "ROLE[@HOST]=CERTIFICATE...", SIGN_OPERANDS_MANY,
	  "Make a certificate trust list, for CTLFile.tlv",
	  { SIGNING, SIGN_OPTION_SIGNER_VERSION }, { SIGN_OPTION_SIGNER }, sign_ctl },
	{ "image", "FILE...", SIGN_OPERANDS_MANY, "Sign a firmware image",
	  { SIGNING, SIGN_OPTION_ARCHIVE }, { SIGN_OPTION_SIGNER, SIGN_OPTION_OUT }, sign_image },
	{ "show", "FILE", 1, "Show what a file is, without judging it", { SIGN_OPTION_NONE },
	  { SIGN_OPTION_NONE }, sign_show },
	{ "verify", "FILE", 1,
	  "Check the signature of a file; a trust list can vouch for itself",
	  { SIGN_OPTION_SIGNER, SIGN_OPTION_LIST }, { SIGN_OPTION_NONE }, sign_verify },
	{ "open", "FILE", 1, "Check the signature of a file and write what the file holds",
	  { SIGN_OPTION_SIGNER, SIGN_OPTION_LIST, SIGN_OPTION_KEY, SIGN_OPTION_OUT },
	  { SIGN_OPTION_OUT }, sign_open },
	{ 0 },
};

/* Words that are for scripts and not in the help. */
static bool hidden_run(int argc, char *argv[])
{
	if (argc > 1 && !strcmp(argv[1], "complete"))
		sign_complete(stdout, argc - 2, argv + 2);
	else if (argc > 1 && !strcmp(argv[1], "manual-verbs"))
		sign_manual(stdout);
	else
		return false;
	return true;
}

static int verb_run(const struct sign_arguments *arguments, struct output *out)
{
	struct refusal why = { 0 };

	if (arguments->values[SIGN_OPTION_HELP])
		sign_help(out->stream, arguments->verb);
	else if (!arguments->verb)
		fprintf(out->stream, "phonesec-sign %s\n", PHONESEC_VERSION);
	else if (arguments->verb->run(arguments, out, &why))
		return output_refusal(out, &why);
	return EXIT_STATUS_OK;
}

int main(int argc, char *argv[])
{
	struct sign_arguments arguments;
	struct refusal why;
	struct output out;
	int status;

	secret_protect_process();
	output_open(&out, output_json_wanted(argc, argv));
	if (hidden_run(argc, argv))
		status = EXIT_STATUS_OK;
	else if (sign_arguments_parse(&arguments, argc, argv, &why))
		status = output_refusal(&out, &why);
	else
		status = verb_run(&arguments, &out);
	if (!output_close(&out) && !status) {
		fprintf(stderr, "phonesec-sign: %s\n", reason_words(REASON_OUTPUT)->text);
		status = EXIT_STATUS_FAILED;
	}
	return status;
}
