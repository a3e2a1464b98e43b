/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that daemon and helper use on the message bus. What is behind them is
 * described in docs/org.phonesec.Phone1.xml.
 */
#ifndef PHONESEC_BUS_NAMES_H
#define PHONESEC_BUS_NAMES_H

#include "reason.h"

#define BUS_NAME "org.phonesec.Phone1"
#define BUS_PATH "/org/phonesec/Phone1"
#define BUS_PATH_SERVERS BUS_PATH "/server"
#define BUS_PATH_CALLS BUS_PATH "/call"
#define BUS_INTERFACE_PHONE BUS_NAME
#define BUS_INTERFACE_IDENTITY BUS_NAME ".Identity"
#define BUS_INTERFACE_TRUST BUS_NAME ".Trust"
#define BUS_INTERFACE_CONFIGURATION BUS_NAME ".Configuration"
#define BUS_INTERFACE_IMAGE BUS_NAME ".Image"
#define BUS_INTERFACE_NETWORK BUS_NAME ".Network"
#define BUS_INTERFACE_POLICY BUS_NAME ".Policy"
#define BUS_INTERFACE_DIRECTORY BUS_NAME ".Directory"
#define BUS_INTERFACE_SERVER BUS_NAME ".Server"
#define BUS_INTERFACE_CALL BUS_NAME ".Call"

/* Whose members may change things, beside root. */
#define BUS_GROUP "phonesec"

enum bus_limits {
	BUS_PATH_MAX = sizeof(BUS_PATH_SERVERS) + 16,
	BUS_ERROR_MAX = 96,
	/* Bytes of a refresh token. */
	BUS_TOKEN_MAX = 16384,
};

/* Writes the name of the error that stands for a reason: its code in CamelCase. */
void bus_error_format(enum reason_code code, char name[BUS_ERROR_MAX]);

/* The reason that an error stands for, REASON_NONE when it is none of ours. */
enum reason_code bus_error_parse(const char *name);

#endif
