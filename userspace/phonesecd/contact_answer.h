/* SPDX-License-Identifier: Apache-2.0 */
/* What a directory answers: the XML of the resource "users" of User Data Services. */
#ifndef PHONESECD_CONTACT_ANSWER_H
#define PHONESECD_CONTACT_ANSWER_H

#include <stdint.h>

#include "../lib/octets.h"
#include "../lib/reason.h"

enum contact_limits {
	CONTACT_ANSWER_MAX = 262144, /* bytes of XML */
	CONTACT_DEPTH_MAX = 8, /* elements within each other */
	CONTACT_ELEMENTS_MAX = 8192,
	CONTACT_TEXT_MAX = 256, /* bytes with the end; what is longer is cut at a character */
	CONTACTS_MAX = 64,
};

/**
 * struct contact - somebody in the directory; texts are UTF-8 without control characters
 * @user: user name there
 * @name: as it is displayed; of first and last name when the directory has no other
 * @number, @home, @mobile: telephone numbers, may be empty
 * @mail, @uri: addresses, may be empty
 * @department, @title: may be empty
 */
struct contact {
	char user[CONTACT_TEXT_MAX];
	char name[CONTACT_TEXT_MAX];
	char number[CONTACT_TEXT_MAX];
	char home[CONTACT_TEXT_MAX];
	char mobile[CONTACT_TEXT_MAX];
	char mail[CONTACT_TEXT_MAX];
	char uri[CONTACT_TEXT_MAX];
	char department[CONTACT_TEXT_MAX];
	char title[CONTACT_TEXT_MAX];
};

/**
 * struct contact_answer - all that were found
 * @contacts: the first ones
 * @count: how many
 * @total: how many the directory says that it has, at least @count
 */
struct contact_answer {
	struct contact contacts[CONTACTS_MAX];
	size_t count;
	uint32_t total;
};

/**
 * contact_answer_read - read an answer
 * @answer: filled in; empty on refusal
 * @text: the XML
 * @why: on refusal the reason
 *
 * A document type, entities of its own, another root element than "users", or more of anything
 * than the caps allow are refused; elements that are not known are passed over.
 *
 * Return: 0, or the -errno of the reason.
 */
int contact_answer_read(struct contact_answer *answer, struct octets text, struct refusal *why);

#endif
