// SPDX-License-Identifier: Apache-2.0
#include "audit_left.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 8192 };

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

static bool question_send(int fd, int family, uint16_t local_port, uint16_t remote_port)
{
	struct question question = {
		.head = {
			.nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.body = {
			.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP,
			.idiag_states = ~0u, .id.idiag_sport = htons(local_port),
			.id.idiag_dport = htons(remote_port),
		},
	};

	return send(fd, &question, sizeof(question), 0) == sizeof(question);
}

/* Only when the end of the connection itself was acknowledged, all before it was. */
static enum audit_left state_take(const struct inet_diag_msg *message)
{
	return message->idiag_state == TCP_FIN_WAIT2 || message->idiag_state == TCP_TIME_WAIT ?
	       AUDIT_LEFT_DELIVERED : AUDIT_LEFT_MOVING;
}

static enum audit_left answer_read(int fd, uint16_t local_port, uint16_t remote_port)
{
	_Alignas(struct nlmsghdr) char bytes[ANSWER_MAX];
	enum audit_left left = AUDIT_LEFT_NONE;
	const struct inet_diag_msg *message;
	const struct nlmsghdr *head;
	ssize_t got;

	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		head = (const struct nlmsghdr *)bytes;
		for (; NLMSG_OK(head, (size_t)got); head = NLMSG_NEXT(head, got)) {
			if (head->nlmsg_type == NLMSG_DONE)
				return left;
			if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
			    head->nlmsg_len < NLMSG_LENGTH(sizeof(*message)))
				return AUDIT_LEFT_UNKNOWN;
			message = NLMSG_DATA(head);
			if (message->id.idiag_sport == htons(local_port) &&
			    message->id.idiag_dport == htons(remote_port) &&
			    left != AUDIT_LEFT_MOVING)
				left = state_take(message);
		}
	}
	return AUDIT_LEFT_UNKNOWN;
}

enum audit_left audit_left_ask(uint16_t local_port, uint16_t remote_port)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct timeval second = { .tv_sec = 1 };
	enum audit_left left = AUDIT_LEFT_NONE;
	int fd;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return AUDIT_LEFT_UNKNOWN;
	/* The kernel answers at once; where it does not nobody waits for it. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	for (size_t i = 0; left == AUDIT_LEFT_NONE && i < 2; i++)
		left = question_send(fd, families[i], local_port, remote_port) ?
		       answer_read(fd, local_port, remote_port) : AUDIT_LEFT_UNKNOWN;
	close(fd);
	return left;
}
