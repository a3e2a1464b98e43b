// SPDX-License-Identifier: Apache-2.0
#include "media_link.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum media_link_sizes {
	/* Two directions with a key and sixteen rollover counters each fit twice. */
	REQUEST_SIZE = 4096,
	EVENT_BUFFER_SIZE = 1 << 20,
};

struct media_link {
	struct nl_sock *socket;
	int family;
	struct media_exchange *exchange;
};

static int refuse_netlink(struct refusal *why, int nl_error)
{
	if (nl_error == -NLE_NOMEM && errno == ENOBUFS)
		return refusal_set(why, REASON_EVENTS_LOST, "%s", "");
	if (nl_error == -NLE_NOMEM)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return refusal_set(why, REASON_KERNEL_FAILED, "netlink: %s", nl_geterror(nl_error));
}

static enum reason_code reason_of_errno(int error)
{
	switch (error) {
	case EPERM:
		return REASON_NOT_ALLOWED;
	case ENOENT:
		return REASON_SESSION_MISSING;
	case ENOKEY:
		return REASON_KEY_MISSING;
	case EEXIST:
		return REASON_SESSION_EXISTS;
	case EACCES:
	case EKEYREJECTED:
	case EKEYEXPIRED:
	case EKEYREVOKED:
		return REASON_KERNEL_INSECURE;
	case EINVAL:
	case ERANGE:
	case ENOSPC:
	case EBUSY:
	case EAFNOSUPPORT:
	case EADDRNOTAVAIL:
	case EOPNOTSUPP:
	case EMSGSIZE:
	case E2BIG:
		return REASON_KERNEL_REFUSED;
	case ENOMEM:
	case ENOBUFS:
		return REASON_NO_MEMORY;
	default:
		return REASON_KERNEL_FAILED;
	}
}

static int refuse_exchange(struct refusal *why, const struct media_exchange *exchange)
{
	const char *text = exchange->text;

	if (exchange->decode_error == -ENOMEM)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (exchange->decode_error)
		return refusal_set(why, REASON_MODULE_OTHER, "%s", "");
	if (!*text)
		text = strerror(-exchange->kernel_error);
	return refusal_set(why, reason_of_errno(-exchange->kernel_error), "%s", text);
}

/* Takes the extended-ack text from the attributes behind an error or the end of a dump. */
static void take_extack(struct media_exchange *exchange, const struct nlmsghdr *message,
			size_t skip)
{
	struct nlattr *text;

	if (!(message->nlmsg_flags & NLM_F_ACK_TLVS) || message->nlmsg_len < NLMSG_HDRLEN + skip)
		return;
	text = nla_find((struct nlattr *)((char *)nlmsg_data(message) + skip),
			(int)(message->nlmsg_len - NLMSG_HDRLEN - skip), NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(exchange->text, text, sizeof(exchange->text));
}

static int handle_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct media_link *link = arg;
	const struct nlmsghdr *message = (const struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	size_t skip = sizeof(*error);

	(void)from;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - NLMSG_HDRLEN;
	link->exchange->kernel_error = error->error;
	link->exchange->done = true;
	take_extack(link->exchange, message, skip);
	return NL_STOP;
}

static int handle_ack(struct nl_msg *msg, void *arg)
{
	struct media_link *link = arg;

	(void)msg;
	link->exchange->done = true;
	return NL_STOP;
}

static int handle_finish(struct nl_msg *msg, void *arg)
{
	struct media_link *link = arg;
	struct nlmsghdr *message = nlmsg_hdr(msg);

	if (nlmsg_datalen(message) >= (int)sizeof(int)) {
		memcpy(&link->exchange->kernel_error, nlmsg_data(message), sizeof(int));
		take_extack(link->exchange, message, sizeof(int));
	}
	link->exchange->done = true;
	return NL_STOP;
}

static int handle_message(struct nl_msg *msg, void *arg)
{
	struct media_link *link = arg;
	struct media_exchange *exchange = link->exchange;

	if (nlmsg_hdr(msg)->nlmsg_type != link->family)
		return NL_SKIP;
	if (exchange->take && !exchange->decode_error)
		exchange->decode_error = exchange->take(exchange->into, nlmsg_hdr(msg));
	exchange->done = exchange->single;
	return NL_OK;
}

/*
 * Without echo: by default the kernel sends a refused request back whole,
 * key and all, into a buffer that nobody wipes.
 */
static int configure_socket(struct media_link *link, struct refusal *why)
{
	int one = 1, fd = nl_socket_get_fd(link->socket);

	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)))
		return refusal_set(why, REASON_KERNEL_FAILED, "netlink: %s", strerror(errno));
	/* A session with all its streams is longer than the buffer that is used without looking. */
	nl_socket_enable_msg_peek(link->socket);
	nl_socket_modify_err_cb(link->socket, NL_CB_CUSTOM, handle_error, link);
	nl_socket_modify_cb(link->socket, NL_CB_VALID, NL_CB_CUSTOM, handle_message, link);
	nl_socket_modify_cb(link->socket, NL_CB_ACK, NL_CB_CUSTOM, handle_ack, link);
	nl_socket_modify_cb(link->socket, NL_CB_FINISH, NL_CB_CUSTOM, handle_finish, link);
	return 0;
}

/* The library dumps messages, keys and all, where the environment asks: neither way is left. */
static struct nl_sock *socket_quiet(void)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	struct nl_sock *socket = NULL;

	nl_debug = 0;
	if (callbacks)
		socket = nl_socket_alloc_cb(callbacks);
	nl_cb_put(callbacks);
	return socket;
}

int media_open(struct media_link **link, struct refusal *why)
{
	struct media_link *made = calloc(1, sizeof(*made));
	int err;

	*link = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->socket = socket_quiet();
	if (!made->socket) {
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
		goto fail;
	}
	err = genl_connect(made->socket);
	if (err) {
		err = refuse_netlink(why, err);
		goto fail;
	}
	made->family = genl_ctrl_resolve(made->socket, NF_SRTP_FAMILY_NAME);
	if (made->family < 0) {
		err = refusal_set(why, REASON_MODULE_MISSING, "%s", "");
		goto fail;
	}
	err = configure_socket(made, why);
	if (err)
		goto fail;
	*link = made;
	return 0;

fail:
	media_close(made);
	return err;
}

void media_close(struct media_link *link)
{
	if (!link)
		return;
	nl_socket_free(link->socket);
	free(link);
}

struct nl_msg *media_request_new(const struct media_link *link, uint8_t command, int flags,
				 struct refusal *why)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_SIZE);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, link->family, 0, flags, command,
				 NF_SRTP_FAMILY_VERSION)) {
		nlmsg_free(msg);
		refusal_set(why, REASON_NO_MEMORY, "%s", "");
		return NULL;
	}
	return msg;
}

static void request_wipe(struct nl_msg *msg)
{
	explicit_bzero(nlmsg_hdr(msg), nlmsg_get_max_size(msg));
	nlmsg_free(msg);
}

int media_request_send(struct media_link *link, struct nl_msg *msg, struct media_exchange *exchange,
			    struct refusal *why)
{
	int err = nl_send_auto(link->socket, msg);

	request_wipe(msg);
	link->exchange = exchange;
	while (err >= 0 && !exchange->done)
		err = nl_recvmsgs_default(link->socket);
	link->exchange = NULL;
	if (exchange->decode_error || exchange->kernel_error)
		return refuse_exchange(why, exchange);
	/* An interrupted dump: what came or went meanwhile may be in it or not. */
	return err < 0 && err != -NLE_DUMP_INTR ? refuse_netlink(why, err) : 0;
}

int media_request_drop(struct nl_msg *msg, struct refusal *why)
{
	request_wipe(msg);
	return refusal_set(why, REASON_KERNEL_REFUSED, "more than fits one request");
}

int media_fd(const struct media_link *link)
{
	return nl_socket_get_fd(link->socket);
}

int media_subscribe(struct media_link *link, struct refusal *why)
{
	int group = genl_ctrl_resolve_grp(link->socket, NF_SRTP_FAMILY_NAME, NF_SRTP_MCGRP_EVENTS);
	int err;

	if (group < 0)
		return refusal_set(why, REASON_MODULE_OTHER, "no event group");
	nl_socket_disable_seq_check(link->socket);
	/* As far as the system lets a reader go; too small a buffer shows up as lost events. */
	(void)nl_socket_set_buffer_size(link->socket, EVENT_BUFFER_SIZE, 0);
	err = nl_socket_add_membership(link->socket, group);
	return err ? refuse_netlink(why, err) : 0;
}

int media_message_await(struct media_link *link, struct media_exchange *exchange,
			struct refusal *why)
{
	int err;

	exchange->single = true;
	link->exchange = exchange;
	do {
		err = nl_recvmsgs_default(link->socket);
	} while (err >= 0 && !exchange->done && !exchange->decode_error);
	link->exchange = NULL;
	if (exchange->decode_error)
		return refuse_exchange(why, exchange);
	return err < 0 ? refuse_netlink(why, err) : 0;
}
