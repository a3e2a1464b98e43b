// SPDX-License-Identifier: Apache-2.0
#include "route_request.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/socket.h>

enum { WORDS_MAX = 96 };

/**
 * struct route_answer - what came back
 * @request: which was asked
 * @error: -errno of the kernel
 * @words: what it said to it
 * @is_over: all of it has come
 */
struct route_answer {
	struct route_request *request;
	int error;
	char words[WORDS_MAX];
	bool is_over;
};

int route_request_begin(struct route_request *request, uint16_t type, int flags,
			const void *header, size_t len, struct refusal *why)
{
	*request = (struct route_request){ .protocol = NETLINK_ROUTE };
	request->msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags);
	if (!request->msg || nlmsg_append(request->msg, (void *)(uintptr_t)header, len,
					  NLMSG_ALIGNTO) < 0) {
		nlmsg_free(request->msg);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	return 0;
}

void route_request_put(struct route_request *request, int type, const void *value, size_t len)
{
	request->is_short |= nla_put(request->msg, type, (int)len, value) < 0;
}

void route_request_put_text(struct route_request *request, int type, const char *text)
{
	route_request_put(request, type, text, strlen(text) + 1);
}

void route_request_nest(struct route_request *request, int type)
{
	struct nlattr *nest = NULL;

	if (request->depth < ROUTE_NESTING_MAX)
		nest = nla_nest_start(request->msg, type);
	if (nest)
		request->nests[request->depth++] = nest;
	else
		request->is_short = true;
}

void route_request_nest_end(struct route_request *request)
{
	if (request->depth)
		nla_nest_end(request->msg, request->nests[--request->depth]);
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *arg)
{
	struct nlmsghdr *message = (struct nlmsghdr *)((char *)error - NLMSG_HDRLEN);
	struct nlattr *has[NLMSGERR_ATTR_MAX + 1];
	struct route_answer *answer = arg;
	size_t skip = sizeof(*error);

	(void)from;
	answer->error = error->error;
	answer->is_over = true;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		skip += error->msg.nlmsg_len - NLMSG_HDRLEN;
	if ((message->nlmsg_flags & NLM_F_ACK_TLVS) &&
	    nlmsg_parse(message, (int)skip, has, NLMSGERR_ATTR_MAX, NULL) >= 0 &&
	    has[NLMSGERR_ATTR_MSG])
		(void)nla_strlcpy(answer->words, has[NLMSGERR_ATTR_MSG], sizeof(answer->words));
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct route_answer *answer = arg;

	return answer->request->take ? answer->request->take(msg, answer->request->into) : NL_OK;
}

static int on_over(struct nl_msg *msg, void *arg)
{
	struct route_answer *answer = arg;

	(void)msg;
	answer->is_over = true;
	return NL_STOP;
}

static struct nl_sock *socket_new(struct route_answer *answer)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	struct nl_sock *socket = callbacks ? nl_socket_alloc_cb(callbacks) : NULL;

	nl_cb_put(callbacks);
	if (!socket)
		return NULL;
	nl_socket_enable_msg_peek(socket);
	nl_socket_modify_err_cb(socket, NL_CB_CUSTOM, on_error, answer);
	nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, answer);
	nl_socket_modify_cb(socket, NL_CB_ACK, NL_CB_CUSTOM, on_over, answer);
	nl_socket_modify_cb(socket, NL_CB_FINISH, NL_CB_CUSTOM, on_over, answer);
	return socket;
}

/* Returns 0 or the library's error; what the kernel said is in @answer. */
static int exchange(struct nl_sock *socket, struct route_answer *answer)
{
	int one = 1, err;

	err = nl_connect(socket, answer->request->protocol);
	if (err < 0)
		return err;
	(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(nl_socket_get_fd(socket), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	err = nl_send_auto(socket, answer->request->msg);
	while (err >= 0 && !answer->is_over)
		err = nl_recvmsgs_default(socket);
	return answer->is_over || err >= 0 ? 0 : err;
}

int route_request_send(struct route_request *request, struct refusal *why)
{
	struct route_answer answer = { .request = request };
	struct nl_sock *socket = NULL;
	int err = -NLE_NOMEM;

	if (!request->is_short)
		socket = socket_new(&answer);
	if (socket)
		err = exchange(socket, &answer);
	nl_socket_free(socket);
	nlmsg_free(request->msg);
	request->msg = NULL;
	if (err < 0)
		return refusal_set(why, REASON_LINK_REFUSED, "rtnetlink: %s", nl_geterror(err));
	if (!answer.error)
		return 0;
	(void)refusal_set(why, REASON_LINK_REFUSED, "%s%s%s", strerror(-answer.error),
			  *answer.words ? ": " : "", answer.words);
	return answer.error;
}
