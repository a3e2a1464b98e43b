// SPDX-License-Identifier: Apache-2.0
#include "dot1x_report.h"
#include "unit.h"

static struct dot1x_report read_text(const char *text)
{
	struct dot1x_report report;

	dot1x_report_read(&report, text);
	return report;
}

#define PAE "wpa_state=COMPLETED\nSupplicant PAE state="

static void test_authorized_only_when_all_say_so(void **state)
{
	struct dot1x_report report = read_text(PAE "AUTHENTICATED\nsuppPortStatus=Authorized\n"
		"EAP state=SUCCESS\nselectedMethod=13 (EAP-TLS)\neap_tls_version=TLSv1.2\n"
		"EAP TLS cipher=ECDHE-RSA-AES256-GCM-SHA384\n");

	(void)state;
	assert_int_equal(report.state, DOT1X_AUTHENTICATED);
	assert_true(report.is_authorized);
	assert_string_equal(report.method, "EAP-TLS");
	assert_string_equal(report.tls, "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384");
	static const char *const lacking[] = {
		"", "\n", "=", "wpa_state=COMPLETED\n", PAE "AUTHENTICATED",
		PAE "AUTHENTICATED\nsuppPortStatus=Authorized\n",
		PAE "AUTHENTICATED\nsuppPortStatus=Unauthorized\nEAP state=SUCCESS\n",
		PAE "AUTHENTICATED\nsuppPortStatus=Authorized\nEAP state=FAILURE\n",
		PAE "AUTHENTICATEDX\nsuppPortStatus=Authorized\nEAP state=SUCCESS\n",
		PAE "LOGOFF\nsuppPortStatus=Authorized\nEAP state=SUCCESS\n",
		"x" PAE "\nnotSupplicant PAE state=AUTHENTICATED\nsuppPortStatus=Authorized\n",
	};
	for (size_t i = 0; i < sizeof(lacking) / sizeof(*lacking); i++) {
		report = read_text(lacking[i]);
		assert_int_equal(report.state, DOT1X_DISCONNECTED);
		assert_false(report.is_authorized);
	}
}

static void test_states(void **state)
{
	(void)state;
	assert_int_equal(read_text(PAE "CONNECTING\n").state, DOT1X_ACQUIRED);
	assert_int_equal(read_text(PAE "AUTHENTICATING\n").state, DOT1X_AUTHENTICATING);
	assert_int_equal(read_text(PAE "HELD\nEAP state=FAILURE\n").state, DOT1X_HELD);
	assert_false(read_text(PAE "HELD\nEAP state=FAILURE\n").is_unasked);
	assert_true(read_text(PAE "HELD\nEAP state=IDLE\n").is_unasked);
	assert_int_equal(read_text(PAE "HELD\nEAP state=IDLE\n").state, DOT1X_DISCONNECTED);
	assert_true(read_text(PAE "LOGOFF\n").is_logged_off);
}

static void test_long_and_strange_values(void **state)
{
	char text[4096];
	struct dot1x_report report;

	(void)state;
	strcpy(text, PAE "HELD\nselectedMethod=13 (\nEAP TLS cipher=\033[2J");
	memset(text + strlen(text), 'x', 2000);
	report = read_text(text);
	assert_string_equal(report.method, "");
	assert_memory_equal(report.tls, "?[2Jxxx", 7);
	assert_true(strlen(report.tls) < sizeof(report.tls));
}

static void news(const char *text, enum dot1x_news meaning, enum reason_code code,
		 const char *detail, struct refusal *why)
{
	assert_int_equal(dot1x_news_read(text, why), meaning);
	assert_int_equal(why->code, code);
	assert_string_equal(why->detail, detail);
}

static void test_first_cause_stays(void **state)
{
	struct refusal why = { 0 };

	(void)state;
	news("CTRL-EVENT-EAP-STARTED EAP authentication started", DOT1X_NEWS_STARTED, REASON_NONE,
	     "", &why);
	news("CTRL-EVENT-EAP-PROPOSED-METHOD vendor=0 method=4 -> NAK", DOT1X_NEWS_OTHER,
	     REASON_DOT1X_REFUSED, "it proposes another method: vendor=0 method=4 -> NAK", &why);
	news("CTRL-EVENT-EAP-TLS-CERT-ERROR reason=4 err='certificate has\nexpired'",
	     DOT1X_NEWS_OTHER, REASON_DOT1X_SERVER, "reason=4 err='certificate has?expired'",
	     &why);
	news("CTRL-EVENT-EAP-STATUS status='local TLS alert' parameter='unknown CA'",
	     DOT1X_NEWS_OTHER, REASON_DOT1X_SERVER, "reason=4 err='certificate has?expired'",
	     &why);
	news("CTRL-EVENT-EAP-STATUS status='completion' parameter='failure'",
	     DOT1X_NEWS_GIVEN_UP, REASON_DOT1X_SERVER,
	     "reason=4 err='certificate has?expired'", &why);
	news("CTRL-EVENT-EAP-FAILURE EAP authentication failed", DOT1X_NEWS_FAILURE,
	     REASON_DOT1X_SERVER, "reason=4 err='certificate has?expired'", &why);
}

static void test_alerts(void **state)
{
	struct refusal why = { 0 };

	(void)state;
	news("CTRL-EVENT-EAP-STATUS status='remote TLS alert'", DOT1X_NEWS_OTHER, REASON_NONE, "",
	     &why);
	news("CTRL-EVENT-EAP-STATUS status='completion' parameter='success'", DOT1X_NEWS_OTHER,
	     REASON_NONE, "", &why);
	news("CTRL-EVENT-EAP-STATUS status='remote TLS alert' parameter='unknown CA'",
	     DOT1X_NEWS_OTHER, REASON_DOT1X_ALERT, "it says: unknown CA", &why);
	why = (struct refusal){ 0 };
	news("CTRL-EVENT-EAP-FAILURE EAP authentication failed", DOT1X_NEWS_FAILURE,
	     REASON_DOT1X_REFUSED, "", &why);
	news("CTRL-EVENT-EAP-SUCCESS2 x", DOT1X_NEWS_SUCCESS, REASON_DOT1X_REFUSED, "", &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_authorized_only_when_all_say_so),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_long_and_strange_values),
		cmocka_unit_test(test_first_cause_stays),
		cmocka_unit_test(test_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
