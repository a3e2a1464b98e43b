// SPDX-License-Identifier: Apache-2.0
#include "wiped_memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void wiped_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void *wiped_resize(void *memory, size_t size)
{
	size_t had = memory ? malloc_usable_size(memory) : 0;
	void *more = malloc(size);

	if (!more)
		return NULL;
	if (memory)
		memcpy(more, memory, had < size ? had : size);
	wiped_free(memory);
	return more;
}
