/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's service on the message bus, from outside: calls, and properties as structures. */
#ifndef PHONESEC_BUS_CLIENT_H
#define PHONESEC_BUS_CLIENT_H

#include <systemd/sd-bus.h>

#include "../lib/bus_names.h"

enum bus_kind {
	/* An array of char of .size; what is too long is cut. */
	BUS_KIND_TEXT,
	/* A bool, a uint32_t (also of 'q'), an int64_t, a uint64_t. */
	BUS_KIND_BOOL,
	BUS_KIND_U32,
	BUS_KIND_I64,
	BUS_KIND_U64,
	/* Read by .read. */
	BUS_KIND_OTHER,
};

/**
 * struct bus_member - a property that is wanted
 * @name: of the property; NULL ends a table
 * @kind: what lies at @offset
 * @offset: where in the structure
 * @size: bytes there, for texts
 * @read: reads the value from a message into the whole structure; 0 or -errno
 */
struct bus_member {
	const char *name;
	enum bus_kind kind;
	size_t offset;
	size_t size;
	int (*read)(sd_bus_message *message, void *object);
};

/* The kind and the place of a member of a structure. */
#define BUS_TEXT_AT(type, member) BUS_KIND_TEXT, offsetof(struct type, member), \
	sizeof(((struct type *)NULL)->member)
#define BUS_BOOL_AT(type, member) BUS_KIND_BOOL, offsetof(struct type, member)
#define BUS_U32_AT(type, member) BUS_KIND_U32, offsetof(struct type, member)
#define BUS_I64_AT(type, member) BUS_KIND_I64, offsetof(struct type, member)
#define BUS_U64_AT(type, member) BUS_KIND_U64, offsetof(struct type, member)

/* Connects to the system bus; the caller's until bus_close(). 0, or the -errno of the reason. */
int bus_open(sd_bus **bus, struct refusal *why);
void bus_close(sd_bus *bus);

/* What is told when the bus itself fails with @err. Returns the -errno of the reason. */
int bus_failed(int err, struct refusal *why);

/**
 * bus_call - call a method of the daemon
 * @bus: the bus
 * @path: object
 * @interface: interface
 * @method: method
 * @answer: result, the caller's until sd_bus_message_unref(); NULL when it is not wanted
 * @why: on refusal the reason, which is the daemon's own where it gave one
 * @types: of the arguments that follow as in sd_bus_message_append(), "" for none
 *
 * Return: 0, or the -errno of the reason.
 */
int bus_call(sd_bus *bus, const char *path, const char *interface, const char *method,
	     sd_bus_message **answer, struct refusal *why, const char *types, ...);

/* The same for what takes longer: @seconds until the daemon must have answered. */
int bus_call_within(sd_bus *bus, unsigned int seconds, const char *path, const char *interface,
		    const char *method, sd_bus_message **answer, struct refusal *why,
		    const char *types, ...);

/* Reads a{sv} into a structure; what the table lacks is passed over. 0 or -errno. */
int bus_members_read(sd_bus_message *message, const struct bus_member *members, void *object);

/**
 * bus_records_read - read an array of structures
 * @message: where it comes next
 * @types: of one, in brackets
 * @members: what each type is for, in their order; none of BUS_KIND_OTHER
 * @records: the first one
 * @size: bytes of one
 * @max: how many there is room for; more are passed over
 * @count: result, how many there are
 *
 * Return: 0 or -errno.
 */
int bus_records_read(sd_bus_message *message, const char *types,
		     const struct bus_member *members, void *records, size_t size, size_t max,
		     size_t *count);

#endif
