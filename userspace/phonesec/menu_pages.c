// SPDX-License-Identifier: Apache-2.0
/* What the pages of the menu hold: the entries of such phones, in their words and order. */
#include "menu.h"

#include <string.h>

static struct menu_entry *entry_add(struct menu_view *view, const char *label, const char *value)
{
	struct menu_entry *entry = &view->entries[view->count];

	if (view->count == MENU_ENTRIES_MAX)
		return entry - 1;
	*entry = (struct menu_entry){ .opens = MENU_NOWHERE };
	(void)snprintf(entry->label, sizeof(entry->label), "%s", label);
	(void)snprintf(entry->value, sizeof(entry->value), "%s", value);
	view->count++;
	return entry;
}

static void entry_opening(struct menu_view *view, const char *label, enum menu_page page)
{
	struct menu_entry *entry = entry_add(view, label, "");

	entry->key = "Select";
	entry->opens = page;
}

/* Where settings are not open to people at the phone, nothing is offered that changes some. */
static bool changes_are_open(const struct menu_facts *facts)
{
	const struct phone_access *access = &facts->policy.access;

	return !strcmp(access->settings, "full") || access->unlocked_until;
}

static void security_fill(struct menu_view *view, const struct menu_facts *facts)
{
	const struct phone_device *device = &facts->device;
	struct menu_entry *lsc;

	view->title = "Security Setup";
	entry_add(view, "Security mode", facts->phone.security_mode);
	lsc = entry_add(view, "LSC", device->lsc.status);
	/* While a session runs there is nothing to be entered. */
	if (!device->lsc.works && changes_are_open(facts)) {
		lsc->key = strcmp(device->lsc.status, "Installed") ? "Select" : "Update";
		lsc->opens = MENU_LSC;
	}
	entry_opening(view, "Trust List", MENU_TRUST);
	entry_opening(view, "802.1x Authentication", MENU_NETWORK);
	entry_opening(view, "Hardening", MENU_HARDENING);
}

static void trust_fill(struct menu_view *view)
{
	view->title = "Trust List";
	entry_opening(view, "CTL File", MENU_CTL);
	entry_opening(view, "ITL File", MENU_ITL);
	entry_opening(view, "Configuration (signed)", MENU_CONFIGURATION);
}

/* The common name, which comes first or behind others, or all of the name. */
static void common_name(const char *subject, char name[MENU_LABEL_MAX])
{
	const char *at = strcasestr(subject, "CN=");

	at = at ? at + 3 : subject;
	(void)snprintf(name, MENU_LABEL_MAX, "%.*s", (int)strcspn(at, ",;/"), at);
}

static void list_fill(struct menu_view *view, const char *title, const char *place,
		      const struct phone_device *device)
{
	view->title = title;
	for (size_t i = 0; i < device->lists_count; i++)
		if (!strcmp(device->lists[i].place, place))
			entry_add(view, "Signature", device->lists[i].fingerprint);
	for (size_t i = 0; i < device->records_count; i++) {
		const struct phone_record *record = &device->records[i];
		char name[MENU_LABEL_MAX];
		struct menu_entry *entry;

		if (strcmp(record->place, place))
			continue;
		common_name(record->subject, name);
		entry = entry_add(view, name, record->role);
		entry->key = "Select";
		entry->opens = MENU_RECORD;
		entry->record = i;
	}
	if (!view->count)
		entry_add(view, "Not Installed", "");
}

static void record_fill(struct menu_view *view, const struct phone_record *record)
{
	view->title = "Certificate";
	entry_add(view, "Role", record->role);
	entry_add(view, "Subject", record->subject);
	entry_add(view, "Issuer", record->issuer);
	entry_add(view, "Serial number", record->serial);
	if (*record->host)
		entry_add(view, "Host", record->host);
	if (*record->to_text)
		entry_add(view, "Valid until", record->to_text);
	if (*record->fingerprint)
		entry_add(view, "SHA-256", record->fingerprint);
}

static void configuration_fill(struct menu_view *view, const struct phone *phone)
{
	const char *router = "";

	view->title = "Configuration (signed)";
	for (size_t i = 0; i < phone->servers_count; i++)
		if (!strcmp(phone->servers[i].role, "srst"))
			router = phone->servers[i].host;
	entry_add(view, "SRST Router", *router ? router : "None");
}

static void network_fill(struct menu_view *view, const struct menu_facts *facts)
{
	const struct phone_dot1x *dot1x = &facts->network.dot1x;
	struct menu_entry *choice;

	view->title = "802.1x Authentication";
	choice = entry_add(view, "Device authentication", dot1x->device_authentication);
	if (!dot1x->fixed && changes_are_open(facts)) {
		choice->key = "Change";
		choice->opens = MENU_AUTHENTICATION;
	}
	entry_opening(view, "Transaction Status", MENU_TRANSACTION);
}

static void transaction_fill(struct menu_view *view, const struct phone_dot1x *dot1x)
{
	view->title = "Transaction Status";
	entry_add(view, "Transaction Status", dot1x->transaction);
	entry_add(view, "Protocols", dot1x->protocols);
}

/* Nothing of it is changed here: it is the site's. */
static void hardening_fill(struct menu_view *view, const struct phone_policy *policy)
{
	view->title = "Hardening";
	for (size_t i = 0; i < policy->options_count; i++) {
		const struct phone_option *option = &policy->options[i];
		struct menu_entry *entry;
		char value[MENU_VALUE_MAX];

		(void)snprintf(value, sizeof(value), "%s (%s)", option->value, option->source);
		entry = entry_add(view, option->title, value);
		entry->key = "Select";
		entry->opens = MENU_OPTION;
		entry->record = i;
	}
}

static void option_fill(struct menu_view *view, const struct phone_option *option)
{
	view->title = option->title;
	entry_add(view, "Value", option->value);
	entry_add(view, "From", option->source);
	entry_add(view, "Default", option->usual);
	entry_add(view, "Element", option->element);
	if (*option->problem)
		entry_add(view, "Not taken", option->problem);
}

void menu_page_fill(struct menu_view *view, enum menu_page page, size_t record,
		    const struct menu_facts *facts)
{
	const struct phone_device *device = &facts->device;

	view->count = 0;
	switch (page) {
	case MENU_NOWHERE:
	case MENU_LSC:
	case MENU_SECURITY:
		security_fill(view, facts);
		break;
	case MENU_TRUST:
		trust_fill(view);
		break;
	case MENU_CTL:
		list_fill(view, "CTL File", "CTL", device);
		break;
	case MENU_ITL:
		list_fill(view, "ITL File", "ITL", device);
		break;
	case MENU_RECORD:
		if (record < device->records_count)
			record_fill(view, &device->records[record]);
		break;
	case MENU_CONFIGURATION:
		configuration_fill(view, &facts->phone);
		break;
	case MENU_NETWORK:
	case MENU_AUTHENTICATION:
		network_fill(view, facts);
		break;
	case MENU_TRANSACTION:
		transaction_fill(view, &facts->network.dot1x);
		break;
	case MENU_HARDENING:
		hardening_fill(view, &facts->policy);
		break;
	case MENU_OPTION:
		if (record < facts->policy.options_count)
			option_fill(view, &facts->policy.options[record]);
		break;
	}
	if (!view->count)
		entry_add(view, "None", "");
}
