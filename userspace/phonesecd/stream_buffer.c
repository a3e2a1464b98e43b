// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "stream_impl.h"

enum { BUFFER_FIRST = 4096 };

static bool buffer_move(struct buffer *buffer, size_t size)
{
	char *bytes = malloc(size);

	if (!bytes)
		return false;
	if (buffer->len)
		memcpy(bytes, buffer->bytes + buffer->at, buffer->len);
	if (buffer->bytes)
		explicit_bzero(buffer->bytes, buffer->size);
	free(buffer->bytes);
	*buffer = (struct buffer){ .bytes = bytes, .len = buffer->len, .size = size };
	return true;
}

bool buffer_reserve(struct buffer *buffer, size_t more, size_t max)
{
	size_t size = buffer->size ?: BUFFER_FIRST;

	if (more > max || buffer->len > max - more)
		return false;
	if (buffer->at + buffer->len + more <= buffer->size)
		return true;
	if (buffer->len + more <= buffer->size) {
		memmove(buffer->bytes, buffer->bytes + buffer->at, buffer->len);
		explicit_bzero(buffer->bytes + buffer->len, buffer->at);
		buffer->at = 0;
		return true;
	}
	while (size < buffer->len + more)
		size *= 2;
	return buffer_move(buffer, size < max ? size : max);
}

void buffer_drop(struct buffer *buffer, size_t count)
{
	if (!count)
		return;
	explicit_bzero(buffer->bytes + buffer->at, count);
	buffer->at += count;
	buffer->len -= count;
	if (buffer->len)
		return;
	buffer->at = 0;
	/* One long message is no reason to hold the memory for ever. */
	if (buffer->size > 4 * BUFFER_FIRST)
		buffer_free(buffer);
}

void buffer_free(struct buffer *buffer)
{
	if (buffer->bytes)
		explicit_bzero(buffer->bytes, buffer->size);
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}
