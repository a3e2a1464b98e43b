/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for libraries through which secrets pass: it is wiped when it is given back. */
#ifndef PHONESEC_WIPED_MEMORY_H
#define PHONESEC_WIPED_MEMORY_H

#include <stddef.h>

/* As free() and realloc() do with memory of malloc(); what is left behind is wiped. */
void wiped_free(void *memory);
void *wiped_resize(void *memory, size_t size);

#endif
