// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <asm/simd.h>
#include <crypto/internal/simd.h>

#include "aead.h"
#include "compat/crypto.h"
#include "core/packet.h"

static char *aead_driver = "";
module_param(aead_driver, charp, 0444);
MODULE_PARM_DESC(aead_driver, "AES-GCM driver to use instead of the fastest one, as /proc/crypto names it");

struct nf_srtp_driver nf_srtp_driver __read_mostly;

/* What one processor needs to run the cipher without allocating. */
struct workspace {
	struct scatterlist sg;
	struct aead_request *request;
	struct aead_request *fallback;
	u8 *aside;
};

static DEFINE_PER_CPU(struct workspace, workspaces);

/* Of each driver one transform that says how large its requests are. */
static struct nf_srtp_cipher pattern __read_mostly;

struct nf_srtp_request {
	struct scatterlist sg;
	void (*complete)(void *arg, int err);
	void *arg;
	struct aead_request aead;
};

static u32 driver_priority(struct crypto_aead *tfm)
{
	return crypto_aead_tfm(tfm)->__crt_alg->cra_priority;
}

static bool tfm_is_asynchronous(struct crypto_aead *tfm)
{
	return crypto_aead_tfm(tfm)->__crt_alg->cra_flags & CRYPTO_ALG_ASYNC;
}

static struct crypto_aead *synchronous_alloc(void)
{
	return crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
}

/*
 * Up to Linux 6.15 the vector drivers of x86 are visible only through a
 * wrapper that may complete later. The core below it is synchronous, faster
 * and internal; it must not run in an interrupt over another vector section.
 */
static struct crypto_aead *direct_alloc(void)
{
	return crypto_alloc_aead("__gcm(aes)", CRYPTO_ALG_INTERNAL,
				 CRYPTO_ALG_INTERNAL | CRYPTO_ALG_ASYNC);
}

static struct crypto_aead *driver_alloc(void)
{
	if (*aead_driver)
		return crypto_alloc_aead(aead_driver, 0, 0);
	if (nf_srtp_driver.direct)
		return direct_alloc();
	return synchronous_alloc();
}

/* Whether the internal core exists and beats what is visible. */
static bool direct_is_faster(void)
{
	struct crypto_aead *direct, *visible;
	bool faster;

	direct = direct_alloc();
	if (IS_ERR(direct))
		return false;
	visible = synchronous_alloc();
	faster = IS_ERR(visible) || driver_priority(direct) > driver_priority(visible);
	if (!IS_ERR(visible))
		crypto_free_aead(visible);
	crypto_free_aead(direct);
	return faster;
}

static void workspaces_free(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct workspace *ws = per_cpu_ptr(&workspaces, cpu);

		aead_request_free(ws->request);
		aead_request_free(ws->fallback);
		kfree_sensitive(ws->aside);
	}
}

static int workspaces_alloc(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct workspace *ws = per_cpu_ptr(&workspaces, cpu);

		sg_init_table(&ws->sg, 1);
		ws->aside = kmalloc(NF_SRTP_ASIDE_MAX, GFP_KERNEL);
		ws->request = aead_request_alloc(pattern.tfm, GFP_KERNEL);
		if (!ws->aside || !ws->request)
			return -ENOMEM;
		aead_request_set_callback(ws->request, 0, NULL, NULL);
		if (!pattern.fallback)
			continue;
		ws->fallback = aead_request_alloc(pattern.fallback, GFP_KERNEL);
		if (!ws->fallback)
			return -ENOMEM;
		aead_request_set_callback(ws->fallback, 0, NULL, NULL);
	}
	return 0;
}

static int pattern_alloc(void)
{
	pattern.tfm = driver_alloc();
	if (IS_ERR(pattern.tfm)) {
		int err = PTR_ERR(pattern.tfm);

		pattern.tfm = NULL;
		return err;
	}
	if (!nf_srtp_driver.direct)
		return 0;
	pattern.fallback = synchronous_alloc();
	if (IS_ERR(pattern.fallback)) {
		int err = PTR_ERR(pattern.fallback);

		pattern.fallback = NULL;
		return err;
	}
	return 0;
}

static void driver_describe(void)
{
	strscpy(nf_srtp_driver.name, crypto_tfm_alg_driver_name(crypto_aead_tfm(pattern.tfm)),
		sizeof(nf_srtp_driver.name));
	nf_srtp_driver.asynchronous = tfm_is_asynchronous(pattern.tfm);
	nf_srtp_driver.accelerated = !strstr(nf_srtp_driver.name, "ghash-generic") &&
				     !strstr(nf_srtp_driver.name, "aes-generic");
	if (pattern.fallback)
		strscpy(nf_srtp_driver.fallback,
			crypto_tfm_alg_driver_name(crypto_aead_tfm(pattern.fallback)),
			sizeof(nf_srtp_driver.fallback));
}

int nf_srtp_aead_init(void)
{
	int err;

	nf_srtp_driver.direct = !*aead_driver && direct_is_faster();
	err = pattern_alloc();
	if (!err)
		err = workspaces_alloc();
	if (err) {
		pr_err("no AES-GCM driver %s: %d\n", *aead_driver ? aead_driver : "gcm(aes)", err);
		nf_srtp_aead_exit();
		return err;
	}
	driver_describe();
	return 0;
}

void nf_srtp_aead_exit(void)
{
	workspaces_free();
	nf_srtp_cipher_exit(&pattern);
}

static int tfm_set_key(struct crypto_aead *tfm, const struct crypto_aead *like,
		       const u8 *key, unsigned int key_len)
{
	int err;

	/* Requests were allocated for the driver of the pattern. */
	if (crypto_aead_reqsize(tfm) > crypto_aead_reqsize((struct crypto_aead *)like))
		return -EINVAL;
	err = crypto_aead_setauthsize(tfm, SRTP_TAG_LEN);
	if (!err)
		err = crypto_aead_setkey(tfm, key, key_len);
	return err;
}

static int tfm_init(struct crypto_aead **slot, struct crypto_aead *tfm,
		    const struct crypto_aead *like, const u8 *key, unsigned int key_len)
{
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	*slot = tfm;
	return tfm_set_key(tfm, like, key, key_len);
}

int nf_srtp_cipher_init(struct nf_srtp_cipher *cipher, const u8 *key, unsigned int key_len)
{
	int err;

	err = tfm_init(&cipher->tfm, driver_alloc(), pattern.tfm, key, key_len);
	if (!err && nf_srtp_driver.direct)
		err = tfm_init(&cipher->fallback, synchronous_alloc(), pattern.fallback,
			       key, key_len);
	return err;
}

void nf_srtp_cipher_exit(struct nf_srtp_cipher *cipher)
{
	crypto_free_aead(cipher->tfm);
	crypto_free_aead(cipher->fallback);
	cipher->tfm = NULL;
	cipher->fallback = NULL;
}

static __always_inline int request_run(struct aead_request *request, struct crypto_aead *tfm,
				       struct scatterlist *sg, u8 *at, u32 aad_len, u32 text_len,
				       u8 *iv, bool seal)
{
	sg_set_buf(sg, at, aad_len + text_len + SRTP_TAG_LEN);
	aead_request_set_tfm(request, tfm);
	aead_request_set_ad(request, aad_len);
	if (seal) {
		aead_request_set_crypt(request, sg, sg, text_len, iv);
		return crypto_aead_encrypt(request);
	}
	aead_request_set_crypt(request, sg, sg, text_len + SRTP_TAG_LEN, iv);
	return crypto_aead_decrypt(request);
}

int nf_srtp_cipher_run(const struct nf_srtp_cipher *cipher, u8 *at, u32 aad_len, u32 text_len,
		       u8 *iv, bool seal)
{
	struct workspace *ws = this_cpu_ptr(&workspaces);

	if (nf_srtp_driver.direct && unlikely(!crypto_simd_usable()))
		return request_run(ws->fallback, cipher->fallback, &ws->sg,
				   at, aad_len, text_len, iv, seal);
	return request_run(ws->request, cipher->tfm, &ws->sg, at, aad_len, text_len, iv, seal);
}

static void request_complete(nf_srtp_crypto_data data, int err)
{
	struct nf_srtp_request *request = nf_srtp_crypto_arg(data);

	/* A request that waited in a backlog starts now and completes later. */
	if (err == -EINPROGRESS)
		return;
	request->complete(request->arg, err);
}

int nf_srtp_cipher_submit(const struct nf_srtp_cipher *cipher, struct nf_srtp_request *request,
			  void (*complete)(void *arg, int err), void *arg,
			  u8 *at, u32 aad_len, u32 text_len, u8 *iv, bool seal)
{
	request->complete = complete;
	request->arg = arg;
	sg_init_table(&request->sg, 1);
	aead_request_set_callback(&request->aead, 0, request_complete, request);
	return request_run(&request->aead, cipher->tfm, &request->sg,
			   at, aad_len, text_len, iv, seal);
}

size_t nf_srtp_aead_request_size(void)
{
	return sizeof(struct nf_srtp_request) + crypto_aead_reqsize(pattern.tfm);
}

u8 *nf_srtp_aead_aside(void)
{
	return this_cpu_ptr(&workspaces)->aside;
}
