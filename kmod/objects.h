/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the module's objects, each kind from a cache of its exact size,
 * and how many of them live, so that unloading can prove that none was lost.
 */
#ifndef NF_SRTP_OBJECTS_H
#define NF_SRTP_OBJECTS_H

#include <linux/gfp.h>
#include <linux/types.h>

enum nf_srtp_object {
	NF_SRTP_OBJECT_SESSION,
	NF_SRTP_OBJECT_ENDPOINT,
	NF_SRTP_OBJECT_STREAM,
	NF_SRTP_OBJECT_KEY,
	NF_SRTP_OBJECT_POLICY,
	NF_SRTP_OBJECT_JOB,
	NF_SRTP_OBJECTS,
};

/**
 * nf_srtp_objects_init - make the caches
 * @sizes: bytes of one object of each kind
 *
 * Return: 0 or -ENOMEM.
 */
int nf_srtp_objects_init(const size_t sizes[NF_SRTP_OBJECTS]);

/* Free the caches and tell the kernel log what was made, and what was not freed. */
void nf_srtp_objects_exit(void);

/* An object filled with zeroes, or NULL without memory. */
void *nf_srtp_object_alloc(enum nf_srtp_object kind, gfp_t gfp);

/* Wipe and free an object; NULL is allowed. */
void nf_srtp_object_free(enum nf_srtp_object kind, void *object);

/* Bytes that one object of a kind takes. */
size_t nf_srtp_object_size(enum nf_srtp_object kind);

#endif
