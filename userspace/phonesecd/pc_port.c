// SPDX-License-Identifier: Apache-2.0
#include "pc_port.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link_change.h"
#include "log.h"
#include "pc_rules.h"
#include "pc_stations.h"

enum {
	/* 01-80-C2-00-00-03, the group of IEEE 802.1X. */
	EAPOL_GROUP = 1 << 3,
	LOOK_US = 30 * 1000000,
	ACCURACY_US = 1000000,
};

/**
 * struct pc_port - the port as it should be, and what was done for that
 * @event, @settings, @policy, @events, @owner: as given
 * @rules: NULL where there is nothing to put
 * @has_rules: they are in force
 * @no_rules: why not, or REASON_NONE while that is not known
 * @look: looks whether others have taken the rules away
 * @stations: NULL while there are no ports
 * @port, @bridge: those that were made ready, of index 0 while none are
 * @mirror: where the phone's frames are copied to, 0 for nowhere, -1 for not known
 * @is_opened: the port was brought up; whoever takes it down then has his way
 * @status, @told: as it is, and as told last
 */
struct pc_port {
	sd_event *event;
	const struct settings *settings;
	struct pc_port_policy policy;
	const struct pc_port_events *events;
	void *owner;
	struct pc_rules *rules;
	bool has_rules;
	struct refusal no_rules;
	sd_event_source *look;
	struct pc_stations *stations;
	struct link port;
	struct link bridge;
	int mirror;
	bool is_opened;
	struct pc_port_status status;
	struct pc_port_status told;
};

static bool is_configured(const struct settings *settings)
{
	return *settings->switch_port && *settings->pc_port;
}

static bool status_is(const struct pc_port_status *a, const struct pc_port_status *b)
{
	return a->state == b->state && a->policy.is_enabled == b->policy.is_enabled &&
	       a->policy.has_voice_vlan == b->policy.has_voice_vlan &&
	       a->policy.has_span == b->policy.has_span && a->passes_eapol == b->passes_eapol &&
	       a->supplicants == b->supplicants && a->logoffs == b->logoffs &&
	       a->why.code == b->why.code;
}

static void status_tell(struct pc_port *port)
{
	struct pc_port_status before = port->told;
	const struct pc_port_status *status = &port->status;

	if (status_is(&before, status))
		return;
	port->told = *status;
	if (status->why.code != REASON_NONE && before.why.code != status->why.code)
		log_refusal(LOG_PC_PORT_FAILED, &status->why, "%s", port->settings->pc_port);
	else if (status->state != before.state)
		log_tell(LOG_PC_PORT, "%s", pc_port_state_word(status->state));
	port->events->changed(port->owner);
}

static void stations_end(struct pc_port *port)
{
	port->status.logoffs += pc_stations_end(port->stations);
}

/* The interfaces are others, or gone. */
static void places_forget(struct pc_port *port)
{
	stations_end(port);
	pc_stations_free(port->stations);
	port->stations = NULL;
	port->port = (struct link){ 0 };
	port->bridge = (struct link){ 0 };
	port->mirror = -1;
	port->is_opened = false;
}

static void on_stations(void *owner)
{
	struct pc_port *port = owner;

	port->status.supplicants = pc_stations_count(port->stations);
	status_tell(port);
}

/* What is done once for the interfaces that there are. */
static int places_make(struct pc_port *port, const struct pc_stations_place *place,
		       struct refusal *why)
{
	int err;

	if (port->port.index == place->port.index && port->bridge.index == place->bridge.index)
		return 0;
	places_forget(port);
	err = link_bridge_pass(place->bridge.index, EAPOL_GROUP, why);
	if (!err)
		err = pc_stations_new(&port->stations, port->event, place, on_stations, port, why);
	if (err)
		return err;
	port->port = place->port;
	port->bridge = place->bridge;
	return 0;
}

static int mirror_make(struct pc_port *port, struct refusal *why)
{
	int mirror = port->policy.has_span && port->policy.is_enabled ? port->port.index : 0;
	int err = 0;

	if (port->mirror != mirror)
		err = link_mirror(port->bridge.index, mirror, why);
	if (!err)
		port->mirror = mirror;
	return err;
}

/* Finds the interfaces and makes them ready; @link is that of the PC port, if it is there. */
static int places_use(struct pc_port *port, struct link *link, struct refusal *why)
{
	const struct settings *settings = port->settings;
	struct pc_stations_place place = { 0 };
	int err;

	if (link_ask(link, settings->pc_port, why)) {
		places_forget(port);
		*why = (struct refusal){ 0 };
		return 0;
	}
	err = link_ask(&place.bridge, settings->bridge, why);
	if (!err && link->master != place.bridge.index)
		err = refusal_set(why, REASON_LINK_MISSING, "%s among the ports of %s",
				  settings->pc_port, settings->bridge);
	if (err) {
		places_forget(port);
		return err;
	}
	place.port = *link;
	strcpy(place.to, settings->switch_port);
	err = places_make(port, &place, why);
	return err ?: mirror_make(port, why);
}

static int opened_set(struct pc_port *port, const struct link *link, bool is_open,
		      struct refusal *why)
{
	int err = 0;

	if (!is_open && link->is_up) {
		stations_end(port);
		err = link_up_set(link->index, false, why);
	} else if (is_open && !link->is_up && !port->is_opened) {
		err = link_up_set(link->index, true, why);
	}
	port->is_opened = is_open && !err;
	return err;
}

static enum pc_port_state state_of(const struct link *link, bool is_open)
{
	if (!link->index)
		return PC_PORT_MISSING;
	if (!is_open)
		return PC_PORT_OFF;
	return link->has_carrier ? PC_PORT_CONNECTED : PC_PORT_EMPTY;
}

static void put_in_force(struct pc_port *port)
{
	struct pc_port_status *status = &port->status;
	struct refusal why = { 0 }, refused = { 0 };
	struct link link = { 0 };
	bool is_open;

	if (!is_configured(port->settings)) {
		places_forget(port);
		*status = (struct pc_port_status){ .logoffs = status->logoffs };
		return;
	}
	is_open = !places_use(port, &link, &why) && link.index && port->has_rules &&
		  port->policy.is_enabled;
	if (opened_set(port, &link, is_open, &refused))
		why = refused;
	if (why.code == REASON_NONE)
		why = port->no_rules;
	if (link.index && !link.has_carrier)
		stations_end(port);
	status->state = state_of(&link, is_open);
	status->policy = port->policy;
	status->passes_eapol = port->bridge.index;
	status->supplicants = pc_stations_count(port->stations);
	status->why = why;
}

static void on_rules(void *owner, const struct refusal *why)
{
	struct pc_port *port = owner;

	port->has_rules = why->code == REASON_NONE;
	port->no_rules = *why;
	put_in_force(port);
	status_tell(port);
}

static void rules_put(struct pc_port *port)
{
	static const struct pc_rules_events events = { .told = on_rules };
	const char *name = is_configured(port->settings) ? port->settings->pc_port : "";

	pc_rules_free(port->rules);
	port->rules = NULL;
	port->no_rules = (struct refusal){ 0 };
	port->has_rules = *name && pc_rules_are(name, &port->policy);
	if (port->has_rules)
		return;
	(void)pc_rules_put(&port->rules, port->event, port->settings, name, &port->policy, &events,
			   port, &port->no_rules);
}

static void look_later(struct pc_port *port)
{
	(void)sd_event_source_set_time_relative(port->look, LOOK_US);
	(void)sd_event_source_set_enabled(port->look, SD_EVENT_ONESHOT);
}

/* Whoever flushes the rules of the system opens nothing: without them the port is down. */
static int on_look(sd_event_source *source, uint64_t now, void *owner)
{
	struct pc_port *port = owner;

	(void)source;
	(void)now;
	look_later(port);
	if (!port->has_rules || pc_rules_are(port->settings->pc_port, &port->policy))
		return 0;
	rules_put(port);
	put_in_force(port);
	status_tell(port);
	return 0;
}

int pc_port_new(struct pc_port **port, sd_event *event, const struct settings *settings,
		const struct pc_port_policy *policy, const struct pc_port_events *events,
		void *owner, struct refusal *why)
{
	struct pc_port *made = calloc(1, sizeof(*made));
	int err;

	*port = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->settings = settings;
	made->policy = *policy;
	made->events = events;
	made->owner = owner;
	made->mirror = -1;
	err = sd_event_add_time_relative(event, &made->look, CLOCK_MONOTONIC, LOOK_US,
					 ACCURACY_US, on_look, made);
	if (err < 0) {
		pc_port_free(made);
		return refusal_set(why, REASON_SYSTEM, "a timer: %s", strerror(-err));
	}
	if (is_configured(settings))
		rules_put(made);
	put_in_force(made);
	made->told = made->status;
	*port = made;
	return 0;
}

void pc_port_free(struct pc_port *port)
{
	if (!port)
		return;
	sd_event_source_disable_unref(port->look);
	pc_rules_free(port->rules);
	pc_stations_free(port->stations);
	sd_event_unref(port->event);
	free(port);
}

/* Whether other interfaces are meant; what was done with the ones of before is ended then. */
static bool places_differ(struct pc_port *port, const struct settings *settings)
{
	const struct settings *before = port->settings;
	struct refusal why;

	if (!strcmp(before->pc_port, settings->pc_port) &&
	    !strcmp(before->switch_port, settings->switch_port) &&
	    !strcmp(before->bridge, settings->bridge))
		return false;
	if (port->mirror > 0 && link_mirror(port->bridge.index, 0, &why))
		log_refusal(LOG_PC_PORT_FAILED, &why, "%s", before->bridge);
	places_forget(port);
	return true;
}

void pc_port_reload(struct pc_port *port, const struct settings *settings,
		    const struct pc_port_policy *policy)
{
	bool is_other = places_differ(port, settings) ||
			port->policy.is_enabled != policy->is_enabled ||
			port->policy.has_voice_vlan != policy->has_voice_vlan;
	bool had_port = is_configured(port->settings);

	port->settings = settings;
	port->policy = *policy;
	if (is_other && (had_port || is_configured(settings)))
		rules_put(port);
	put_in_force(port);
	status_tell(port);
}

void pc_port_link_changed(struct pc_port *port, const struct link *link)
{
	const struct settings *settings = port->settings;
	bool is_port = !strcmp(link->name, settings->pc_port);

	if (!is_configured(settings) || (!is_port && strcmp(link->name, settings->bridge)))
		return;
	if (is_port && (!link->has_carrier || link->carrier_losses != port->port.carrier_losses))
		stations_end(port);
	if (is_port)
		port->port.carrier_losses = link->carrier_losses;
	put_in_force(port);
	status_tell(port);
}

void pc_port_status(const struct pc_port *port, struct pc_port_status *status)
{
	*status = port->status;
}

const char *pc_port_state_word(enum pc_port_state state)
{
	static const char *const words[] = {
		[PC_PORT_NONE] = "none",
		[PC_PORT_MISSING] = "missing",
		[PC_PORT_OFF] = "off",
		[PC_PORT_EMPTY] = "empty",
		[PC_PORT_CONNECTED] = "connected",
	};

	return words[state];
}
