// SPDX-License-Identifier: Apache-2.0
/* What the phone authenticates with, and the supplicant's configuration from it. */
#include <errno.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"
#include "dot1x_impl.h"
#include "fips.h"
#include "log.h"
#include "state_file.h"
#include "trust.h"

enum {
	CONFIG_MAX = 16384,
	ANCHORS_MAX = 1 << 20,
	PASSWORD_MAX = 256,
	PACS_MAX = 65536,
};

static bool has_tls(const struct settings *settings)
{
	return settings->dot1x_methods != DOT1X_FAST;
}

static bool has_fast(const struct settings *settings)
{
	return settings->dot1x_methods != DOT1X_TLS;
}

static int path_make(char path[PATH_MAX], const char *folder, const char *name,
		     struct refusal *why)
{
	if (snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
		return 0;
	return refusal_set(why, REASON_SYSTEM, "%s: %s", name, strerror(ENAMETOOLONG));
}

static int paths_make(struct dot1x_plan *plan, const struct dot1x *dot1x, struct refusal *why)
{
	return path_make(plan->file, dot1x->runtime, "dot1x/supplicant.conf", why) ?:
	       path_make(plan->folder, dot1x->runtime, "dot1x/control", why) ?:
	       path_make(plan->replies, dot1x->runtime, "dot1x/replies", why) ?:
	       path_make(plan->pac, dot1x->state_folder, "dot1x.pac", why);
}

/* Whether the MIC would take the place of an LSC that has run out, against the policy. */
static bool is_locked_out(const struct dot1x *dot1x)
{
	struct keystore_certificate lsc;

	if (dot1x->settings->dot1x_expired || *dot1x->settings->dot1x_certificate)
		return false;
	keystore_show(dot1x->keystore, KEYSTORE_LSC, &lsc);
	/* By a clock that is wrong nothing is judged. */
	if (lsc.why.code == REASON_CLOCK_WRONG)
		return false;
	return lsc.state == CERTIFICATE_EXPIRED || lsc.state == CERTIFICATE_EARLY;
}

static void certificate_name(struct dot1x_plan *plan, const struct dot1x *dot1x)
{
	struct keystore_certificate shown;

	strcpy(plan->certificate, KEYSTORE_LSC);
	keystore_show(dot1x->keystore, KEYSTORE_LSC, &shown);
	if (shown.state == CERTIFICATE_MISSING ||
	    memcmp(shown.fingerprint, plan->fingerprint, sizeof(shown.fingerprint)))
		strcpy(plan->certificate, KEYSTORE_MIC);
}

static int identity_choose(struct dot1x_plan *plan, const struct dot1x *dot1x,
			   struct identity *identity, struct settings_identity *named,
			   struct refusal *why)
{
	const char *name = dot1x->settings->dot1x_certificate;
	int len, err;

	if (is_locked_out(dot1x))
		return refusal_set(why, REASON_DOT1X_EXPIRED, "%s", "");
	err = keystore_identity_for(dot1x->keystore, IDENTITY_USE_LAN, *name ? name : NULL,
				    identity, named, why);
	if (err)
		return err;
	if (!crypto_fingerprint(identity->certificate, plan->fingerprint))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (*name)
		(void)snprintf(plan->certificate, sizeof(plan->certificate), "%.32s", name);
	else
		certificate_name(plan, dot1x);
	(void)snprintf(plan->identity, sizeof(plan->identity), "%s",
		       dot1x->settings->dot1x_identity);
	len = *plan->identity ? 1 :
	      X509_NAME_get_text_by_NID(X509_get_subject_name(identity->certificate),
					NID_commonName, plan->identity, sizeof(plan->identity));
	return len > 0 ? 0 : refusal_set(why, REASON_DOT1X_CREDENTIALS,
					 "the certificate has no common name, and [dot1x] identity "
					 "is empty");
}

/* GTC is what EAP-FAST does inside then, as the other method hashes by MD4. */
static int fips_judge(const struct settings *settings, struct refusal *why)
{
	const struct fips_dot1x tls = { .is_fast = false };
	const struct fips_dot1x fast = {
		.is_fast = true,
		.is_anonymous = settings->dot1x_provisioning == DOT1X_PAC_ANONYMOUS,
		.is_gtc = true,
	};
	int err = has_tls(settings) ? fips_dot1x_allowed(settings, &tls, why) : 0;

	return !err && has_fast(settings) ? fips_dot1x_allowed(settings, &fast, why) : err;
}

int dot1x_plan_make(struct dot1x_plan *plan, const struct dot1x *dot1x, struct identity *identity,
		    struct settings_identity *named, struct refusal *why)
{
	const struct settings *settings = dot1x->settings;
	int err;

	*plan = (struct dot1x_plan){ 0 };
	*identity = (struct identity){ 0 };
	err = paths_make(plan, dot1x, why);
	if (!err)
		err = fips_judge(settings, why);
	if (err)
		return err;
	if (has_fast(settings) && (!*settings->dot1x_user || !*settings->dot1x_password))
		return refusal_set(why, REASON_DOT1X_CREDENTIALS,
				   "EAP-FAST needs fast-user and fast-password");
	strcpy(plan->protocols, !has_fast(settings) ? "EAP-TLS" :
				has_tls(settings) ? "EAP-TLS, EAP-FAST" : "EAP-FAST");
	strcpy(plan->identity, settings->dot1x_anonymous);
	if (has_tls(settings))
		err = identity_choose(plan, dot1x, identity, named, why);
	if (err)
		identity_clear(identity);
	return err;
}

__attribute__((format(printf, 2, 3)))
static bool put(struct secret *text, const char *format, ...)
{
	char line[2 * PATH_MAX];
	va_list list;
	int len;

	va_start(list, format);
	len = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	if (len < 0 || len >= (int)sizeof(line))
		return false;
	for (int i = 0; i < len; i++)
		if (!secret_append(text, (unsigned char)line[i]))
			return false;
	return true;
}

/* In hexadecimal no character of the value can end it. */
static bool put_bytes(struct secret *text, const char *name, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *at = bytes;
	bool done = put(text, "\t%s=", name);

	for (size_t i = 0; i < len; i++)
		done = done && secret_append(text, (unsigned char)digits[at[i] >> 4]) &&
		       secret_append(text, (unsigned char)digits[at[i] & 15]);
	return done && secret_append(text, '\n');
}

static bool put_text(struct secret *text, const char *name, const char *value)
{
	return !*value || put_bytes(text, name, value, strlen(value));
}

/* The password is the first line of its file. */
static int put_password(struct secret *text, const struct settings *settings, struct refusal *why)
{
	SECRET_AUTO password = secret_new(PASSWORD_MAX);
	const char *fault = NULL;
	const void *end;
	size_t len;
	int err;

	if (!password)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = state_file_read_secret(settings->dot1x_password, password, &fault);
	if (err)
		return refusal_set(why, REASON_DOT1X_CREDENTIALS, "%s: %s",
				   settings->dot1x_password, fault ?: "there is no such file");
	end = memchr(secret_bytes(password), '\n', secret_len(password));
	len = end ? (size_t)((const unsigned char *)end - secret_bytes(password)) :
		    secret_len(password);
	if (!len)
		return refusal_set(why, REASON_DOT1X_CREDENTIALS, "%s: it is empty",
				   settings->dot1x_password);
	if (!put_bytes(text, "password", secret_bytes(password), len))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return 0;
}

/* With both methods the name outside of the tunnel is that of the certificate. */
static int put_fast(struct secret *text, const struct dot1x_plan *plan,
		    const struct settings *settings, struct refusal *why)
{
	if (!put_text(text, "anonymous_identity", plan->identity) ||
	    !put_text(text, "identity", settings->dot1x_user) ||
	    !put_text(text, "pac_file", plan->pac) ||
	    /* In an anonymous tunnel the supplicant takes MSCHAPv2 alone. */
	    !put(text, "\tphase2=\"%sauth=GTC\"\n", fips_is_on() ? "" : "auth=MSCHAPV2 "))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return put_password(text, settings, why);
}

static bool put_tls(struct secret *text, const struct dot1x_plan *plan, const struct dot1x *dot1x,
		    const struct settings_identity *named)
{
	const char *key = *named->key ? named->key : named->certificate;
	char file[PATH_MAX];

	(void)snprintf(file, sizeof(file), "%.*s/dot1x/client.pem", PATH_MAX - 32, dot1x->runtime);
	return (has_fast(dot1x->settings) || put_text(text, "identity", plan->identity)) &&
	       put_text(text, "client_cert", file) &&
	       put_text(text, "private_key", crypto_file_path(key));
}

static int put_network(struct secret *text, const struct dot1x_plan *plan,
		       const struct dot1x *dot1x, const struct settings_identity *named,
		       struct refusal *why)
{
	static const int provisioning[] = {
		[DOT1X_PAC_SERVER] = 2, [DOT1X_PAC_ANONYMOUS] = 1, [DOT1X_PAC_NEVER] = 0,
	};
	const struct settings *settings = dot1x->settings;
	char anchors[PATH_MAX];

	(void)snprintf(anchors, sizeof(anchors), "%.*s/dot1x/anchors.pem", PATH_MAX - 32,
		       dot1x->runtime);
	/* It waits to be told of the link. */
	if (!put(text, "network={\n\tdisabled=1\n\tkey_mgmt=IEEE8021X\n\teapol_flags=0\n"
		 "\teap=%s%s\n", has_tls(settings) ? "TLS " : "",
		 has_fast(settings) ? "FAST" : "") ||
	    !put_text(text, "ca_cert", anchors) ||
	    /* The provider verifies by keys of any size; below 112 bits of security is refused. */
	    (fips_is_on() && !put(text, "\topenssl_ciphers=\"DEFAULT@SECLEVEL=2\"\n")) ||
	    !put_text(text, "domain_match", settings->dot1x_server) ||
	    !put(text, "\tphase1=\"tls_disable_tlsv1_0=1 tls_disable_tlsv1_1=1 "
		 "tls_disable_tlsv1_3=%d fast_provisioning=%d fast_max_pac_list_len=5\"\n",
		 !settings->dot1x_tls13, provisioning[settings->dot1x_provisioning]) ||
	    (has_tls(settings) && !put_tls(text, plan, dot1x, named)))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return has_fast(settings) ? put_fast(text, plan, settings, why) : 0;
}

static int config_write(const struct dot1x_plan *plan, const struct dot1x *dot1x,
			const struct settings_identity *named, struct refusal *why)
{
	SECRET_AUTO text = secret_new(CONFIG_MAX);
	int err;

	if (!text || !put(text, "ctrl_interface=DIR=%s\nap_scan=0\nfast_reauth=1\n", plan->folder))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = put_network(text, plan, dot1x, named, why);
	if (err)
		return err;
	if (!put(text, "}\n"))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return state_file_write(plan->file, secret_bytes(text), secret_len(text), why);
}

/* Certificates are no secret. @first: goes before the others, or NULL. */
static int certificates_write(const struct dot1x *dot1x, const char *name, X509 *first,
			      const STACK_OF(X509) *others, struct refusal *why)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool done = bio && (!first || PEM_write_bio_X509(bio, first));
	char file[PATH_MAX], *bytes;
	long len = 0;
	int err;

	for (int i = 0; done && i < sk_X509_num(others); i++)
		done = PEM_write_bio_X509(bio, sk_X509_value(others, i));
	if (done)
		len = BIO_get_mem_data(bio, &bytes);
	err = path_make(file, dot1x->runtime, name, why);
	if (!err && (len <= 0 || len > ANCHORS_MAX))
		err = refusal_set(why, REASON_DOT1X_CREDENTIALS, "%s", name);
	if (!err)
		err = state_file_write(file, bytes, (size_t)len, why);
	BIO_free(bio);
	return err;
}

static const char *anchors_path(const struct settings *settings)
{
	return *settings->dot1x_anchors ? settings->dot1x_anchors : settings->anchors;
}

static int anchors_write(const struct dot1x *dot1x, struct refusal *why)
{
	STACK_OF(X509) *anchors;
	int err = trust_anchors_read(&anchors, anchors_path(dot1x->settings), why);

	if (err)
		return err;
	err = certificates_write(dot1x, "dot1x/anchors.pem", NULL, anchors, why);
	sk_X509_pop_free(anchors, X509_free);
	return err;
}

/* A control socket of a supplicant that was killed would be taken for that of the next one. */
static int folders_make(const struct dot1x_plan *plan, const struct dot1x *dot1x,
			struct refusal *why)
{
	char folder[PATH_MAX], socket[PATH_MAX];
	int err;

	err = path_make(folder, dot1x->runtime, "dot1x", why) ?:
	      path_make(socket, plan->folder, dot1x->settings->switch_port, why);
	if (err)
		return err;
	if ((mkdir(folder, 0700) && errno != EEXIST) ||
	    (mkdir(plan->folder, 0700) && errno != EEXIST) ||
	    (mkdir(plan->replies, 0700) && errno != EEXIST) ||
	    (unlink(socket) && errno != ENOENT))
		return refusal_set(why, REASON_SYSTEM, "%s: %s", folder, strerror(errno));
	return 0;
}

/*
 * A file of PACs that was not written to its end would keep the supplicant from EAP-FAST for ever:
 * without it one is asked for anew, where that is allowed.
 */
static void pac_judge(const struct dot1x_plan *plan)
{
	static const char begin[] = "wpa_supplicant EAP-FAST PAC file - version 1\n";
	static const char end[] = "END\n";
	SECRET_AUTO text = secret_new(PACS_MAX);
	const unsigned char *bytes;
	const char *fault = NULL;
	struct refusal why;
	size_t len;
	int err;

	err = text ? state_file_read_secret(plan->pac, text, &fault) : -ENOMEM;
	if (err == -ENOENT || err == -ENOMEM)
		return;
	bytes = secret_bytes(text);
	len = secret_len(text);
	if (!err && len >= strlen(begin) && !memcmp(bytes, begin, strlen(begin)) &&
	    (len == strlen(begin) || !memcmp(bytes + len - strlen(end), end, strlen(end))))
		return;
	refusal_set(&why, REASON_SYSTEM, "%s: %s", plan->pac, fault ?: "it is damaged");
	log_refusal(LOG_FAILED, &why, "the PAC of EAP-FAST is dropped");
	(void)unlink(plan->pac);
}

/* The supplicant reads keys of files; one in a token is asked for by an engine of OpenSSL. */
int dot1x_plan_write(struct dot1x_plan *plan, const struct dot1x *dot1x, struct refusal *why)
{
	struct settings_identity named = { 0 };
	struct identity identity;
	int err;

	err = fips_intact(why);
	if (!err)
		err = dot1x_plan_make(plan, dot1x, &identity, &named, why);
	if (err)
		return err;
	if (has_fast(dot1x->settings))
		pac_judge(plan);
	err = folders_make(plan, dot1x, why);
	if (!err)
		err = anchors_write(dot1x, why);
	if (!err && identity.certificate)
		err = certificates_write(dot1x, "dot1x/client.pem", identity.certificate,
					 identity.chain, why);
	if (!err)
		err = config_write(plan, dot1x, &named, why);
	identity_clear(&identity);
	return err;
}

int dot1x_check(const struct dot1x *dot1x, const char *what, struct refusal *why)
{
	const struct settings *settings = dot1x->settings;
	STACK_OF(X509) *anchors;
	int err;

	if (!strcmp(what, "credentials"))
		return dot1x_plan_is_usable(dot1x, why) ? 0 : -EKEYREJECTED;
	if (!strcmp(what, "supplicant"))
		return access(settings->dot1x_supplicant, X_OK) ?
		       refusal_set(why, REASON_DOT1X_SUPPLICANT, "%s: %s",
				   settings->dot1x_supplicant, strerror(errno)) : 0;
	if (strcmp(what, "anchors"))
		return refusal_set(why, REASON_VALUE_INVALID, "%.32s", what);
	err = trust_anchors_read(&anchors, anchors_path(settings), why);
	if (!err)
		sk_X509_pop_free(anchors, X509_free);
	return err;
}

bool dot1x_plan_is_usable(const struct dot1x *dot1x, struct refusal *why)
{
	struct settings_identity named;
	struct identity identity;
	struct dot1x_plan plan;

	if (dot1x_plan_make(&plan, dot1x, &identity, &named, why))
		return false;
	identity_clear(&identity);
	return true;
}

bool dot1x_plan_is_old(const struct dot1x *dot1x)
{
	struct settings_identity named;
	struct identity identity;
	struct dot1x_plan plan;
	struct refusal why;

	if (dot1x_plan_make(&plan, dot1x, &identity, &named, &why))
		return true;
	identity_clear(&identity);
	return memcmp(plan.fingerprint, dot1x->plan.fingerprint, sizeof(plan.fingerprint)) ||
	       strcmp(plan.identity, dot1x->plan.identity);
}
