// SPDX-License-Identifier: Apache-2.0
/* Other settings while tokens are kept. */
#include "token_site.h"

static int site_setup(void **state)
{
	struct token_site *site = site_make();

	endpoint_start(site, "127.0.0.1", NULL, NULL);
	*state = site;
	return 0;
}

static int site_teardown(void **state)
{
	site_destroy(*state);
	return 0;
}

/* The settings before are freed, as a reload does. */
static void reload_keeps_tokens(void **state)
{
	struct token_site *site = *state;
	struct settings *before = malloc(sizeof(*before)), other;
	struct refusal why;

	site_open(site);
	*before = site->settings;
	oauth_reload(site->oauth, before);
	endpoint_tell(site, "{\"expires_in\": 8}");
	site_login(site);
	site_wait(site, OAUTH_READY, 5);
	other = *before;
	strcpy(other.token_form, "device=c");
	oauth_reload(site->oauth, &other);
	free(before);
	assert_non_null(oauth_token(site->oauth));
	site_run(site, 0.5);
	assert_int_equal(endpoint_requests(site), 1);
	/* The next one is made by the new ones; one that cannot be made is made anew at once. */
	assert_int_equal(oauth_logout(site->oauth, &why), 0);
	strcpy(other.token_endpoint, "https://127.0.0.1:1/token");
	site_login(site);
	site_wait(site, OAUTH_UNREACHABLE, 5);
	oauth_reload(site->oauth, &site->settings);
	site_wait(site, OAUTH_READY, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reload_keeps_tokens, site_setup, site_teardown),
	};

	return cmocka_run_group_tests_name("oauth reload", tests, NULL, NULL);
}
