// SPDX-License-Identifier: Apache-2.0
/* The configuration of a call manager, and what it does to the settings of the file. */
#include "settings_unit.h"

#include "overlay.h"
#include "phone_config.h"

static struct phone_config *read_good(const char *text)
{
	struct octets file = { (const uint8_t *)text, strlen(text) };
	struct phone_config *config = NULL;
	struct refusal refused = { 0 };

	if (phone_config_read(&config, file, &refused))
		print_message("%s\n", refused.detail);
	assert_non_null(config);
	return config;
}

static void refused_for(const char *text, size_t len, const char *detail)
{
	struct octets file = { (const uint8_t *)text, len };
	struct phone_config *config = NULL;
	struct refusal refused = { 0 };

	assert_true(phone_config_read(&config, file, &refused) < 0);
	assert_null(config);
	assert_int_equal(refused.code, REASON_CONFIG_SYNTAX);
	if (!strstr(refused.detail, detail))
		print_message("%s\n", refused.detail);
	assert_non_null(strstr(refused.detail, detail));
}

static const char whole[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	"<device xsi:type=\"axl:XIPPhone\" ctiid=\"1\">\n"
	"<fullConfig>true</fullConfig><deviceProtocol>SIP</deviceProtocol>\n"
	"<loadInformation> sip88xx.14-2 </loadInformation>\n"
	"<devicePool><callManagerGroup><members>\n"
	"<member priority=\"1\"><callManager><name>b</name><ports><sipPort>5070</sipPort>"
	"<securedSipPort>5071</securedSipPort></ports><processNodeName>b.example</processNodeName>"
	"</callManager></member>\n"
	"<member priority=\"0\"><callManager><ports><ethernetPhonePort>2000</ethernetPhonePort>"
	"<sipOAuthPort>5099</sipOAuthPort></ports><processNodeName>a.example</processNodeName>"
	"</callManager></member></members></callManagerGroup>\n"
	"<srstInfo><name>S</name><srstOption>Enable</srstOption><ipAddr1>192.0.2.1</ipAddr1>"
	"<port1>2000</port1><sipIpAddr1></sipIpAddr1><sipPort1>5061</sipPort1>"
	"<isSecure>true</isSecure></srstInfo></devicePool>\n"
	"<deviceSecurityMode>3</deviceSecurityMode><transportLayerProtocol>3</transportLayerProtocol>"
	"<TLSResumptionTimer>60</TLSResumptionTimer><capfAuthMode>2</capfAuthMode>\n"
	"<capfList><capf><phonePort>3805</phonePort><processNodeName>c1</processNodeName></capf>"
	"<capf6><processNodeName>2001:db8::1</processNodeName></capf6></capfList>\n"
	"<certHash>00112233445566778899AABBCCDDEEFF</certHash><encrConfig>true</encrConfig>"
	"<sipOAuthMode>0</sipOAuthMode>\n"
	"<TVS><members><member priority=\"0\"><port>2446</port><address>t1</address></member>"
	"</members></TVS>\n"
	"<servicesURL>http://s/</servicesURL><secureServicesURL>https://s/</secureServicesURL>"
	"<commonProfile><phonePassword>p&amp;s</phonePassword></commonProfile>\n"
	"<vendorConfig><webAccess>0</webAccess><garp>1</garp><disableTLSCiphers>1, 7</disableTLSCiphers>"
	"</vendorConfig>\n"
	"<commonConfig><webAccess>1</webAccess><sshAccess>0</sshAccess></commonConfig>\n"
	"<enterpriseConfig><vendorConfig><sshAccess>1</sshAccess><pcPort>1</pcPort>"
	"<settingsAccess>2</settingsAccess><fipsMode>1</fipsMode></vendorConfig></enterpriseConfig>\n"
	"<unknown><deep>x</deep></unknown></device>\n";

static void everything_is_read(void **state)
{
	struct phone_config *config = read_good(whole);

	(void)state;
	assert_int_equal(config->problems_count, 0);
	assert_string_equal(config->load, "sip88xx.14-2");
	assert_int_equal(config->call_managers_count, 2);
	assert_string_equal(config->call_managers[0].host, "a.example");
	assert_int_equal(config->call_managers[0].sip, 5060);
	assert_int_equal(config->call_managers[0].sip_oauth, 5099);
	assert_string_equal(config->call_managers[1].host, "b.example");
	assert_int_equal(config->call_managers[1].sip_tls, 5071);
	assert_true(config->srst.is_enabled && config->srst.is_secure);
	assert_string_equal(config->srst.routers[0].host, "192.0.2.1");
	assert_int_equal(config->srst.routers[0].port, 5061);
	assert_int_equal(config->security, PHONE_SECURITY_ENCRYPTED);
	assert_int_equal(config->resumption_s, 60);
	assert_int_equal(config->capf_mode, PHONE_CAPF_NULL_STRING);
	assert_int_equal(config->capfs_count, 2);
	assert_int_equal(config->capfs[0].port, 3805);
	assert_int_equal(config->capfs[1].port, 3804);
	assert_string_equal(config->capfs[1].host, "2001:db8::1");
	assert_string_equal(config->cert_hash, "00112233445566778899aabbccddeeff");
	assert_true(config->is_encrypted && !config->oauth);
	assert_int_equal(config->tvs[0].port, 2446);
	assert_string_equal(phone_config_url(config, PHONE_URL_SERVICES), "https://s/");
	assert_int_equal(secret_len(config->phone_password), 3);
	assert_memory_equal(secret_bytes(config->phone_password), "p&s", 3);
	phone_config_free(config);
}

static void sections_have_their_order(void **state)
{
	struct phone_config *config = read_good(whole);

	(void)state;
	assert_true(config->hardening.web);
	assert_int_equal(phone_config_source(config, hardening.web), PHONE_CONFIG_DEVICE);
	assert_true(config->hardening.ssh);
	assert_int_equal(phone_config_source(config, hardening.ssh), PHONE_CONFIG_COMMON);
	assert_false(config->hardening.pc_port);
	assert_int_equal(phone_config_source(config, hardening.pc_port), PHONE_CONFIG_ENTERPRISE);
	assert_false(config->hardening.garp);
	assert_int_equal(config->hardening.ciphers_off, 1 << 1 | 1 << 7);
	assert_int_equal(config->hardening.settings_access, PHONE_SETTINGS_RESTRICTED);
	assert_true(config->hardening.fips);
	assert_int_equal(phone_config_source(config, hardening.tls12_only), PHONE_CONFIG_ABSENT);
	phone_config_free(config);
}

/* Each is named with its line, and stops nothing else. */
static void bad_elements_are_named(void **state)
{
	static const char text[] = "<device>\n<deviceSecurityMode>7</deviceSecurityMode>\n"
		"<encrConfig>maybe</encrConfig>\n<certHash>xyz</certHash>\n"
		"<commonProfile><phonePassword><b/></phonePassword></commonProfile>\n"
		"<TLSResumptionTimer>5</TLSResumptionTimer><TLSResumptionTimer>6</TLSResumptionTimer>\n"
		"<secureIdleURL>http://x/</secureIdleURL>\n"
		"<vendorConfig><webAccess>9</webAccess></vendorConfig>"
		"<commonConfig><webAccess>1</webAccess></commonConfig>\n"
		"<capfList><capf><phonePort>99999</phonePort></capf></capfList>\n"
		"<capfAuthMode>4</capfAuthMode></device>";
	struct phone_config *config = read_good(text);
	const struct phone_config_problem *problem;

	(void)state;
	assert_int_equal(config->problems_count, 9);
	problem = phone_config_problem(config, security);
	assert_non_null(problem);
	assert_int_equal(problem->line, 2);
	assert_string_equal(problem->element, "deviceSecurityMode");
	assert_string_equal(problem->text, "is to be a number from 1 to 3");
	assert_int_equal(phone_config_source(config, security), PHONE_CONFIG_ABSENT);
	assert_int_equal(config->security, PHONE_SECURITY_NONSECURE);
	assert_int_equal(config->resumption_s, 5);
	assert_int_equal(config->capf_mode, PHONE_CAPF_MIC);
	assert_int_equal(config->capfs_count, 0);
	/* What is wrong for the device is taken from where it is right. */
	assert_int_equal(phone_config_source(config, hardening.web), PHONE_CONFIG_COMMON);
	assert_non_null(phone_config_problem(config, hardening.web));
	assert_null(config->phone_password);
	phone_config_free(config);
}

static void limits_hold(void **state)
{
	char *text = malloc(PHONE_CONFIG_SIZE_MAX + 64);
	size_t len;

	(void)state;
	refused_for("<device><", 9, "line 1");
	refused_for("", 0, "");
	refused_for("<other/>", 8, "not the element device");
	refused_for("<!DOCTYPE device [<!ENTITY a \"b\">]><device/>", 44, "document type");
	refused_for("<device>&a;</device>", 20, "entity");
	memset(text, ' ', PHONE_CONFIG_SIZE_MAX + 1);
	refused_for(text, PHONE_CONFIG_SIZE_MAX + 1, "more than");
	for (len = 0, *text = '\0'; len < 8 * 30; len += 8)
		memcpy(text + len, "<device>", 8);
	refused_for(text, len, "deeply");
	memcpy(text, "<device>", 8);
	for (len = 8; len < 8 + 4 * 20001; len += 4)
		memcpy(text + len, "<a/>", 4);
	refused_for(text, len, "too many");
	free(text);
}

static const struct overlay_row *row_of(const struct overlay *overlay, const char *name)
{
	for (size_t i = 0; i < overlay->count; i++)
		if (!strcmp(overlay->rows[i].name, name))
			return &overlay->rows[i];
	print_message("%s\n", name);
	fail();
	return NULL;
}

static void lay(struct overlay *overlay, const char *file, const char *config_text, bool is_signed)
{
	struct phone_config *config = read_good(config_text);
	struct refusal refused;

	assert_int_equal(read_text(file), 0);
	assert_int_equal(overlay_make(overlay, &settings, config, is_signed, &refused), 0);
	phone_config_free(config);
}

#define ON "[phone]\nname = SEP1\n[provisioning]\nenabled = yes\nprimary = p\n"

static void settings_of_the_call_manager(void **state)
{
	const struct overlay_row *row;
	struct overlay overlay;

	(void)state;
	lay(&overlay, ON "[trust]\nanchors = /a\n", whole, true);
	assert_int_equal(overlay.settings.profile, PROFILE_ENCRYPTED);
	assert_int_equal(overlay.settings.media, CALL_MEDIA_REQUIRED);
	assert_string_equal(overlay.settings.servers[0].host, "a.example");
	assert_int_equal(overlay.settings.servers[0].port, 5061);
	assert_int_equal(overlay.settings.servers[1].port, 5071);
	assert_int_equal(overlay.settings.resumption_s, 60);
	assert_int_equal(overlay.settings.capf_auth, CAPF_AUTH_NULL_STRING);
	assert_string_equal(overlay.settings.capf[1].host, "2001:db8::1");
	assert_string_equal(overlay.settings.tvs[0].host, "t1");
	row = row_of(&overlay, "call-manager.secondary");
	assert_string_equal(row->value, "b.example:5071");
	assert_int_equal(row->source, OVERLAY_DEVICE);
	assert_int_equal(row_of(&overlay, "trust.anchors")->source, OVERLAY_FILE);
	assert_int_equal(row_of(&overlay, "program.listen")->source, OVERLAY_DEFAULT);
	assert_int_equal(row_of(&overlay, "sshAccess")->source, OVERLAY_COMMON);
	assert_string_equal(row_of(&overlay, "commonProfile/phonePassword")->value, "is set");
	/* The certificate of the router is in no element that is known. */
	row = row_of(&overlay, "srst.router");
	assert_string_equal(overlay.settings.srst.host, "");
	assert_non_null(strstr(row->problem, "certificate"));
	/* A kernel without FIPS mode is asked for it. */
	assert_true(row_of(&overlay, "fipsMode")->needs_restart);
	overlay_clear(&overlay);

	lay(&overlay, ON "[srst]\ncertificate = /c.pem\n", whole, true);
	assert_string_equal(overlay.settings.srst.host, "192.0.2.1");
	assert_true(overlay.settings.srst_secure);
	overlay_clear(&overlay);
}

#define MODE(mode, more) "<device><deviceSecurityMode>" mode "</deviceSecurityMode>" more "</device>"
#define OAUTH "<sipOAuthMode>1</sipOAuthMode>"
#define TOKEN "[oauth]\ntoken-endpoint = https://t/\n"

static void contradictions_are_told(void **state)
{
	struct overlay overlay;

	(void)state;
	lay(&overlay, ON, MODE("1", OAUTH), true);
	assert_int_equal(overlay.settings.profile, PROFILE_NONSECURE);
	assert_int_equal(overlay.settings.media, CALL_MEDIA_OFF);
	assert_false(overlay.settings.oauth);
	assert_non_null(strstr(row_of(&overlay, "sipOAuthMode")->problem, "encrypted"));
	overlay_clear(&overlay);

	lay(&overlay, ON TOKEN, MODE("3", OAUTH "<encrConfig>true</encrConfig>"
		"<transportLayerProtocol>1</transportLayerProtocol>"), true);
	assert_true(overlay.settings.oauth);
	assert_non_null(strstr(row_of(&overlay, "encrConfig")->problem, "excludes"));
	assert_non_null(strstr(row_of(&overlay, "transportLayerProtocol")->problem, "TLS"));
	assert_int_equal(overlay.problems, 2);
	overlay_clear(&overlay);

	lay(&overlay, ON, MODE("3", OAUTH), true);
	assert_non_null(strstr(row_of(&overlay, "oauth.sip-oauth-mode")->problem, "token-endpoint"));
	assert_false(overlay.settings.oauth);
	overlay_clear(&overlay);
}

static void unsigned_does_not_lower(void **state)
{
	struct overlay overlay;

	(void)state;
	lay(&overlay, ON "[phone]\nsecurity-mode = encrypted\n", MODE("1", ""), false);
	assert_int_equal(overlay.settings.profile, PROFILE_ENCRYPTED);
	assert_int_equal(overlay.settings.media, CALL_MEDIA_REQUIRED);
	assert_non_null(strstr(row_of(&overlay, "phone.security-mode")->problem, "not lower"));
	overlay_clear(&overlay);
	lay(&overlay, ON "[phone]\nsecurity-mode = encrypted\n", MODE("1", ""), true);
	assert_int_equal(overlay.settings.profile, PROFILE_NONSECURE);
	overlay_clear(&overlay);
	/* Nor SRTP, by a profile that the file does not name. */
	lay(&overlay, ON "[phone]\nmedia = required\n", MODE("1", ""), false);
	assert_int_equal(overlay.settings.media, CALL_MEDIA_REQUIRED);
	assert_non_null(strstr(row_of(&overlay, "phone.security-mode")->problem, "media"));
	overlay_clear(&overlay);
	lay(&overlay, ON "[phone]\nmedia = required\n", MODE("1", ""), true);
	assert_int_equal(overlay.settings.media, CALL_MEDIA_OFF);
	overlay_clear(&overlay);
	/* Where the file names none, the call manager has the word. */
	lay(&overlay, ON, MODE("1", ""), false);
	assert_int_equal(overlay.settings.profile, PROFILE_NONSECURE);
	overlay_clear(&overlay);
}

#define VENDOR(elements) MODE("1", "<vendorConfig>" elements "</vendorConfig>")

/* Each option follows the call manager; unsigned it closes what the file opens, and no more. */
static void options_are_laid(void **state)
{
	static const char closed[] = ON "[hardening]\nweb-access = no\nsettings-access = restricted\n"
					"gratuitous-arp = no\nweb-https-only = yes\n";
	static const char opens[] = VENDOR("<webAccess>0</webAccess><settingsAccess>1</settingsAccess>"
					   "<garp>0</garp><webProtocol>0</webProtocol>");
	struct overlay overlay;

	(void)state;
	lay(&overlay, closed, opens, true);
	assert_true(overlay.settings.web_access && overlay.settings.garp);
	assert_false(overlay.settings.web_https_only);
	assert_int_equal(overlay.settings.settings_access, PHONE_SETTINGS_ALL);
	assert_int_equal(row_of(&overlay, "hardening.web-access")->source, OVERLAY_DEVICE);
	overlay_clear(&overlay);
	lay(&overlay, closed, opens, false);
	assert_false(overlay.settings.web_access || overlay.settings.garp);
	assert_true(overlay.settings.web_https_only);
	assert_int_equal(overlay.settings.settings_access, PHONE_SETTINGS_RESTRICTED);
	assert_non_null(strstr(row_of(&overlay, "hardening.gratuitous-arp")->problem, "opens"));
	overlay_clear(&overlay);
	lay(&overlay, ON "[hardening]\nsettings-access = restricted\nssh-access = yes\n",
	    VENDOR("<settingsAccess>0</settingsAccess><sshAccess>1</sshAccess>"
		   "<pcPort>1</pcPort><eapAuthentication>2</eapAuthentication>"
		   "<fipsMode>1</fipsMode>"), false);
	assert_int_equal(overlay.settings.settings_access, PHONE_SETTINGS_NONE);
	assert_false(overlay.settings.ssh_access || overlay.settings.pc_open);
	assert_int_equal(overlay.settings.dot1x, DOT1X_ON);
	assert_true(overlay.settings.fips_mode);
	overlay_clear(&overlay);
}

#define UDS "https://cucm.example:8443/cucm-uds/users"
#define SERVICES "<device><vendorConfig><logServer>log.example</logServer></vendorConfig>" \
	"<directoryURL>http://cucm/ccmcip/xmldirectory.jsp</directoryURL>" \
	"<secureDirectoryURL>" UDS "</secureDirectoryURL></device>"

static void servers_of_the_site(void **state)
{
	struct overlay overlay;

	(void)state;
	lay(&overlay, ON, SERVICES, false);
	assert_string_equal(overlay.settings.audit_server.host, "log.example");
	assert_int_equal(overlay.settings.audit_mode, AUDIT_MODE_EXTERNAL);
	assert_int_equal(overlay.settings.audit_transport, AUDIT_TCP);
	assert_string_equal(overlay.settings.directory, UDS);
	assert_int_equal(row_of(&overlay, "directory.url")->source, OVERLAY_DEVICE);
	assert_int_equal(row_of(&overlay, "audit.mode")->source, OVERLAY_DEVICE);
	assert_int_equal(overlay.problems, 0);
	overlay_clear(&overlay);

	lay(&overlay, ON "[audit]\nmode = external-secure\nserver = mine\n[directory]\n"
	    "url = https://mine/cucm-uds/users\n", SERVICES, true);
	assert_string_equal(overlay.settings.audit_server.host, "log.example");
	assert_int_equal(overlay.settings.audit_mode, AUDIT_MODE_EXTERNAL_SECURE);
	assert_int_equal(overlay.settings.audit_transport, AUDIT_TLS);
	assert_int_equal(row_of(&overlay, "audit.mode")->source, OVERLAY_FILE);
	assert_string_equal(overlay.settings.directory, UDS);
	overlay_clear(&overlay);

	lay(&overlay, ON "[audit]\nserver = mine\n[directory]\n"
	    "url = https://mine/cucm-uds/users\n", SERVICES, false);
	assert_string_equal(overlay.settings.audit_server.host, "mine");
	assert_string_equal(overlay.settings.directory, "https://mine/cucm-uds/users");
	assert_non_null(strstr(row_of(&overlay, "audit.server")->problem, "without signature"));
	assert_non_null(strstr(row_of(&overlay, "directory.url")->problem, "without signature"));
	overlay_clear(&overlay);
}

/* Other directories show pages, and what is looked up goes over HTTPS alone. */
static void directories_of_another_kind(void **state)
{
	static const char *const urls[] = {
		"http://cucm:8443/cucm-uds/users", "https://cucm/ccmcip/xmldirectory.jsp",
		"https://cucm/cucm-uds/usersx", "https://cucm/x/cucm-uds/users", "https://cucm",
		"https://cucm/cucm-uds/users?name=x",
	};
	struct overlay overlay;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		snprintf(text, sizeof(text), "<device><directoryURL>%s</directoryURL></device>",
			 urls[i]);
		lay(&overlay, ON, text, true);
		assert_string_equal(overlay.settings.directory, "");
		overlay_clear(&overlay);
	}
	lay(&overlay, ON, "<device><directoryURL>" UDS "/</directoryURL></device>", true);
	assert_string_equal(overlay.settings.directory, UDS "/");
	overlay_clear(&overlay);
}

static void settings_of_provisioning(void **state)
{
	(void)state;
	assert_int_equal(read_text(ON), 0);
	assert_true(settings.provisioning);
	assert_int_equal(settings.provisioning_https, 6971);
	assert_int_equal(settings.provisioning_tftp, 69);
	assert_int_equal(settings.provisioning_s, 3600);
	assert_true(read_text("[phone]\nname = SEP1\n[provisioning]\nenabled = yes\n") < 0);
	assert_int_equal(why.code, REASON_SETTINGS_MISSING);
	assert_true(read_text("[provisioning]\nenabled = yes\nprimary = p\n") < 0);
	assert_int_equal(why.code, REASON_SETTINGS_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(sections_have_their_order),
		cmocka_unit_test(bad_elements_are_named),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(settings_of_the_call_manager),
		cmocka_unit_test(contradictions_are_told),
		cmocka_unit_test(unsigned_does_not_lower),
		cmocka_unit_test(options_are_laid),
		cmocka_unit_test(servers_of_the_site),
		cmocka_unit_test(directories_of_another_kind),
		cmocka_unit_test(settings_of_provisioning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
