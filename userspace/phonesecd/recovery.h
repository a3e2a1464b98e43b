/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon leaves for the one after it, so that calls survive an upgrade or a
 * crash: files below the runtime folder, which hold no key of any media.
 */
#ifndef PHONESECD_RECOVERY_H
#define PHONESECD_RECOVERY_H

#include "guard_state.h"

/* Puts down how messages are relayed: the program's address, our port, the secret of branches. */
void recovery_save_relay(const struct guard *guard);

/* Puts down what is registered. */
void recovery_save_registrations(const struct guard *guard);

/* Puts a call down, or takes its file away once it has ended. */
void recovery_save_call(const struct guard *guard, const struct call *call);

/* The port that connections had, 0 when nothing was left. */
uint16_t recovery_local_port(const struct guard *guard);

/* Takes up what was left: the relay and registrations at once, calls when the module is there. */
void recovery_load_relay(struct guard *guard);
void recovery_load_calls(struct guard *guard);

/*
 * A server is there that can be told: calls that were being set up are ended on both
 * sides, changes of others are taken back.
 */
void recovery_settle(struct guard *guard);

#endif
