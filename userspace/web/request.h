/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is answered with. */
#ifndef PHONESEC_WEB_REQUEST_H
#define PHONESEC_WEB_REQUEST_H

#include <microhttpd.h>

#include "snapshot.h"

/**
 * request_answer - answer a request
 * @connection: that it came over; it ends with the answer
 * @method, @path: of the request
 * @snapshot: what the pages show
 *
 * Only GET and HEAD of the pages' own paths are answered with something, and only under an
 * address of this phone or its host name: a page of somebody else's that a browser takes for this
 * one by name (DNS rebinding) reads nothing.
 *
 * Return: MHD_YES, or MHD_NO to end the connection without an answer.
 */
enum MHD_Result request_answer(struct MHD_Connection *connection, const char *method,
			       const char *path, struct snapshot *snapshot);

#endif
