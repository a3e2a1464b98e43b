/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The phone as a device of its site: its certificates, whom it trusts, the configuration
 * that the site gave it. Owns the rooms that look after these and joins them with the
 * guard. What is here is what others may see of them, as plain values, and ask for.
 */
#ifndef PHONESECD_DEVICE_H
#define PHONESECD_DEVICE_H

#include <systemd/sd-event.h>

#include "../lib/octets.h"
#include "../lib/secret.h"
#include "access.h"
#include "guard.h"
#include "settings.h"

enum device_limits {
	/* A word, a name in X.509, a text of the LSC field, SHA-256 in hexadecimal. */
	DEVICE_WORD_MAX = 32,
	DEVICE_NAME_MAX = 256,
	DEVICE_PROGRESS_MAX = 96,
	DEVICE_FINGERPRINT_MAX = 65,
	/* Bytes of a certificate with key that is imported, a string, a password. */
	DEVICE_IMPORT_MAX = 65536,
	DEVICE_STRING_MAX = 16,
	DEVICE_PASSWORD_MAX = 1024,
	/* Bytes of a file that is judged, except for images. */
	DEVICE_FILE_MAX = 1048576,
};

/**
 * struct device_certificate - a certificate of this phone
 * @place: mic, lsc, or the name that it was imported under
 * @state: valid, expiring, not-yet-valid, expired or unusable
 * @subject, @issuer: their names on one line
 * @serial: hexadecimal
 * @fingerprint: SHA-256 in hexadecimal
 * @key: kind of its key, as "RSA 2048" or "EC P-256"
 * @from, @to: its time, in seconds since 1970
 * @shown: it is the one that servers are shown
 * @on_trial: an LSC that has not registered yet; the one before it is kept meanwhile
 */
struct device_certificate {
	char place[SETTINGS_NAME_MAX];
	char state[DEVICE_WORD_MAX];
	char subject[DEVICE_NAME_MAX];
	char issuer[DEVICE_NAME_MAX];
	char serial[DEVICE_FINGERPRINT_MAX];
	char fingerprint[DEVICE_FINGERPRINT_MAX];
	char key[DEVICE_WORD_MAX];
	int64_t from;
	int64_t to;
	bool shown;
	bool on_trial;
};

/**
 * struct device_lsc - how the locally significant certificate is
 * @text: the LSC field of the phone's menu: Installed, Not Installed, or what is going on
 * @works: a session with the CAPF server runs
 * @awaits_string: one is wanted, and begins when the authentication string is entered
 * @last: why the last session did not do what it was to, REASON_NONE when it did
 * @renewal: when it will be renewed, in seconds since 1970, 0 for never
 */
struct device_lsc {
	char text[DEVICE_PROGRESS_MAX];
	bool works;
	bool awaits_string;
	struct refusal last;
	int64_t renewal;
};

/**
 * struct device_list - a trust list
 * @place: CTL or ITL; pending for the one that waits for approval
 * @signer, @issuer, @serial: of its signer, as the list has them
 * @fingerprint: SHA-256 of the file in hexadecimal
 * @timestamp: when it was made as it says, in seconds since 1970
 * @size: bytes of the file
 * @records: how many certificates it names
 * @why: why it was refused, REASON_NONE for one that is in force
 */
struct device_list {
	char place[DEVICE_WORD_MAX];
	char signer[DEVICE_NAME_MAX];
	char issuer[DEVICE_NAME_MAX];
	char serial[DEVICE_FINGERPRINT_MAX];
	char fingerprint[DEVICE_FINGERPRINT_MAX];
	int64_t timestamp;
	uint32_t size;
	uint32_t records;
	struct refusal why;
};

/**
 * struct device_record - a certificate that a list names, or that TVS vouched for
 * @place: of the list, or TVS
 * @role: what for; several with commas between
 * @host: name or address that the list has beside it, or empty
 * @fingerprint: SHA-256 of the certificate, empty when the list has only its key or hash
 * @to: when the certificate ends, or what TVS said of it, in seconds since 1970; 0 unknown
 */
struct device_record {
	char place[DEVICE_WORD_MAX];
	char role[DEVICE_PROGRESS_MAX];
	char subject[DEVICE_NAME_MAX];
	char issuer[DEVICE_NAME_MAX];
	char serial[DEVICE_FINGERPRINT_MAX];
	char host[DEVICE_NAME_MAX];
	char fingerprint[DEVICE_FINGERPRINT_MAX];
	int64_t to;
};

/**
 * struct device_judgement - what is to be said of a signed file
 * @accepted: it may be used
 * @kind: what it is: CTL, ITL, signed file, encrypted file, image
 * @name: that it was signed under
 * @signer, @issuer, @serial: of its signer, as the file has them
 * @digest: the signature is over: SHA-1, SHA-256, SHA-512
 * @timestamp: when it was made as it says, in seconds since 1970, 0 when it does not say
 * @found: where the signer is known from: CTL, ITL, TVS, or empty for nowhere
 * @asks: TVS servers could know its signer
 * @why: on refusal the rule that it broke
 */
struct device_judgement {
	bool accepted;
	char kind[DEVICE_WORD_MAX];
	char name[DEVICE_NAME_MAX];
	char signer[DEVICE_NAME_MAX];
	char issuer[DEVICE_NAME_MAX];
	char serial[DEVICE_FINGERPRINT_MAX];
	char digest[DEVICE_WORD_MAX];
	int64_t timestamp;
	char found[DEVICE_WORD_MAX];
	bool asks;
	struct refusal why;
};

/**
 * struct device_verify_server - a trust verification server
 * @host, @port: where
 * @answered: when it answered last, in seconds since 1970, 0 for never
 * @latency_ms: how long that took
 * @last: why it could not be asked last, REASON_NONE when it could
 */
struct device_verify_server {
	char host[SETTINGS_HOST_MAX];
	uint16_t port;
	int64_t answered;
	uint32_t latency_ms;
	struct refusal last;
};

/**
 * struct device_configuration - the configuration that the site gave this phone
 * @state: off, fetching, asking (whether a signer or a server is to be trusted), enrolling
 *         (waits for a certificate that it is encrypted for), current or failed
 * @file: that was asked for last
 * @source: of the last answer
 * @loaded: when the one in use came, in seconds since 1970, 0 without one
 * @is_signed: it was signed, or came over TLS
 * @is_stored: it is that of before, since no server has answered yet
 * @restart: something in it waits for a restart of the daemon
 * @last: why there is no new one, REASON_NONE when there is
 */
struct device_configuration {
	char state[DEVICE_WORD_MAX];
	char file[DEVICE_NAME_MAX];
	char source[SETTINGS_URI_MAX];
	int64_t loaded;
	bool is_signed;
	bool is_stored;
	bool restart;
	struct refusal last;
};

/**
 * struct device_setting - a value that is in force
 * @name: section and key of phonesecd.conf with a dot between
 * @value: as there
 * @source: default, file, or the part of the site's configuration: device, common, enterprise
 * @restart: it takes a restart of the daemon to be in force
 */
struct device_setting {
	char name[DEVICE_NAME_MAX];
	char value[SETTINGS_URI_MAX];
	char source[DEVICE_WORD_MAX];
	bool restart;
};

/* Why an element of the site's configuration was passed over. */
struct device_problem {
	char element[DEVICE_NAME_MAX];
	char value[DEVICE_NAME_MAX];
	char text[DEVICE_NAME_MAX];
};

/**
 * struct device_image - an image of the phone's software
 * @state: none, verifying, installing, verified, installed or refused
 * @percent: how much of it is verified
 * @text: what the program that installs it has said last
 * @name: that it was signed under
 * @last: why it was refused
 */
struct device_image {
	char state[DEVICE_WORD_MAX];
	uint32_t percent;
	char text[DEVICE_NAME_MAX];
	char name[DEVICE_NAME_MAX];
	struct refusal last;
};

/**
 * struct device_events - what happened; the flow goes outwards only
 * @identity, @trust, @configuration, @image: something of it is another one
 * @network, @policy: the same of network access and policy
 * @display: a text for the phone's display
 */
struct device_events {
	void (*identity)(void *owner);
	void (*trust)(void *owner);
	void (*configuration)(void *owner);
	void (*image)(void *owner);
	void (*network)(void *owner);
	void (*policy)(void *owner);
	void (*display)(void *owner, const char *text);
};

struct device;

/**
 * device_new - take the device up: its keys, its lists, its last good configuration
 * @device: result, the caller's until device_free()
 * @event: the loop
 * @settings: those of the file; stay as long as this, or until device_reload()
 * @runtime: folder for what ends with the daemon
 * @state: folder for what outlives a reboot
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int device_new(struct device **device, sd_event *event, const struct settings *settings,
	       const char *runtime, const char *state, struct refusal *why);
void device_free(struct device *device);

/* The settings in force: those of the file with the site's configuration over them. */
const struct settings *device_settings(const struct device *device);

/**
 * device_join - begin to work with the guard
 * @device: the device
 * @guard: watched from here on, and given other settings and certificates when there are
 *         some; must stay until device_leave()
 * @why: on refusal the reason
 *
 * From here on servers are asked for lists and configuration.
 *
 * Return: 0, or the -errno of the reason.
 */
int device_join(struct device *device, struct guard *guard, struct refusal *why);
void device_leave(struct device *device);

/* Uses another file of settings, in the guard as well; on refusal the old ones stay. */
int device_reload(struct device *device, const struct settings *settings, struct refusal *why);

/* Whom to tell; one at a time. */
void device_watch(struct device *device, const struct device_events *events, void *owner);

/* Network access and policy; as long as the device. */
struct access *device_access(const struct device *device);

/* Certificates by index from 0; false behind the last. Never a key. */
bool device_certificate(const struct device *device, size_t index,
			struct device_certificate *certificate);
void device_lsc(const struct device *device, struct device_lsc *lsc);

/* Takes the MIC over for good; there must be none. @file: PEM with key; taken over. */
int device_mic_provision(struct device *device, struct secret *file, struct refusal *why);

/* Begins a session with the CAPF server. @string: to authenticate by, or NULL; taken over. */
int device_lsc_update(struct device *device, struct secret *string, struct refusal *why);

/*
 * Destroys a certificate and its key here: "lsc", of which the servers are not told, or the name of
 * an imported one.
 */
int device_delete(struct device *device, const char *name, struct refusal *why);

/* Takes a certificate with its key over: PEM or PKCS #12; @file and @password taken over. */
int device_import(struct device *device, const char *name, struct secret *file,
		  struct secret *password, struct refusal *why);

/* A request for a certificate is made: @pem, or NULL with the reason. */
typedef void (*device_requested)(void *owner, const char *pem, const struct refusal *why);

/**
 * device_request - make a key and a request for a certificate (PKCS #10)
 * @device: the device
 * @name: to keep the key under, "lsc" or one of the caller's
 * @key: kind of the key: rsa-2048, rsa-3072, rsa-4096, ec-256, ec-384, ec-521
 * @done: told the request; not before this returns
 * @owner: its first argument
 * @why: on refusal the reason; @done is then not told
 *
 * Return: 0, or the -errno of the reason.
 */
int device_request(struct device *device, const char *name, const char *key,
		   device_requested done, void *owner, struct refusal *why);
/* The certificate for a request, in PEM with its chain. */
int device_certificate_install(struct device *device, const char *name, struct octets pem,
			       struct refusal *why);

/* Lists that are there, records of all of them, and what TVS vouched for, by index. */
bool device_list(const struct device *device, size_t index, struct device_list *list);
bool device_record(const struct device *device, size_t index, struct device_record *record);
bool device_verify_server(const struct device *device, size_t index,
			  struct device_verify_server *server);

/* Judges a file that was asked for as @name, empty for the one that it says. */
void device_explain(const struct device *device, const char *name, struct octets file,
		    struct device_judgement *judgement);

/* Lets the list that waits be in force; @fingerprint is its own as somebody compared it. */
int device_trust_approve(struct device *device, const char *fingerprint, struct refusal *why);
/* Forgets all lists and what TVS said: the next lists are taken without check. */
int device_trust_reset(struct device *device, struct refusal *why);

void device_configuration(const struct device *device,
			  struct device_configuration *configuration);
bool device_setting(const struct device *device, size_t index, struct device_setting *setting);
bool device_problem(const struct device *device, size_t index, struct device_problem *problem);
/* Asks the servers for lists and configuration now. */
int device_fetch(struct device *device, struct refusal *why);

void device_image(const struct device *device, struct device_image *image);

/* An image was judged, and installed if that was wished and it was accepted. */
typedef void (*device_imaged)(void *owner, const struct device_judgement *judgement);

/**
 * device_image_start - judge an image, and install it
 * @device: the device; one image at a time
 * @name: that it must be signed under, empty for any
 * @fd: regular file; stays the caller's
 * @install: hand it to the program that installs images, when it is accepted
 * @done: told the end; not before this returns
 * @owner: its first argument
 * @why: on refusal the reason; @done is then not told
 *
 * Return: 0, or the -errno of the reason.
 */
int device_image_start(struct device *device, const char *name, int fd, bool install,
		       device_imaged done, void *owner, struct refusal *why);

/* Tells no request whose owner this is any more. */
void device_forget(struct device *device, void *owner);

#endif
