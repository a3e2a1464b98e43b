// SPDX-License-Identifier: Apache-2.0
/* What the site's policy has the phone do, as others see it: hardening, rights, FIPS mode. */
#include "access_state.h"

#include <stdlib.h>
#include <string.h>

#include "fips.h"
#include "settings_access.h"

bool access_option(const struct access *access, size_t index, struct access_option *option)
{
	struct hardening_option one;

	if (!hardening_option(access->parts.overlay, index, &one))
		return false;
	*option = (struct access_option){ 0 };
	strcpy(option->name, one.name);
	strcpy(option->value, one.value);
	strcpy(option->source, overlay_source_word(one.source));
	(void)snprintf(option->title, sizeof(option->title), "%s", one.title);
	(void)snprintf(option->element, sizeof(option->element), "%s", one.element);
	(void)snprintf(option->usual, sizeof(option->usual), "%s", one.fallback);
	(void)snprintf(option->effect, sizeof(option->effect), "%s", one.effect);
	(void)snprintf(option->problem, sizeof(option->problem), "%.*s",
		       (int)sizeof(option->problem) - 1, one.problem);
	return true;
}

/* The server of the pages makes its certificate by algorithms of its own. */
void access_policy(const struct access *access, struct access_policy *policy)
{
	const struct settings *settings = access->settings;
	struct credentials_status credentials;
	struct hardening_status rules;

	credentials_status(access->credentials, &credentials);
	hardening_status(access->hardening, &rules);
	*policy = (struct access_policy){
		.web = settings->web_access, .web_https_only = settings->web_https_only,
		.web_port = settings->web_https_only ? 0 : settings->web_http,
		.web_tls_port = fips_is_on() ? 0 : settings->web_https,
		.rules_last = rules.last,
		.password_set = credentials.is_set,
		.unlocked_until = credentials.unlocked_until,
		.locked_out_until = credentials.locked_until,
	};
	strcpy(policy->rules, hardening_state_word(rules.state));
	strcpy(policy->settings_access, settings_access_word(settings->settings_access));
}

/* Root can change the file itself, so that nothing is won by asking him for a password. */
int access_allow(const struct access *access, const struct access_request *request,
		 struct refusal *why)
{
	enum settings_right right = settings_access_right(request->interface, request->method);

	if (!request->user)
		return 0;
	return settings_access_allows(access->settings, right,
				      credentials_is_unlocked(access->credentials, request->user),
				      why);
}

int access_unlock(struct access *access, struct secret *password, uint32_t user, access_done done,
		  void *owner, struct refusal *why)
{
	int err = credentials_unlock(access->credentials, user ? password : NULL, user, done,
				     owner, why);

	secret_free(password);
	return err;
}

void access_lock(struct access *access)
{
	credentials_lock(access->credentials);
}

/* An empty one is none: the old one where nothing is set, and the new one takes it away. */
int access_password_set(struct access *access, struct secret *old, struct secret *new,
			uint32_t user, access_done done, void *owner, struct refusal *why)
{
	int err = credentials_set(access->credentials, secret_len(old) ? old : NULL,
				  secret_len(new) ? new : NULL, !user, done, owner, why);

	secret_free(old);
	secret_free(new);
	return err;
}

/* What the site's configuration asks for counts when it is noted, not when it is laid. */
void access_fips(const struct access *access, struct access_fips *fips)
{
	struct settings settings = *access->settings;
	struct fips_status status;

	settings.fips_mode = access->fips_file;
	fips_status(&settings, access->parts.state, &status);
	*fips = (struct access_fips){
		.on = status.is_on, .wanted = status.wanted, .kernel = status.kernel,
		.why = status.why,
	};
	strcpy(fips->provider, status.provider);
	strcpy(fips->private_keys, status.private_keys ? "approved" : "no");
}

int access_fips_check(const struct access *access, struct access_need **needs, size_t *count,
		      struct refusal *why)
{
	struct fips_row *rows = calloc(FIPS_ROWS_MAX, sizeof(*rows));
	struct access_need *made = calloc(FIPS_ROWS_MAX, sizeof(*made));

	if (!rows || !made) {
		free(rows);
		free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*count = fips_check(access->settings, access->parts.state, rows, FIPS_ROWS_MAX);
	for (size_t i = 0; i < *count; i++) {
		(void)snprintf(made[i].feature, sizeof(made[i].feature), "%s", rows[i].feature);
		(void)snprintf(made[i].need, sizeof(made[i].need), "%s", rows[i].needs);
		(void)snprintf(made[i].effect, sizeof(made[i].effect), "%s", rows[i].detail);
		strcpy(made[i].verdict, fips_verdict_word(rows[i].verdict));
	}
	free(rows);
	*needs = made;
	return 0;
}
