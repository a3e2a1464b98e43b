/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs of the benchmark agree on: ports of streams and one key. */
#ifndef FLOW_H
#define FLOW_H

#include <stdint.h>

enum {
	/* Every stream has an RTP port and an RTCP port at both ends. */
	FLOW_PORT_STEP = 2,
	FLOW_MASTER_LEN = 44,
	FLOW_PAYLOAD_MAX = 1400,
};

/* AEAD_AES_256_GCM: 32 bytes of key, 12 of salt; of all sessions, for measuring only. */
static const uint8_t flow_master[FLOW_MASTER_LEN] = "a master key for measuring, nothing secret.";

#endif
