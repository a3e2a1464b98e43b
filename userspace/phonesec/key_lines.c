// SPDX-License-Identifier: Apache-2.0
#include "key_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum key_lines_limits {
	/* Two attributes with every parameter are far shorter. */
	KEY_TEXT_MAX = 4096,
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The direction that a line names, "tx " or "rx ", or NULL. */
static struct sdes *direction_find(struct key_lines *keys, const char *line, size_t len, bool **has)
{
	bool tx = len >= 3 && !memcmp(line, "tx", 2), rx = len >= 3 && !memcmp(line, "rx", 2);

	if ((!tx && !rx) || !is_space(line[2]))
		return NULL;
	*has = tx ? &keys->has_tx : &keys->has_rx;
	return tx ? &keys->tx : &keys->rx;
}

/* Takes one line with its number; positions count from the start of the line. */
static int line_parse(struct key_lines *keys, const char *line, size_t len, unsigned int number,
		      struct refusal *why)
{
	unsigned int at = 0;
	struct sdes *key;
	bool *has = NULL;
	int err;

	while (len && is_space(line[len - 1]))
		len--;
	while (at < len && is_space(line[at]))
		at++;
	if (at == len || line[at] == '#')
		return 0;
	key = direction_find(keys, line + at, len - at, &has);
	if (!key || *has) {
		err = refusal_set_at(why, key ? REASON_KEY_REPEATED : REASON_KEY_LINE, at + 1);
	} else {
		err = sdes_parse(key, line + at + 3, len - at - 3, why);
		*has = !err;
		if (err)
			why->position += at + 3;
	}
	if (err)
		why->line = number;
	return err;
}

static int keys_check(const struct key_lines *keys, struct refusal *why)
{
	if (!keys->has_tx && !keys->has_rx)
		return refusal_set(why, REASON_KEY_TEXT_EMPTY, "%s", "");
	if (!keys->has_tx || !keys->has_rx)
		return 0;
	if (keys->tx.suite != keys->rx.suite)
		return refusal_set(why, REASON_KEY_SUITES, "tx %s, rx %s",
				   sdes_suite_name(keys->tx.suite),
				   sdes_suite_name(keys->rx.suite));
	if (secret_equal(keys->tx.master, keys->rx.master))
		return refusal_set(why, REASON_KEY_BOTH_WAYS, "%s", "");
	return 0;
}

int key_lines_parse(struct key_lines *keys, const char *text, size_t len, struct refusal *why)
{
	unsigned int number = 0;
	int err = 0;

	*keys = (struct key_lines){ 0 };
	while (!err && len) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end ? (size_t)(end - text) : len;

		err = line_parse(keys, text, line_len, ++number, why);
		text += line_len + !!end;
		len -= line_len + !!end;
	}
	if (!err)
		err = keys_check(keys, why);
	if (err)
		key_lines_clear(keys);
	return err;
}

int key_lines_read(struct key_lines *keys, int fd, struct refusal *why)
{
	SECRET_AUTO text = secret_new(KEY_TEXT_MAX);
	int err;

	*keys = (struct key_lines){ 0 };
	if (!text)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (isatty(fd))
		return refusal_set(why, REASON_KEY_SOURCE_TERMINAL, "%s", "");
	err = secret_fill(text, fd);
	if (err == -EMSGSIZE)
		return refusal_set(why, REASON_KEY_TEXT_LONG, "%s", "");
	if (err)
		return refusal_set(why, REASON_KEY_SOURCE_READ, "descriptor %d: %s", fd,
				   strerror(-err));
	return key_lines_parse(keys, (const char *)secret_bytes(text), secret_len(text), why);
}

void key_lines_clear(struct key_lines *keys)
{
	sdes_clear(&keys->tx);
	sdes_clear(&keys->rx);
	*keys = (struct key_lines){ 0 };
}
