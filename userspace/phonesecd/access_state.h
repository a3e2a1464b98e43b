/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of access share. Nobody else includes this. */
#ifndef PHONESECD_ACCESS_STATE_H
#define PHONESECD_ACCESS_STATE_H

#include "access.h"

#include "audit.h"
#include "credentials.h"
#include "dot1x.h"
#include "hardening.h"
#include "link.h"
#include "pc_port.h"
#include "voice_vlan.h"

struct access_search;

struct access {
	struct access_parts parts;
	const struct settings *settings;
	struct link_watch *links;
	struct dot1x *dot1x;
	struct voice_vlan *voice;
	struct pc_port *pc;
	struct hardening *hardening;
	struct credentials *credentials;
	struct audit *audit;
	/* The file asks for FIPS mode, whatever the site's configuration does. */
	bool fips_file;
	/* Why the audit log has the phone out of service; none when it has not. */
	struct refusal halted;
	/* Those that wait for the directory. */
	struct access_search *searches;
};

/* access_search.c: ends the searches of an owner, or with NULL all of them. */
void access_searches_end(struct access *access, const void *owner);

#endif
