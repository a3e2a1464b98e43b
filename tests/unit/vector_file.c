// SPDX-License-Identifier: Apache-2.0
#include <limits.h>

#include "vector_file.h"
#include "unit.h"

void vector_file_open(struct vector_file *vectors, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", VECTOR_FOLDER, name);
	vectors->count = 0;
	vectors->file = fopen(path, "r");
	if (!vectors->file)
		fail_msg("cannot read %s", path);
}

bool vector_file_next(struct vector_file *vectors, u32 fields)
{
	char *rest = NULL;
	u32 i;

	do {
		if (!fgets(vectors->line, sizeof(vectors->line), vectors->file)) {
			fclose(vectors->file);
			return false;
		}
	} while (vectors->line[0] == '#');
	assert_non_null(strchr(vectors->line, '\n'));
	for (i = 0; i < fields; i++) {
		vectors->field[i] = strtok_r(i ? NULL : vectors->line, " \n", &rest);
		assert_non_null(vectors->field[i]);
	}
	assert_null(strtok_r(NULL, " \n", &rest));
	vectors->count++;
	return true;
}

u32 vector_bytes(const char *field, u8 *out)
{
	size_t len = strlen(field) / 2;
	size_t i;

	if (!strcmp(field, "-"))
		return 0;
	assert_in_range(len, 0, VECTOR_BYTES_MAX);
	for (i = 0; i < len; i++)
		assert_int_equal(sscanf(field + 2 * i, "%2hhx", &out[i]), 1);
	return (u32)len;
}
