// SPDX-License-Identifier: Apache-2.0
/* The ports of the phone in the configuration. */
#include "settings_unit.h"

static void assert_read(const char *lines)
{
	if (read_line("network", lines) || report.count)
		fail_msg("%s: %s", lines, why.code ? why.detail : report.warnings[0].detail);
}

static void assert_refused(const char *lines, enum reason_code code)
{
	if (!read_line("network", lines))
		fail_msg("taken: %s", lines);
	if (why.code != code)
		fail_msg("%s: %s", lines, why.detail);
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(read_text(SERVER), 0);
	assert_int_equal(report.count, 0);
	assert_string_equal(settings.switch_port, "");
	assert_string_equal(settings.pc_port, "");
	assert_string_equal(settings.bridge, "");
	assert_int_equal(settings.voice_vlan, VOICE_VLAN_LEARNED);
	assert_string_equal(settings.voice_interface, "voice0");
	assert_int_equal(settings.voice_wait_s, 60);
	assert_string_equal(settings.lldpd, "/run/lldpd.socket");
}

static void voice_vlan(void **state)
{
	(void)state;
	assert_read("voice-vlan = off");
	assert_int_equal(settings.voice_vlan, VOICE_VLAN_NONE);
	assert_read("voice-vlan = Auto");
	assert_int_equal(settings.voice_vlan, VOICE_VLAN_LEARNED);
	assert_read("voice-vlan = 1");
	assert_int_equal(settings.voice_vlan, 1);
	assert_read("voice-vlan = 4094");
	assert_int_equal(settings.voice_vlan, 4094);
	assert_refused("voice-vlan = 0", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan = 4095", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan = -1", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan = 100x", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan = yes", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan-wait = 0", REASON_SETTINGS_VALUE);
	assert_refused("voice-vlan-wait = 601", REASON_SETTINGS_VALUE);
}

static void interface_names(void **state)
{
	(void)state;
	assert_read("switch-port = enp0s31f6.100x");
	assert_string_equal(settings.switch_port, "enp0s31f6.100x");
	assert_read("switch-port = 123456789012345");
	assert_refused("switch-port = 1234567890123456", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = ..", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = a/b", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = eth0:1", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = eth%d", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = a b", REASON_SETTINGS_VALUE);
}

static void rules(void **state)
{
	(void)state;
	assert_read("switch-port = eth0\npc-port = eth1\nbridge = br0");
	assert_refused("switch-port = eth0\npc-port = eth1", REASON_SETTINGS_MISSING);
	assert_refused("switch-port = eth0\nvoice-interface =", REASON_SETTINGS_VALUE);
	assert_refused("switch-port = eth0\nvoice-interface = eth0", REASON_SETTINGS_CONFLICT);
	assert_refused("switch-port = eth0\npc-port = eth0\nbridge = br0",
		       REASON_SETTINGS_CONFLICT);
	assert_refused("switch-port = eth0\nbridge = voice0", REASON_SETTINGS_CONFLICT);
	/* Without a port towards the switch all of it is left alone. */
	assert_read("pc-port = eth1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(voice_vlan),
		cmocka_unit_test(interface_names),
		cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
