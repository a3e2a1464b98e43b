// SPDX-License-Identifier: Apache-2.0
/* A verdict on a file, in words for people. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../lib/trust_list.h"
#include "file_judge.h"
#include "label.h"

enum file_kind file_kind_of(const char *name)
{
	const char *base = strrchr(name, '/');
	size_t len;

	base = base ? base + 1 : name;
	len = strlen(base);
	if (len < 4 || strcasecmp(base + len - 4, ".tlv"))
		return FILE_KIND_SIGNED;
	if (!strncasecmp(base, "CTL", 3))
		return FILE_KIND_CTL;
	return strncasecmp(base, "ITL", 3) ? FILE_KIND_SIGNED : FILE_KIND_ITL;
}

const char *file_voucher_word(enum file_voucher voucher)
{
	static const char *const words[] = {
		[FILE_VOUCHER_NONE] = "",
		[FILE_VOUCHER_CTL] = "CTL",
		[FILE_VOUCHER_ITL] = "ITL",
		[FILE_VOUCHER_TVS] = "TVS",
		[FILE_VOUCHER_ITSELF] = "first use",
		[FILE_VOUCHER_PERSON] = "approved",
	};

	return words[voucher];
}

static void header_tell(FILE *stream, const struct file_header *header)
{
	char text[FILE_DN_MAX + 1], when[LABEL_TIME_MAX];

	label_text(text, sizeof(text), header->signer_name);
	fprintf(stream, "Signer: %s\n", text);
	label_text(text, sizeof(text), header->signer_issuer);
	fprintf(stream, "Issued by: %s\n", text);
	label_hex(text, sizeof(text), header->serial);
	fprintf(stream, "Serial number: %s\n", text);
	label_text(text, sizeof(text), header->name);
	fprintf(stream, "Signed as: %s\n", text);
	if (header->has_timestamp) {
		label_time(when, header->timestamp);
		fprintf(stream, "Signed at: %s\n", when);
	}
	fprintf(stream, "Digest: %s\n", file_digest_name(header->digest) ?: "unknown");
}

static void voucher_tell(FILE *stream, const struct file_verdict *verdict)
{
	const char *role = verdict->role >= 0 ? trust_role_name((uint16_t)verdict->role) : NULL;

	switch (verdict->voucher) {
	case FILE_VOUCHER_CTL:
	case FILE_VOUCHER_ITL:
		fprintf(stream, "Known by: the %s in force, as %s\n",
			file_voucher_word(verdict->voucher), role ?: "");
		break;
	case FILE_VOUCHER_TVS:
		fprintf(stream, "Known by: a trust verification server, as %s\n", role ?: "");
		break;
	case FILE_VOUCHER_ITSELF:
		fputs("Known by: itself alone, as the first list of this phone\n", stream);
		break;
	case FILE_VOUCHER_PERSON:
		fputs("Known by: the person who approved it\n", stream);
		break;
	default:
		fputs("Known by: nobody, for files of this kind\n", stream);
	}
}

static void result_tell(FILE *stream, const struct file_verdict *verdict)
{
	const struct reason *words = reason_words(verdict->why.code);

	if (verdict->why.code == REASON_NONE) {
		fprintf(stream, "Accepted%s\n", verdict->has_header ? "" :
			", without a signature: this phone has no trust list");
		return;
	}
	fprintf(stream, "Refused: %s (%s)\n", words->text, words->code);
	if (*verdict->why.detail)
		fprintf(stream, "Detail: %s\n", verdict->why.detail);
	fprintf(stream, "Mend: %s\n", words->mend);
	if (verdict->may_ask)
		fputs("A trust verification server may know the signer\n", stream);
}

void file_verdict_tell(const struct file_verdict *verdict, char *text, size_t size)
{
	FILE *stream;

	*text = '\0';
	stream = fmemopen(text, size, "w");
	if (!stream)
		return;
	if (verdict->has_header) {
		header_tell(stream, &verdict->header);
		voucher_tell(stream, verdict);
	}
	result_tell(stream, verdict);
	fclose(stream);
	text[size - 1] = '\0';
}
