// SPDX-License-Identifier: Apache-2.0
/* The rooms of network access and policy, and what they tell one another. */
#include "access_state.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "settings_access.h"

static void network_tell(struct access *access)
{
	access->parts.events->network(access->parts.owner);
}

static void policy_tell(struct access *access)
{
	access->parts.events->policy(access->parts.owner);
}

static void on_link_changed(void *owner, const struct link *link)
{
	struct access *access = owner;

	dot1x_link_changed(access->dot1x, link);
	voice_vlan_link_changed(access->voice, link);
	pc_port_link_changed(access->pc, link);
	network_tell(access);
}

static void on_voice_changed(void *owner)
{
	struct access *access = owner;

	access->parts.events->voice(access->parts.owner);
	network_tell(access);
}

static const struct voice_vlan_events voice_events = { .changed = on_voice_changed };

static void on_pc_changed(void *owner)
{
	network_tell(owner);
}

static const struct pc_port_events pc_events = { .changed = on_pc_changed };

static struct pc_port_policy pc_policy(const struct settings *settings)
{
	return (struct pc_port_policy){
		.is_enabled = settings->pc_open,
		.has_voice_vlan = settings->pc_voice_vlan,
		.has_span = settings->span_to_pc,
	};
}

static void on_dot1x_changed(void *owner)
{
	network_tell(owner);
}

static const struct dot1x_events dot1x_events = { .changed = on_dot1x_changed };

static const struct link_events link_events = { .changed = on_link_changed };

static void on_audit_changed(void *owner)
{
	policy_tell(owner);
}

static void on_policy_changed(void *owner)
{
	policy_tell(owner);
}

static const struct credentials_events credentials_events = { .changed = on_policy_changed };

static const struct hardening_events hardening_events = { .changed = on_policy_changed };

static void on_audit_halted(void *owner, const struct refusal *why)
{
	struct access *access = owner;

	access->halted = why ? *why : (struct refusal){ 0 };
	if (access->parts.events->halted)
		access->parts.events->halted(access->parts.owner, why);
	policy_tell(access);
}

static const struct audit_events audit_events = {
	.changed = on_audit_changed,
	.halted = on_audit_halted,
};

/* Of what is there already nobody tells. */
static void port_look(struct access *access)
{
	struct link link;

	if (link_find(access->links, access->settings->switch_port, &link))
		dot1x_link_changed(access->dot1x, &link);
}

/* The kernel first: what the site closes is closed before anything listens. */
static int rooms_open(struct access *access, struct refusal *why)
{
	const struct access_parts *parts = &access->parts;
	const struct settings *settings = access->settings;
	const struct pc_port_policy policy = pc_policy(settings);
	int err = hardening_new(&access->hardening, parts->event, settings, &hardening_events,
				access, why);

	if (!err)
		err = credentials_new(&access->credentials, parts->event, settings, parts->state,
				      &credentials_events, access, why);
	if (!err)
		err = audit_new(&access->audit, parts->event, settings, parts->state, parts->asker,
				&audit_events, access, why);
	if (!err)
		err = dot1x_new(&access->dot1x, parts->event, settings, parts->keystore,
				parts->runtime, parts->state, &dot1x_events, access, why);
	if (!err)
		err = voice_vlan_new(&access->voice, parts->event, settings, &voice_events, access,
				     why);
	if (!err)
		err = pc_port_new(&access->pc, parts->event, settings, &policy, &pc_events, access,
				  why);
	if (!err)
		err = link_watch_new(&access->links, parts->event, &link_events, access, why);
	return err;
}

int access_new(struct access **result, const struct access_parts *parts, struct refusal *why)
{
	struct access *access = calloc(1, sizeof(*access));
	int err;

	if (!access)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	access->parts = *parts;
	access->settings = &parts->overlay->settings;
	access->fips_file = parts->file->fips_mode;
	err = rooms_open(access, why);
	if (err) {
		access_free(access);
		return err;
	}
	port_look(access);
	*result = access;
	return 0;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	access_searches_end(access, NULL);
	link_watch_free(access->links);
	pc_port_free(access->pc);
	voice_vlan_free(access->voice);
	dot1x_free(access->dot1x);
	audit_free(access->audit);
	credentials_free(access->credentials);
	hardening_free(access->hardening);
	free(access);
}

void access_reload(struct access *access, const struct settings *file,
		   const struct overlay *overlay)
{
	const struct pc_port_policy policy = pc_policy(&overlay->settings);
	struct refusal why;

	access->parts.overlay = overlay;
	access->settings = &overlay->settings;
	access->fips_file = file->fips_mode;
	hardening_reload(access->hardening, access->settings);
	credentials_reload(access->credentials, access->settings);
	if (audit_reload(access->audit, access->settings, &why))
		log_refusal(LOG_FAILED, &why, "the audit log");
	dot1x_reload(access->dot1x, access->settings);
	voice_vlan_reload(access->voice, access->settings);
	pc_port_reload(access->pc, access->settings, &policy);
	port_look(access);
	network_tell(access);
	policy_tell(access);
}

void access_configured(struct access *access, const struct phone_config *config, bool is_signed)
{
	credentials_site(access->credentials, config, is_signed);
	policy_tell(access);
}

void access_identity_changed(struct access *access)
{
	dot1x_identity_changed(access->dot1x);
}

bool access_halted(const struct access *access, struct refusal *why)
{
	*why = access->halted;
	return access->halted.code;
}

bool access_voice_address(const struct access *access, struct media_address *address)
{
	struct voice_vlan_status voice;

	voice_vlan_status(access->voice, &voice);
	if (voice.state != VOICE_VLAN_UP || !voice.address.len)
		return false;
	*address = voice.address;
	return true;
}

static void voice_fill(const struct access *access, struct access_network *network)
{
	struct voice_vlan_status voice;

	voice_vlan_status(access->voice, &voice);
	strcpy(network->vlan_state, voice_vlan_state_word(voice.state));
	network->vlan = voice.id;
	strcpy(network->vlan_source, voice_vlan_source_word(voice.source));
	strcpy(network->voice_interface, voice.interface);
	strcpy(network->switch_name, voice.switch_name);
	strcpy(network->switch_port, voice.switch_port);
	network->vlan_last = voice.why;
}

void access_network(const struct access *access, struct access_network *network)
{
	struct dot1x_status status;

	dot1x_status(access->dot1x, &status);
	*network = (struct access_network){
		.enabled = status.is_enabled, .fixed = status.is_fixed,
		.connected = status.is_connected, .last = status.last,
	};
	strcpy(network->state, dot1x_state_word(status.state));
	strcpy(network->protocols, *status.protocols ? status.protocols : "None");
	strcpy(network->method, status.method);
	strcpy(network->tls, status.tls);
	strcpy(network->identity, status.certificate);
	voice_fill(access, network);
}

bool access_port(const struct access *access, size_t index, struct access_port *port)
{
	static const char *const roles[] = { "lan", "pc" };
	const struct settings *settings = access->settings;
	struct link link;

	if (index >= sizeof(roles) / sizeof(roles[0]))
		return false;
	*port = (struct access_port){ 0 };
	strcpy(port->role, roles[index]);
	strcpy(port->interface, index ? settings->pc_port : settings->switch_port);
	if (!*port->interface || !link_find(access->links, port->interface, &link))
		return true;
	(void)snprintf(port->address, sizeof(port->address), "%02x:%02x:%02x:%02x:%02x:%02x",
		       link.mac[0], link.mac[1], link.mac[2], link.mac[3], link.mac[4],
		       link.mac[5]);
	port->is_up = link.is_up;
	port->has_carrier = link.has_carrier;
	return true;
}

void access_audit(const struct access *access, struct access_audit *audit)
{
	struct audit_status status;

	audit_status(access->audit, &status);
	*audit = (struct access_audit){
		.written = status.newest, .delivered = status.delivered, .waiting = status.waiting,
		.lost = status.lost, .spooled = status.spool_bytes, .halted = status.is_halted,
		.last = status.last,
	};
	strcpy(audit->mode, audit_mode_word(status.mode));
	strcpy(audit->state, audit_state_word(status.state));
	(void)snprintf(audit->server, sizeof(audit->server), "%.*s",
		       (int)sizeof(audit->server) - 1, status.server);
	strcpy(audit->transport, audit_transport_word(status.transport));
}

int access_authenticate(struct access *access, bool enabled, struct refusal *why)
{
	return dot1x_choose(access->dot1x, enabled, why);
}

int access_reauthenticate(struct access *access, struct refusal *why)
{
	return dot1x_reauthenticate(access->dot1x, why);
}

int access_authentication_check(struct access *access, const char *what, struct refusal *why)
{
	return dot1x_check(access->dot1x, what, why);
}

int access_logoff(struct access *access, struct refusal *why)
{
	return dot1x_logoff(access->dot1x, why);
}

int access_audit_test(struct access *access, uint32_t user, struct refusal *why)
{
	const struct audit_actor actor = { .uid = user };

	(void)why;
	audit_test(access->audit, &actor);
	return 0;
}

void access_forget(struct access *access, void *owner)
{
	access_searches_end(access, owner);
	credentials_forget(access->credentials, owner);
}

void access_asked(struct access *access, const struct access_request *request)
{
	const struct audit_actor actor = { .uid = request->user, .pid = request->process };
	char method[ACCESS_NAME_MAX];

	(void)snprintf(method, sizeof(method), "%s.%s", request->interface, request->method);
	audit_request(access->audit, &actor, method,
		      settings_access_right(request->interface, request->method) ==
		      SETTINGS_RIGHT_CHANGE, request->result);
}
