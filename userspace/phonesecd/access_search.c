// SPDX-License-Identifier: Apache-2.0
/* Searches in the directory that somebody waits for. */
#include "access_state.h"

#include <stdlib.h>

#include "contact_search.h"

/**
 * struct access_search - a search
 * @settings: as they were when it began; others may hold before it ends
 */
struct access_search {
	struct access_search *next;
	struct access *access;
	struct contact_search *search;
	struct settings settings;
	access_found found;
	void *owner;
};

static void search_free(struct access_search *one)
{
	contact_search_free(one->search);
	free(one);
}

static void search_remove(struct access_search *one)
{
	struct access_search **at = &one->access->searches;

	while (*at != one)
		at = &(*at)->next;
	*at = one->next;
	search_free(one);
}

static void on_found(void *owner, const struct contact_result *result)
{
	struct access_search *one = owner;

	one->found(one->owner, result->found, result->why.code ? &result->why : NULL);
	search_remove(one);
}

int access_search(struct access *access, const char *name, const char *user,
		  struct secret *password, access_found found, void *owner, struct refusal *why)
{
	struct access_search *one = calloc(1, sizeof(*one));
	int err = one ? 0 : refusal_set(why, REASON_NO_MEMORY, "%s", "");

	if (!err) {
		one->access = access;
		one->settings = *access->settings;
		one->found = found;
		one->owner = owner;
		err = contact_search_start(&one->search, access->parts.event, &one->settings,
					   access->parts.asker, name, user, password, on_found,
					   one, why);
	}
	secret_free(password);
	if (err) {
		free(one);
		return err;
	}
	one->next = access->searches;
	access->searches = one;
	return 0;
}

void access_searches_end(struct access *access, const void *owner)
{
	struct access_search **at = &access->searches;

	while (*at) {
		struct access_search *one = *at;

		if (owner && one->owner != owner) {
			at = &one->next;
			continue;
		}
		*at = one->next;
		search_free(one);
	}
}
