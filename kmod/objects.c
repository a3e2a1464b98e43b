// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/crypto.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "objects.h"

static struct {
	const char *name;
	unsigned int align;
	slab_flags_t flags; /* what a request asks for is charged to who asks */
	struct kmem_cache *cache;
	size_t size;
	atomic64_t made;
	atomic64_t freed;
} kinds[NF_SRTP_OBJECTS] = {
	[NF_SRTP_OBJECT_SESSION] = { .name = "nf_srtp_sessions", .flags = SLAB_ACCOUNT },
	[NF_SRTP_OBJECT_ENDPOINT] = { .name = "nf_srtp_endpoints", .flags = SLAB_ACCOUNT },
	[NF_SRTP_OBJECT_STREAM] = { .name = "nf_srtp_streams", .flags = SLAB_ACCOUNT },
	[NF_SRTP_OBJECT_KEY] = { .name = "nf_srtp_keys", .flags = SLAB_ACCOUNT },
	[NF_SRTP_OBJECT_POLICY] = { .name = "nf_srtp_policies", .flags = SLAB_ACCOUNT },
	[NF_SRTP_OBJECT_JOB] = { .name = "nf_srtp_jobs", .align = CRYPTO_MINALIGN },
};

int nf_srtp_objects_init(const size_t sizes[NF_SRTP_OBJECTS])
{
	int i;

	for (i = 0; i < NF_SRTP_OBJECTS; i++) {
		kinds[i].size = sizes[i];
		kinds[i].cache = kmem_cache_create(kinds[i].name, sizes[i], kinds[i].align,
						   kinds[i].flags, NULL);
		if (!kinds[i].cache) {
			nf_srtp_objects_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void nf_srtp_objects_exit(void)
{
	int i;

	for (i = 0; i < NF_SRTP_OBJECTS; i++) {
		s64 made = atomic64_read(&kinds[i].made);
		s64 left = made - atomic64_read(&kinds[i].freed);

		if (left)
			pr_warn("%lld of %lld %s were not freed\n", left, made, kinds[i].name);
		else if (kinds[i].cache)
			pr_info("all %lld %s freed\n", made, kinds[i].name);
		kmem_cache_destroy(kinds[i].cache);
	}
}

void *nf_srtp_object_alloc(enum nf_srtp_object kind, gfp_t gfp)
{
	void *object = kmem_cache_zalloc(kinds[kind].cache, gfp);

	if (object)
		atomic64_inc(&kinds[kind].made);
	return object;
}

void nf_srtp_object_free(enum nf_srtp_object kind, void *object)
{
	if (!object)
		return;
	memzero_explicit(object, kinds[kind].size);
	kmem_cache_free(kinds[kind].cache, object);
	atomic64_inc(&kinds[kind].freed);
}

size_t nf_srtp_object_size(enum nf_srtp_object kind)
{
	return kinds[kind].size;
}
