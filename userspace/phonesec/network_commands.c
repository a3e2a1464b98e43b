// SPDX-License-Identifier: Apache-2.0
/* Commands about 802.1X, the voice VLAN and the ports. */
#include <stdlib.h>
#include <string.h>

#include "access_commands.h"
#include "device_commands.h"
#include "finding.h"
#include "phone_access.h"

int network_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_network *network;
	int err = phone_network_fetch(&network, why);

	(void)a;
	if (err)
		return err;
	if (out->json) {
		output_object(out, "network", NULL, phone_network_fields, network);
	} else {
		output_object(out, "dot1x", "802.1X", phone_dot1x_fields, &network->dot1x);
		output_object(out, "vlan", "voice VLAN", phone_vlan_fields, &network->vlan);
		output_remark(out, "%s", "");
		output_list(out, "ports", "no ports", phone_port_columns, phone_port_fields,
			    network->ports, sizeof(network->ports[0]), network->ports_count);
	}
	free(network);
	return 0;
}

int dot1x_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_network *network;
	int err = phone_network_fetch(&network, why);

	(void)a;
	if (err)
		return err;
	output_object(out, "dot1x", NULL, phone_dot1x_fields, &network->dot1x);
	free(network);
	return 0;
}

int vlan_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_network *network;
	int err = phone_network_fetch(&network, why);

	(void)a;
	if (err)
		return err;
	output_object(out, "vlan", NULL, phone_vlan_fields, &network->vlan);
	free(network);
	return 0;
}

int dot1x_choose(sd_bus *bus, bool enabled, struct refusal *why)
{
	return bus_call(bus, BUS_PATH, BUS_INTERFACE_NETWORK, "SetDeviceAuthentication", NULL, why,
			"b", (int)enabled);
}

static int choose(const struct arguments *a, bool enabled, struct output *out,
		  struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = dot1x_choose(bus, enabled, why);
	bus_close(bus);
	return err ? err : dot1x_status(a, out, why);
}

int dot1x_enable(const struct arguments *a, struct output *out, struct refusal *why)
{
	return choose(a, true, out, why);
}

int dot1x_disable(const struct arguments *a, struct output *out, struct refusal *why)
{
	return choose(a, false, out, why);
}

int dot1x_reauthenticate(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_NETWORK, "Reauthenticate", why);

	return err ? err : dot1x_status(a, out, why);
}

int dot1x_logoff(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_NETWORK, "Logoff", why);

	return err ? err : dot1x_status(a, out, why);
}

static void port_examine(const struct phone_network *network, struct findings *findings)
{
	const struct phone_port *lan = NULL;
	struct finding *finding;

	for (size_t i = 0; i < network->ports_count; i++)
		if (!strcmp(network->ports[i].role, "lan"))
			lan = &network->ports[i];
	if (lan && lan->has_carrier) {
		finding = finding_add(findings, "port", FINDING_OK);
		finding_tell(finding, "%s has carrier.", lan->interface);
		return;
	}
	finding = finding_add(findings, "port", FINDING_PROBLEM);
	if (!lan || !*lan->interface) {
		finding_tell(finding, "No interface is known as the phone's port to the switch.");
		finding_mend(finding, "Name it in phonesecd.conf, section [network].");
	} else if (!lan->is_up) {
		finding_tell(finding, "%s is not there or not up.", lan->interface);
		finding_mend(finding, "Run 'ip link set %s up', or name another one in "
			     "phonesecd.conf, section [network].", lan->interface);
	} else {
		finding_tell(finding, "%s has no carrier.", lan->interface);
		finding_mend(finding, "Plug the cable in, and see whether the switch's port is on.");
	}
}

static void reason_tell(struct finding *finding, const struct phone_reason *reason)
{
	finding_tell(finding, "%s%s%s%s", reason->text, *reason->detail ? " (" : "",
		     reason->detail, *reason->detail ? ")" : "");
	finding_mend(finding, "%s", reason->mend);
}

static void authentication_examine(const struct phone_dot1x *dot1x, struct findings *findings)
{
	bool enabled = !strcmp(dot1x->device_authentication, "Enabled");
	bool connected = !strcmp(dot1x->transaction, "Connected");
	struct finding *finding = finding_add(findings, "authentication", FINDING_OK);

	if (!enabled) {
		finding_tell(finding, "Device authentication is disabled%s.",
			     dot1x->fixed ? " by the configuration" : "");
		finding_mend(finding, "%s", dot1x->fixed ? "" :
			     "If the switch asks for 802.1X, run 'phonesec dot1x enable'.");
	} else if (connected) {
		finding_tell(finding, "The port is open, by %s.", dot1x->method);
	} else if (*dot1x->last.code) {
		finding->verdict = FINDING_PROBLEM;
		reason_tell(finding, &dot1x->last);
	} else {
		finding->verdict = FINDING_WARNING;
		finding_tell(finding, "The state is %s: the switch has not opened the port yet.",
			     dot1x->state);
		finding_mend(finding, "Wait, and see whether the switch asks for 802.1X here.");
	}
}

/* Whoever may not ask is told so; while Disabled nothing of it is in the way. */
static int needs_examine(const struct phone_dot1x *dot1x, struct findings *findings,
			 struct refusal *why)
{
	static const char *const needs[] = { "supplicant", "anchors", "credentials" };
	bool enabled = !strcmp(dot1x->device_authentication, "Enabled");
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	for (size_t i = 0; i < sizeof(needs) / sizeof(*needs); i++) {
		struct finding *finding = finding_add(findings, needs[i], FINDING_OK);
		struct refusal fault = { 0 };

		if (!bus_call(bus, BUS_PATH, BUS_INTERFACE_NETWORK, "CheckAuthentication", NULL,
			      &fault, "s", needs[i])) {
			finding_tell(finding, "What the phone needs is there.");
			continue;
		}
		finding->verdict = enabled && fault.code != REASON_BUS_NOT_ALLOWED &&
				   fault.code != REASON_SETTINGS_LOCKED ? FINDING_PROBLEM :
				   FINDING_WARNING;
		finding_tell(finding, "%s%s%s%s", reason_words(fault.code)->text,
			     *fault.detail ? " (" : "", fault.detail, *fault.detail ? ")" : "");
		finding_mend(finding, "%s", reason_words(fault.code)->mend);
	}
	bus_close(bus);
	return 0;
}

static void vlan_examine(const struct phone_vlan *vlan, struct findings *findings)
{
	struct finding *finding = finding_add(findings, "voice-vlan", FINDING_OK);

	if (*vlan->last.code) {
		finding->verdict = FINDING_PROBLEM;
		reason_tell(finding, &vlan->last);
	} else if (vlan->id) {
		finding_tell(finding, "Voice uses VLAN %u, on %s.", vlan->id, vlan->interface);
	} else {
		finding_tell(finding, "Voice uses the native VLAN.");
	}
}

int dot1x_doctor(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct findings findings = { 0 };
	struct phone_network *network;
	int err = phone_network_fetch(&network, why);

	(void)a;
	if (err)
		return err;
	port_examine(network, &findings);
	authentication_examine(&network->dot1x, &findings);
	err = needs_examine(&network->dot1x, &findings, why);
	vlan_examine(&network->vlan, &findings);
	free(network);
	if (err)
		return err;
	findings_write(&findings, out);
	return findings_have_problem(&findings) ? EXIT_STATUS_FAILED : 0;
}
