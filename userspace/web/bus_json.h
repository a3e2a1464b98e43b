/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the message bus as JSON. */
#ifndef PHONESEC_WEB_BUS_JSON_H
#define PHONESEC_WEB_BUS_JSON_H

#include <jansson.h>
#include <systemd/sd-bus.h>

/**
 * bus_json_read - read the next value of a message
 * @message: where it comes next
 *
 * Structures become arrays, dictionaries become objects, and what a variant holds takes its
 * place; what JSON has no word for becomes null.
 *
 * Return: the value, the caller's until json_decref(), or NULL when it cannot be read or without
 * memory.
 */
json_t *bus_json_read(sd_bus_message *message);

#endif
