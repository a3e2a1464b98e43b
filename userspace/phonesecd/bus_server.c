// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1.Server: one call manager, or the SRST router. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

static void path_write(char path[BUS_PATH_MAX], enum server_role role)
{
	(void)snprintf(path, BUS_PATH_MAX, "%s/%s", BUS_PATH_SERVERS, server_role_word(role));
}

static void server_fill(struct bus_server *server, const struct server_status *status)
{
	const struct stream_facts *facts = &status->facts;

	server->role = server_role_word(status->role);
	server->state = server_state_word(status->state);
	server->host = BUS_TEXT(server->host_text, status->host);
	server->port = status->port;
	bus_reason_fill(&server->last, &status->last);
	server->version = facts->version;
	server->suite = facts->suite;
	server->subject = BUS_TEXT(server->subject_text, facts->subject);
	server->fingerprint = facts->fingerprint;
	server->expires = facts->expires;
	server->resumed = facts->resumed;
	*server->local_text = '\0';
	if (facts->local.len)
		media_address_format(&facts->local, server->local_text);
	server->local = server->local_text;
}

static int server_find(sd_bus *connection, const char *path, const char *interface,
		       void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)interface;
	(void)error;
	for (enum server_role role = 0; role < SERVER_ROLES; role++) {
		char known[BUS_PATH_MAX];

		path_write(known, role);
		if (strcmp(path, known))
			continue;
		server_fill(&bus->server, servers_status(guard_servers(bus->guard), role));
		*found = &bus->server;
		return 1;
	}
	return 0;
}

static int servers_enumerate(sd_bus *connection, const char *prefix, void *userdata,
			     char ***nodes, sd_bus_error *error)
{
	char **paths = calloc(SERVER_ROLES + 1, sizeof(*paths));

	(void)connection;
	(void)prefix;
	(void)userdata;
	(void)error;
	if (!paths)
		return -ENOMEM;
	/* A list that is cut short by want of memory is still one. */
	for (enum server_role role = 0; role < SERVER_ROLES; role++) {
		char path[BUS_PATH_MAX];

		path_write(path, role);
		paths[role] = strdup(path);
	}
	*nodes = paths;
	return 0;
}

#define SERVER(name, signature, member) \
	SD_BUS_PROPERTY(name, signature, NULL, offsetof(struct bus_server, member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable server_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Role", "s", NULL, offsetof(struct bus_server, role),
			SD_BUS_VTABLE_PROPERTY_CONST),
	SERVER("Host", "s", host),
	SERVER("Port", "q", port),
	SERVER("State", "s", state),
	SERVER("LastReason", "s", last.code),
	SERVER("LastText", "s", last.text),
	SERVER("LastMend", "s", last.mend),
	SERVER("LastDetail", "s", last.detail_text),
	SERVER("TlsVersion", "s", version),
	SERVER("TlsSuite", "s", suite),
	SERVER("CertificateSubject", "s", subject),
	SERVER("CertificateFingerprint", "s", fingerprint),
	SERVER("CertificateExpires", "x", expires),
	SERVER("Resumed", "b", resumed),
	SERVER("LocalAddress", "s", local),
	SD_BUS_VTABLE_END,
};

int bus_servers_add(struct bus *bus)
{
	int err = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH_SERVERS,
					     BUS_INTERFACE_SERVER, server_vtable, server_find,
					     bus);

	return err < 0 ? err : sd_bus_add_node_enumerator(bus->connection, NULL,
							  BUS_PATH_SERVERS, servers_enumerate,
							  bus);
}

void bus_servers_flush(struct bus *bus)
{
	for (enum server_role role = 0; bus->connection && role < SERVER_ROLES; role++) {
		char path[BUS_PATH_MAX];

		if (!(bus->servers_changed & 1U << role))
			continue;
		path_write(path, role);
		(void)sd_bus_emit_properties_changed_strv(bus->connection, path,
							  BUS_INTERFACE_SERVER, NULL);
	}
	bus->servers_changed = 0;
}
