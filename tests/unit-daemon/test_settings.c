// SPDX-License-Identifier: Apache-2.0
/* The keys of the configuration and their values. */
#include "settings_unit.h"

static void assert_taken(const char *section, const char *line)
{
	int err = read_line(section, line);

	if (err || report.count)
		fail_msg("[%s] %s: %s", section, line,
			 err ? why.detail : report.warnings[0].detail);
}

/* Each of several values of a key is refused, with its line, the key and no value. */
static void assert_values_refused(const char *section, const char *key, const char *const *values)
{
	char line[4096], place[64];

	for (; *values; values++) {
		snprintf(line, sizeof(line), "%s = %s", key, *values);
		snprintf(place, sizeof(place), "file:%d: %s is ",
			 !strcmp(section, "call-manager") && strcmp(key, "primary") ? 3 : 2, key);
		if (!read_line(section, line))
			fail_msg("taken: [%s] %s", section, line);
		assert_int_equal(why.code, REASON_SETTINGS_VALUE);
		if (strncmp(why.detail, place, strlen(place)))
			fail_msg("%s: %s", line, why.detail);
	}
}

#define REFUSED(section, key, ...) \
	assert_values_refused(section, key, (const char *const[]){ __VA_ARGS__, NULL })

static void assert_ip(const struct media_address *address, const char *text, uint16_t port)
{
	char shown[MEDIA_ADDRESS_TEXT_MAX];

	media_ip_format(address, shown);
	assert_string_equal(shown, text);
	assert_int_equal(address->port, port);
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(read_text(SERVER), 0);
	assert_int_equal(report.count, 0);
	assert_string_equal(settings.name, "");
	assert_int_equal(settings.model, 0);
	assert_int_equal(settings.profile, PROFILE_ENCRYPTED);
	assert_int_equal(settings.media, CALL_MEDIA_REQUIRED);
	assert_int_equal(settings.address.len, 0);
	assert_false(settings.is_protected);
	assert_false(settings.plays_tone);
	assert_int_equal(settings.ports_count, 1);
	assert_int_equal(settings.ports[0].first, 16384);
	assert_int_equal(settings.ports[0].last, 32767);
	assert_ip(&settings.listen, "127.0.0.1", 5060);
	assert_int_equal(settings.register_s, 60);
	assert_string_equal(settings.servers[0].host, "cucm");
	assert_int_equal(settings.servers[0].port, 0);
	assert_string_equal(settings.servers[1].host, "");
	assert_string_equal(settings.servers[2].host, "");
	assert_int_equal(settings.local_port, 0);
	assert_int_equal(settings.connect_s, 5);
	assert_int_equal(settings.keepalive_s, 30);
	assert_int_equal(settings.failback_s, 120);
	assert_int_equal(settings.resumption_s, 3600);
	assert_string_equal(settings.srst.host, "");
	assert_true(settings.srst_secure);
	assert_string_equal(settings.srst_certificate, "");
	assert_string_equal(settings.anchors, "/etc/phonesec/trust");
	assert_string_equal(settings.revoked, "");
	assert_string_equal(settings.lsc.certificate, "/var/lib/phonesec/identity/lsc.pem");
	assert_string_equal(settings.lsc.key, "");
	assert_string_equal(settings.mic.certificate, "/var/lib/phonesec/identity/mic.pem");
	assert_string_equal(settings.mic.key, "");
	assert_string_equal(settings.identity_folder, "/var/lib/phonesec/identity");
	assert_string_equal(settings.key_place, "file");
	assert_false(settings.weak_keys);
	assert_false(settings.oauth);
	assert_false(settings.remote_access);
	assert_string_equal(settings.token_endpoint, "");
	assert_string_equal(settings.token_client, "");
	assert_string_equal(settings.token_form, "");
	assert_string_equal(settings.token_anchors, "");
}

static void every_key(void **state)
{
	static const char text[] =
		"# every key\n; once\n[phone]\nname = SEP001122334455\nmodel=36217\n"
		"security-mode = encrypted\nmedia = preferred\naddress = 2001:db8::7\n"
		"protected-device = Yes\nplay-secure-indication-tone = TRUE\n"
		"media-ports = 16384-16999, 20000-20001 ,40000-40000\n\n"
		"[program]\r\nlisten = [::1]:5070\r\nregister-interval = 120\r\n"
		"[call-manager]\nprimary = cucm1.example.com\n\tsecondary = 192.0.2.1:5061\n"
		"tertiary = [2001:db8::1]:5061\nlocal-port = 5061\nconnect-timeout = 7\n"
		"keep-alive = 11\nfail-back = 13\ntls-resumption-timer = 17\n"
		"[srst]\nrouter = [2001:db8::2]\nsecure = on\ncertificate = /srst.pem\n"
		"[trust]\nanchors = /trust\nrevoked = /revoked\n"
		"[identity]\nfolder = /identity\nkey-place = pkcs11:token=phone?pin-source=/pin\n"
		"rsa-below-2048 = yes\nlsc = pkcs11:object=lsc;type=cert\nlsc-key = /lsc.key\n"
		"mic = file:/mic.pem\nmic-key = handle:0x81000001\n"
		"[oauth]\nsip-oauth-mode = Enabled\nmobile-and-remote-access = Disabled\n"
		"token-endpoint = https://[2001:db8::3]:8443/token?a=b\nclient-id = phone-1\n"
		"form = a=b&c=d%20e\nanchors = /oauth";

	(void)state;
	assert_int_equal(read_text(text), 0);
	assert_int_equal(report.count, 0);
	assert_string_equal(settings.name, "SEP001122334455");
	assert_int_equal(settings.model, 36217);
	assert_int_equal(settings.profile, PROFILE_ENCRYPTED);
	assert_int_equal(settings.media, CALL_MEDIA_PREFERRED);
	assert_ip(&settings.address, "2001:db8::7", 0);
	assert_true(settings.is_protected);
	assert_true(settings.plays_tone);
	assert_int_equal(settings.ports_count, 3);
	assert_int_equal(settings.ports[1].first, 20000);
	assert_int_equal(settings.ports[1].last, 20001);
	assert_int_equal(settings.ports[2].first, 40000);
	assert_ip(&settings.listen, "::1", 5070);
	assert_int_equal(settings.register_s, 120);
	assert_string_equal(settings.servers[0].host, "cucm1.example.com");
	assert_string_equal(settings.servers[1].host, "192.0.2.1");
	assert_int_equal(settings.servers[1].port, 5061);
	assert_string_equal(settings.servers[2].host, "2001:db8::1");
	assert_int_equal(settings.servers[2].port, 5061);
	assert_int_equal(settings.local_port, 5061);
	assert_int_equal(settings.connect_s, 7);
	assert_int_equal(settings.keepalive_s, 11);
	assert_int_equal(settings.failback_s, 13);
	assert_int_equal(settings.resumption_s, 17);
	assert_string_equal(settings.srst.host, "2001:db8::2");
	assert_int_equal(settings.srst.port, 0);
	assert_true(settings.srst_secure);
	assert_string_equal(settings.srst_certificate, "/srst.pem");
	assert_string_equal(settings.anchors, "/trust");
	assert_string_equal(settings.revoked, "/revoked");
	assert_string_equal(settings.lsc.certificate, "pkcs11:object=lsc;type=cert");
	assert_string_equal(settings.lsc.key, "/lsc.key");
	assert_string_equal(settings.mic.certificate, "file:/mic.pem");
	assert_string_equal(settings.mic.key, "handle:0x81000001");
	assert_string_equal(settings.identity_folder, "/identity");
	assert_string_equal(settings.key_place, "pkcs11:token=phone?pin-source=/pin");
	assert_true(settings.weak_keys);
	assert_true(settings.oauth);
	assert_false(settings.remote_access);
	assert_string_equal(settings.token_endpoint, "https://[2001:db8::3]:8443/token?a=b");
	assert_string_equal(settings.token_client, "phone-1");
	assert_string_equal(settings.token_form, "a=b&c=d%20e");
	assert_string_equal(settings.token_anchors, "/oauth");
}

static void profiles(void **state)
{
	(void)state;
	assert_taken("phone", "security-mode = authenticated");
	assert_int_equal(settings.profile, PROFILE_AUTHENTICATED);
	assert_int_equal(settings.media, CALL_MEDIA_OFF);
	assert_taken("phone", "security-mode = nonsecure");
	assert_int_equal(settings.profile, PROFILE_NONSECURE);
	assert_int_equal(settings.media, CALL_MEDIA_OFF);
	assert_false(settings.srst_secure);
	assert_taken("phone", "security-mode = nonsecure\nmedia = off");
	/* A value that is left empty is one that was not given. */
	assert_taken("phone", "media =\nsecurity-mode = authenticated");
	assert_int_equal(settings.media, CALL_MEDIA_OFF);
	REFUSED("phone", "security-mode", "", "secure", "Encrypted", "encrypted authenticated");
	REFUSED("phone", "media", "none", "REQUIRED");

	assert_string_equal(profile_word(PROFILE_NONSECURE), "nonsecure");
	assert_string_equal(profile_word(PROFILE_AUTHENTICATED), "authenticated");
	assert_string_equal(profile_word(PROFILE_ENCRYPTED), "encrypted");
	assert_string_equal(profile_title(PROFILE_NONSECURE), "Nonsecure");
	assert_string_equal(profile_title(PROFILE_AUTHENTICATED), "Authenticated");
	assert_string_equal(profile_title(PROFILE_ENCRYPTED), "Encrypted");
	assert_string_equal(media_policy_word(CALL_MEDIA_REQUIRED), "required");
	assert_string_equal(media_policy_word(CALL_MEDIA_PREFERRED), "preferred");
	assert_string_equal(media_policy_word(CALL_MEDIA_OFF), "off");
}

static void switches(void **state)
{
	static const char *const on[] = { "yes", "true", "on", "Enabled", "YES", "True" };
	static const char *const off[] = { "no", "false", "off", "Disabled", "OFF", "False" };
	char line[64];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		snprintf(line, sizeof(line), "protected-device = %s", on[i]);
		assert_taken("phone", line);
		assert_true(settings.is_protected);
		snprintf(line, sizeof(line), "protected-device = %s", off[i]);
		assert_taken("phone", line);
		assert_false(settings.is_protected);
	}
	REFUSED("phone", "protected-device", "", "1", "0", "y", "yes # really", "enable");
	REFUSED("phone", "play-secure-indication-tone", "maybe");
	REFUSED("srst", "secure", "2");
	REFUSED("oauth", "sip-oauth-mode", "OAuth");
	REFUSED("oauth", "mobile-and-remote-access", "-");
}

static void assert_bounds(const char *section, const char *key, unsigned int min,
			  unsigned int max)
{
	char line[64], below[16], above[16];

	snprintf(line, sizeof(line), "%s = %u", key, min);
	assert_taken(section, line);
	snprintf(line, sizeof(line), "%s = %u", key, max);
	assert_taken(section, line);
	snprintf(below, sizeof(below), "%d", (int)min - 1);
	snprintf(above, sizeof(above), "%u", max + 1);
	REFUSED(section, key, below, above, "", "1s", "0x10", "+7", "-7", "7.5", "4294967297",
		"99999999999999999999");
}

static void numbers(void **state)
{
	(void)state;
	assert_bounds("phone", "model", 0, 999999);
	assert_bounds("program", "register-interval", 5, 3600);
	assert_bounds("call-manager", "local-port", 0, 65535);
	assert_bounds("call-manager", "connect-timeout", 1, 60);
	assert_bounds("call-manager", "keep-alive", 1, 600);
	assert_bounds("call-manager", "fail-back", 1, 3600);
	assert_bounds("call-manager", "tls-resumption-timer", 0, 86400);
}

#define LABEL_63 "a23456789012345678901234567890123456789012345678901234567890123"

static void names(void **state)
{
	(void)state;
	assert_taken("phone", "name = " LABEL_63);
	REFUSED("phone", "name", LABEL_63 "4", "a b", "a/b", "ä", "a;b");
	assert_taken("oauth", "client-id = a/b;c=" "d");
	REFUSED("oauth", "client-id", LABEL_63 "4", "a b", "ä");
	assert_taken("phone", "address = 192.0.2.7");
	assert_ip(&settings.address, "192.0.2.7", 0);
	REFUSED("phone", "address", "192.0.2", "phone", "192.0.2.1:5060", "[2001:db8::1]", "0.0.0.0",
		"::", "224.0.0.1", "ff02::1", "255.255.255.255", "fe80::1%eth0");
}

static void loopback(void **state)
{
	(void)state;
	assert_taken("program", "listen = 127.1.2.3:1");
	assert_ip(&settings.listen, "127.1.2.3", 1);
	assert_taken("program", "listen = [::1]:65535");
	REFUSED("program", "listen", "", "0.0.0.0:5060", "192.0.2.1:5060", "[::]:5060",
		"[2001:db8::1]:5060", "[::ffff:127.0.0.1]:5060", "127.0.0.1", "127.0.0.1:0",
		"127.0.0.1:65536", "localhost:5060", "::1:5060", "5060");
}

static void ranges(void **state)
{
	char line[512] = "media-ports = 1000-1001";

	(void)state;
	assert_taken("phone", "media-ports = 1-5059,5061-65535");
	assert_int_equal(settings.ports_count, 2);
	assert_int_equal(settings.ports[1].last, 65535);
	REFUSED("phone", "media-ports", "", "0-10", "10", "10-", "-10", "20-10", "1-65536",
		"100-200,150-300", "100-200,200-300", "300-400,100-200", "100-200,", ",100-200",
		"100-200 300-400", "100-200;300-400", "a-b", "100 - 200", "000001-2");
	for (unsigned int i = 1; i < NF_SRTP_RANGES_MAX; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ",%u-%u", 1000 + 10 * i,
			 1001 + 10 * i);
	assert_taken("phone", line);
	assert_int_equal(settings.ports_count, NF_SRTP_RANGES_MAX);
	strcat(line, ",60000-60001");
	assert_int_not_equal(read_line("phone", line), 0);
	assert_int_equal(why.code, REASON_SETTINGS_VALUE);
}

static void servers(void **state)
{
	static const char *const keys[] = { "primary", "secondary", "tertiary" };
	char line[512], host[300];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(line, sizeof(line), "%s = a-b_c.example.com:65535", keys[i]);
		assert_taken("call-manager", line);
		assert_string_equal(settings.servers[i].host, "a-b_c.example.com");
		assert_int_equal(settings.servers[i].port, 65535);
		REFUSED("call-manager", keys[i], "cucm:", "cucm:0", "cucm:65536", "cucm:+1", "cucm:1x",
			":5060", "2001:db8::1", "[2001:db8::1", "[2001:db8::1]5060", "[]:1", "[cucm]:1",
			"[::1%lo]:1", "a b", "-a", "a-", "a..b", ".a", "a.", "a-.b", "1.2.3", "1.2.3.256",
			"1.2.3.4.5", LABEL_63 "4.com", "sip:cucm", "cucm/x", "ä.de", "a@b");
	}
	snprintf(host, sizeof(host), "%s.%s.%s.%.61s", LABEL_63, LABEL_63, LABEL_63, LABEL_63);
	snprintf(line, sizeof(line), "primary = %s", host);
	assert_taken("call-manager", line);
	strcat(line, "x");
	assert_int_not_equal(read_line("call-manager", line), 0);
	REFUSED("srst", "router", "a b", "a:0");
}

/* @format around so many letters is as long as can be; one more is too long. */
static void assert_longest(const char *section, const char *key, const char *format, size_t max)
{
	char value[2048], line[4096];
	size_t len = max - (strlen(format) - strlen("%s"));

	for (size_t more = 0; more < 2; more++) {
		memset(value, 'x', len + more);
		value[len + more] = '\0';
		snprintf(line, sizeof(line), "%s = %.*s%s", key, (int)(strlen(format) - 2), format,
			 value);
		if (!!read_line(section, line) != !!more)
			fail_msg("%s of %zu bytes", key, max + more);
	}
}

static void texts(void **state)
{
	static const char *const paths[][2] = {
		{ "srst", "certificate" }, { "trust", "anchors" }, { "trust", "revoked" },
		{ "oauth", "anchors" },
	};
	static const char *const uris[] = { "lsc", "mic" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		REFUSED(paths[i][0], paths[i][1], "trust", "./trust", "../trust", "~/trust",
			"file:/trust");
	for (size_t i = 0; i < 2; i++)
		REFUSED("identity", uris[i], "lsc.pem", "./lsc.pem", "file:lsc.pem", "file:",
			"pkcs11:", "pkcs11:a b", ":x", "1a:x",
			"pkcs11:object=x?pin-value=1234", "pkcs11:object=x?PIN-VALUE=1234");
	assert_taken("identity", "lsc = /a b/c.pem");
	REFUSED("identity", "key-place", "files", "/file", "tpm", "pkcs11:", "file:/x",
		"pkcs11:token=a;pin-value=1", "pkcs11:id=%01", "pkcs11:token=a;id=%01");
	assert_taken("identity", "key-place = pkcs11:token=a");
	assert_longest("identity", "folder", "/%s", SETTINGS_FOLDER_MAX - 1);
	assert_longest("identity", "lsc", "/%s", SETTINGS_URI_MAX - 1);
	assert_longest("identity", "mic", "a:%s", SETTINGS_URI_MAX - 1);
	assert_longest("oauth", "token-endpoint", "https://h/%s", SETTINGS_URI_MAX - 1);
	assert_longest("oauth", "form", "a=%s", SETTINGS_URI_MAX - 1);
	REFUSED("oauth", "token-endpoint", "http://cucm/token", "https:/cucm", "https://",
		"https:///token", "https://user@cucm/token", "https://user:pass@cucm/token",
		"https://cucm:0/", "https://cu cm/", "https://cucm/#a", "//cucm", "cucm/token",
		"https://2001:db8::1/");
	assert_taken("oauth", "token-endpoint = HTTPS://cucm");
	REFUSED("oauth", "form", "a", "=b", "a=b&", "&a=b", "a=b&&c=d", "a=b c", "a=b&c");
	assert_taken("oauth", "form = a=&b==");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_key),
		cmocka_unit_test(profiles),
		cmocka_unit_test(switches),
		cmocka_unit_test(numbers),
		cmocka_unit_test(names),
		cmocka_unit_test(loopback),
		cmocka_unit_test(ranges),
		cmocka_unit_test(servers),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
