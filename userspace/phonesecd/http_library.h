/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl, which is loaded when a token or a file is asked for and not before: with what it
 * needs itself it is some thirty libraries, which many phones never use.
 */
#ifndef PHONESECD_HTTP_LIBRARY_H
#define PHONESECD_HTTP_LIBRARY_H

#include <curl/curl.h>

#include "../lib/reason.h"

/* Its functions that are used here, without the "curl_" of their names. */
#define HTTP_FUNCTIONS(USE) \
	USE(global_init_mem) \
	USE(global_cleanup) \
	USE(easy_init) \
	USE(easy_cleanup) \
	USE(easy_setopt) \
	USE(easy_getinfo) \
	USE(easy_strerror) \
	USE(multi_init) \
	USE(multi_cleanup) \
	USE(multi_setopt) \
	USE(multi_strerror) \
	USE(multi_add_handle) \
	USE(multi_remove_handle) \
	USE(multi_assign) \
	USE(multi_info_read) \
	USE(multi_socket_action) \
	USE(slist_append) \
	USE(url) \
	USE(url_cleanup) \
	USE(url_get) \
	USE(url_set) \
	USE(free) \
	USE(slist_free_all)

/** struct http_library - each function as <curl/curl.h> declares it */
struct http_library {
#define HTTP_MEMBER(name) __typeof__(curl_##name) *name;
	HTTP_FUNCTIONS(HTTP_MEMBER)
#undef HTTP_MEMBER
};

/**
 * http_library_load - find libcurl
 * @http: result; stays for good
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int http_library_load(const struct http_library **http, struct refusal *why);

#endif
