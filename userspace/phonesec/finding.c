// SPDX-License-Identifier: Apache-2.0
#include "finding.h"

#include <stdarg.h>

static const struct media_name verdicts[] = {
	{ FINDING_OK, "ok" },
	{ FINDING_WARNING, "warning" },
	{ FINDING_PROBLEM, "problem" },
	{ 0, NULL },
};

static const char *const colours[] = {
	[FINDING_OK] = "\033[32m",
	[FINDING_WARNING] = "\033[33m",
	[FINDING_PROBLEM] = "\033[31m",
};

static const struct output_field fields[] = {
	{ "name", "", OUTPUT_STRING, .offset = offsetof(struct finding, name) },
	{ "verdict", "", OUTPUT_WORD, .offset = offsetof(struct finding, verdict),
	  .names = verdicts },
	{ "text", "", OUTPUT_TEXT, .offset = offsetof(struct finding, text) },
	{ "mend", "", OUTPUT_TEXT, .offset = offsetof(struct finding, mend) },
	{ 0 },
};

struct finding *finding_add(struct findings *findings, const char *name,
			    enum finding_verdict verdict)
{
	struct finding *finding = &findings->all[findings->count++];

	*finding = (struct finding){ .name = name, .verdict = verdict };
	return finding;
}

void finding_tell(struct finding *finding, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(finding->text, sizeof(finding->text), format, list);
	va_end(list);
}

void finding_mend(struct finding *finding, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(finding->mend, sizeof(finding->mend), format, list);
	va_end(list);
}

bool findings_have_problem(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->all[i].verdict == FINDING_PROBLEM)
			return true;
	return false;
}

void findings_write(const struct findings *findings, struct output *out)
{
	if (out->json) {
		output_list(out, "checks", "", NULL, fields, findings->all,
			    sizeof(findings->all[0]), findings->count);
		return;
	}
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->all[i];

		output_remark(out, "%s%-8s%s %s: %s", out->colour ? colours[finding->verdict] : "",
			      media_word(verdicts, finding->verdict), out->colour ? "\033[0m" : "",
			      finding->name, finding->text);
		if (*finding->mend)
			output_remark(out, "         mend: %s", finding->mend);
	}
}
