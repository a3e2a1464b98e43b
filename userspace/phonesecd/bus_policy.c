// SPDX-License-Identifier: Apache-2.0
/*
 * The interfaces org.phonesec.Phone1.Policy, what the site's policy has the phone do, and
 * .Directory, whom it knows.
 */
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

static int policy_find(sd_bus *connection, const char *path, const char *interface,
		       void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;
	const struct access *access = device_access(bus->device);

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	access_policy(access, &bus->policy.settings);
	access_fips(access, &bus->policy.fips);
	access_audit(access, &bus->policy.audit);
	*found = bus;
	return 1;
}

static int options_get(sd_bus *connection, const char *path, const char *interface,
		       const char *property, sd_bus_message *reply, void *userdata,
		       sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct access_option one;
	int err = sd_bus_message_open_container(reply, 'a', "(ssssssss)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && access_option(device_access(bus->device), i, &one); i++)
		err = sd_bus_message_append(reply, "(ssssssss)", one.name, one.title, one.element,
					    BUS_CLEAN(one.value), one.usual, one.source,
					    one.effect, BUS_CLEAN(one.problem));
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int check_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct access_need *needs;
	size_t count;
	int err = access_fips_check(device_access(bus->device), &needs, &count, why);

	if (err)
		return err;
	err = sd_bus_message_open_container(asked->reply, 'a', "(ssss)");
	for (size_t i = 0; err >= 0 && i < count; i++)
		err = sd_bus_message_append(asked->reply, "(ssss)", BUS_CLEAN(needs[i].feature),
					    BUS_CLEAN(needs[i].need), needs[i].verdict,
					    BUS_CLEAN(needs[i].effect));
	if (err >= 0)
		err = sd_bus_message_close_container(asked->reply);
	free(needs);
	return err < 0 ? refusal_set(why, REASON_NO_MEMORY, "%s", "") : 0;
}

static int test_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	return access_audit_test(device_access(bus->device), asked->user, why);
}

static void access_ended(void *owner, const struct refusal *why)
{
	bus_answer_done(owner, why);
}

static int password_read(sd_bus_message *call, struct secret **password, struct refusal *why)
{
	return bus_secret_read(call, ACCESS_PASSWORD_MAX, "password", password, why);
}

static int unlock_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *password;
	int err = password_read(asked->call, &password, why);

	if (!err)
		err = access_unlock(device_access(bus->device), password, asked->user,
				    access_ended, asked->request, why);
	return err ? err : BUS_LATER;
}

static int lock_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	(void)why;
	access_lock(device_access(bus->device));
	return 0;
}

static int set_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *old, *new;
	int err = password_read(asked->call, &old, why);

	if (err)
		return err;
	err = password_read(asked->call, &new, why);
	if (err) {
		secret_free(old);
		return err;
	}
	err = access_password_set(device_access(bus->device), old, new, asked->user,
				  access_ended, asked->request, why);
	return err ? err : BUS_LATER;
}

static int contact_append(sd_bus_message *reply, struct contact one)
{
	return sd_bus_message_append(reply, "(sssssssss)", BUS_CLEAN(one.name),
				     BUS_CLEAN(one.number), BUS_CLEAN(one.mobile),
				     BUS_CLEAN(one.home), BUS_CLEAN(one.uri), BUS_CLEAN(one.mail),
				     BUS_CLEAN(one.department), BUS_CLEAN(one.title),
				     BUS_CLEAN(one.user));
}

static int contacts_append(sd_bus_message *reply, const void *what)
{
	const struct contact_answer *found = what;
	int err = sd_bus_message_open_container(reply, 'a', "(sssssssss)");

	for (size_t i = 0; err >= 0 && i < found->count; i++)
		err = contact_append(reply, found->contacts[i]);
	if (err >= 0)
		err = sd_bus_message_close_container(reply);
	return err < 0 ? err : sd_bus_message_append(reply, "u", found->total);
}

static void contacts_found(void *owner, const struct contact_answer *found,
			   const struct refusal *why)
{
	if (why)
		bus_answer_done(owner, why);
	else
		bus_answer_by(owner, contacts_append, found);
}

static int search_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	const char *name, *user;
	struct secret *password;
	int err;

	if (sd_bus_message_read(asked->call, "ss", &name, &user) < 0 ||
	    strlen(name) >= ACCESS_NAME_MAX || strlen(user) >= ACCESS_NAME_MAX)
		return refusal_set(why, REASON_VALUE_INVALID, "the name");
	err = password_read(asked->call, &password, why);
	if (!err)
		err = access_search(device_access(bus->device), name, user, password,
				    contacts_found, asked->request, why);
	return err ? err : BUS_LATER;
}

static int check(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, check_do, 0);
}

static int test(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, test_do, 0);
}

static int unlock(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, unlock_do, 0);
}

static int lock(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, lock_do, 0);
}

static int password_set(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, set_do, 0);
}

static int search(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, search_do, 0);
}

#define POLICY(name, signature, get, member) \
	SD_BUS_PROPERTY(name, signature, get, offsetof(struct bus, policy.member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define REASON(prefix, member) \
	POLICY(prefix "Reason", "s", bus_reason_get, member), \
	POLICY(prefix "Text", "s", bus_reason_get, member), \
	POLICY(prefix "Mend", "s", bus_reason_get, member), \
	POLICY(prefix "Detail", "s", bus_reason_get, member)

static const sd_bus_vtable policy_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Options", "a(ssssssss)", options_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	POLICY("SettingsAccess", "s", bus_text_get, settings.settings_access),
	POLICY("PasswordSet", "b", bus_flag_get, settings.password_set),
	POLICY("UnlockedUntil", "x", NULL, settings.unlocked_until),
	POLICY("LockedOutUntil", "x", NULL, settings.locked_out_until),
	POLICY("WebAccess", "b", bus_flag_get, settings.web),
	POLICY("WebHttpsOnly", "b", bus_flag_get, settings.web_https_only),
	POLICY("WebHttpPort", "q", NULL, settings.web_port),
	POLICY("WebHttpsPort", "q", NULL, settings.web_tls_port),
	POLICY("RulesState", "s", bus_text_get, settings.rules),
	REASON("Rules", settings.rules_last),
	POLICY("FipsMode", "b", bus_flag_get, fips.on),
	POLICY("FipsWanted", "b", bus_flag_get, fips.wanted),
	POLICY("FipsProvider", "s", bus_text_get, fips.provider),
	POLICY("FipsKernel", "b", bus_flag_get, fips.kernel),
	POLICY("FipsPrivateKeys", "s", bus_text_get, fips.private_keys),
	REASON("Fips", fips.why),
	POLICY("AuditMode", "s", bus_text_get, audit.mode),
	POLICY("AuditState", "s", bus_text_get, audit.state),
	POLICY("AuditServer", "s", bus_text_get, audit.server),
	POLICY("AuditTransport", "s", bus_text_get, audit.transport),
	POLICY("AuditWritten", "t", NULL, audit.written),
	POLICY("AuditDelivered", "t", NULL, audit.delivered),
	POLICY("AuditWaiting", "t", NULL, audit.waiting),
	POLICY("AuditLost", "t", NULL, audit.lost),
	POLICY("AuditSpooled", "t", NULL, audit.spooled),
	POLICY("AuditHalted", "b", bus_flag_get, audit.halted),
	REASON("Audit", audit.last),
	SD_BUS_METHOD_WITH_ARGS("FipsCheck", SD_BUS_NO_ARGS, SD_BUS_RESULT("a(ssss)", rows), check,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AuditTest", "", "", test, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Unlock", SD_BUS_ARGS("h", password), SD_BUS_NO_RESULT, unlock,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Lock", "", "", lock, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("SetPassword", SD_BUS_ARGS("h", old, "h", new), SD_BUS_NO_RESULT,
				password_set, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable directory_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD_WITH_ARGS("Search", SD_BUS_ARGS("s", name, "s", user, "h", password),
				SD_BUS_RESULT("a(sssssssss)", contacts, "u", total), search,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_policy_add(struct bus *bus)
{
	int err = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH,
					     BUS_INTERFACE_POLICY, policy_vtable, policy_find,
					     bus);

	return err < 0 ? err : sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH,
							  BUS_INTERFACE_DIRECTORY,
							  directory_vtable, policy_find, bus);
}
