/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of bus_site have of each other. */
#ifndef BUS_SITE_H
#define BUS_SITE_H

#include <stdbool.h>

struct access;
struct device;
struct device_events;

/* Writes a line for the test to read. */
__attribute__((format(printf, 1, 2)))
void site_told(const char *format, ...);

struct device *bus_site_device(void);

/* What is watched by whom watches the device. */
void bus_site_access_watch(const struct device_events *events, void *owner);

/* Does a line that is about network access or policy; false when it is not. */
bool bus_site_access_line(const char *word, const char *rest);

/* Does a line that is about the device; false when it is not. */
bool bus_site_device_line(const char *word, const char *rest);

#endif
