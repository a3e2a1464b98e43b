/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FIPS mode: approved algorithms alone, made by OpenSSL's FIPS provider here and by a kernel in
 * FIPS mode below. It is decided once, when the daemon starts; what cannot be had keeps the
 * daemon from starting. Nobody claims a validation by it.
 */
#ifndef PHONESECD_FIPS_H
#define PHONESECD_FIPS_H

#include <limits.h>
#include <openssl/evp.h>

#include "../lib/sip_message.h"
#include "settings.h"

enum {
	FIPS_ROWS_MAX = 48,
	FIPS_DETAIL_MAX = 256,
	FIPS_VERSION_MAX = 64,
	/* Bits of an RSA key; SP 800-131A. */
	FIPS_RSA_BITS = 2048,
};

/* What is on the display when a server's RSA key has fewer bits than that. */
#define FIPS_DISPLAY_SERVER "Phone failed to register. Cert key size is not FIPS compliant"

/* In the place of a response that asks for MD5. */
#define FIPS_PHRASE_MD5 "MD5 is not used in FIPS mode"

enum fips_verdict {
	FIPS_OK,
	FIPS_LIMITED, /* works without a part, which the detail names */
	FIPS_STOPS, /* the feature would stop working */
	FIPS_PREVENTS, /* FIPS mode cannot be enabled, or the daemon would not start with it */
};

/**
 * struct fips_row - what FIPS mode means for one feature or part
 * @feature: in words, as "Registration with SIP OAuth"
 * @needs: algorithms and sizes, or what else it needs
 * @verdict: what becomes of it
 * @detail: why, and how to mend it; empty with %FIPS_OK
 */
struct fips_row {
	const char *feature;
	const char *needs;
	enum fips_verdict verdict;
	char detail[FIPS_DETAIL_MAX];
};

/**
 * struct fips_status - FIPS mode as it is shown
 * @is_on: in force
 * @wanted: what holds at the next start
 * @kernel: the kernel is in FIPS mode
 * @private_keys: LSC and MIC may be used where they comply
 * @md5: MD5 is let through where it protects nothing
 * @provider: version of the provider, empty when FIPS mode is off
 * @module: its file
 * @why: what keeps it from being as it is wanted: what was refused or is missing, or the restart
 *	that it waits for; no reason where it is as wanted
 */
struct fips_status {
	bool is_on;
	bool wanted;
	bool kernel;
	bool private_keys;
	bool md5;
	char provider[FIPS_VERSION_MAX];
	char module[PATH_MAX];
	struct refusal why;
};

/**
 * struct fips_dot1x - how the port is authenticated
 * @is_fast: EAP-FAST, else EAP-TLS
 * @is_anonymous: EAP-FAST may get its PAC from a server that nobody checked
 * @is_gtc: the inner method of EAP-FAST is GTC, else MSCHAPv2
 */
struct fips_dot1x {
	bool is_fast;
	bool is_anonymous;
	bool is_gtc;
};

/**
 * fips_start - enter FIPS mode when it is wanted
 * @settings: those of the file; [fips] mode = yes holds whatever @state says
 * @runtime: folder for the configuration of OpenSSL that this process and its children use
 * @state: folder in which fips_want() left what the site's configuration asks for
 * @why: on refusal what is missing: kernel, module, provider, self-tests, keys
 *
 * Called once, before anything else uses OpenSSL. From then on the library context of
 * crypto_library() has the FIPS provider alone and is the default of this thread, and OPENSSL_CONF
 * names the same for other threads, libraries and children.
 *
 * Return: 0 with FIPS mode off or in force, or the -errno of the reason: do not start.
 */
int fips_start(const struct settings *settings, const char *runtime, const char *state,
	       struct refusal *why);

/* Whether it is in force. */
bool fips_is_on(void);

/**
 * fips_want - note what the site's configuration asks for; in force after a restart
 * @settings: those in force
 * @state: folder
 * @wanted: on or off
 * @why: on refusal the reason: REASON_FIPS_LSC, for an LSC below 2048 bits has to be updated
 *       first, or what keeps the note from being written; it then stays as it was
 *
 * Return: 0, or the -errno of the reason.
 */
int fips_want(const struct settings *settings, const char *state, bool wanted, struct refusal *why);

/*
 * The same for a configuration that came, refusals of which go to the log. One that is not signed
 * can ask for more security, and cannot take it away.
 */
void fips_follow(const struct settings *settings, const char *state, bool wanted, bool is_signed);

/**
 * fips_check - what FIPS mode would mean for this phone, whether it is on or not
 * @settings: those in force
 * @state: folder
 * @rows: filled in
 * @max: how many there may be, %FIPS_ROWS_MAX is enough
 *
 * It tries what each feature needs with the provider, in a library context of its own. That takes
 * the time of the provider's self-tests, some tenths of a second.
 *
 * Return: how many there are.
 */
size_t fips_check(const struct settings *settings, const char *state, struct fips_row *rows,
		  size_t max);

/* Word for a verdict: ok, limited, stops or prevents. */
const char *fips_verdict_word(enum fips_verdict verdict);

/* Fills in @status. @settings: those in force; @state: folder. */
void fips_status(const struct settings *settings, const char *state, struct fips_status *status);

/**
 * fips_keys_allowed - whether a private key of this phone, LSC or MIC, may be used at all
 * @policy: [fips] private-keys
 * @why: on refusal REASON_FIPS_KEYS
 *
 * Return: 0 also with FIPS mode off, or the -errno of the reason.
 */
int fips_keys_allowed(enum fips_keys policy, struct refusal *why);

/*
 * The same for this very key: of 2048 bits of RSA at least or on an approved curve, and held by the
 * FIPS provider. @name: for the detail.
 */
int fips_key_allowed(enum fips_keys policy, const EVP_PKEY *key, const char *name,
		     struct refusal *why);

/* The same for a key that is to be made; @place: "file", or the URI of a token. */
int fips_key_made_allowed(enum fips_keys policy, const char *place, struct refusal *why);

/**
 * fips_challenges_pass - take challenges by MD5 out of a response
 * @policy: [fips] md5-digest
 * @response: of a server, on its way to the program
 * @splice: of its text
 * @why: on refusal REASON_FIPS_MD5
 *
 * Return: 0 also with FIPS mode off, or the -errno of the reason when no other challenge is left.
 */
int fips_challenges_pass(enum fips_md5 policy, const struct sip_message *response,
			 struct splice *splice, struct refusal *why);

/* Whether 802.1X may be done that way; on refusal REASON_FIPS_DOT1X or REASON_FIPS_KEYS. */
int fips_dot1x_allowed(const struct settings *settings, const struct fips_dot1x *dot1x,
		       struct refusal *why);

/**
 * fips_intact - whether children get the provider that this process has tested
 * @why: on refusal REASON_FIPS_SELF_TEST: its file was changed since then
 *
 * Children find that out as well, and say no more of it than that they cannot work.
 *
 * Return: 0 also with FIPS mode off, or the -errno of the reason.
 */
int fips_intact(struct refusal *why);

/*
 * Value of OPENSSL_CONF for children that are to use approved algorithms alone, as
 * wpa_supplicant; NULL with FIPS mode off.
 */
const char *fips_openssl_conf(void);

#endif
