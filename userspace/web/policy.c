// SPDX-License-Identifier: Apache-2.0
#include "policy.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/bus_names.h"
#include "bus_json.h"

/**
 * struct policy - the daemon's word, and how it is learned
 * @bus: NULL while there is none
 * @question: that is open, or NULL
 * @retry: when the bus is tried again
 */
struct policy {
	sd_event *event;
	void (*changed)(void *owner, const struct policy_ports *ports, sd_bus *bus);
	void *owner;
	sd_bus *bus;
	sd_bus_slot *question;
	sd_event_source *retry;
};

static void ports_tell(struct policy *policy, const struct policy_ports *ports)
{
	policy->changed(policy->owner, ports, policy->bus);
}

static void closed_tell(struct policy *policy)
{
	ports_tell(policy, &(struct policy_ports){ 0 });
}

static uint16_t port_of(const json_t *properties, const char *name)
{
	json_int_t port = json_integer_value(json_object_get(properties, name));

	return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* A word that is missing or of another kind opens nothing. */
static struct policy_ports ports_read(const json_t *properties)
{
	const json_t *only = json_object_get(properties, "WebHttpsOnly");
	const json_t *fips = json_object_get(properties, "FipsMode");
	struct policy_ports ports = { 0 };

	if (!json_is_true(json_object_get(properties, "WebAccess")))
		return ports;
	if (json_is_false(only))
		ports.http = port_of(properties, "WebHttpPort");
	if (json_is_boolean(only) && json_is_false(fips))
		ports.https = port_of(properties, "WebHttpsPort");
	return ports;
}

static int on_answer(sd_bus_message *answer, void *data, sd_bus_error *error)
{
	struct policy *policy = data;
	struct policy_ports ports;
	json_t *properties = NULL;

	(void)error;
	policy->question = sd_bus_slot_unref(policy->question);
	if (!sd_bus_message_is_method_error(answer, NULL))
		properties = bus_json_read(answer);
	ports = ports_read(properties);
	json_decref(properties);
	ports_tell(policy, &ports);
	return 0;
}

static void question_ask(struct policy *policy)
{
	sd_bus_message *call = NULL;
	int err;

	policy->question = sd_bus_slot_unref(policy->question);
	err = sd_bus_message_new_method_call(policy->bus, &call, BUS_NAME, BUS_PATH,
					     "org.freedesktop.DBus.Properties", "GetAll");
	if (err >= 0)
		err = sd_bus_message_append(call, "s", BUS_INTERFACE_POLICY);
	if (err >= 0)
		err = sd_bus_message_set_auto_start(call, false);
	if (err >= 0)
		err = sd_bus_call_async(policy->bus, &policy->question, call, on_answer, policy,
					POLICY_ANSWER_S * UINT64_C(1000000));
	sd_bus_message_unref(call);
	if (err < 0)
		closed_tell(policy);
}

/* What has changed is asked for anew, so that there is one way to learn it. */
static int on_changed(sd_bus_message *signal, void *data, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	question_ask(data);
	return 0;
}

static int on_owner(sd_bus_message *signal, void *data, sd_bus_error *error)
{
	(void)signal;
	(void)error;
	closed_tell(data);
	question_ask(data);
	return 0;
}

static void bus_drop(struct policy *policy)
{
	policy->question = sd_bus_slot_unref(policy->question);
	policy->bus = sd_bus_close_unref(policy->bus);
}

static int retry_later(struct policy *policy)
{
	int err = sd_event_source_set_time_relative(policy->retry,
						    POLICY_RETRY_S * UINT64_C(1000000));

	return err < 0 ? err : sd_event_source_set_enabled(policy->retry, SD_EVENT_ONESHOT);
}

/* The bus is gone; sd-bus lets it be closed from here. */
static int on_disconnect(sd_bus_message *signal, void *data, sd_bus_error *error)
{
	struct policy *policy = data;

	(void)signal;
	(void)error;
	closed_tell(policy);
	return retry_later(policy);
}

static int bus_watch(struct policy *policy)
{
	sd_bus *bus = policy->bus;
	int err;

	err = sd_bus_attach_event(bus, policy->event, SD_EVENT_PRIORITY_NORMAL);
	if (err >= 0)
		err = sd_bus_match_signal(bus, NULL, "org.freedesktop.DBus.Local",
					  "/org/freedesktop/DBus/Local",
					  "org.freedesktop.DBus.Local", "Disconnected",
					  on_disconnect, policy);
	if (err >= 0)
		err = sd_bus_add_match(bus, NULL, "type='signal',sender='org.freedesktop.DBus',"
				       "member='NameOwnerChanged',arg0='" BUS_NAME "'",
				       on_owner, policy);
	if (err >= 0)
		err = sd_bus_add_match(bus, NULL, "type='signal',sender='" BUS_NAME "',"
				       "path='" BUS_PATH "',member='PropertiesChanged',"
				       "interface='org.freedesktop.DBus.Properties',"
				       "arg0='" BUS_INTERFACE_POLICY "'", on_changed, policy);
	return err;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *data)
{
	struct policy *policy = data;
	int err;

	(void)source;
	(void)usec;
	bus_drop(policy);
	err = sd_bus_open_system(&policy->bus);
	if (err >= 0)
		err = bus_watch(policy);
	if (err >= 0) {
		question_ask(policy);
		return 0;
	}
	bus_drop(policy);
	return retry_later(policy);
}

int policy_new(struct policy **result, sd_event *event,
	       void (*changed)(void *owner, const struct policy_ports *ports, sd_bus *bus),
	       void *owner)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	int err;

	if (!policy)
		return -ENOMEM;
	policy->event = sd_event_ref(event);
	policy->changed = changed;
	policy->owner = owner;
	err = sd_event_add_time_relative(event, &policy->retry, CLOCK_BOOTTIME, 0, 1, on_retry,
					 policy);
	if (err < 0) {
		policy_free(policy);
		return err;
	}
	*result = policy;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	bus_drop(policy);
	sd_event_source_disable_unref(policy->retry);
	sd_event_unref(policy->event);
	free(policy);
}
