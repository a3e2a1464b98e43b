/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed images of the phone's software: verified whole, then handed to the program that
 * installs them. An image may be larger than memory, so it is copied piece by piece and judged
 * where it lies, in a thread of its own.
 */
#ifndef PHONESECD_IMAGE_H
#define PHONESECD_IMAGE_H

#include <systemd/sd-event.h>

#include "settings.h"

enum { IMAGE_TEXT_MAX = 256 };

enum image_state {
	IMAGE_VERIFYING,
	IMAGE_INSTALLING,
	IMAGE_VERIFIED, /* the end of a verification */
	IMAGE_INSTALLED, /* the installer ended well */
	IMAGE_REFUSED,
};

/**
 * struct image_facts - what is known of an image
 * @name: that it was signed under, without folder and ending
 * @version: the part of the name behind its first dot or dash that a digit follows
 * @signer: subject of the certificate that signed it
 * @list: where that is known from, see file_voucher_word()
 * @digest: name of the digest that is signed
 * @timestamp: seconds since 1970, 0 without one
 * @size: bytes of the content
 */
struct image_facts {
	char name[IMAGE_TEXT_MAX];
	char version[IMAGE_TEXT_MAX];
	char signer[IMAGE_TEXT_MAX];
	char list[16];
	char digest[16];
	int64_t timestamp;
	uint64_t size;
};

/**
 * struct image_events - what the owner is told
 * @progress: per cent of the verification, or the last line that the installer wrote
 * @done: the end; @why is the reason of %IMAGE_REFUSED. May free the image
 */
struct image_events {
	void (*progress)(void *owner, enum image_state state, unsigned int percent,
			 const char *text);
	void (*done)(void *owner, enum image_state state, const struct image_facts *facts,
		     const struct refusal *why);
};

/**
 * struct image_wish - what to do
 * @fd: the image, a regular file open for reading; taken over, on refusal too
 * @name: that it must be signed under, or NULL for any
 * @install: hand it to the installer when it is verified
 */
struct image_wish {
	int fd;
	const char *name;
	bool install;
};

struct image;

/**
 * image_start - verify an image, and install it if asked to
 * @image: result, the caller's until image_free(), which also ends it early; an installer that
 *         runs is ended
 * @event: the loop
 * @settings: [image] and [trust]; stay as long as this
 * @state: the state folder, where the copy is that the installer gets
 * @wish: what to do
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * A copy is made in the state folder that has no name, so that nobody changes what is judged; no
 * file comes into being. file_judge() says whether it may be used: signer, role, name, time,
 * signature. Only then the installer is started, with the content of that copy as its standard
 * input, PHONESEC_IMAGE_NAME, _VERSION, _SIGNER and _SIZE in an environment that has nothing
 * else but PATH and LANG, in a process group of its own.
 *
 * Return: 0, or the -errno of the reason; @done is then not called.
 */
int image_start(struct image **image, sd_event *event, const struct settings *settings,
		const char *state, const struct image_wish *wish,
		const struct image_events *events, void *owner, struct refusal *why);
void image_free(struct image *image);

const char *image_state_word(enum image_state state);

#endif
