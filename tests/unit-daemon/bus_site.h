/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of bus_site have of each other. */
#ifndef BUS_SITE_H
#define BUS_SITE_H

#include <stdbool.h>

struct device;

/* Writes a line for the test to read. */
__attribute__((format(printf, 1, 2)))
void site_told(const char *format, ...);

struct device *bus_site_device(void);

/* Does a line that is about the device; false when it is not. */
bool bus_site_device_line(const char *word, const char *rest);

#endif
