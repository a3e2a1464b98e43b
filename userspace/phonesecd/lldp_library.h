/* SPDX-License-Identifier: Apache-2.0 */
/*
 * liblldpctl, which is loaded when a switch is to be listened to and not before: many phones
 * have no voice VLAN.
 */
#ifndef PHONESECD_LLDP_LIBRARY_H
#define PHONESECD_LLDP_LIBRARY_H

#include <lldpctl.h>

#include "../lib/reason.h"

/* Its functions that are used here, without the "lldpctl_" of their names. */
#define LLDP_FUNCTIONS(USE) \
	USE(new_name) \
	USE(release) \
	USE(recv) \
	USE(log_callback) \
	USE(last_error) \
	USE(strerror) \
	USE(watch_callback2) \
	USE(get_interfaces) \
	USE(get_port) \
	USE(atom_get) \
	USE(atom_get_str) \
	USE(atom_get_int) \
	USE(atom_iter) \
	USE(atom_iter_next) \
	USE(atom_iter_value) \
	USE(atom_dec_ref)

/** struct lldp_library - each function as <lldpctl.h> declares it */
struct lldp_library {
#define LLDP_MEMBER(name) __typeof__(lldpctl_##name) *name;
	LLDP_FUNCTIONS(LLDP_MEMBER)
#undef LLDP_MEMBER
};

/**
 * lldp_library_load - find liblldpctl
 * @lldp: result; stays for good
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int lldp_library_load(const struct lldp_library **lldp, struct refusal *why);

#endif
