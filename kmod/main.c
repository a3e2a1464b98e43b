// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <net/genetlink.h>

#include "aead.h"
#include "job.h"
#include "netlink.h"
#include "netns.h"
#include "objects.h"
#include "policy.h"
#include "selftest.h"
#include "session.h"

static int __init objects_init(void)
{
	const size_t sizes[NF_SRTP_OBJECTS] = {
		[NF_SRTP_OBJECT_SESSION] = sizeof(struct nf_srtp_session),
		[NF_SRTP_OBJECT_ENDPOINT] = sizeof(struct nf_srtp_endpoint),
		[NF_SRTP_OBJECT_STREAM] = sizeof(struct nf_srtp_stream),
		[NF_SRTP_OBJECT_KEY] = sizeof(struct nf_srtp_key),
		[NF_SRTP_OBJECT_POLICY] = sizeof(struct nf_srtp_policy),
		[NF_SRTP_OBJECT_JOB] = nf_srtp_job_size(),
	};

	return nf_srtp_objects_init(sizes);
}

static int __init nf_srtp_init(void)
{
	int err;

	err = nf_srtp_aead_init();
	if (err)
		return err;
	err = objects_init();
	if (err)
		goto exit_aead;
	nf_srtp_selftest_run();
	err = nf_srtp_netns_register();
	if (err)
		goto exit_objects;
	err = nf_srtp_netlink_init();
	if (err)
		goto exit_netns;
	pr_info("version %s, driver %s%s%s, self-test %s\n", THIS_MODULE->version,
		nf_srtp_driver.name, *nf_srtp_driver.fallback ? " with fallback " : "",
		nf_srtp_driver.fallback, nf_srtp_selftest_passed ? "passed" : "FAILED");
	return 0;

exit_netns:
	nf_srtp_netns_unregister();
exit_objects:
	rcu_barrier();
	rcu_barrier();
	nf_srtp_objects_exit();
exit_aead:
	nf_srtp_aead_exit();
	return err;
}

/* Sessions free their keys and streams from RCU callbacks, hence two barriers. */
static void __exit nf_srtp_exit(void)
{
	nf_srtp_netlink_exit();
	nf_srtp_netns_unregister();
	rcu_barrier();
	rcu_barrier();
	nf_srtp_objects_exit();
	nf_srtp_aead_exit();
}

module_init(nf_srtp_init);
module_exit(nf_srtp_exit);

MODULE_DESCRIPTION("Secure RTP at the netfilter layer");
MODULE_AUTHOR("The phonesec authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_ALIAS_GENL_FAMILY("nf_srtp");
MODULE_SOFTDEP("pre: aesni_intel ghash_clmulni_intel aes_ce_blk ghash_ce gcm ctr ghash_generic aes_generic");
