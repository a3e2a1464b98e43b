/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of this phone: the MIC from the factory, the LSC of the site with the one
 * before it, and others that were imported. The files are the store: nothing is kept in memory,
 * each change is a file that is replaced whole, and a power cut at any moment leaves the LSC of
 * before or the new one.
 */
#ifndef PHONESECD_KEYSTORE_H
#define PHONESECD_KEYSTORE_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "crypto.h"
#include "identity.h"
#include "key_kind.h"
#include "key_maker.h"

enum {
	/* Bytes of the name of an imported certificate with its zero, and certificates. */
	KEYSTORE_NAME_MAX = 33,
	KEYSTORE_IMPORTED_MAX = 16,
	KEYSTORE_TEXT_MAX = 256,
	KEYSTORE_SERIAL_MAX = 64,
};

/* Names of the two that are not imported, wherever a name is asked for. */
#define KEYSTORE_MIC "mic"
#define KEYSTORE_LSC "lsc"

struct keystore;

/* What an identity is wanted for. */
enum identity_use {
	IDENTITY_USE_LSC_FIRST, /* signalling, TVS, CAPF with precedence LSC: LSC, else MIC */
	IDENTITY_USE_MIC_FIRST, /* CAPF with precedence MIC: MIC, else LSC */
	IDENTITY_USE_FILES, /* encrypted configuration: LSC, else MIC, with RSA keys only */
	IDENTITY_USE_LAN, /* 802.1X on the wire: LSC, else MIC, or an imported one by name */
	IDENTITY_USE_WLAN, /* WLAN EAP-TLS: the MIC, or an imported one by name; never the LSC */
};

enum certificate_state {
	CERTIFICATE_MISSING,
	CERTIFICATE_VALID,
	CERTIFICATE_EARLY, /* not valid yet */
	CERTIFICATE_EXPIRED,
	CERTIFICATE_UNUSABLE, /* the file is damaged, or the key is not to be had */
};

/**
 * struct keystore_certificate - one certificate as others see it
 * @name: "mic", "lsc" or that of an imported one
 * @state: whether it can be shown
 * @why: what is wrong; REASON_NONE while it is valid
 * @subject, @issuer: as one line
 * @serial: hexadecimal, capitals
 * @key: kind of its key, as people read it
 * @place: where the private key is: "file" or "pkcs11"; empty where there is none
 * @fingerprint: SHA-256 of the certificate
 * @from_s, @until_s: its time, seconds since 1970
 * @renew_s: when a new one is to be asked for, see identity_expiry.h
 * @unconfirmed: an LSC that has not registered yet; the one before it is kept
 * @own: kept in the folder of the store; one that the configuration names elsewhere is only shown
 */
struct keystore_certificate {
	char name[KEYSTORE_NAME_MAX];
	enum certificate_state state;
	struct refusal why;
	char subject[KEYSTORE_TEXT_MAX];
	char issuer[KEYSTORE_TEXT_MAX];
	char serial[KEYSTORE_SERIAL_MAX];
	char key[KEY_KIND_TEXT_MAX];
	const char *place;
	unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN];
	int64_t from_s;
	int64_t until_s;
	int64_t renew_s;
	bool unconfirmed;
	bool own;
};

/* The word of a state: "missing", "valid", "not-yet-valid", "expired", "unusable". */
const char *certificate_state_word(enum certificate_state state);

/**
 * keystore_new - open the store
 * @keystore: result, the caller's until keystore_free()
 * @settings: [phone] name and [identity] are copied
 * @why: on refusal the reason
 *
 * Makes the folders, ends what a power cut interrupted, tells the calendar of the MIC, and
 * the log when the clock is wrong.
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_new(struct keystore **keystore, const struct settings *settings,
		 struct refusal *why);
void keystore_free(struct keystore *keystore);

/* Other settings from now on. Returns 0, or the -errno of the reason; then the old ones stay. */
int keystore_reload(struct keystore *keystore, const struct settings *settings,
		    struct refusal *why);

/**
 * keystore_show - what there is of one certificate
 * @keystore: the store
 * @name: "mic", "lsc" or that of an imported one
 * @certificate: filled in, with %CERTIFICATE_MISSING where there is none
 */
void keystore_show(const struct keystore *keystore, const char *name,
		   struct keystore_certificate *certificate);

/**
 * keystore_list - the names of the imported certificates, in order of the alphabet
 * @keystore: the store
 * @names: filled in
 *
 * Return: how many.
 */
size_t keystore_list(const struct keystore *keystore,
		     char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX]);

/**
 * keystore_identity_for - the certificate and key for a use
 * @keystore: the store
 * @use: what for
 * @name: which one is wished for, or NULL for what the use has by itself
 * @identity: filled in, the caller's until identity_clear()
 * @named: where it is, for programs that read it themselves; may be NULL
 * @why: on refusal the reason: REASON_IDENTITY_MISSING, REASON_IDENTITY_WLAN, REASON_FIPS_KEYS and
 *       others
 *
 * Of two the one that is in its time goes first. When the clock is wrong nothing is judged by it.
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_identity_for(const struct keystore *keystore, enum identity_use use,
			  const char *name, struct identity *identity,
			  struct settings_identity *named, struct refusal *why);

/**
 * keystore_key_make - make a key pair where the configuration wants it
 * @maker: result, see key_maker.h
 * @keystore: the store
 * @event: the loop
 * @kind: what to make
 * @done: told the end
 * @owner: handed to @done
 * @why: on refusal the reason, as of the policy on weak keys or on keys in FIPS mode
 *
 * Nothing is stored: a key that nobody installs is gone with EVP_PKEY_free().
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_key_make(struct key_maker **maker, const struct keystore *keystore, sd_event *event,
		      const struct key_kind *kind, key_maker_done done, void *owner,
		      struct refusal *why);

/**
 * keystore_lsc_install - put a new LSC in force
 * @keystore: the store
 * @key: its private key; may be that of the present LSC
 * @certificates: the new certificate and its issuers, in any order
 * @why: on refusal the reason: the key is of another certificate, too weak, and others
 *
 * The confirmed one of before is kept until keystore_lsc_confirm() or _revert().
 *
 * Return: 0, or the -errno of the reason; then the LSC of before is in force.
 */
int keystore_lsc_install(struct keystore *keystore, EVP_PKEY *key,
			 STACK_OF(X509) *certificates, struct refusal *why);

/* The LSC has registered: the one before it is destroyed. Nothing to confirm is no error. */
int keystore_lsc_confirm(struct keystore *keystore, struct refusal *why);

/*
 * Takes back the LSC of before, or none where there was none. Without an unconfirmed one this is
 * refused with REASON_IDENTITY_CONFIRMED.
 */
int keystore_lsc_revert(struct keystore *keystore, struct refusal *why);

/* Destroys the LSC, and the one before it. Refused with REASON_IDENTITY_MISSING without one. */
int keystore_lsc_delete(struct keystore *keystore, struct refusal *why);

/* Whether there is an LSC that has not registered yet. */
bool keystore_lsc_is_unconfirmed(const struct keystore *keystore);

/**
 * keystore_mic_provision - give the phone its MIC, once in its life
 * @keystore: the store
 * @bytes: PEM or PKCS#12 with certificate, chain and key
 * @passphrase: of the key, or NULL
 * @why: on refusal the reason; REASON_IDENTITY_PERMANENT when there is one, in whatever state
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_mic_provision(struct keystore *keystore, struct octets bytes,
			   const struct secret *passphrase, struct refusal *why);

/**
 * keystore_import - install a certificate without CAPF
 * @keystore: the store
 * @name: "lsc", or a name of letters, digits, '-' and '_' for others; an imported one of that
 *        name is replaced
 * @bytes: PEM or PKCS#12. Without a key in it the answer to keystore_request_make()
 * @passphrase: of the key, or NULL
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_import(struct keystore *keystore, const char *name, struct octets bytes,
		    const struct secret *passphrase, struct refusal *why);

/* Destroys an imported certificate, or the LSC. The MIC stays: REASON_IDENTITY_PERMANENT. */
int keystore_delete(struct keystore *keystore, const char *name, struct refusal *why);

/**
 * keystore_request_make - a request for a certificate, to be answered by keystore_import()
 * @keystore: the store
 * @name: "lsc" or the name for an imported one
 * @key: from keystore_key_make(); kept with the request until the certificate comes
 * @subject: see certificate_request_make(); NULL for the device name as CN
 * @alternatives: see there, or NULL
 * @pem: result, the request; the caller's until free()
 * @why: on refusal the reason
 *
 * A request of before under this name is replaced.
 *
 * Return: 0, or the -errno of the reason.
 */
int keystore_request_make(struct keystore *keystore, const char *name, EVP_PKEY *key,
			  const char *subject, const char *alternatives, char **pem,
			  struct refusal *why);

#endif
